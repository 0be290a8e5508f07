"""Where questions are asked: of the database as it is, or as it was."""

from __future__ import annotations

from graphstore.database import AsOf, Reader
from graphstore.model.times import KnownAt
from graphstore.storage.rows import known_at

__all__ = ["at"]


def at(database: Reader, as_of: KnownAt | None) -> Reader:
    """What is asked about a time; the database itself if that is None, for now.

    Raises:
        InvalidArgument: If it is no time, or says no zone.
    """
    return database if as_of is None else AsOf(database, known_at(as_of))
