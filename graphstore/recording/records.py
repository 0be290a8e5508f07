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
    "changed_since",
    "dump",
    "dump_node",
    "load",
    "load_node",
    "with_news",
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
    moment: datetime | None = None
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
    moment: datetime | None = None
    """When this was said, likewise."""
    before: Mapping[str, Value] = field(default_factory=dict)
    """What the notes in the news were before, likewise."""


Record = RunRecord | StepRecord

_PROPERTIES = ("properties", "custom_properties")


def dump(record: Record) -> str:
    """A record as one line of JSON."""
    if isinstance(record, RunRecord):
        data: dict[str, Any] = {
            "record": "run",
            "run": dump_node(record.run),
            "pipeline": dump_node(record.pipeline),
            "artifacts": [dump_node(artifact) for artifact in record.artifacts],
            "parent": record.parent and [dump_node(context) for context in record.parent],
            "resume": record.resume,
        }
    else:
        data = {
            "record": "step",
            "execution": dump_node(record.execution),
            "events": [_dump_event(*pair) for pair in record.events],
            "contexts": [dump_node(context) for context in record.contexts],
        }
    data["news"] = record.news and dump_node(record.news)
    if record.series:
        data["series"] = [asdict(series) for series in record.series]
    if record.moment is not None:
        data["said"] = record.moment.isoformat()
        data["before"] = {name: to_native(value) for name, value in record.before.items()}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def load(line: str) -> Record:
    """The record that `dump` made the line of; whether it looks something up is forgotten.

    Raises:
        ValueError: If it is no such line.
    """
    try:
        data = json.loads(line)
        if data["record"] == "run":
            run, pipeline = load_node(data["run"]), load_node(data["pipeline"])
            parent = data.get("parent")
            return RunRecord(
                run,
                pipeline,
                tuple(load_node(artifact) for artifact in data["artifacts"]),
                _news(data, run),
                (load_node(parent[0]), load_node(parent[1])) if parent else None,
                data.get("resume", False),
                _series(data),
                *_when(data),
            )
        execution = load_node(data["execution"])
        return StepRecord(
            execution,
            tuple(_load_event(pair) for pair in data["events"]),
            tuple(load_node(context) for context in data["contexts"]),
            news=_news(data, execution),
            series=_series(data),
            moment=_when(data)[0],
            before=_when(data)[1],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no record: {error!r}") from error


def _news(data: Mapping[str, Any], node: Any) -> Any:
    """What is new in a record; all of it in one of an earlier version, which did not tell."""
    if "news" not in data:
        return node
    return data["news"] and load_node(data["news"])


def _series(data: Mapping[str, Any]) -> tuple[Series, ...]:
    return tuple(Series(**one) for one in data.get("series", ()))


def _when(data: Mapping[str, Any]) -> tuple[datetime | None, dict[str, Value]]:
    """When a record was said, and what its notes were before; nothing in one of an earlier
    version."""
    if "said" not in data:
        return None, {}
    before = {name: from_native(value) for name, value in data["before"].items()}
    return datetime.fromisoformat(data["said"]), before


def changed_since(record: Record, node: Node | None) -> dict[str, tuple[Any, Any]]:
    """The notes of a record that somebody else changed after they were said: by name what is
    stored, and what was noted.

    Args:
        record: What comes late.
        stored: The step or run as it is stored now; None if it is not.
    """
    last_update = None if node is None else node.last_update_time
    if node is None or record.news is None or record.moment is None:
        return {}
    if last_update is None or last_update <= record.moment:
        return {}
    there = {**node.properties, **node.custom_properties}
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
    data = node.model_dump(mode="json", exclude={*_PROPERTIES}, exclude_none=True)
    data["kind"] = node.kind
    for which in _PROPERTIES:
        data[which] = {name: to_native(value) for name, value in getattr(node, which).items()}
    return data


def load_node(data: Mapping[str, Any]) -> Any:
    """The node that `dump_node` made this of."""
    kind: Kind = data["kind"]
    fields = {key: value for key, value in data.items() if key != "kind"}
    for which in _PROPERTIES:
        fields[which] = {name: from_native(value) for name, value in fields[which].items()}
    return MODELS[kind].model_validate(fields)


def with_news(step: Execution, news: Execution) -> Execution:
    """A step as news of it leave it: what they do not name stays.

    An error that was said before is no longer true once they say how it stands. An empty
    fingerprint removes that.
    """
    over = news.state is not None
    properties = {k: v for k, v in step.properties.items() if not (over and k in ERROR_KEYS)}
    fields = ("state", "start_time", "end_time")
    fingerprint = step.fingerprint if news.fingerprint is None else news.fingerprint or None
    return step.evolve(
        properties={**properties, **news.properties},
        custom_properties={**step.custom_properties, **news.custom_properties},
        fingerprint=fingerprint,
        **{name: value for name in fields if (value := getattr(news, name)) is not None},
    )


def _dump_event(artifact: Artifact, event: Event) -> dict[str, Any]:
    return {
        "artifact": dump_node(artifact),
        "event": event.model_dump(mode="json", exclude_none=True),
    }


def _load_event(data: Mapping[str, Any]) -> tuple[Artifact, Event]:
    return load_node(data["artifact"]), Event.model_validate(data["event"])
