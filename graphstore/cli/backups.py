"""`graphstore backup` and `restore`: a local store as Neo4j's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphstore.cli.common import (
    DatabaseName,
    Json,
    StoreName,
    Uri,
    print_json,
    say,
)
from graphstore.cli.server import print_server
from graphstore.errors import FailedPrecondition
from graphstore.system.progress import late_bar

__all__ = ["backup", "restore"]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, say store.dump.")],
    store: StoreName = None,
    uri: Uri = None,
    database: DatabaseName = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file.")] = False,
    json: Json = False,
) -> None:
    """Write a backup of a local store; its server is stopped for that, and started again."""
    from graphstore import local

    name = _local_store(uri, database, store, "dump", f"graphstore export archive {file}")
    with late_bar() as on_progress:
        report = local.backup(name, file, force=force, on_progress=on_progress)
    if json:
        print_json(report.to_dict())
    else:
        again = ", which is up again" if report.restarted else ""
        say(f"wrote {report.path}: {report.bytes / 1e6:.1f} MB of the local store {name!r}{again}")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that 'graphstore backup' wrote.")],
    store: StoreName = None,
    uri: Uri = None,
    database: DatabaseName = None,
    force: Annotated[
        bool, typer.Option("--force", help="Put it in the place of a store, for good.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a local store of a backup, and start it."""
    from graphstore import local

    name = _local_store(uri, database, store, "load", "graphstore import archive")
    with late_bar() as on_progress:
        server = local.restore(name, file, force=force, on_progress=on_progress)
    if json:
        print_json(server.to_dict())
    else:
        say(f"the local store {name!r} is what the backup was, and is up")
        print_server(server)


def _local_store(
    uri: str | None, database: str | None, store: str | None, verb: str, other: str
) -> str:
    """The local store that is meant.

    Raises:
        FailedPrecondition: If a server elsewhere is; it says what to run there.
    """
    from graphstore.opening import which

    uri, database, name = which(uri, database, store)
    if name is None:
        where = (uri or "").rpartition("@")[2]
        path = "--to-path" if verb == "dump" else "--from-path"
        what = "dumped" if verb == "dump" else "loaded"
        raise FailedPrecondition(
            f"the server at {where} is no local store: on its machine, while it is down, its"
            f" database is {what} by 'neo4j-admin database {verb} {database or 'neo4j'}"
            f" {path}=FOLDER'; while it is up, '{other}' works"
        )
    return name
