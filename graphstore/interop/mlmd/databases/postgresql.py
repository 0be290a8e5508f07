"""ML Metadata's tables in PostgreSQL.

Their names are in small letters there, messages are no base64, and what is yes or no is a boolean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from graphstore.errors import (
    InvalidArgument,
    MissingExtra,
    NotFound,
    PermissionDenied,
    StoreError,
    Unauthenticated,
    Unavailable,
    UnsupportedFile,
)
from graphstore.interop.mlmd.databases.address import Address
from graphstore.interop.mlmd.databases.schemas import check_schema, columns_of
from graphstore.interop.mlmd.databases.streamed import StreamedTables
from graphstore.interop.mlmd.databases.tables import (
    MlmdTables,
)

if TYPE_CHECKING:
    import psycopg

__all__ = ["opened_postgresql"]

T = TypeVar("T")

_PAGE = 5_000
"""Rows that the server sends at a time."""
_OPTIONS = {"connect_timeout": "10"}
"""What libpq is told unless the address says otherwise; seconds."""


@contextmanager
def opened_postgresql(address: Address) -> Iterator[MlmdTables]:
    """The tables at an address, as they are at this moment; the user needs SELECT only.

    Raises:
        InvalidArgument: If the address has an option that libpq does not know.
        MissingExtra: If psycopg is not installed (extra ``postgresql``).
        NotFound: If there is no such database.
        PermissionDenied: If the user may not read it.
        Unauthenticated: If the server refuses the user or the password.
        Unavailable: If it does not answer.
        UnsupportedFile: If the database is not one that this reads.
    """
    try:
        import psycopg
    except ImportError:
        raise MissingExtra("to read a PostgreSQL database", "postgresql", "psycopg") from None
    with _faults(address), _connect(psycopg.connect, address) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.prepare_threshold = None  # what stands between may share connections
        _read_text_as_it_is(connection)
        # It waits while what was read is written, and a server may be impatient.
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield _PostgresqlTables(address, connection)
        connection.rollback()


def _connect(connect: Callable[..., T], address: Address) -> T:
    import psycopg

    try:
        return connect(**_options(address))
    except psycopg.ProgrammingError as error:
        raise InvalidArgument(
            f"the address of {address.place} cannot be right: {_text(error)}"
        ) from error
    except psycopg.OperationalError as error:
        raise _refusal(address, error) from error


def _options(address: Address) -> dict[str, Any]:
    """What libpq is told; what it is not told it takes from PGPASSWORD, ~/.pgpass and the like."""
    options = {
        **_OPTIONS,
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "dbname": address.database,
        **address.options,
        # Bytes as they are kept, which is what ML Metadata sent, whatever the database calls them.
        "client_encoding": "SQL_ASCII",
    }
    return {name: value for name, value in options.items() if value is not None}


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


@contextmanager
def _faults(address: Address) -> Iterator[None]:
    """Turn psycopg's errors into ours."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise _store_error(address, error) from error


def _store_error(address: Address, error: psycopg.Error) -> StoreError:
    """What to raise where psycopg raised something while it read."""
    state, place, text = error.sqlstate or "", address.place, _text(error)
    if state == "42501":
        return PermissionDenied(f"the user may not read {place}, and needs SELECT on it: {text}")
    if state in ("42P01", "42703"):
        return UnsupportedFile(
            f"{place} is not ML Metadata's database, or not as its schema says: {text}"
        )
    return Unavailable(f"the connection to {place} broke: {text}; import it again, which goes on")


def _refusal(address: Address, error: psycopg.Error) -> StoreError:
    """What to raise where there is no connection: libpq says only in words why."""
    place, text = address.place, _text(error)
    if re.search("authentication failed|no password supplied|role .* does not exist", text):
        return Unauthenticated(
            f"{place} refuses the user or the password, of the address or of PGPASSWORD: {text}"
        )
    if re.search("database .* does not exist", text):
        return NotFound("PostgreSQL database", "address", place)
    if re.search("permission denied for database", text):
        return PermissionDenied(f"the user may not connect to {place}: {text}")
    return Unavailable(f"no PostgreSQL answers at {place}: {text}")


def _text(error: psycopg.Error) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
