"""What becomes of what events say: types, nodes, and which artifact an input means.

A run is an execution, and a context within that of its job and those of its parents. A dataset is
a name that is overwritten: a context; each run that writes it makes an artifact, a *version*. An
input means the newest version that was written before the run began, or the one that its facet
``version`` names; if nobody wrote one, the *unwritten* artifact of the dataset.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any, NamedTuple

from graphstore.interop.openlineage.events import Name
from graphstore.interop.openlineage.saying import (
    ENDED,
    FAILED,
    RANKS,
    Record,
    facets_of,
    key_of,
    named,
    value_of,
)
from graphstore.model.nodes import Artifact, ArtifactState, Context, Execution, ExecutionState
from graphstore.model.types import ArtifactType, BaseType, ContextType, ExecutionType, Type
from graphstore.model.values import PropertyKind

__all__ = [
    "DATASET",
    "DATASET_CONTEXT",
    "RUN",
    "RUN_CONTEXT",
    "TYPES",
    "Link",
    "Read",
    "Version",
    "artifact_of",
    "context_of",
    "contexts_of",
    "executions_of",
    "holders_of",
    "links_of",
    "subject_of",
    "text_of",
    "unwritten",
    "unwritten_id",
    "uri_of",
    "versions_of",
]

_TEXT, _STRUCT = PropertyKind.STRING, PropertyKind.STRUCT
_NAMED = {"namespace": _TEXT, "said": _STRUCT}
RUN = ExecutionType(
    name="openlineage.Run",
    properties={
        **_NAMED,
        "job": _TEXT,
        "parameter_names": _STRUCT,
        "code_version": _TEXT,
        "error_message": _TEXT,
        "error_traceback": _TEXT,
    },
)
DATASET = ArtifactType(
    name="openlineage.Dataset",
    base_type=BaseType.DATASET,
    properties={
        "namespace": _TEXT,
        "dataset": _TEXT,
        "dataset_version": _TEXT,
        # In ISO 8601, UTC, in milliseconds: such texts have the order of their times, and a number
        # would be taken for a metric. Absent of what is never meant by an input.
        "written": _TEXT,
        "written_by": _TEXT,
        "facets": _STRUCT,
    },
)
RUN_CONTEXT = ContextType(name="openlineage.Run", properties={"namespace": _TEXT, "job": _TEXT})
JOB = ContextType(name="openlineage.Job", properties={**_NAMED, "job": _TEXT})
DATASET_CONTEXT = ContextType(name="openlineage.Dataset", properties={**_NAMED, "dataset": _TEXT})
TYPES: tuple[Type, ...] = (RUN, DATASET, RUN_CONTEXT, JOB, DATASET_CONTEXT)

_IN_ONE_PROCESS = frozenset(["SPARK"])
"""The integrations (facet ``jobType``) whose runs share a process with those of one parent: what
one job read another one writes, and no dataset is between them."""
_ERRORS = ("errorMessage", "spark.exception")
"""The facets that say why a run failed: the specification's, and that of Spark's listener, which
sends its own alone."""
_PENDING = ArtifactState.PENDING
_STATES = {
    "OTHER": ExecutionState.UNKNOWN,
    "START": ExecutionState.RUNNING,
    "RUNNING": ExecutionState.RUNNING,
    "COMPLETE": ExecutionState.COMPLETE,
    "ABORT": ExecutionState.CANCELED,
    "FAIL": ExecutionState.FAILED,
}


class Version(NamedTuple):
    """What a run wrote, or is to write, of a dataset."""

    name: Name
    run: str
    written: str | None
    """When it was there to be read, as `text_of` has it; None of a run that failed."""
    said: str | None
    """What its facet ``version`` says."""

    @property
    def external_id(self) -> str:
        """What its artifact is known by."""
        return _short(f"openlineage:{self.run}:{key_of(self.name)}")


class Read(NamedTuple):
    """What a run says that it read."""

    name: Name
    run: str
    time: int
    """When that run began, in milliseconds."""
    said: str | None
    """Which version, if it says so."""


class Link(NamedTuple):
    """An event of the graph: an execution read or wrote something.

    The execution is not the run itself if it is a part of it, or the parent that joins it to its
    siblings; `path` then names the run behind the dataset.
    """

    execution: str
    """Its external id."""
    of: Read | Version
    path: tuple[str, ...]
    time: int

    @property
    def is_input(self) -> bool:
        """Whether it was read."""
        return isinstance(self.of, Read)


def began(record: Record) -> int:
    """When a run began as far as it is known, in milliseconds: its first START, or any event."""
    time: int = record["start"] if "start" in record else record.get("first", 0)
    return time // 1000


def text_of(millis: int) -> str:
    """A time in milliseconds since the epoch as a text that has the order of times."""
    time = datetime.fromtimestamp(millis / 1000, timezone.utc)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def subject_of(kind: str, name: Name) -> str:
    """What stands for the run that a job or a dataset has not, if it says where data is from."""
    return _short(f"openlineage:{kind}:{key_of(name)}")


def versions_of(run: str, record: Record) -> dict[Name, Version]:
    """What a run wrote, by the dataset.

    It was there when the run ended or, if nobody said that it did, when it began: a stream is read
    while it is written. What a run that failed left nobody is taken to have read.
    """
    rank = record.get("rank", 0)
    time = record["end"] // 1000 if "end" in record else began(record)
    written = None if rank >= FAILED else text_of(time)
    outputs = dict(named(record.get("outputs"))) if record["kind"] == "run" else {}
    names = [*outputs, *(target for target, _ in _stated(record) if target not in outputs)]
    return {
        name: Version(name, run, written, _said_version(outputs.get(name, {}))) for name in names
    }


def reads_of(run: str, record: Record) -> dict[Name, Read]:
    """What a run read by itself, by the dataset; a job or a dataset alone read nothing."""
    inputs = dict(named(record.get("inputs"))) if record["kind"] == "run" else {}
    time = began(record)
    return {name: Read(name, run, time, _said_version(said)) for name, said in inputs.items()}


def links_of(run: str, record: Record) -> list[Link]:
    """All events of a run: its own, those of its parts and those of the parent that joins it."""
    reads, versions, time = reads_of(run, record), versions_of(run, record), began(record)
    stated = dict(_stated(record))
    links = [Link(run, read, (read.name[1], *_version(read, run)), time) for read in reads.values()]
    for name, version in versions.items():
        if name not in stated:
            links.append(Link(run, version, (name[1],), time))
            continue
        part = part_of(run, name)
        links.append(Link(part, version, (name[1], run), time))
        for source in stated[name]:
            read = reads.get(source) or Read(source, run, time, None)
            path = (source[1], *(_version(read, run) or (run,)))
            links.append(Link(part, read, path, time))
    if bool(reads) != bool(versions) and _is_in_one_process(record):
        for parent in record.get("within", {}).get(run, ()):
            for read in reads.values():
                path = (read.name[1], *(_version(read, run) or (run,)))
                links.append(Link(parent, read, path, time))
            for version in versions.values():
                links.append(Link(parent, version, (version.name[1], run), time))
    return links


def _version(read: Read, run: str) -> tuple[str, ...]:
    return () if read.said is None else (run, read.said)


def part_of(run: str, target: Name) -> str:
    """The external id of the part of a run that made one dataset of what it says by itself."""
    return _short(f"{run}:{key_of(target)}")


def holders_of(run: str, record: Record) -> set[str]:
    """The executions that may have events of a run: itself, its parts, and its parents."""
    own = {run, *(part_of(run, target) for target, _ in _stated(record))}
    return own | set(record.get("within", {}).get(run, ()) if _is_in_one_process(record) else ())


def executions_of(run: str, record: Record) -> Iterator[Execution]:
    """The executions that stand for a run: itself, which has all that was said, and its parts."""
    namespace, job = _job_of(record)
    rank = record.get("rank", 0)
    facets, job_facets = facets_of(record.get("facets")), facets_of(record.get("job_facets"))
    error = next((facets[name] for name in _ERRORS if name in facets), None)
    properties = {
        "namespace": namespace,
        "job": job,
        "code_version": _text(job_facets.get("sourceCodeLocation"), "version"),
        "error_message": _text(error, "message"),
        "error_traceback": _text(error, "stackTrace"),
    }
    parameters = dict(_parameters(facets.get("executionParameters")))
    whole = {**properties, "said": _in_order(record), "parameter_names": sorted(parameters)}
    times = {
        "state": _STATES.get(RANKS[rank]),
        "start_time": _moment(record.get("start")),
        "end_time": _moment(record.get("end")),
    }
    if record["kind"] == "run":
        yield Execution(
            type=RUN.name,
            external_id=run,
            name=f"{job} {run}",
            properties=_without_none(whole),
            custom_properties=parameters,
            **times,
        )
    for target, _ in _stated(record):
        yield Execution(
            type=RUN.name,
            external_id=part_of(run, target),
            name=f"{job} {part_of(run, target)}",
            properties=_without_none({**properties, "parameter_names": []}),
            **times,
        )


def contexts_of(run: str, record: Record) -> tuple[list[Context], list[tuple[Context, Context]]]:
    """The contexts that a run belongs to, itself first, and which is part of which; the context of
    a job or a dataset alone, which has all that was said of it.

    It does not belong to its job by itself: else the runs of its parents were runs of that, too.
    """
    if record["kind"] != "run":
        type_ = JOB if record["kind"] == "job" else DATASET_CONTEXT
        return [context_of(type_, _job_of(record), record)], []
    own = Context(
        type=RUN_CONTEXT.name,
        name=run,
        properties=dict(zip(("namespace", "job"), _job_of(record), strict=True)),
    )
    jobs = [context_of(JOB, tuple(json.loads(key))) for key in sorted(record["jobs"])]
    others = {id_: Context(type=RUN_CONTEXT.name, name=id_) for id_ in record.get("parents", {})}
    runs = {run: own, **others}
    parts = [
        (runs[child], runs[parent])
        for child, parents in sorted(record.get("within", {}).items())
        for parent in parents
    ]
    return [own, *others.values()], [*((own, job) for job in jobs), *parts]


def context_of(type_: ContextType, name: Name, record: Record | None = None) -> Context:
    """The context that stands for a job or a dataset, with what was said of it by itself."""
    properties: dict[str, Any] = dict(
        zip(("namespace", "job" if type_ is JOB else "dataset"), name, strict=True)
    )
    if record is not None:
        properties["said"] = _in_order(record)
    return Context(type=type_.name, name=_short(f"{name[0]}/{name[1]}"), properties=properties)


def artifact_of(version: Version, record: Record) -> Artifact:
    """The artifact that a run made."""
    said = record.get("outputs", {}).get(key_of(version.name), {})
    facets = {**facets_of(said.get("facets")), **facets_of(said.get("outputFacets"))}
    rank = record.get("rank", 0)
    ended = _PENDING if record["kind"] == "run" and rank < ENDED else ArtifactState.LIVE
    properties = {
        **_about(version.name),
        "dataset_version": version.said,
        "written": version.written,
        "written_by": version.run,
        "facets": facets or None,
    }
    return Artifact(
        type=DATASET.name,
        external_id=version.external_id,
        uri=uri_of(version.name),
        state=ArtifactState.ABANDONED if version.written is None else ended,
        properties=_without_none(properties),
    )


def unwritten(name: Name, said: str | None) -> Artifact:
    """The artifact that stands for a dataset, or for one version of it, that nobody wrote."""
    return Artifact(
        type=DATASET.name,
        external_id=unwritten_id(name, said),
        uri=uri_of(name),
        properties=_without_none({**_about(name), "dataset_version": said}),
    )


def unwritten_id(name: Name, said: str | None) -> str:
    """What that is known by."""
    return _short(f"openlineage:{key_of(name)}" + ("" if said is None else f"@{said}"))


def uri_of(name: Name) -> str:
    """Where a dataset is, as far as its name says so (spec/Naming.md): ``s3://bucket/key``."""
    namespace, path = name
    if namespace == "file":
        return f"file://{path}" if path.startswith("/") else path
    if not namespace:
        return path
    root = namespace if namespace.endswith("://") else namespace.rstrip("/")
    return f"{root}/{path.lstrip('/')}"


