"""What a recorder writes down: one record a change of a run or a step.

A record says all that is needed to store it, and stands for the same however often it is stored:
what it creates it names by external ids, which the recorder makes up before there is a store to
give ids. Of what is stored already it changes its `news` alone, so that what others wrote on a run
or a step while it went on stays. As JSON it is a line of a spool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Context, Execution, Node
from graphstore.model.series import Series
from graphstore.model.types import Kind
from graphstore.model.values import Value, canonical
from graphstore.storage.rows import ERROR_KEYS, MODELS, from_native, to_native

__all__ = [
    "Record",
    "RunRecord",
    "StepRecord",
    "changed",
    "changed_since",
    "dump",
    "dump_node",
    "load",
    "load_node",
]


@dataclass(frozen=True)
class RunRecord:
    """How a run stands."""

    run: Context
    pipeline: Context
    artifacts: tuple[Artifact, ...] = ()
    """What it runs in."""
    news: Context | None = None
    """What this says that earlier records of the run did not; None if it is the first."""
    parent: tuple[Context, Context] | None = None
    """The run that it began within, and the pipeline of that."""
    resume: bool = False
    """Whether it may go on with one that is COMPLETE, or goes on in a process that is not known."""
    series: tuple[Series, ...] = ()
    """What was logged of it: all of each metric that it names."""
    said: datetime | None = None
    """When this was said, by the clock of whoever did; None if that is not known."""
    before: Mapping[str, Value] = field(default_factory=dict)
    """What the notes in the news were before, as far as whoever said this knew."""


@dataclass(frozen=True)
class StepRecord:
    """How a step stands, with all that it read and made until now."""

    execution: Execution
    events: tuple[tuple[Artifact, Event], ...]
    contexts: tuple[Context, ...]
    """What it and its artifacts belong to."""
    look_up: bool = False
    """Whether to ask what can stand in for it."""
    news: Execution | None = None
    """What this says that earlier records of the step did not; None if it is the first."""
    series: tuple[Series, ...] = ()
    """What it logged: all of each metric that it names."""
    strict: bool = False
    """Whether what its artifacts' types do not take is refused; it is kept otherwise, if not."""
    said: datetime | None = None
    """When this was said, likewise."""
    before: Mapping[str, Value] = field(default_factory=dict)
    """What the notes in the news were before, likewise."""


Record = RunRecord | StepRecord

_PROPERTIES = ("properties", "custom_properties")


def dump(record: Record) -> str:
    """A record as one line of JSON."""
    if isinstance(record, RunRecord):
        said: dict[str, Any] = {
            "record": "run",
            "run": dump_node(record.run),
            "pipeline": dump_node(record.pipeline),
            "artifacts": [dump_node(artifact) for artifact in record.artifacts],
            "parent": record.parent and [dump_node(context) for context in record.parent],
            "resume": record.resume,
        }
    else:
        said = {
            "record": "step",
            "execution": dump_node(record.execution),
            "events": [_dump_event(*pair) for pair in record.events],
            "contexts": [dump_node(context) for context in record.contexts],
        }
    said["news"] = record.news and dump_node(record.news)
    if record.series:
        said["series"] = [asdict(series) for series in record.series]
    if record.said is not None:
        said["said"] = record.said.isoformat()
        said["before"] = {name: to_native(value) for name, value in record.before.items()}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def load(line: str) -> Record:
    """The record that `dump` made the line of; whether it looks something up is forgotten.

    Raises:
        ValueError: If it is no such line.
    """
    try:
        said = json.loads(line)
        if said["record"] == "run":
            run, pipeline = load_node(said["run"]), load_node(said["pipeline"])
            parent = said.get("parent")
            return RunRecord(
                run,
                pipeline,
                tuple(load_node(artifact) for artifact in said["artifacts"]),
                _news(said, run),
                (load_node(parent[0]), load_node(parent[1])) if parent else None,
                said.get("resume", False),
                _series(said),
                *_when(said),
            )
        execution = load_node(said["execution"])
        return StepRecord(
            execution,
            tuple(_load_event(pair) for pair in said["events"]),
            tuple(load_node(context) for context in said["contexts"]),
            news=_news(said, execution),
            series=_series(said),
            said=_when(said)[0],
            before=_when(said)[1],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no record: {error!r}") from error


def _news(said: Mapping[str, Any], node: Any) -> Any:
    """What is new in a record; all of it in one of an earlier version, which did not tell."""
    if "news" not in said:
        return node
    return said["news"] and load_node(said["news"])


def _series(said: Mapping[str, Any]) -> tuple[Series, ...]:
    return tuple(Series(**one) for one in said.get("series", ()))


def _when(said: Mapping[str, Any]) -> tuple[datetime | None, dict[str, Value]]:
    """When a record was said, and what its notes were before; nothing in one of an earlier
    version."""
    if "said" not in said:
        return None, {}
    before = {name: from_native(value) for name, value in said["before"].items()}
    return datetime.fromisoformat(said["said"]), before


def changed_since(record: Record, stored: Node | None) -> dict[str, tuple[Any, Any]]:
    """The notes of a record that somebody else changed after they were said: by name what is
    stored, and what was noted.

    Args:
        record: What comes late.
        stored: The step or run as it is stored now; None if it is not.
    """
    updated = None if stored is None else stored.last_update_time
    if stored is None or record.news is None or record.said is None:
        return {}
    if updated is None or updated <= record.said:
        return {}
    there = {**stored.properties, **stored.custom_properties}
    return {
        name: (there.get(name), value)
        for name, value in record.news.custom_properties.items()
        if not _alike(there.get(name), value)
        and not _alike(there.get(name), record.before.get(name))
    }


def _alike(one: Any, other: Any) -> bool:
    return bool(one == other) or canonical(one) == canonical(other)


def dump_node(node: Node) -> dict[str, Any]:
    """A node as JSON has it."""
    # Properties as Neo4j holds them: that is JSON already, and tells the kinds apart.
    said = node.model_dump(mode="json", exclude={*_PROPERTIES}, exclude_none=True)
    said["kind"] = node.kind
    for which in _PROPERTIES:
        said[which] = {name: to_native(value) for name, value in getattr(node, which).items()}
    return said


def load_node(said: Mapping[str, Any]) -> Any:
    """The node that `dump_node` made this of."""
    kind: Kind = said["kind"]
    fields = {key: value for key, value in said.items() if key != "kind"}
    for which in _PROPERTIES:
        fields[which] = {name: from_native(value) for name, value in fields[which].items()}
    return MODELS[kind].model_validate(fields)


def changed(step: Execution, news: Execution) -> Execution:
    """A step as news of it leave it: what they do not name stays.

    An error that was said before is no longer true once they say how it stands. An empty
    fingerprint removes that.
    """
    over = news.state is not None
    kept = {k: v for k, v in step.properties.items() if not (over and k in ERROR_KEYS)}
    fields = ("state", "start_time", "end_time")
    known = step.fingerprint if news.fingerprint is None else news.fingerprint or None
    return step.evolve(
        properties={**kept, **news.properties},
        custom_properties={**step.custom_properties, **news.custom_properties},
        fingerprint=known,
        **{name: value for name in fields if (value := getattr(news, name)) is not None},
    )


def _dump_event(artifact: Artifact, event: Event) -> dict[str, Any]:
    return {
        "artifact": dump_node(artifact),
        "event": event.model_dump(mode="json", exclude_none=True),
    }


def _load_event(said: Mapping[str, Any]) -> tuple[Artifact, Event]:
    return load_node(said["artifact"]), Event.model_validate(said["event"])
