"""Removes the salts of what was deleted or erased, so that nobody can find out by guessing what a
leaf was made of. The leaves stay, and so do the roots over them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.database.spelling import RETRACTED
from graphstore.proof.leaves import ERASED, chunks, leaves_in
from graphstore.proof.records import SALT, edge_key, ends_of, retraction_key, since_of

__all__ = ["forget"]


@dataclass
class _Forgotten:
    """What nobody may know any more."""

    before: dict[tuple[str, int], float]
    """Nodes, and when they said it: before this, in milliseconds since the epoch."""
    erased: set[tuple[str, int]]
    """Nodes of which that they were deleted was written over as well."""
    purged: set[tuple[str, int]]
    """Nodes that are gone, with their edges."""
    edges: set[str]
    """Keys of edges, and of that some were taken back."""

    @classmethod
    def of(cls, database: Database) -> _Forgotten:
        """That of a store."""
        forgotten = cls({}, set(), set(), set())
        for row in database.rows(QUERIES["seal.forgotten"]):
            start, end = (row["kind"], row["id"]), (row["end_kind"], row["end_id"])
            if row["type"] is not None:
                type_ = row["type"].removeprefix(RETRACTED)
                forgotten.edges.add(edge_key(type_, start, end, row["path"]))
                if row["until"] is not None:
                    key = retraction_key(type_, start, end, row["until"], row["path"])
                    forgotten.edges.add(key)
                continue
            forgotten.before[start] = inf if row["until"] is None else row["until"]
            if row["erased"]:
                forgotten.erased.add(start)
        for row in database.rows(QUERIES["seal.purged"]):
            forgotten.purged |= {(row["kind"], id_) for id_ in row["ids"]}
        return forgotten

    def has(self, key: str) -> bool:
        """Whether the record of a key is among it."""
        ends = ends_of(key)
        if key in self.edges or any(end in self.purged for end in ends):
            return True
        if key.startswith("state "):
            return since_of(key) < self.before.get(ends[0], -inf)
        return key.startswith("deletion ") and ends[0] in self.erased


def forget(database: Database) -> int:
    """Remove them; returns how many were there still."""
    seals = database.rows(QUERIES["seal.list"])
    if not seals:
        return 0
    forgotten = _Forgotten.of(database)
    return sum(
        _forget_in(database, chunk, forgotten)
        for row in seals
        for chunk in chunks(database, row["seal"]["number"])
    )


def _forget_in(database: Database, chunk: Row, forgotten: _Forgotten) -> int:
    """Remove the salts of some of the leaves of a node."""
    salts, marks, count, mark = bytearray(chunk["salts"]), bytearray(chunk["marks"]), 0, 0
    for at, leaf in enumerate(leaves_in(chunk, 0)):
        if leaf.salt != ERASED and forgotten.has(leaf.key):
            salts[SALT * at : SALT * (at + 1)] = ERASED
            marks[mark : mark + len(leaf.marks)] = bytes(len(leaf.marks))
            count += 1
        mark += len(leaf.marks)
    if count:
        where = {name: chunk[name] for name in ("seal", "number")}
        database.run(
            QUERIES["seal.keep_leaves"],
            leaves=[{**where, "salts": bytes(salts), "marks": bytes(marks)}],
        )
    return count
