"""Where questions are asked: of the database as it is, or as it was."""

from __future__ import annotations

from typing import Any

from graphstore.database import AsOf, Reader, Runner
from graphstore.database.queries import QUERIES
from graphstore.errors import NotFound
from graphstore.model.times import KnownAt
from graphstore.storage.rows import known_at
from graphstore.system.doubts import doubt

__all__ = ["at", "events_at", "not_found"]


def at(database: Reader, as_of: KnownAt | None) -> Reader:
    """What is asked about a time; the database itself if that is None, for now.

    Raises:
        InvalidArgument: If it is no time, or says no zone.
    """
    return database if as_of is None else AsOf(database, known_at(as_of))


def events_at(database: Reader, as_of: KnownAt | None) -> Reader:
    """The same for who asks for events; warns if some that were known then have been taken back
    since, as OpenLineage's are if a writer is heard of late: they are in no answer.

    Raises:
        InvalidArgument: If it is no time, or says no zone.
    """
    then = at(database, as_of)
    if as_of is not None and (one := then.one(QUERIES["event.retracted"])) is not None:
        doubt(
            "events that were known then have been taken back since, such as one between"
            f" a{one['artifact_id']} and e{one['execution_id']}: lineage as of that time lacks"
            " them (they are RETRACTED_INPUT and RETRACTED_OUTPUT in Cypher)",
            stacklevel=4,
        )
    return then


def not_found(asked: Runner | Reader, kind: str, by: str, key: Any, hint: str = "") -> NotFound:
    """What to raise where there is no such thing in what was asked, or was none then."""
    if isinstance(asked, AsOf):
        hint = "; ".join(filter(None, [f"or none was recorded by {asked.time.isoformat()}", hint]))
    return NotFound(kind, by, key, hint)
