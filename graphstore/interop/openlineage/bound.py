"""What may be said by whoever is bound to a namespace: what is about jobs of that namespace.

Datasets belong to no job: what was said to be read and written is taken as it is. A run belongs to
the namespaces of all jobs that anybody said it is of.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from graphstore.errors import OutsideNamespace, brief
from graphstore.interop.openlineage.events import Event
from graphstore.interop.openlineage.graph import subject_of
from graphstore.interop.openlineage.saying import Record, add, jobs_of

__all__ = ["require_own", "require_own_records"]


def require_own(event: Event, namespace: str) -> None:
    """Refuse an event that by itself is about something else than jobs of a namespace.

    Raises:
        OutsideNamespace: If it is about a dataset, or if its job, or that of a parent of its run or
            of the root of these, is of another namespace.
    """
    if event.kind == "dataset":
        raise OutsideNamespace(
            "an event about a dataset alone belongs to no namespace of jobs, and the token of this"
            f" one is bound to {namespace!r}: send events of runs and of jobs"
        )
    for one in _namespaces(_said(event)):
        if one != namespace:
            raise OutsideNamespace(
                f"the token of this event is bound to namespace {namespace!r}, and the event is"
                f" about a job of {brief(one)}, its own or that of a parent of its run"
            )


def require_own_records(
    event: Event, namespace: str, records: Mapping[str, Record], present: Container[str]
) -> None:
    """Refuse an event about a run or a job that is known to be of another namespace.

    Args:
        event: The event, which by itself is of the namespace.
        namespace: The namespace.
        records: What is known, by run ids and what stands for jobs.
        present: Whose nodes are in the store, by the same.

    Raises:
        OutsideNamespace: If its run, a parent of it, or its job, is there, and is of another
            namespace, too, or of none that is known.
    """
    said = _said(event)
    for id_ in (event.run_id or subject_of(event.kind, event.name), *said.get("parents", {})):
        known = [*_namespaces(records.get(id_, {}))]
        if (known or id_ in present) and {*known} != {namespace}:
            raise OutsideNamespace(
                f"the token of this event is bound to namespace {namespace!r}, and {id_!r}, which"
                " it is about, is there already and not known to be of that namespace alone"
            )


def _said(event: Event) -> Record:
    record: Record = {}
    add(record, event)
    return record


def _namespaces(record: Record) -> Iterator[str]:
    """Of all jobs that a record names."""
    for namespace, _ in jobs_of(record):
        yield namespace
