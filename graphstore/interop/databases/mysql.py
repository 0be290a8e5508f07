"""MySQL and MariaDB: a connection that reads, as of one moment."""

from __future__ import annotations

import os
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
    import pymysql

__all__ = ["connected"]

T = TypeVar("T")

_OPTIONS = ("charset", "ssl_ca", "ssl_cert", "ssl_key", "unix_socket")
_CONNECT_TIMEOUT, _A_DAY = 10, 86_400
"""Seconds."""


@contextmanager
def connected(address: Address, whose: str) -> Iterator[pymysql.Connection]:
    """A connection that sees all as it is at this moment; the user needs SELECT only.

    Args:
        address: Where.
        whose: Whose database is expected there, for messages.

    Raises:
        InvalidArgument: If the address has an option that nobody knows.
        MissingExtra: If PyMySQL is not installed (extra ``mysql``).
        NotFound: If there is no such database.
        PermissionDenied: If the user may not read it.
        Unauthenticated: If the server refuses the user or the password.
        Unavailable: If it does not answer.
        UnsupportedFile: If the tables that are read are not there.
    """
    try:
        import pymysql
    except ImportError:
        raise MissingExtra("to read a MySQL database", "mysql", "PyMySQL") from None
    with _faults(address, whose), _connect(pymysql.connect, address) as connection:
        with connection.cursor() as cursor:
            # It waits while what was read is written, and a server may be impatient.
            cursor.execute(f"SET SESSION wait_timeout = {_A_DAY}")
            # A snapshot is of one moment in this isolation only, and a server may have another.
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield connection


def _connect(connect: Callable[..., T], address: Address) -> T:
    try:
        return connect(**_options(address))
    except RuntimeError:  # the package is looked for only by those whose server asks for it
        purpose = f"to log in at {address.place} without TLS"
        raise MissingExtra(purpose, "mysql", "cryptography") from None
    except OSError as error:
        raise InvalidArgument(
            f"a file that the address of {address.place} names cannot be read: {error}"
        ) from error


def _options(address: Address) -> dict[str, Any]:
    """What PyMySQL is told."""
    if unknown := set(address.options) - set(_OPTIONS):
        raise InvalidArgument(
            f"an address of MySQL has the options {', '.join(_OPTIONS)}, not"
            f" {', '.join(sorted(unknown))}"
        )
    # As MySQL's own programs take it where the command line should not have it.
    password = address.password
    if password is None:
        password = os.environ.get("MYSQL_PWD", "")
    options: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": password.encode(),  # of a text PyMySQL would make latin1
        **address.options,
    }
    return {
        **{name: value for name, value in options.items() if value is not None},
        "database": address.database,
        "charset": "utf8mb4",
        "connect_timeout": _CONNECT_TIMEOUT,
    }


@contextmanager
def _faults(address: Address, whose: str) -> Iterator[None]:
    """Turn PyMySQL's errors into ours."""
    import pymysql

    try:
        yield
    except pymysql.MySQLError as error:
        raise _store_error(address, whose, error) from error


_CANNOT_CONNECT = frozenset([2002, 2003, 2005, 1040, 1130, 1203])
_LOST = frozenset([0, 1053, 1927, 2006, 2013, 2055, 4031])


def _store_error(address: Address, whose: str, error: Exception) -> StoreError:
    """What to raise where PyMySQL raised something."""
    code, *texts = error.args if error.args else (0,)
    text, place = str(texts[0]) if texts else str(error), address.place
    if code in _CANNOT_CONNECT:
        return Unavailable(f"no MySQL answers at {place}: {text}")
    if code in _LOST:
        return Unavailable(
            f"the connection to {place} broke: {text or 'closed'}; import it again, which goes on"
        )
    if code in (1045, 1698):
        return Unauthenticated(
            f"{place} refuses the user or the password, of the address or of MYSQL_PWD: {text}"
        )
    if code == 1049:
        return NotFound("MySQL database", "address", place)
    if code in (1044, 1142, 1143):
        return PermissionDenied(f"the user may not read {place}, and needs SELECT on it: {text}")
    if code in (1054, 1146):
        return UnsupportedFile(f"{place} is not as {whose} schema says: {text}")
    if code == 1412:
        return Unavailable(f"somebody changed the tables of {place} meanwhile: import it again")
    return Unavailable(f"{place} cannot be read: {text} ({code})")
