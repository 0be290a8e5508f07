"""Artifacts, executions and contexts: the nodes of the graph.

All are frozen: a change makes a new object (`evolve`), and a write returns one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, NamedTuple, get_args

from pydantic import ConfigDict, Field

from graphstore.errors import InvalidArgument, brief, shorten
from graphstore.model.base import Model
from graphstore.model.types import Kind
from graphstore.model.values import Id
from graphstore.printable import Printable

__all__ = [
    "Artifact",
    "ArtifactState",
    "Context",
    "Deletion",
    "Execution",
    "ExecutionState",
    "Node",
    "NodeRef",
]


class ArtifactState(str, Enum):
    """What is known of the thing itself; ML Metadata's `Artifact.State`."""

    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"
    """Somebody will make it."""
    LIVE = "LIVE"
    """It is there."""
    MARKED_FOR_DELETION = "MARKED_FOR_DELETION"
    DELETED = "DELETED"
    ABANDONED = "ABANDONED"
    """It was announced, and whoever was to make it failed."""
    REFERENCE = "REFERENCE"
    """It belongs to somebody else; the store only refers to it."""


class ExecutionState(str, Enum):
    """How a run of a component stands; ML Metadata's `Execution.State`."""

    UNKNOWN = "UNKNOWN"
    NEW = "NEW"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    CACHED = "CACHED"
    """It was skipped, and passed on what an earlier one had made."""
    CANCELED = "CANCELED"


class Deletion(Model):
    """That a node was deleted: it is a tombstone, of which only edges, type and times are left."""

    time: datetime
    """When, by the server's clock (UTC, milliseconds)."""
    by: str | None = None
    """Who did it."""
    reason: str | None = None
    """Why, if whoever did it said so."""

    def __str__(self) -> str:
        """``deleted 2026-11-30 by ann: no longer needed``."""
        by = f" by {self.by}" if self.by else ""
        why = f": {' '.join(self.reason.split())}" if self.reason else ""
        return f"deleted {self.time.date().isoformat()}{by}{why}"


class _Node(Printable, Model):
    # A field's name is also its key on the node in Neo4j (graphstore.storage.rows).
    model_config = ConfigDict(ser_json_bytes="base64", ser_json_inf_nan="strings")

    kind: ClassVar[Kind]

    type: str
    """The name of its type, which must have been put."""
    type_version: str | None = None
    """The version of its type."""
    name: str | None = None
    """What it is called; unique within its type."""
    # Values are checked when the node is put, against its type, with an error that names both.
    properties: dict[str, Any] = Field(default_factory=dict)
    """Values (`graphstore.model.values.Value`) of properties that its type declares."""
    custom_properties: dict[str, Any] = Field(default_factory=dict)
    """Values of properties that its type does not declare."""
    external_id: str | None = None
    """Its id in somebody else's system; unique among the nodes of its kind."""
    source: str | None = None
    """The source that it was imported from, by the name that the import gave it."""
    source_id: Id | str | None = None
    """Its id there, a number or a text."""
    id: Id | None = None
    """Given by the store; None until the node is put. Unique among the nodes of its kind."""
    type_id: Id | None = None
    """The id of its type, which stands for name and version; given by the store."""
    create_time: datetime | None = None
    """When the store first learnt of it (UTC, milliseconds); given by the store.

    None before, and for imports from ML Metadata before 0.25, which kept no times.
    """
    last_update_time: datetime | None = None
    """When something about it last changed (UTC, milliseconds); given by the store."""
    deletion: Deletion | None = None
    """When it was deleted, if it was: then nothing else of it is known but its type, its times, its
    external id and its edges. Given by the store."""

    @property
    def ref(self) -> NodeRef:
        """Which node it is; only of one that has been put."""
        if self.id is None:
            raise InvalidArgument(f"{self} has not been put, and so has no id")
        return NodeRef(self.kind, self.id)

    def __str__(self) -> str:
        which = "(new)" if self.id is None else self.id
        deletion = f" ({shorten(str(self.deletion), 200)})" if self.deletion else ""
        return f"{self.kind} {which} of type {shorten(self.type, 100)}{deletion}"

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """What is set: most fields of most nodes are not."""
        return ((name, value) for name, value in super().__repr_args__() if value not in (None, {}))