def _stated(record: Record) -> list[tuple[Name, list[Name]]]:
    """Where a run, a job or a dataset says by itself what a dataset was made from (facet
    ``lineage``): the dataset, and what it was made from, in the order of names."""
    stated: dict[Name, set[Name]] = {}
    entries: list[tuple[Any, Any]] = []
    for facets in (record.get("job_facets"), record.get("facets")):
        said = value_of(facets or {}, "lineage", "entries")
        for entry in said if isinstance(said, list) else ():
            if isinstance(entry, dict) and entry.get("type") == "DATASET":
                entries.append((_named(entry), entry))
    if record["kind"] == "dataset":
        entries.append((_job_of(record), _lineage(record)))
    for name, said in named(record.get("outputs")):
        entries.append((name, _lineage(said)))
    for target, entry in entries:
        if target is None or not isinstance(entry, dict) or not entry.keys() & {"inputs", "fields"}:
            continue
        fields = entry.get("fields")
        sources = [entry, *(fields.values() if isinstance(fields, dict) else ())]
        for one in sources:
            inputs = one.get("inputs") if isinstance(one, dict) else None
            names = stated.setdefault(target, set())
            for source in inputs if isinstance(inputs, list) else ():
                if isinstance(source, dict) and source.get("type") == "DATASET":
                    names |= {one for one in [_named(source)] if one is not None}
    return [(target, sorted(names)) for target, names in sorted(stated.items())]


