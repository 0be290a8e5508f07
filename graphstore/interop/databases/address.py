"""Addresses of databases: ``mysql://user:password@host:port/database``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from graphstore.errors import InvalidArgument

__all__ = ["Address", "is_address", "is_of_server"]

_KINDS = {
    "mysql": "mysql",
    "mariadb": "mysql",
    "postgresql": "postgresql",
    "postgres": "postgresql",
}
"""What addresses begin with, and which kind of database that is."""


@dataclass(frozen=True)
class Address:
    """Where a database is, and who reads it."""

    kind: str
    """``mysql`` or ``postgresql``."""
    host: str | None
    port: int | None
    user: str | None
    password: str | None = field(repr=False)
    database: str
    options: Mapping[str, str] = field(repr=False)
    """What stands behind the question mark."""

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that a text says; ``mysql+pymysql://`` and its likes name a driver for
        others, which says nothing here.

        Raises:
            InvalidArgument: If it is none. The message does not repeat the text, in which there may
                be a password.
        """
        scheme = text.partition("://")[0].lower()
        kind = _kind_of(text)
        if kind is None:
            raise InvalidArgument(
                f"an address of a database begins with mysql:// or postgresql://, not {scheme}://;"
                " a SQLite file is named by its path"
            )
        parts = urlsplit(text)
        if "@" in parts.path + parts.query + parts.fragment:
            raise InvalidArgument(
                f"the user, the password or the database in this {scheme}:// address has a"
                " character that parts it: write / as %2F, ? as %3F, # as %23 and @ as %40"
            )
        try:
            port = parts.port
        except ValueError:
            raise InvalidArgument(
                f"the port of this {scheme}:// address is no number up to 65535; a colon in a"
                " password is written %3A"
            ) from None
        database = unquote(parts.path.removeprefix("/"))
        if not database or parts.fragment:
            raise InvalidArgument(
                f"this {scheme}:// address names no database: {scheme}://user@host:port/database"
            )
        return cls(
            kind,
            parts.hostname,
            port,
            None if parts.username is None else unquote(parts.username),
            None if parts.password is None else unquote(parts.password),
            database,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
        )

    @property
    def place(self) -> str:
        """The address as messages and the store say it: without user, password and options."""
        host = self.host or ""
        if ":" in host:
            host = f"[{host}]"
        return f"{self.kind}://{host}{'' if self.port is None else f':{self.port}'}/{self.database}"


def is_address(text: object) -> bool:
    """Whether something is an address, and not a path."""
    return isinstance(text, str) and "://" in text


def is_of_server(text: object) -> bool:
    """Whether something is an address of a server that can be read."""
    return isinstance(text, str) and is_address(text) and _kind_of(text) is not None


def _kind_of(address: str) -> str | None:
    return _KINDS.get(address.partition("://")[0].partition("+")[0].lower())
