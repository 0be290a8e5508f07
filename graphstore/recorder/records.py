"""What a recorder writes down: one record a change of a run or a step.

A record says all that is needed to store it, and stands for the same however often it is stored:
what it creates it names by external ids, which the recorder makes up before there is a store to
give ids. As JSON it is a line of a spool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Context, Execution, Node
from graphstore.model.types import Kind
from graphstore.repository.rows import MODELS, from_native, to_native

__all__ = ["Record", "RunRecord", "StepRecord", "dump", "dump_node", "load", "load_node"]


@dataclass(frozen=True)
class RunRecord:
    """How a run stands."""

    run: Context
    pipeline: Context
    artifacts: tuple[Artifact, ...] = ()
    """What it runs in."""


@dataclass(frozen=True)
class StepRecord:
    """How a step stands, with all that it read and made until now."""

    execution: Execution
    events: tuple[tuple[Artifact, Event], ...]
    contexts: tuple[Context, ...]
    """What it and its artifacts belong to."""
    look_up: bool = False
    """Whether to ask what can stand in for it."""


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
        }
    else:
        said = {
            "record": "step",
            "execution": dump_node(record.execution),
            "events": [_dump_event(*pair) for pair in record.events],
            "contexts": [dump_node(context) for context in record.contexts],
        }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def load(line: str) -> Record:
    """The record that `dump` made the line of; whether it looks something up is forgotten.

    Raises:
        ValueError: If it is no such line.
    """
    try:
        said = json.loads(line)
        if said["record"] == "run":
            return RunRecord(
                load_node(said["run"]),
                load_node(said["pipeline"]),
                tuple(load_node(artifact) for artifact in said["artifacts"]),
            )
        return StepRecord(
            load_node(said["execution"]),
            tuple(_load_event(pair) for pair in said["events"]),
            tuple(load_node(context) for context in said["contexts"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no record: {error!r}") from error


def dump_node(node: Node) -> dict[str, Any]:
    """A node as JSON has it."""
    # Properties as Neo4j holds them: that is JSON already, and tells the kinds apart.
    said = node.model_dump(mode="json", exclude={*_PROPERTIES}, exclude_none=True)
    said["kind"] = node.kind
    for field in _PROPERTIES:
        said[field] = {name: to_native(value) for name, value in getattr(node, field).items()}
    return said


def load_node(said: Mapping[str, Any]) -> Any:
    """The node that `dump_node` made this of."""
    kind: Kind = said["kind"]
    fields = {key: value for key, value in said.items() if key != "kind"}
    for field in _PROPERTIES:
        fields[field] = {name: from_native(value) for name, value in fields[field].items()}
    return MODELS[kind].model_validate(fields)


def _dump_event(artifact: Artifact, event: Event) -> dict[str, Any]:
    return {
        "artifact": dump_node(artifact),
        "event": event.model_dump(mode="json", exclude_none=True),
    }


def _load_event(said: Mapping[str, Any]) -> tuple[Artifact, Event]:
    return load_node(said["artifact"]), Event.model_validate(said["event"])
