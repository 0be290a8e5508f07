"""Tells a store's history as OpenLineage's events, for whoever takes these.

What came in by events goes out so that, taken in again, it is the same: an event for each moment
at which something was said, with what was said then. What was recorded otherwise is told as a START
and an event that ends it, with its inputs, outputs and parameters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from graphstore.errors import UnsupportedFile
from graphstore.interop.exporting.gathering import MAX_NODES, gather
from graphstore.interop.files import new_file
from graphstore.interop.identity import Identity
from graphstore.interop.openlineage.graph import DATASET_CONTEXT, JOB, RUN
from graphstore.interop.openlineage.saying import ENDED, RANKS, Record, named
from graphstore.model.nodes import Artifact, Execution, ExecutionState
from graphstore.model.plain import in_json
from graphstore.model.refs import NodeLike
from graphstore.questions.about.facts import began_of
from graphstore.questions.about.parameters import parameters
from graphstore.store import Store
from graphstore.system.batched import batched

__all__ = ["ExportReport", "events_of", "export_openlineage"]

_SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/"
_PRODUCER = "urn:graphstore"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_AT_ONCE = 200
_LAST: Mapping[ExecutionState | None, str] = {
    ExecutionState.COMPLETE: "COMPLETE",
    ExecutionState.CACHED: "COMPLETE",
    ExecutionState.FAILED: "FAIL",
    ExecutionState.CANCELED: "ABORT",
}

Json = dict[str, Any]


@dataclass
class ExportReport:
    """What was written."""

    path: Path
    """The file."""
    runs: int = 0
    """How many runs are told of."""
    events: int = 0
    """How many events there are."""


def export_openlineage(
    store: Store, path: str | Path, of: NodeLike | None = None, *, max_nodes: int = MAX_NODES
) -> ExportReport:
    """Write events to a file, one as JSON a line.

    Args:
        store: Whose history.
        path: The file, which must not be there; it appears when it is whole.
        of: An artifact, an execution or a context: only the runs of its lineage; None for all,
            with what was said of jobs and datasets alone.
        max_nodes: Nodes of that lineage at most.

    Returns:
        How much was written.

    Raises:
        NotFound: If there is no such node.
        UnsupportedFile: If the file is there already.
        FailedPrecondition: If it cannot be written.
    """
    path = Path(path)
    if path.exists():
        raise UnsupportedFile(f"{path} is there already: name another file")
    report = ExportReport(path)
    with new_file(path) as file:
        for event in events_of(store, of, max_nodes=max_nodes, report=report):
            file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
            report.events += 1
    return report


def events_of(
    store: Store,
    of: NodeLike | None = None,
    *,
    max_nodes: int = MAX_NODES,
    report: ExportReport | None = None,
) -> Iterator[Json]:
    """The events of `export_openlineage`, run by run."""
    if of is None:
        executions: Iterator[Execution] = iter(store.executions.iterate())
        for type_ in (JOB, DATASET_CONTEXT):
            for context in store.contexts.iterate(type=type_.name):
                if "said" in context.properties:
                    yield from _of_record(context.name or "", context.properties["said"])
    else:
        executions = iter(gather(store, of, max_nodes=max_nodes).graph.executions.values())
    for some in batched(executions, _AT_ONCE):
        others = [one for one in some if one.type != RUN.name and one.deletion is None]
        told = _Others(store, others)
        for one in some:
            record = one.properties.get("said") if one.type == RUN.name else None
            events: list[Json] = []
            if record is not None and "rank" in record:
                events = list(_of_record(one.external_id or "", record))
            elif one in others:
                events = list(told.events(one))
            if report is not None:
                report.runs += bool(events)
            yield from events


def _of_record(run: str, record: Record) -> Iterator[Json]:
    """The events that make this record again."""
    if record["kind"] != "run":
        for time in sorted(_times(record)):
            about: Json = dict(zip(("namespace", "name"), _name(record), strict=True))
            about |= {"facets": _at(record.get("facets"), time), **_at(record["about_rest"], time)}
            yield _event(record, record["kind"], time, {record["kind"]: about})
        return
    first, last = record["first"], RANKS[record["rank"]]
    for job in record["jobs"]:
        if json.loads(job) != record["job"][1]:  # somebody said so, once
            yield _run_event(run, record, first, None, tuple(json.loads(job)), empty=True)
    ended = record["rank"] >= ENDED
    times = _times(record) | {record["job"][0]}
    for time in sorted(times):
        types: list[str | None] = [
            *(["START"] if time == record.get("start") else []),
            *([last] if ended and time == record["end"] else []),
        ]
        if last == "RUNNING" and time == max(times):
            types.append(last)
        for type_ in types or [None]:
            yield _run_event(run, record, time, type_, _name(record))


def _run_event(
    run: str,
    record: Record,
    time: int,
    type_: str | None,
    job: tuple[str, str],
    *,
    empty: bool = False,
) -> Json:
    said: Record = {} if empty else record
    body: Json = {
        **({} if type_ is None else {"eventType": type_}),
        "run": {
            "runId": run,
            "facets": _at(said.get("facets"), time),
            **_at(said.get("run_rest"), time),
        },
        "job": {
            "namespace": job[0],
            "name": job[1],
            "facets": _at(said.get("job_facets"), time),
            **_at(said.get("about_rest"), time),
        },
    }
    return _event(record, "run", time, body, empty=empty)


def _event(record: Record, kind: str, time: int, body: Json, *, empty: bool = False) -> Json:
    """An event with what every one has, and the datasets of which something was said then; those of
    which nothing was said but their names are in the first."""
    event: Json = {"eventTime": _text(time), **body}
    for side in ("inputs", "outputs"):
        own = f"{side[:-1]}Facets"
        datasets = []
        for (namespace, name), said in named(record.get(side)):
            facets = {key: _at(said.get(key), time) for key in ("facets", own)}
            rest = _at(said.get("rest"), time)
            nothing = not _moments(said)
            if any(facets.values()) or rest or (nothing and time == record["first"]):
                datasets.append({"namespace": namespace, "name": name, **facets, **rest})
        if kind != "dataset" and not empty:
            event[side] = datasets
    rest = record.get("rest", {})
    default = {"producer": _PRODUCER, "schemaURL": _SPEC + kind.capitalize() + "Event"}
    texts = {key: rest[key][1] if key in rest else value for key, value in default.items()}
    return {**texts, **({} if empty else _at(rest, time)), **event}


def _name(record: Record) -> tuple[str, str]:
    namespace, name = record["dataset"] if record["kind"] == "dataset" else record["job"][1]
    return namespace, name


def _at(said: Mapping[str, Any] | None, time: int) -> Json:
    return {key: value for key, (when, value) in (said or {}).items() if when == time}


_SAID = ("facets", "inputFacets", "outputFacets", "job_facets", "run_rest", "about_rest", "rest")


def _times(record: Mapping[str, Any]) -> set[int]:
    """All moments at which something of a record was said."""
    times = {record[key] for key in ("first", "start", "end") if key in record}
    datasets = [one for side in ("inputs", "outputs") for one in record.get(side, {}).values()]
    return times.union(*map(_moments, (record, *datasets)))


def _moments(said: Mapping[str, Any]) -> set[int]:
    return {when for key in _SAID for when, _ in said.get(key, {}).values()}


def _text(micros: int) -> str:
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.isoformat().replace("+00:00", "Z")


class _Others:
    """Executions that no event told of."""

    def __init__(self, store: Store, executions: list[Execution]) -> None:
        self._namespace = f"graphstore://{Identity.of(store.database).id if executions else ''}"
        self._links: dict[int, list[tuple[Artifact, Any]]] = {}
        if executions:
            events = store.events.of_executions([one.id for one in executions if one.id])
            ids = sorted({event.artifact_id for event in events if event.artifact_id is not None})
            artifacts = {one.id: one for one in store.artifacts.get_many(ids)}
            for event in events:
                if event.execution_id is not None and event.artifact_id in artifacts:
                    link = artifacts[event.artifact_id], event.type
                    self._links.setdefault(event.execution_id, []).append(link)

    def events(self, one: Execution) -> Iterator[Json]:
        """A START and, if it has ended, its end."""
        assert one.id is not None
        began = began_of(one) or _EPOCH
        ended = one.end_time or one.last_update_time or began
        links = self._links.get(one.id, ())
        inputs = [artifact for artifact, type_ in links if type_.is_input]
        outputs = [artifact for artifact, type_ in links if type_.is_output]
        said = {
            "inputs": [_dataset(artifact, self._namespace) for artifact in inputs],
            "outputs": [_dataset(artifact, self._namespace) for artifact in outputs],
        }
        run_id = str(uuid5(NAMESPACE_URL, f"{self._namespace}/executions/{one.id}"))
        values = [
            {"key": name, "name": name, "value": _in_text(value)}
            for name, value in parameters(one).items()
        ]
        facets = {}
        if values:
            facets["executionParameters"] = _facet("ExecutionParametersRunFacet", parameters=values)
        last = _LAST.get(one.state)
        errors = {"errorMessage": error} if (error := _error(one)) is not None else {}
        for type_, time in (("START", began), *([] if last is None else [(last, ended)])):
            yield {
                "eventType": type_,
                "eventTime": time.isoformat().replace("+00:00", "Z"),
                "producer": _PRODUCER,
                "schemaURL": _SPEC + "RunEvent",
                "run": {
                    "runId": run_id,
                    "facets": {**facets, **(errors if type_ == "FAIL" else {})},
                },
                "job": {"namespace": self._namespace, "name": one.type, "facets": {}},
                **said,
            }


def _dataset(artifact: Artifact, namespace: str) -> Json:
    """What an artifact is called: its place if it is known, and its id as its version."""
    version = _facet("DatasetVersionDatasetFacet", datasetVersion=str(artifact.id))
    name = artifact.uri or artifact.name or f"{artifact.type}/{artifact.id}"
    return {"namespace": namespace, "name": name, "facets": {"version": version}}


def _in_text(value: Any) -> str:
    """A parameter's value, which the facet's schema has as text; what is none is so in JSON."""
    return value if isinstance(value, str) else json.dumps(in_json(value), ensure_ascii=False)


def _error(one: Execution) -> Json | None:
    """Why an execution failed, if somebody said so."""
    said = {**one.custom_properties, **one.properties}
    message, traceback = (said.get(f"error_{name}") for name in ("message", "traceback"))
    if message is None:
        return None
    is_python = isinstance(traceback, str) and traceback.startswith("Traceback")
    return _facet(
        "ErrorMessageRunFacet",
        message=str(message),
        programmingLanguage="PYTHON" if is_python else "UNKNOWN",
        **({} if traceback is None else {"stackTrace": str(traceback)}),
    )


_VERSIONS = {"DatasetVersionDatasetFacet": "1-0-1", "ErrorMessageRunFacet": "1-0-1"}
"""Of facets' schemas; of others 1-0-0."""


def _facet(name: str, **said: Any) -> Json:
    version = _VERSIONS.get(name, "1-0-0")
    schema = f"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": _PRODUCER, "_schemaURL": schema, **said}
