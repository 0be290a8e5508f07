"""The rows of a history by the batch: nodes, and with them the edges that are theirs.

So a node that is new is written with all that belongs to it, and need not be found again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, TypeVar, cast

from graphstore.errors import InvalidArgument
from graphstore.interop.importing.history import (
    EventRow,
    History,
    Member,
    MemberRow,
    NodeRow,
    Row,
    SourceId,
    Table,
)
from graphstore.interop.importing.references import Numbers, Reference, references_of
from graphstore.interop.importing.rows import Converter, event_parts
from graphstore.model.types import Kind
from graphstore.storage.series import series_row
from graphstore.system.batched import batched
from graphstore.system.garbage import no_collection

__all__ = [
    "EDGE_TABLES",
    "ENDS",
    "NODES",
    "NODE_KINDS",
    "OWN_KINDS",
    "TABLE_OF",
    "Batch",
    "Batches",
    "following",
    "parts",
]

NODES, EDGES = 1_000, 20_000
"""Nodes, and edges of theirs, a transaction: enough that commits do not count, few enough for a
small heap."""
HEAVY = 10_000_000
"""Characters of nodes' properties a transaction: those of a few nodes may be large."""

NODE_KINDS: tuple[Kind, ...] = ("context", "artifact", "execution")
"""In the order in which they are written."""
OWN_KINDS: tuple[Kind, ...] = ("artifact", "execution")
"""Those that are known by their source: contexts are, by type and name, whoever imports them."""
EDGE_TABLES: dict[Table, tuple[str, ...]] = {
    "attribution": ("attributions",),
    "association": ("associations",),
    "event": ("inputs", "outputs"),
    "series": ("series",),
    "parent": ("parents",),
}
"""What queries call the rows of these tables."""
TABLE_OF = {what: table for table, kinds in EDGE_TABLES.items() for what in kinds}
ENDS: dict[Table, tuple[str, str]] = {
    "attribution": ("artifact_id", "context_id"),
    "association": ("execution_id", "context_id"),
    "event": ("artifact_id", "execution_id"),
    "series": ("execution_id", "series"),
    "parent": ("context_id", "parent_context_id"),
}
"""What their rows have after their number; of series the second is no end, but what was logged."""
TABLES_BESIDE: dict[Table, tuple[Table, ...]] = {
    "context": (),
    "artifact": ("attribution",),
    "execution": ("association", "event"),
}
"""The tables whose rows are read beside the nodes that they belong to, and written with them; so
are series, which come with the nodes themselves."""
POINT = 24
"""What a point of a series weighs, in characters: it is three numbers."""

T = TypeVar("T")


@dataclass
class Batch:
    """Rows that are written in one transaction: nodes, and the edges that belong to them."""

    table: Table
    """That of the nodes; that of the edges if there can be no nodes."""
    nodes: list[Row] = field(default_factory=list)
    """Rows for queries, with what is to be said of their edges."""
    edges: dict[str, list[Any]] = field(default_factory=dict)
    """Rows of the history, by what queries call them: those of the nodes, and those whose node is
    in the batch before or nowhere."""
    places: dict[SourceId | None, int] = field(default_factory=dict)
    """What edges call contexts, by their ids in the history."""
    row_counts: Counter[Table] = field(default_factory=Counter)
    """How many rows of each table it was made of."""
    problems: list[str] = field(default_factory=list)
    """What the conversion met."""
    references: list[tuple[Row, list[Reference]]] = field(default_factory=list)
    """The nodes that have ids of others within their values."""
    free: list[int] = field(default_factory=list)
    """Ids that were taken for new nodes: beforehand, if all of them seem to be new."""
    edge_count: int = 0
    weight: int = 0

    @property
    def kind(self) -> Kind:
        """That of its nodes, if it has any."""
        return cast(Kind, self.table)

    def take(self, problems: list[str]) -> None:
        """Make what the conversion met since it was asked last this batch's."""
        self.problems += problems
        problems.clear()

    @property
    def is_full(self) -> bool:
        """Whether the next node should be in another batch."""
        return (
            self.row_counts[self.table] >= NODES or self.edge_count >= EDGES or self.weight > HEAVY
        )

    def add_node(self, row: Row) -> None:
        """Add a node, which has no edges yet."""
        for table in TABLES_BESIDE[self.table]:
            for what in EDGE_TABLES[table]:
                row[what] = []
        if self.table == "execution":
            row["series"] = []
        self.nodes.append(row)
        self.weight += _weight(row["properties"].values())

    def add_edge(self, what: str, one: Any, owner: Row | None = None, entry: Any = None) -> None:
        """Add an edge, and say it of its node if that is in this batch."""
        self.edges.setdefault(what, []).append(one)
        if owner is not None:
            owner[what].append(entry)  # a list: the driver takes longer over tuples

    def rest(self, numbers: Mapping[str, Collection[int]]) -> dict[str, list[Any]]:
        """The edges that do not have these numbers."""
        rest = {}
        for what, edges in self.edges.items():
            known_numbers = numbers.get(what, ())
            if len(known_numbers) < len(edges):
                rest[what] = [one for one in edges if one[0] not in known_numbers]
        return rest

    def write_count(self, table: Table) -> int:
        """How many of the rows read are to be written."""
        kinds = EDGE_TABLES.get(table)
        return sum(len(self.edges.get(what, ())) for what in kinds) if kinds else len(self.nodes)


