"""Removes the salts of what was deleted or erased, so that nobody can find out by guessing what a
leaf was made of. The leaves stay, and so do the roots over them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.proof.leaves import ERASED, chunks, leaves_in
from graphstore.proof.records import MARK, SALT, edge_key, ends_of, since_of

__all__ = ["forget"]


def forget(database: Database) -> int:
    """Remove them; returns how many were there still."""
    nodes, edges = dict[tuple[str, int], float](), set[str]()
    for row in database.rows(QUERIES["seal.forgotten"]):
        start = (row["kind"], row["id"])
        if row["type"] is None:
            nodes[start] = inf if row["until"] is None else row["until"]
        else:
            edges.add(edge_key(row["type"], start, (row["end_kind"], row["end_id"]), row["path"]))
    purged = {
        (row["kind"], id_) for row in database.rows(QUERIES["seal.purged"]) for id_ in row["ids"]
    }
    if not (nodes or purged or edges):
        return 0
    count = 0
    for row in database.rows(QUERIES["seal.list"]):
        for chunk in chunks(database, row["seal"]["number"]):
            count += _forget_in(database, chunk, nodes, purged, edges)
    return count


def _forget_in(
    database: Database,
    chunk: Row,
    nodes: Mapping[tuple[str, int], float],
    purged: Collection[tuple[str, int]],
    edges: Collection[str],
) -> int:
    """Remove the salts of some of the leaves of a node."""
    salts, marks, count, mark = bytearray(chunk["salts"]), bytearray(chunk["marks"]), 0, 0
    for at, leaf in enumerate(leaves_in(chunk, 0)):
        ends = ends_of(leaf.key)
        is_forgotten = (
            leaf.key in edges
            or any(end in purged for end in ends)
            or (leaf.key.startswith("state ") and since_of(leaf.key) < nodes.get(ends[0], -inf))
        )
        if is_forgotten and leaf.salt != ERASED:
            salts[SALT * at : SALT * (at + 1)] = ERASED
            marks[mark : mark + len(leaf.marks)] = bytes(len(leaf.marks) // MARK * MARK)
            count += 1
        mark += len(leaf.marks)
    if count:
        where = {name: chunk[name] for name in ("seal", "number")}
        database.run(
            QUERIES["seal.keep_leaves"],
            leaves=[{**where, "salts": bytes(salts), "marks": bytes(marks)}],
        )
    return count
