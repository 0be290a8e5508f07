"""Which store is meant, and how it is reached: what comes before there is a store to ask."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from graphstore.database import Database
from graphstore.errors import InvalidArgument
from graphstore.system.progress import OnProgress

__all__ = ["Reached", "address_of", "ephemeral", "join", "local", "remote", "which"]


class Reached(NamedTuple):
    """A database that was reached, and what a store over it has to know."""

    database: Database
    address: str
    """What tells the store apart from others."""
    where: Mapping[str, str | None]
    """How another process opens it; no secrets."""
    on_close: Callable[[], object] = lambda: None
    """What is to be done after the database was closed."""


def which(
    uri: str | None, database: str | None, name: str | None, ephemeral: bool = False
) -> tuple[str | None, str | None, str | None]:
    """The address and the database, or else the name of the local store; neither if ephemeral.

    Raises:
        InvalidArgument: If more than one is given.
    """
    if sum((uri is not None, name is not None, ephemeral)) > 1:
        raise InvalidArgument("a store has an address, or a name, or is ephemeral: give one")
    if uri is None and name is None and not ephemeral:
        uri = os.environ.get("NEO4J_URI") or None
        if uri is None:
            name = os.environ.get("GRAPHSTORE_STORE") or "default"
    if uri is not None:
        database = database or os.environ.get("NEO4J_DATABASE") or None
    return uri, database, name


def address_of(uri: str | None, database: str | None, name: str | None) -> str:
    """What tells a store apart from others, also while it does not answer."""
    if name is not None:
        return f"the local store {name}"
    return f"{uri} {database or ''}".strip()


def remote(uri: str, auth: Any, database: str | None, options: Mapping[str, Any]) -> Reached:
    """The database at an address; without `auth` that of NEO4J_USERNAME and NEO4J_PASSWORD.

    Errors are those of `Database`.
    """
    if auth is None and (password := os.environ.get("NEO4J_PASSWORD")):
        auth = (os.environ.get("NEO4J_USERNAME") or "neo4j", password)
    return _reach(Database(uri, auth, database, **options))


def ephemeral(on_progress: OnProgress, options: Mapping[str, Any]) -> Reached:
    """The database of a server that is started for it, and is gone after it is closed.

    Errors are those of `graphstore.local.start_ephemeral` and of `Database`.
    """
    from graphstore.local import start_ephemeral, stop_ephemeral  # its libraries are an extra

    Database.check_options(**options)
    server = start_ephemeral(on_progress=on_progress)
    on_close = partial(stop_ephemeral, server)
    try:
        database = Database(server.uri, (server.user, server.password), "neo4j", **options)
    except BaseException:
        on_close()
        raise
    return _reach(database, where={"folder": str(server.folder)}, on_close=on_close)


def local(name: str, create: bool, on_progress: OnProgress, options: Mapping[str, Any]) -> Reached:
    """The database of the local store of this name, whose server is started if it does not run.

    Errors are those of `graphstore.local.up` and of `Database`.
    """
    from graphstore.local import locate, up

    Database.check_options(**options)
    server = up(name, create=create, on_progress=on_progress)
    # It may come back elsewhere, and somebody else may listen where it was.
    settings = {"certificate": server.certificate, "locate": partial(locate, name)}
    login = (server.user, server.password)
    database = Database(server.uri, login, "neo4j", **{**settings, **options})
    return Reached(database, address_of(None, None, name), {"name": name})


def join(folder: Path) -> Reached:
    """The database of an ephemeral server that another process started, and ends.

    Errors are those of `graphstore.local.join_ephemeral` and of `Database`.
    """
    from graphstore.local import join_ephemeral

    server = join_ephemeral(folder)
    return _reach(Database(server.uri, (server.user, server.password), "neo4j"))


def _reach(database: Database, **more: Any) -> Reached:
    where = {"uri": database.uri, "database": database.name}
    address = address_of(database.uri, database.name, None)
    return Reached(database, address, **{"where": where, **more})