def _lineage(said: Mapping[str, Any]) -> Any:
    return facets_of(said.get("facets")).get("lineage")


def _named(one: Mapping[str, Any]) -> Name | None:
    namespace, name = one.get("namespace"), one.get("name")
    both = isinstance(namespace, str) and isinstance(name, str)
    return (str(namespace), str(name)) if both else None


def _said_version(said: Mapping[str, Any]) -> str | None:
    version = value_of(said.get("facets") or {}, "version", "datasetVersion")
    return None if version is None else _short(str(version))


def _is_in_one_process(record: Record) -> bool:
    integration = value_of(record.get("job_facets") or {}, "jobType", "integration")
    return isinstance(integration, str) and integration in _IN_ONE_PROCESS


def _job_of(record: Record) -> Name:
    """The job of a run or of a job; of a dataset itself."""
    namespace, name = record["dataset"] if record["kind"] == "dataset" else record["job"][1]
    return namespace, name


def _about(name: Name) -> dict[str, Any]:
    return {"namespace": name[0], "dataset": name[1]}


def _parameters(facet: Any) -> Iterator[tuple[str, Any]]:
    """What the facet ``executionParameters`` says, by its keys; values that are no plain ones as
    JSON."""
    said = facet.get("parameters") if isinstance(facet, dict) else None
    for one in said if isinstance(said, list) else ():
        if isinstance(one, dict) and isinstance(one.get("key"), str) and one["key"]:
            value = one.get("value")
            plain = isinstance(value, (str, int, float, bool)) and not (
                type(value) is int and abs(value) >= 2**63
            )
            yield one["key"], value if plain else json.dumps(value)


def _text(facet: Any, key: str) -> str | None:
    text = facet.get(key) if isinstance(facet, dict) else None
    return None if text is None else str(text)


def _in_order(record: Record) -> Record:
    """The same with its keys in order: what says the same is the same."""
    ordered: Record = json.loads(json.dumps(record, sort_keys=True))
    return ordered


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _moment(micros: int | None) -> datetime | None:
    if micros is None:
        return None
    return datetime.fromtimestamp(micros // 1000 / 1000, timezone.utc)


def _short(text: str) -> str:
    """A text that fits into an index together with others."""
    if len(text.encode()) <= 2_000:
        return text
    return text.encode()[:1_000].decode(errors="ignore") + "~" + sha256(text.encode()).hexdigest()