class Batches:
    """The batches of one history, each made as it is asked for."""

    def __init__(self, history: History, converter: Converter) -> None:
        """Those of a history.

        Args:
            history: The history; what it meets each batch takes for itself, and so what the
                converter meets.
            converter: What makes rows for queries of its rows.
        """
        self._history, self._converter = history, converter
        self._problems = history.problems
        self._series_numbers = count(1)
        self.numbers = Numbers()
        """What else may be ids, of the nodes that were read until now."""

    def parents(self) -> Generator[Batch, None, None]:
        """Which contexts are part of which, without what would close a circle."""
        ancestry, name = _Ancestry(), self._history.tables["parent"]
        for parents in parts(self._history.parents()):
            batch = Batch("parent", row_counts=Counter({"parent": len(parents)}))
            for number, (child, parent) in enumerate(parents):
                if ancestry.add(child, parent):
                    batch.add_edge("parents", (number, child, parent))
                else:
                    self._problems.append(
                        f"{name}: context {child} would become part of itself as a child of"
                        f" context {parent}: left out"
                    )
            yield self._end(batch)

    def nodes(self, kind: Kind) -> Generator[Batch, None, None]:
        """The nodes of a kind, each with its edges."""
        tables = [(table, self._beside(table)) for table in TABLES_BESIDE[kind]]
        batch = Batch(kind)
        known = self._history.references.get(kind, {})
        beyond: list[NodeRow | None] = [None]  # the edges whose node is beyond the last one
        for node in chain(self._history.nodes(kind), beyond):
            id_, row = None, None
            if node is not None:
                batch.row_counts[kind] += 1
                if node.id is None:
                    continue
                if node.id.__class__ is str and not node.id.isascii():
                    raise InvalidArgument(
                        f"an id in a history is a number or ASCII, not {node.id!r}"
                    )
                id_, row = node.id, self._converter.node(kind, node)
            if row is not None and node is not None:
                batch.add_node(row)
                if references := [*references_of(node, row, known)] if known else None:
                    batch.references.append((row, references))
                if self._history.references:
                    self.numbers.add(kind, node, known)
            if node is not None:
                self._add_series(batch, node, row)
            for table, beside in tables:
                add = self._add_event if table == "event" else self._add_member
                for owner_id, one in beside.until(id_):
                    if batch.edge_count >= 2 * EDGES:  # one node has so many
                        yield self._end(batch)
                        batch, row = Batch(kind), None
                    batch.row_counts[table] += 1
                    batch.edge_count += 1
                    if one.number is not None:
                        add(batch, table, one, row if owner_id == id_ else None)
            if batch.is_full:
                yield self._end(batch)
                batch = Batch(kind)
        if batch.row_counts:
            yield self._end(batch)

    def _beside(self, table: Table) -> _Beside:
        """The rows of a table of edges, by the nodes that they are written with."""
        if table == "event":
            return _Beside(self._history.events(), EventRow._fields.index("execution_id"))
        owner = MemberRow._fields.index("owner_id")
        return _Beside(self._history.members(cast(Member, table)), owner)

    def _add_series(self, batch: Batch, node: NodeRow, owner: Row | None) -> None:
        """Add what a node logged, if the node itself is not left out."""
        if not node.series:
            return
        batch.row_counts["series"] += len(node.series)
        for series in node.series if owner is not None else ():
            number, row = next(self._series_numbers), series_row(series)
            batch.add_edge("series", (number, node.id, row), owner, [row, number])
            batch.weight += POINT * len(series.values)

    def _add_member(self, batch: Batch, table: Table, one: MemberRow, owner: Row | None) -> None:
        place = batch.places.setdefault(one.context_id, len(batch.places))
        batch.add_edge(EDGE_TABLES[table][0], one, owner, [place, one.number])

    def _add_event(self, batch: Batch, table: Table, one: EventRow, owner: Row | None) -> None:
        type_, path, time = event_parts(one)
        what = "inputs" if type_.is_input else "outputs"
        batch.add_edge(what, one, owner, [one.artifact_id, type_.value, path, time, one.number])

    def _end(self, batch: Batch) -> Batch:
        batch.take(self._problems)
        return batch


class _Beside:
    """Rows in the order of their owners, taken as the owners go by."""

    def __init__(self, rows: Iterator[Any], owner: int) -> None:
        """The rows, and which of their columns is the owner's id."""
        self._rows, self._owner, self._ahead = rows, owner, next(rows, None)

    def until(self, id_: SourceId | None) -> Iterator[tuple[SourceId | None, Any]]:
        """Those that are left of the owners up to this one; all if None. Each with its owner."""
        while self._ahead is not None:
            owner_id = self._ahead[self._owner]
            if not (id_ is None or owner_id is None or owner_id <= id_):
                return
            yield owner_id, self._ahead
            self._ahead = next(self._rows, None)


class _Ancestry:
    """Which contexts are part of which, without circles."""

    def __init__(self) -> None:
        self._parents: dict[SourceId | None, list[SourceId | None]] = {}

    def add(self, child: SourceId | None, parent: SourceId | None) -> bool:
        """Make one part of the other, unless that would close a circle; whether it did."""
        ancestors, waiting = {parent}, [parent]
        while waiting:
            one = waiting.pop()
            if one == child:
                return False
            above = [other for other in self._parents.get(one, ()) if other not in ancestors]
            ancestors.update(above)
            waiting += above
        self._parents.setdefault(child, []).append(parent)
        return True


def _weight(values: Iterable[Any]) -> int:
    """How many characters there are in a node's properties, about."""
    return sum(
        len(value) if value.__class__ is str else sum(map(len, value))
        for value in values
        if value.__class__ is str or value.__class__ is list
    )


def following(batches: Iterator[Batch]) -> Batch | None:
    """The next one; None if there is none."""
    with no_collection():
        return next(batches, None)


def parts(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows by as many as there are edges in a batch."""
    return batched(rows, EDGES)
