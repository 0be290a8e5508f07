"""PostgreSQL: a connection that reads, as of one moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from graphstore.interop.databases.address import Address

if TYPE_CHECKING:
    import psycopg

__all__ = ["connected"]

T = TypeVar("T")

_OPTIONS = {"connect_timeout": "10"}
"""What libpq is told unless the address says otherwise; seconds."""


@contextmanager
def connected(
    address: Address, whose: str, client_encoding: str = "UTF8"
) -> Iterator[psycopg.Connection]:
    """A connection that sees all as it is at its first query; the user needs SELECT only.

    Args:
        address: Where.
        whose: Whose database is expected there, for messages.
        client_encoding: In which encoding text comes, by PostgreSQL's name of it.

    Raises:
        InvalidArgument: If the address has an option that libpq does not know.
        MissingExtra: If psycopg is not installed (extra ``postgresql``).
        NotFound: If there is no such database.
        PermissionDenied: If the user may not read it.
        Unauthenticated: If the server refuses the user or the password.
        Unavailable: If it does not answer.
        UnsupportedFile: If the tables that are read are not there.
    """
    try:
        import psycopg
    except ImportError:
        raise MissingExtra("to read a PostgreSQL database", "postgresql", "psycopg") from None
    options = {**_options(address), "client_encoding": client_encoding}
    with _faults(address, whose), _connect(psycopg.connect, address, options) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.prepare_threshold = None  # what stands between may share connections
        # It waits while what was read is written, and a server may be impatient.
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield connection
        connection.rollback()


def _connect(connect: Callable[..., T], address: Address, options: dict[str, Any]) -> T:
    import psycopg

    try:
        return connect(**options)
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
    }
    return {name: value for name, value in options.items() if value is not None}


@contextmanager
def _faults(address: Address, whose: str) -> Iterator[None]:
    """Turn psycopg's errors into ours."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise _store_error(address, whose, error) from error


def _store_error(address: Address, whose: str, error: psycopg.Error) -> StoreError:
    """What to raise where psycopg raised something while it read."""
    state, place, text = error.sqlstate or "", address.place, _text(error)
    if state == "42501":
        return PermissionDenied(f"the user may not read {place}, and needs SELECT on it: {text}")
    if state in ("42P01", "42703"):
        return UnsupportedFile(
            f"{place} is not {whose} database, or not as its schema says: {text}"
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
