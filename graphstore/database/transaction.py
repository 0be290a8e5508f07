"""Queries as they are run: by a database, or within one of its transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import neo4j

from graphstore.database.queries import Query
from graphstore.errors import InvalidArgument, StoreError, shorten

__all__ = ["Counters", "Row", "Runner", "Transaction", "refused_values", "row_of"]

Row = dict[str, Any]
"""A row of an answer by column; nodes and relationships are maps of their properties."""

_ENTITIES = (neo4j.graph.Node, neo4j.graph.Relationship)


@dataclass(frozen=True)
class Counters:
    """What a write changed in the database."""

    nodes_created: int
    nodes_deleted: int
    relationships_created: int
    relationships_deleted: int
    properties_set: int


class Runner(Protocol):
    """Something that runs queries: a database, or a transaction in it."""

    def rows(self, query: Query, /, **parameters: Any) -> list[Row]:
        """Every row of the answer."""

    def one(self, query: Query, /, **parameters: Any) -> Row | None:
        """The only row of the answer, or None."""

    def run(self, query: Query, /, **parameters: Any) -> Counters:
        """What the query changed; its rows are dropped."""


class _Unsaid(list[Any]):
    """A list whose text is short.

    The driver makes the text of every message for its log, whether or not anybody reads that: of a
    thousand rows it takes as long as sending them.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"[{len(self)} values]"


class Transaction:
    """A transaction under way; the database begins it, commits it and rolls it back."""

    def __init__(
        self, run: Callable[[str, dict[str, Any]], neo4j.Result], by: str | None = None
    ) -> None:
        """One whose texts are run so, in the name of `by`."""
        self._run_text, self._by = run, by

    def rows(self, query: Query, /, **parameters: Any) -> list[Row]:
        """Every row of the answer."""
        return [row_of(record) for record in self._run(query, parameters)]

    def one(self, query: Query, /, **parameters: Any) -> Row | None:
        """The only row of the answer, or None."""
        rows = self.rows(query, **parameters)
        if len(rows) > 1:
            raise AssertionError(f"{query.name} answered {len(rows)} rows, not one")
        return rows[0] if rows else None

    def run(self, query: Query, /, **parameters: Any) -> Counters:
        """What the query changed; its rows are dropped."""
        counters = self._run(query, parameters).consume().counters
        return Counters(
            counters.nodes_created,
            counters.nodes_deleted,
            counters.relationships_created,
            counters.relationships_deleted,
            counters.properties_set,
        )

    def _run(self, query: Query, parameters: dict[str, Any]) -> neo4j.Result:
        values = {
            name: _Unsaid(value) if value.__class__ is list else value
            for name, value in parameters.items()
        }
        if "by" in query.parameters:
            values["by"] = self._by
        with refused_values(query):
            return self._run_text(*query.to_send(values))


@contextmanager
def refused_values(query: Query) -> Iterator[None]:
    """Say in our words that the driver has no way to send a parameter of a query.

    Raises:
        InvalidArgument: In place of what the driver raises.
    """
    try:
        yield
    except (OverflowError, ValueError, TypeError) as error:
        if isinstance(error, StoreError):
            raise
        text = shorten(str(error), 300)
        raise InvalidArgument(f"{query.name}: Neo4j cannot hold a parameter: {text}") from error


def row_of(record: neo4j.Record) -> Row:
    """The row that a record of the driver is."""
    return {
        column: dict(value) if isinstance(value, _ENTITIES) else value
        for column, value in zip(record.keys(), record.values(), strict=True)
    }
