"""A database as it was known at a time."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timezone
from typing import Any, Protocol

from graphstore.database.queries import Query
from graphstore.database.transaction import Counters, Row, Runner
from graphstore.errors import Unimplemented

__all__ = ["AsOf", "Reader", "clock"]


class Reader(Runner, Protocol):
    """Something that is asked, and answers at once or as it goes."""

    def stream(self, query: Query, /, **parameters: Any) -> Generator[Row, None, None]:
        """The rows of an answer as they arrive."""


class AsOf:
    """What a database said at a time; asks only what can tell that, and never for now."""

    def __init__(self, database: Reader, time: datetime) -> None:
        """
        Args:
            database: The database.
            time: When, as the store keeps times.
        """
        self._database, self.time = database, time

    def rows(self, query: Query, /, **parameters: Any) -> list[Row]:
        """Every row of the answer."""
        return self._database.rows(self._then(query), known_at=self.time, **parameters)

    def one(self, query: Query, /, **parameters: Any) -> Row | None:
        """The only row of the answer, or None."""
        return self._database.one(self._then(query), known_at=self.time, **parameters)

    def stream(self, query: Query, /, **parameters: Any) -> Generator[Row, None, None]:
        """The rows of the answer as they arrive."""
        return self._database.stream(self._then(query), known_at=self.time, **parameters)

    def run(self, query: Query, /, **parameters: Any) -> Counters:
        """Refused: nothing is written into the past."""
        raise self._refusal(query)

    def _then(self, query: Query) -> Query:
        if not query.as_of:
            raise self._refusal(query)
        return query

    def _refusal(self, query: Query) -> Unimplemented:
        return Unimplemented(
            f"{query.name} cannot be asked as of a time ({self.time.isoformat()}) yet: ask without"
            " as_of, for now"
        )


def clock(reader: Reader) -> datetime:
    """The time that stands for now in what is asked: that which the database is asked about, or
    now if that is yet to come."""
    now = datetime.now(timezone.utc)
    return min(reader.time, now) if isinstance(reader, AsOf) else now
