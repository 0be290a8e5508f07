"""What events say of a run, a job or a dataset, put together whatever the order in which they came.

Of each there is one record, JSON, kept on its node. To put an event to it is commutative and does
nothing the second time: of facets of one name the last by event time counts (of one time the one
that is later in the order of its JSON, so that it is always the same), a beginning is the earliest,
an end the latest, a state the highest, and datasets and parents only become more. What is taken
back (``_deleted: true``) is remembered with its time, or an older event would bring it again. What
the specification does not know is treated like a facet.

A record:

    kind       run, job or dataset
    facets     of the run, the job or the dataset: {name: [microseconds, facet]}
    job        of a run: [microseconds, [namespace, name]]; also of a job
    jobs       of a run: all that anybody said it is of, as {namespace and name as JSON: true}
    job_facets of a run, what it says of its job
    dataset    of a dataset: [namespace, name]
    inputs     {namespace and name as JSON: {facets, inputFacets, rest}}; outputs alike
    parents    of a run: {run id: [namespace, name]}; the parents, and their roots
    within     of a run: {run id: [run ids of what that is a part of]}
    first, start, end   microseconds: of any event, of a START, of what ended it
    rank       of a run that told of itself, how far it got: RANKS
    rest       all other keys of events; of runs, jobs and datasets in run_rest and about_rest
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.interop.openlineage.events import Event, Name, name_of, run_id_of

__all__ = [
    "ENDED",
    "FAILED",
    "RANKS",
    "Record",
    "add",
    "facets_of",
    "jobs_of",
    "key_of",
    "mention",
    "named",
    "value_of",
]

Record = dict[str, Any]

RANKS = ("", "OTHER", "START", "RUNNING", "COMPLETE", "ABORT", "FAIL")
"""The types of events; of two that a run says the later one here is its state: who failed once is
never shown a success."""
ENDED, FAILED = RANKS.index("COMPLETE"), RANKS.index("ABORT")
"""From which rank on a run has ended, and has failed."""
_LONG_AGO = -(2**62)
"""The time of what a run says of another, which knows better."""
_KNOWN = {"eventTime", "eventType", "run", "job", "dataset", "inputs", "outputs"}


def add(record: Record, event: Event) -> None:
    """Put what an event says to the record of what it is about."""
    body, time = event.body, event.time
    record["kind"] = event.kind
    if event.kind == "run":
        assert event.run_id is not None
        run, job = body["run"], body["job"]
        _put(record.setdefault("facets", {}), run.get("facets"), time)
        _put(record.setdefault("run_rest", {}), _others(run, {"runId", "facets"}), time)
        _put_job(record, event.name, time)
        _put(record.setdefault("job_facets", {}), job.get("facets"), time)
        _put(record.setdefault("about_rest", {}), _others(job, _NAMED), time)
        _put_parents(record, event.run_id, (run.get("facets") or {}).get("parent"))
        _put_state(record, str(body.get("eventType") or "OTHER").upper(), time)
    else:
        about = body[event.kind]
        record[event.kind] = list(event.name) if event.kind == "dataset" else [0, list(event.name)]
        _put(record.setdefault("facets", {}), about.get("facets"), time)
        _put(record.setdefault("about_rest", {}), _others(about, _NAMED), time)
        record["first"] = min(record.get("first", time), time)
    for side in ("inputs", "outputs"):
        for dataset in body.get(side) or ():
            said = record.setdefault(side, {}).setdefault(key_of(name_of(dataset, side)), {})
            own = f"{side[:-1]}Facets"
            _put(said.setdefault("facets", {}), dataset.get("facets"), time)
            _put(said.setdefault(own, {}), dataset.get(own), time)
            _put(said.setdefault("rest", {}), _others(dataset, {*_NAMED, own}), time)
    _put(record.setdefault("rest", {}), _others(body, _KNOWN), time)


def mention(record: Record, job: Name) -> None:
    """Put to the record of a run that another run says it is a part of it, and of which job."""
    record["kind"] = "run"
    _put_job(record, job, _LONG_AGO)


def jobs_of(record: Record) -> list[Name]:
    """The jobs that a record is of, and those of the parents of its run; none of a dataset's."""
    names = [json.loads(key) for key in record.get("jobs", {})]
    names += [record["job"][1]] if "job" in record else []
    return [(namespace, name) for namespace, name in (*names, *record.get("parents", {}).values())]


_NAMED = {"namespace", "name", "facets"}


def facets_of(said: Mapping[str, Any] | None) -> dict[str, Any]:
    """The facets that stand: the last of each name, without those that were taken back."""
    return {name: value for name, (_, value) in (said or {}).items() if not _is_deleted(value)}


def value_of(said: Mapping[str, Any], facet: str, key: str) -> Any:
    """What a facet says under a key; None if there is no such facet, or it says nothing."""
    value = facets_of(said).get(facet)
    return value.get(key) if isinstance(value, dict) else None


def key_of(name: Name) -> str:
    """A namespace and a name as one text."""
    return json.dumps(name, ensure_ascii=False, separators=(",", ":"))


def named(datasets: Mapping[str, Any] | None) -> Iterator[tuple[Name, Mapping[str, Any]]]:
    """The datasets of a record, in the order of their names."""
    for key, said in sorted((datasets or {}).items()):
        namespace, name = json.loads(key)
        yield (namespace, name), said


def _put(said: dict[str, Any], values: Mapping[str, Any] | None, time: int) -> None:
    for name, value in (values or {}).items():
        before = said.get(name)
        if before is None or (time, _order(value)) > (before[0], _order(before[1])):
            said[name] = [time, value]


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _others(of: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    return {key: value for key, value in of.items() if key not in known}


def _is_deleted(value: Any) -> bool:
    return isinstance(value, dict) and value.get("_deleted") is True


def _put_job(record: Record, job: Name, time: int) -> None:
    _put(record, {"job": list(job)}, time)
    record.setdefault("jobs", {})[key_of(job)] = True


def _put_parents(record: Record, run_id: str, facet: Any) -> None:
    """Remember the parent that a facet names, and the root that this is a part of."""
    child = run_id
    for one in (facet, facet.get("root") if isinstance(facet, dict) else None):
        with suppress(InvalidArgument, AttributeError, LookupError, TypeError):
            about: Any = one
            parent, job = run_id_of(about["run"]["runId"]), list(name_of(about["job"], "parent"))
            if parent != child and parent != run_id:
                parents = record.setdefault("parents", {})
                parents[parent] = min(parents.get(parent, job), job)
                within = record.setdefault("within", {})
                within[child] = sorted({*within.get(child, ()), parent})
                child = parent


def _put_state(record: Record, type_: str, time: int) -> None:
    if type_ not in RANKS:  # nothing is said of what it means
        _put(record.setdefault("rest", {}), {"eventType": type_}, time)
    rank = RANKS.index(type_) if type_ in RANKS else RANKS.index("OTHER")
    record["first"] = min(record.get("first", time), time)
    record["rank"] = max(record.get("rank", 0), rank)
    if type_ == "START":
        record["start"] = min(record.get("start", time), time)
    if rank >= ENDED:
        record["end"] = max(record.get("end", time), time)
