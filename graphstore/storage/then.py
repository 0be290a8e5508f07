"""Where questions are asked: of the database as it is, or as it was."""

from __future__ import annotations

from typing import Any

from graphstore.database import AsOf, Reader, Runner
from graphstore.errors import NotFound
from graphstore.model.times import KnownAt
from graphstore.storage.rows import known_at

__all__ = ["at", "not_found"]


def at(database: Reader, as_of: KnownAt | None) -> Reader:
    """What is asked about a time; the database itself if that is None, for now.

    Raises:
        InvalidArgument: If it is no time, or says no zone.
    """
    return database if as_of is None else AsOf(database, known_at(as_of))


def not_found(asked: Runner | Reader, kind: str, by: str, key: Any, hint: str = "") -> NotFound:
    """What to raise where there is no such thing in what was asked, or was none then."""
    if isinstance(asked, AsOf):
        hint = "; ".join(filter(None, [f"or none was recorded by {asked.time.isoformat()}", hint]))
    return NotFound(kind, by, key, hint)
