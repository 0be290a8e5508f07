"""Leaves as the database keeps them: a thousand a node, in columns."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.proof.records import MARK, SALT, Record, leaf_of, marks_of

__all__ = ["ERASED", "Chunk", "Leaf", "chunks", "leaves_in"]

ERASED = bytes(SALT)
"""Stands for the salt of a record that was erased."""
_MANY_FIELDS = 255
"""Of a record with more no marks are kept."""
_AT_ONCE = 64
"""Nodes that are read by one query: some 10 MB."""


class Leaf(NamedTuple):
    """What is kept of a record."""

    key: str
    digest: bytes
    salt: bytes
    marks: bytes
    seal: int
    place: int
    """Its place in the tree of the seal, from 0."""


@dataclass
class Chunk:
    """Leaves that are being made."""

    SIZE = 1_024

    since: datetime
    """All of its records are of this time or a later one,"""
    until: datetime
    """and from before this one."""
    keys: list[str] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    marks: list[bytes] = field(default_factory=list)
    salts: bytes = field(default_factory=lambda: os.urandom(SALT * Chunk.SIZE))

    def add(self, record: Record) -> bytes:
        """Make a leaf of a record. Returns its digest."""
        at = SALT * len(self.keys)
        salt = self.salts[at : at + SALT]
        digest = leaf_of(record.json.encode(), salt)
        self.keys.append(record.key)
        self.digests.append(digest)
        self.marks.append(marks_of(record, salt) if len(record.fields) <= _MANY_FIELDS else b"")
        return digest

    @property
    def is_full(self) -> bool:
        """Whether there is no room for more."""
        return len(self.keys) == self.SIZE

    def row(self, seal: int, number: int) -> Row:
        """The properties of the node that keeps them."""
        return {
            "seal": seal,
            "number": number,
            "since": self.since,
            "until": self.until,
            "keys": "\n".join(self.keys),
            "digests": b"".join(self.digests),
            "salts": self.salts[: SALT * len(self.keys)],
            "marks": b"".join(self.marks),
            "mark_counts": bytes(len(one) // MARK for one in self.marks),
        }


def chunks(database: Database, seal: int, **only: Any) -> Iterator[Row]:
    """The nodes that keep the leaves of a seal, in order."""
    query, last = QUERIES["seal.leaves"], -1
    while rows := database.rows(query, number=seal, after_id=last, limit=_AT_ONCE, **only):
        for row in rows:
            yield row["leaves"]
        last = rows[-1]["leaves"]["number"]


def leaves_in(chunk: Row, place: int) -> Sequence[Leaf]:
    """The leaves of a node; none of one that was altered so that it has no such columns.

    Args:
        chunk: Its properties.
        place: How many leaves come before them.
    """
    try:
        keys = chunk["keys"].split("\n")
        columns = (b"".join([chunk[name]]) for name in ("mark_counts", "digests", "salts", "marks"))
        counts, digests, salts, marks = columns
    except (KeyError, TypeError, AttributeError, ValueError):
        return []
    leaves, mark = [], 0
    for at, (key, count) in enumerate(zip(keys, counts, strict=False)):
        digest = digests[32 * at : 32 * at + 32]
        salt = salts[SALT * at : SALT * at + SALT]
        after = mark + MARK * count
        leaves.append(Leaf(key, digest, salt, marks[mark:after], chunk["seal"], place + at))
        mark = after
    return leaves
