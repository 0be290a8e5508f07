"""ML Metadata's tables in a database that sends the rows of a query as they are asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from graphstore.interop.mlmd.databases.tables import (
    EVENT_COLUMNS,
    POSITION,
    STEP_COLUMNS,
    MlmdTables,
)

__all__ = ["StreamedTables"]


class StreamedTables(MlmdTables):
    """Tables that are read by a query each: SQLite's and PostgreSQL's."""

    _position = "rowid"
    """What orders rows as they were recorded."""

    @abstractmethod
    def _query(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of an answer, without having all of them in memory."""

    def _select(
        self, table: str, columns: Sequence[str], order: Sequence[str], limit: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        by = ", ".join(self._position if column == POSITION else column for column in order)
        most = "" if limit is None else f" LIMIT {limit}"
        return self._query(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {by}{most}")

    def _count(self, table: str) -> int:
        ((count,),) = self._query(f"SELECT count(*) FROM {table}")
        return int(count)

    def _last_id(self, table: str) -> int:
        ((last,),) = self._query(f"SELECT max(id) FROM {table}")
        return int(last or 0)

    def _paths(self) -> Iterator[tuple[Any, ...]]:
        return self._query(
            f"SELECT {', '.join(f'e.{column}' for column in EVENT_COLUMNS)},"
            f" p.event_id, {', '.join(STEP_COLUMNS)}"
            " FROM Event e LEFT JOIN EventPath p ON p.event_id = e.id"
            f" ORDER BY e.execution_id, e.id, p.{self._position}"
        )

    def _lost_steps(self) -> Iterator[tuple[Any, ...]]:
        return self._query(
            "SELECT p.event_id, count(*) FROM EventPath p"
            " LEFT JOIN Event e ON e.id = p.event_id WHERE e.id IS NULL GROUP BY p.event_id"
        )
