"""ML Metadata's tables in PostgreSQL.

Their names are in small letters there, messages are no base64, and what is yes or no is a boolean.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from graphstore.interop.databases.address import Address
from graphstore.interop.databases.postgresql import connected
from graphstore.interop.mlmd.databases.schemas import check_schema, columns_of
from graphstore.interop.mlmd.databases.streamed import StreamedTables
from graphstore.interop.mlmd.databases.tables import (
    MlmdTables,
)

if TYPE_CHECKING:
    import psycopg

__all__ = ["opened_postgresql"]

_PAGE = 5_000
"""Rows that the server sends at a time."""


@contextmanager
def opened_postgresql(address: Address) -> Iterator[MlmdTables]:
    """The tables at an address, as they are at this moment; the user needs SELECT only.

    Raises:
        UnsupportedFile: If the database is not one that this reads.
        StoreError: As `graphstore.interop.databases.postgresql.connected`.
    """
    # Bytes as they are kept, which is what ML Metadata sent, whatever the database calls them.
    with connected(address, "ML Metadata's", "SQL_ASCII") as connection:
        _read_text_as_it_is(connection)
        yield _PostgresqlTables(address, connection)


def _read_text_as_it_is(connection: psycopg.Connection) -> None:
    """Take text for the UTF-8 that ML Metadata wrote."""
    from psycopg.adapt import Loader

    class Utf8(Loader):
        def load(self, data: Any) -> str:
            return bytes(data).decode(errors="backslashreplace")

    for name in ("text", "varchar"):
        connection.adapters.register_loader(name, Utf8)


class _PostgresqlTables(StreamedTables):
    """The tables of a connection, whose transaction begins with the first query."""

    _proto_is_text = False
    _position = "ctid"

    def __init__(self, address: Address, connection: psycopg.Connection) -> None:
        self._connection, self._numbers = connection, count()
        versions = list(self._query("SELECT schema_version FROM MLMDEnv"))
        version = check_schema(address.place, [version for (version,) in versions])
        super().__init__(
            version,
            columns_of(version),
            place=address.place,
            title=address.database,
            name=address.database,
            facts={"address": address.place},
        )
        for table, columns in self._columns.items():  # nothing is written if one cannot be read
            list(self._query(f"SELECT {', '.join(columns)} FROM {table} LIMIT 0"))

    def _query(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of an answer, of which the server keeps what is not asked for yet."""
        with self._connection.cursor(name=f"graphstore_{next(self._numbers)}") as cursor:
            cursor.itersize = _PAGE
            cursor.execute(query.encode())
            yield from cursor