class Artifact(_Node):
    """A thing that executions make or read - a dataset, a model: (:Artifact)."""

    kind: ClassVar[Kind] = "artifact"

    uri: str | None = None
    """Where the thing itself is; never looked at by the store."""
    state: ArtifactState | None = None
    """What is known of the thing itself; None if nothing was said."""
    digest: str | None = None
    """What the thing contained when it was recorded (`recording.digest`), if anybody looked."""
    place: str | None = None
    """Where `uri` led when it was recorded, as `system.uris.canonical` spells it; None if it is
    spelled so itself. Given by whoever records."""


class Execution(_Node):
    """One run of a component - a trainer, an evaluator: (:Execution)."""

    kind: ClassVar[Kind] = "execution"

    state: ExecutionState | None = None
    """How it stands; None if nothing was said."""
    start_time: datetime | None = None
    """When the work itself began, if whoever recorded it said so; PROV's startTime."""
    end_time: datetime | None = None
    """When the work itself ended, if whoever recorded it said so; PROV's endTime."""
    fingerprint: str | None = None
    """What ran on what (`recording.cache`): executions with the same one would do the same."""


class Context(_Node):
    """What executions and artifacts belong to - a pipeline, a run, a project: (:Context)."""

    kind: ClassVar[Kind] = "context"

    name: str = Field(min_length=1)
    """What it is called; it and its type are its identity. Empty if it was deleted."""
    start_time: datetime | None = None
    """When what it stands for began, if it has a beginning: a run's first step, say."""
    end_time: datetime | None = None
    """When what it stands for ended."""


Node = Artifact | Execution | Context


def mention(node: Node) -> str:
    """Which of several a node is, by what it says of itself; empty if it says nothing.

    Its id is not in it: that may just have been taken for it, and nobody knows it.
    """
    fields = node.__dict__
    for field, words in _MENTIONS.items():
        if fields.get(field):
            return f"the {node.kind} {words} {brief(fields[field], 200)}"
    return ""


class NodeRef(NamedTuple):
    """Which node: ids are unique within a kind only. ``NodeRef.parse("execution:7")``."""

    kind: Kind
    id: int

    @classmethod
    def parse(cls, text: str, default: Kind = "artifact") -> NodeRef:
        """The node that a person names: ``45``, ``artifact:45``, ``a45``, ``execution:7``, ``e7``.

        Args:
            text: What was typed.
            default: The kind of a bare number.

        Raises:
            InvalidArgument: If it is none of these.
        """
        kind, id_ = _split(text)
        if id_ is None:
            raise InvalidArgument(
                f"{brief(text)} names no node: expected an id, such as 45, artifact:45,"
                " execution:7 or context:3 (a45, e7, c3 for short)"
            )
        return cls(kind or default, id_)

    @staticmethod
    def reads(text: str) -> bool:
        """Whether `parse` takes a text."""
        return _split(text)[1] is not None

    @property
    def short(self) -> str:
        """The shortest text that `parse` takes for it: ``a45``."""
        return f"{self.kind[0]}{self.id}"

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


# The external id last: a recorder makes one up where nobody said one.
_MENTIONS = {"name": "named", "uri": "at", "external_id": "with the external id"}
_KINDS: Mapping[str, Kind] = {name: kind for kind in get_args(Kind) for name in (kind, kind[0])}


def _split(text: str) -> tuple[Kind | None, int | None]:
    """The kind and the number in a text that names a node; neither if it names none."""
    match = re.fullmatch(r"(?:([a-z]+)[:/ ]?)?(\d{1,16})", text.strip().lower())
    if match is None or (match[1] is not None and match[1] not in _KINDS):
        return None, None
    return _KINDS.get(match[1] or ""), int(match[2])
