"""What a transaction of a merge writes: nodes that are new or newer, edges, what hangs on nodes."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphstore.database import Row, Transaction
from graphstore.database.literals import epoch_millis, properties_from_json, properties_to_json
from graphstore.database.queries import QUERIES
from graphstore.database.spelling import DELETED, RETRACTED, RETRACTION
from graphstore.interop.archive.batches import Edge, edge_rows, edges_of, hanging_rows
from graphstore.interop.archive.file import Line

__all__ = ["Ids", "Node", "Outcome", "Stored", "Writing"]

_SERIES, _REVISION = "GraphstoreSeries", "Revision"


class Ids:
    """The ids of nodes here, by those in the archive; 16 bytes each."""

    def __init__(self) -> None:
        self._theirs, self._ours = array("q"), array("q")
        self._late: dict[int, int] = {}
        """Those that came after larger ones."""

    def put(self, theirs: int, ours: int) -> None:
        """Note one; again, if it was noted before."""
        if not self._theirs or theirs > self._theirs[-1]:
            self._theirs.append(theirs)
            self._ours.append(ours)
        else:
            self._late[theirs] = ours

    def get(self, theirs: int) -> int | None:
        """The one here; None if there is none."""
        if theirs in self._late:
            return self._late[theirs]
        place = bisect_left(self._theirs, theirs)
        if place < len(self._theirs) and self._theirs[place] == theirs:
            return self._ours[place]
        return None


@dataclass
class Stored:
    """What the store has of a node, as far as it matters here."""

    id: int
    create_time: int
    last_update_time: int
    """Milliseconds since the epoch."""
    source: str | None
    source_id: int | str | None
    is_deleted: bool
    """Whether it is a tombstone."""
    erased: int
    """When something that it said was erased, in milliseconds since the epoch; 0 if never."""


@dataclass
class Node:
    """A node of the archive."""

    line: Line
    properties: Row
    """Those of the archive, but for its type, which is one of this store."""
    source: str
    """That in which it began."""
    source_id: int | str
    """Its id there."""
    stored: Stored | None = None
    row: Row = field(default_factory=dict)
    """Its properties as they are written."""

    @property
    def last_update_time(self) -> int:
        """Milliseconds since the epoch."""
        return epoch_millis(self.properties.get("last_update_time"))

    @property
    def is_deleted(self) -> bool:
        """Whether it is a tombstone in the archive."""
        return DELETED in self.properties

    @property
    def is_newer(self) -> bool:
        """Whether the store has it, as it was before; not if it was deleted here or there."""
        if self.stored is None or self.stored.is_deleted or self.is_deleted:
            return False
        return self.last_update_time > self.stored.last_update_time

    @property
    def attachments(self) -> Sequence[Line]:
        """What hangs on it."""
        attachments: Sequence[Line] = self.line.get("attachments", ())
        return attachments


@dataclass
class Outcome:
    """What was written, by kind of node, ``edge`` and ``attachment``."""

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class Writing:
    """What one transaction writes of a batch."""

    def __init__(
        self,
        transaction: Transaction,
        kind: str,
        nodes: Sequence[Node],
        more_edges: Sequence[tuple[int, Edge]],
        *,
        ids: Mapping[str, Ids],
        source: str,
        take: Callable[[int], list[int]],
        are_names_taken: bool,
    ) -> None:
        """Prepare it.

        Args:
            transaction: Where to write.
            kind: Of the nodes.
            nodes: The nodes, and what the store has of them.
            more_edges: Edges of nodes that are not among these, each with its node's id in the
                archive.
            ids: Those of the store by those of the archive; that of these nodes are added.
            source: What names are qualified with that others have.
            take: Gives so many ids for new nodes; the same ones in a second attempt.
            are_names_taken: Whether to find out which names others have.
        """
        self._transaction, self._kind, self._ids = transaction, kind, ids
        self._source, self._are_names_taken = source, are_names_taken
        self._outcome = Outcome()
        nodes = self._distinct(nodes)
        self._new = [node for node in nodes if node.stored is None]
        self._old = [node for node in nodes if node.stored is not None]
        self._more_edges = more_edges
        for node, id_ in zip(self._new, take(len(self._new)), strict=True):
            node.row = {**node.properties, "id": id_}
            node.row |= {"source": node.source, "source_id": node.source_id}
        for node in self._old:
            node.row = _as_known(node)

    def run(self) -> Outcome:
        """Write all of it."""
        newer = [node for node in self._old if node.is_newer]
        if self._are_names_taken and (self._new or newer):
            self._rename([*self._new, *newer])
        for node in (*self._new, *self._old):
            self._ids[self._kind].put(node.line["properties"]["id"], node.row["id"])
        if self._new:
            self._create()
        self._put_old(newer)
        self._put_edges()
        return self._outcome

    def _distinct(self, nodes: Sequence[Node]) -> list[Node]:
        """Those that are not the same in the store as another one."""
        by_id: dict[int, Node] = {}
        distinct = []
        for node in nodes:
            other = by_id.setdefault(node.stored.id, node) if node.stored else node
            if other is node:
                distinct.append(node)
                continue
            ids = [one.line["properties"]["id"] for one in (node, other)]
            self._outcome.left_out[self._kind] += 1
            self._outcome.problems.append(
                f"{self._kind} {ids[0]} is the same in the store as {self._kind} {ids[1]}: left out"
            )
        return distinct

    def _create(self) -> None:
        """Create the new nodes, with their edges and what hangs on them."""
        edges, attachments = [], []
        for place, node in enumerate(self._new):
            edges += self._joined(place, edges_of(node.line))
            attachments += [(place, one) for one in node.attachments]
        answer = self._transaction.one(
            QUERIES[f"archive.create_{self._kind}s"],
            nodes=[[node.line["labels"], node.row] for node in self._new],
            edges=edge_rows(edges),
            attachments=hanging_rows(attachments),
        )
        assert answer is not None
        self._outcome.created[self._kind] += len(self._new)
        self._outcome.created["edge"] += answer["edges"]
        self._outcome.created["attachment"] += answer["attachments"]
        self._lose_edges(len(edges) - answer["edges"])

    def _joined(self, one: Any, edges: Sequence[Edge]) -> list[tuple[Any, Edge, int]]:
        """Edges with the ids of their other ends here; those within a kind come later."""
        joined = []
        for edge in edges:
            if edge.kind != self._kind:
                end = self._ids[edge.kind].get(edge.id)
                if end is None:
                    self._lose_edges(1)
                else:
                    joined.append((one, edge, end))
        return joined

    def _lose_edges(self, count: int) -> None:
        if count > 0:
            self._outcome.left_out["edge"] += count
            self._outcome.problems.append(
                f"{count} edge(s) of {self._kind}s lead to what is not there: left out"
            )

    def _put_old(self, newer: Sequence[Node]) -> None:
        """Update what is newer, and add what hangs there."""
        kept = [node for node in self._old if node.stored and not node.stored.is_deleted]
        self._tell_of_deleted()
        asked = [node for node in kept if node.attachments or node.is_newer]
        rows = (
            self._transaction.rows(
                QUERIES[f"archive.attachments_of_{self._kind}s"],
                ids=[node.row["id"] for node in asked],
            )
            if asked
            else []
        )
        here: dict[int, dict[str, Row]] = {}
        for row in rows:
            row["properties"] = properties_to_json(row["properties"])
            direction = "to" if row["is_to"] else "from"
            here.setdefault(row["id"], {})[_key({**row, "direction": direction})] = row

        attachments, over = [], []
        changed_here: set[int] = set()
        for node in asked:
            id_ = node.row["id"]
            known = here.get(id_, {})
            theirs = {_key(one): one for one in node.attachments}
            if any(_REVISION in known[key]["labels"] for key in known.keys() - theirs.keys()):
                changed_here.add(id_)
            assert node.stored is not None
            is_behind = node.last_update_time < node.stored.last_update_time
            for key, one in theirs.items():
                if key in known:
                    if _count(one) > _count(known[key]):
                        properties = properties_from_json(one["properties"])
                        over.append([known[key]["element_id"], properties])
                elif _REVISION not in one["labels"] or not (id_ in changed_here or is_behind):
                    attachments.append((id_, one))
        self._update(newer, changed_here)
        if attachments or over:
            answer = self._transaction.one(
                QUERIES[f"archive.put_attachments_of_{self._kind}s"],
                attachments={**hanging_rows(attachments), "over": over},
            )
            assert answer is not None
            self._outcome.created["attachment"] += answer["created"]
            self._outcome.updated["attachment"] += len(over)

    def _tell_of_deleted(self) -> None:
        """Say what was deleted in one of the two stores, and is as it was in this one."""
        for node in self._old:
            here = node.stored is not None and node.stored.is_deleted
            if here != node.is_deleted:
                what = f"{self._kind} {node.row['id']} was deleted"
                self._outcome.problems.append(
                    f"{what} here, and is not brought back"
                    if here
                    else f"{what} in the archive's store, and stays here: delete it here, too, if"
                    " it is to go"
                )

    def _update(self, newer: Sequence[Node], changed_here: set[int]) -> None:
        """Write over what is older; what was changed here as well is kept as a revision."""
        self._outcome.updated[self._kind] += len(newer)
        copies = [node for node in newer if node.row["id"] not in changed_here]
        if copies:
            self._transaction.run(
                QUERIES[f"archive.replace_{self._kind}s"],
                nodes=[[node.row["id"], node.line["labels"], node.row] for node in copies],
            )
        others = [node for node in newer if node.row["id"] in changed_here]
        if others:
            self._transaction.run(
                QUERIES[f"source.put_{self._kind}s"],
                rows=[
                    {
                        "id": node.row["id"],
                        "label": node.line["labels"],
                        "properties": node.row,
                        "create_time": epoch_millis(node.row.get("create_time")),
                        "last_update_time": node.last_update_time,
                    }
                    for node in others
                ],
            )

    def _put_edges(self) -> None:
        """Create those edges of known nodes that are not there."""
        edges = []
        for node in self._old:
            edges += self._joined(node.row["id"], edges_of(node.line))
        for theirs, edge in self._more_edges:
            id_ = self._ids[self._kind].get(theirs)
            if id_ is None:
                self._lose_edges(edge.kind != self._kind)
            else:
                edges += self._joined(id_, [edge])
        distinct = {
            (id_, end, edge.type, edge.way, _until(edge), *_path(edge)): (id_, edge, end)
            for id_, edge, end in edges
        }
        if not distinct:
            return
        answer = self._transaction.one(
            QUERIES[f"archive.put_edges_of_{self._kind}s"],
            ids=sorted({one[0] for one in edges}),
            edges=edge_rows(distinct.values()),
        )
        assert answer is not None
        self._outcome.created["edge"] += answer["created"]
        self._lose_edges(len(distinct) - answer["matched"])
        self._tell_of_retracted(edges)

    def _tell_of_retracted(self, edges: Sequence[tuple[int, Edge, int]]) -> None:
        """Say which events were taken back in the archive's store, and are as they were here."""
        standing = {(id_, end, edge.type, *_path(edge)) for id_, edge, end in edges}
        rows: list[list[Any]] = [
            [id_, end, edge.type.removeprefix(RETRACTED), _path(edge)]
            for id_, edge, end in edges
            if edge.type.startswith(RETRACTED)
        ]
        asked = [row for row in rows if (*row[:3], *row[3]) not in standing]
        if not asked:
            return
        for row in self._transaction.rows(QUERIES["archive.standing_events"], retracted=asked):
            self._outcome.problems.append(
                f"the {row['type']} between a{row['artifact_id']} and e{row['execution_id']} was"
                " taken back in the archive's store, and stays here"
            )

    def _rename(self, nodes: Sequence[Node]) -> None:
        """Qualify names and external ids that other nodes have: two stores may well use the same,
        and in one they are unique."""
        rows = [node.row for node in nodes]
        names = [] if self._kind == "context" else [row for row in rows if "name" in row]
        rivals = self._transaction.rows(
            QUERIES[f"archive.taken_{self._kind}_names"],
            name_keys=[[0, row["type_id"], row["name"]] for row in names],
            external_ids=[row["external_id"] for row in rows if "external_id" in row],
        )
        owners = {("name", one["type_id"], one["name"]): one["id"] for one in rivals}
        owners |= {("external_id", 0, one["external_id"]): one["id"] for one in rivals}
        for row in rows:
            for key in ("external_id",) if self._kind == "context" else ("name", "external_id"):
                type_id = row["type_id"] if key == "name" else 0
                if key in row and owners.get((key, type_id, row[key]), row["id"]) != row["id"]:
                    before, row[key] = row[key], f"{row[key]}@{self._source}"
                    self._outcome.problems.append(
                        f"{self._kind} {row['id']}: another {self._kind} has {key} {before!r}; it"
                        f" is {row[key]!r} here"
                    )


def _as_known(node: Node) -> Row:
    """The properties of a node, with the identity that it has in the store."""
    assert node.stored is not None
    row = {**node.properties, "id": node.stored.id}
    for key, value in (("source", node.stored.source), ("source_id", node.stored.source_id)):
        if value is None:
            row.pop(key, None)
        else:
            row[key] = value
    return row


def _until(edge: Edge) -> int:
    return epoch_millis(edge.properties.get(RETRACTION[0]))


def _path(edge: Edge) -> list[Any]:
    path: list[Any] = edge.properties.get("path", [])
    return path


def _key(attachment: Line) -> str:
    """What tells whether two that hang on a node are the same: of a series its name, else all."""
    properties = attachment["properties"]
    if _SERIES in attachment["labels"]:
        properties = {name: properties.get(name) for name in ("metric", "key")}
    key = [sorted(attachment["labels"]), attachment["type"], attachment["direction"], properties]
    return json.dumps(key, sort_keys=True)


def _count(attachment: Mapping[str, Any]) -> int:
    """How many points a series was logged with, which only grows; 0 for what is none."""
    count = attachment["properties"].get("count")
    return count if _SERIES in attachment["labels"] and isinstance(count, int) else 0
