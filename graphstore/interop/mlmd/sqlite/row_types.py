"""The rows of ML Metadata's tables, as they are read from a file."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphstore.model.values import Value

__all__ = ["EventRow", "MemberRow", "NodeRow", "Row"]

Row = dict[str, Any]


class NodeRow(NamedTuple):
    """A row of Artifact, Execution or Context, with its properties."""

    id: int | None
    """None if it is to be left out, for a reason that was reported."""
    type_id: int | None
    uri: str | None
    state: int | None
    """The state of an artifact, the last known one of an execution."""
    name: str | None
    external_id: str | None
    create_time: int | None
    """Milliseconds since the epoch, as all times here."""
    update_time: int | None
    properties: list[tuple[str, bool, Value]]
    """Names, whether they are custom, and values."""


class EventRow(NamedTuple):
    """A row of Event, with its path."""

    id: int | None
    artifact_id: int | None
    execution_id: int | None
    type: int | None
    time: int | None
    path: tuple[str | int, ...]


class MemberRow(NamedTuple):
    """A row of Attribution or Association."""

    id: int | None
    owner_id: int | None
    """The artifact or the execution."""
    context_id: int | None
