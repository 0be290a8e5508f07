"""What an importer reads: the rows of a history, with the ids that they have there.

A reader of a format says what its own tables say in these words. It leaves nothing out silently: a
row that cannot be kept is counted, and reported among its problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, get_args

from graphstore.model.edges import EventType
from graphstore.model.nodes import ArtifactState, ExecutionState
from graphstore.model.series import Series
from graphstore.model.types import Kind, Type
from graphstore.model.values import Value

__all__ = [
    "TABLES",
    "EventRow",
    "History",
    "Member",
    "MemberRow",
    "NodeRow",
    "Row",
    "SourceId",
    "Table",
    "in_ascii",
]

Member = Literal["attribution", "association"]
Row = dict[str, Any]
"""A row as a query wants it."""
SourceId = int | str
"""The id of a node or a type in its history: all those of a kind are whole numbers, or all are
texts in ASCII. Of other texts Neo4j has two orders: it compares parameters by UTF-16, and an index
is by code points."""
Table = Literal[
    "type",
    "context",
    "artifact",
    "execution",
    "event",
    "attribution",
    "association",
    "series",
    "parent",
]
TABLES: tuple[Table, ...] = get_args(Table)
"""What rows there are, in an order in which they can be written and are reported."""


class NodeRow(NamedTuple):
    """An artifact, an execution or a context, with its properties."""

    id: SourceId | None
    """None if it is to be left out, for a reason that was reported."""
    type_id: SourceId | None
    uri: str | None
    state: ArtifactState | ExecutionState | None
    name: str | None
    external_id: str | None
    create_time: int | None
    """Milliseconds since the epoch, as all times here."""
    update_time: int | None
    properties: list[tuple[str, bool, Value]]
    """Names, whether they are custom, and values."""
    start_time: int | None = None
    """Of an execution or a context: when what it stands for began."""
    end_time: int | None = None
    series: Sequence[Series] = ()
    """Of an execution: the metrics that it logged, each once."""


class EventRow(NamedTuple):
    """An event, with its path."""

    number: int | None
    """Ascends in the order in which events were recorded; none has that of another. None if it is
    to be left out, for a reason that was reported."""
    artifact_id: SourceId | None
    execution_id: SourceId | None
    type: EventType | None
    time: int | None
    path: tuple[str | int, ...]


class MemberRow(NamedTuple):
    """What says that an artifact or an execution belongs to a context."""

    number: int | None
    """As an event's: no other row of its table has it."""
    owner_id: SourceId | None
    """The artifact or the execution."""
    context_id: SourceId | None


class History(Protocol):
    """A history that comes in, as of one moment."""

    @property
    def place(self) -> str:
        """Where it is, for messages: a path, or an address without its password."""

    @property
    def title(self) -> str:
        """The same in short, for who follows the import."""

    @property
    def name(self) -> str:
        """What its source is called if the store does not know it yet."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What its source says of itself in the store: properties of a node in Neo4j."""

    @property
    def tables(self) -> Mapping[Table, str]:
        """What its own tables of these rows are called, in reports and messages; a history that has
        no series leaves them out."""

    @property
    def own_contexts(self) -> bool:
        """Whether a context is known by its id there, as artifacts and executions are: then one of
        the same type and name from elsewhere is another. Else it is that one, whoever made it."""

    @property
    def references(self) -> Mapping[Kind, Mapping[str, Kind]]:
        """The properties whose values are ids of nodes of this history, whole numbers: of which
        kind of nodes, by name, and whose ids they are."""

    @property
    def problems(self) -> list[str]:
        """What could not be read as it was, or not at all, in the rows that were read until now:
        a sentence each. Whoever takes them empties the list."""

    @property
    def same_contexts(self) -> Mapping[SourceId, SourceId]:
        """Of contexts that were left out since an earlier one is the same, the id of that; known
        when all contexts were read."""

    def count(self, table: Table) -> int:
        """How many rows there are, those that are left out too."""

    def last_id(self, kind: Kind) -> int:
        """The largest id of a kind, 0 if there is no node of it; asked only where ids are whole
        numbers and there are `references`."""

    def types(self) -> Iterator[tuple[SourceId | None, Type | None]]:
        """The types with their ids; None for one that is left out."""

    def nodes(self, kind: Kind) -> Iterator[NodeRow]:
        """The nodes of a kind in the order of their ids, as Python and Neo4j compare them; contexts
        in any order, unless they are known by their ids."""

    def events(self) -> Iterator[EventRow]:
        """The events in the order of their executions' ids, those of one by their numbers."""

    def members(self, table: Member) -> Iterator[MemberRow]:
        """Who belongs to contexts, in the order of the artifacts' or the executions' ids."""

    def parents(self) -> Iterator[tuple[SourceId | None, SourceId | None]]:
        """The ids of contexts and of those that they are part of."""

    def anchors(self) -> Mapping[Kind, list[str]]:
        """What tells this history from others, and begins the same in every later copy of it: by
        kind, what its first nodes are, at least one text for a kind that has nodes."""

    def create_times(self, kind: Kind) -> Iterator[tuple[SourceId, int | None]]:
        """The ids of the artifacts or executions, in order, and when they were created."""


def in_ascii(text: str) -> str:
    """A text as an id: others have others, and they stand in the same order, but in ASCII.

    What is not ASCII stands as its number behind ``~``, the last character that can be printed.
    """
    if text.isascii() and "~" not in text:
        return text
    return "".join(one if one < "~" else f"~{ord(one):06x}" for one in text)
