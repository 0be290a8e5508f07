"""Reads the records of a store: what a seal is made of, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.database.spelling import DELETED
from graphstore.proof.canonical import zoned
from graphstore.proof.records import (
    Record,
    deletion,
    edge,
    first_state,
    later_states,
    recorded_at,
    retraction,
)
from graphstore.storage.changes import page_end

__all__ = ["pages", "records"]

_AT_ONCE = 20_000
"""Nodes, changes and edges between what was there of a page, about."""
_NODES = ("types", "contexts", "artifacts", "executions")


def pages(
    database: Database, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The time from one moment to another, in parts of some 20,000 records. What one moment has
    is in one part."""
    while since < until:
        end = page_end(database, since, until, _AT_ONCE)
        yield since, end
        since = end


def records(database: Database, since: datetime, until: datetime) -> Iterator[Record]:
    """All that was recorded from one time on and before another: types, contexts, artifacts,
    executions, each node with the edges that came with it; then what was changed, other edges,
    what was taken back, and deletions. They are read as a stream."""
    within = {"since": since, "until": until}
    for name in _NODES:
        for row in _rows(database, f"seal.{name}", within):
            yield from _recorded(row)
    for row in _rows(database, "seal.changed", within):
        if DELETED not in row["properties"]:
            yield from later_states(row)
    for row in _rows(database, "seal.edges", within):
        start, end = (row["start_kind"], row["start_id"]), (row["end_kind"], row["end_id"])
        properties = row["properties"]
        yield edge(row["type"], start, end, properties["_recorded"], properties)
    for row in _rows(database, "seal.retractions", within):
        start, end = (row["start_kind"], row["start_id"]), (row["end_kind"], row["end_id"])
        yield retraction(row["type"], start, end, row["properties"])
    for row in _rows(database, "seal.deletions", within):
        yield deletion(row)


def _rows(database: Database, query: str, within: dict[str, datetime]) -> Iterator[Row]:
    with closing(database.stream(QUERIES[query], **within)) as rows:
        yield from rows


def _recorded(row: Row) -> Iterator[Record]:
    """A node, and the edges that came with it."""
    properties = row["properties"]
    if DELETED not in properties:
        yield first_state(row)
    own, time = (row["kind"], properties["id"]), recorded_at(row["kind"], properties)
    for type_, is_out, kind, id_, of_edge, its_time in row["edges"]:
        if its_time is not None:
            of_edge["time"] = zoned(its_time)
        ends = (own, (kind, id_)) if is_out else ((kind, id_), own)
        yield edge(type_, *ends, time, of_edge)
