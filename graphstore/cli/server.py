"""`graphstore up`, `status`, `down` and `logs`: the local Neo4j."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphstore.cli.common import Json, StoreName, print_json, store_name, when
from graphstore.progress import bar

if TYPE_CHECKING:
    from graphstore.local import LocalServer, Status

__all__ = ["down", "logs", "print_server", "status", "up"]


def up(
    store: StoreName = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="A throw-away store, until Ctrl-C.")
    ] = False,
    bolt_port: Annotated[int | None, typer.Option(help="The port for drivers.")] = None,
    http_port: Annotated[int | None, typer.Option(help="The port for Neo4j Browser.")] = None,
    heap: Annotated[str, typer.Option(help="Memory for Java's objects at most.")] = "1g",
    page_cache: Annotated[str, typer.Option(help="Memory for the store's pages.")] = "256m",
) -> None:
    """Start the local Neo4j, or find that it runs. The first time it is downloaded (155 MB)."""
    from graphstore import local

    if ephemeral:
        with bar() as on_progress:
            server = local.start_ephemeral(
                heap=heap, page_cache=page_cache, on_progress=on_progress
            )
        try:
            print_server(server)
            print(f"password:  {server.password}\n\nCtrl-C stops it and deletes all it holds.")
            local.wait(server)
        except KeyboardInterrupt:
            pass
        finally:
            local.stop_ephemeral(server)
        return
    with bar() as on_progress:
        server = local.up(
            store_name(store),
            bolt_port=bolt_port,
            http_port=http_port,
            heap=heap,
            page_cache=page_cache,
            on_progress=on_progress,
        )
    print(f"the local store {server.name!r} " + ("runs already" if server.joined else "is up"))
    print_server(server)


def status(
    store: StoreName = None,
    all_: Annotated[bool, typer.Option("--all", help="Of every local store.")] = False,
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Show the password too.")
    ] = False,
    json: Json = False,
) -> None:
    """Say whether the local Neo4j runs, and where."""
    from graphstore import local

    names = local.local_stores() if all_ else [store_name(store)]
    found = [local.status(name) for name in names]
    facts = [_facts(one, show_password) for one in found]
    if json:
        print_json(facts if all_ else facts[0])
        return
    for one in facts:
        for name, value in one.items():
            print(f"{name + ':':14} {value}")
        print()
    if not facts:
        print("no local stores yet; 'graphstore up' makes one")


def down(store: StoreName = None) -> None:
    """Stop the local Neo4j; its data stays."""
    from graphstore import local

    name = store_name(store)
    stopped = local.down(name)
    if stopped.killed:
        print(f"the local store {name!r} did not stop in time and was killed; its data is safe")
    elif stopped.before == "running":
        print(f"the local store {name!r} is down")
    else:
        print(f"the local store {name!r} was not running ({stopped.before})")


def logs(
    store: StoreName = None,
    lines: Annotated[int, typer.Option("--lines", "-n", help="So many of the last.", min=1)] = 50,
) -> None:
    """Show what the local Neo4j said, and where it writes more."""
    from graphstore import local

    found = local.logs(store_name(store), lines=lines)
    for line in found.tail:
        print(line)
    print(f"\n{found.console}\n{found.debug}", file=sys.stderr)


def print_server(server: LocalServer) -> None:
    """Print how to reach a server, but for its password."""
    print(f"browser:   {server.browser_url}")
    print(f"bolt:      {server.uri}")
    print(f"user:      {server.user}")


def _facts(status: Status, show_password: bool) -> dict[str, Any]:
    """What is known of a local store, in the order in which people ask for it."""
    from graphstore import local

    facts: dict[str, Any] = {
        "store": status.name,
        "condition": status.condition,
        "browser": status.browser_url,
        "bolt": status.uri,
        "user": status.user,
        "neo4j": status.neo4j_version,
        "process": status.pid,
        "started": status.started_at,
        "folder": str(status.folder),
        "megabytes": round(status.bytes_on_disk / 1e6, 1),
    }
    if show_password and status.condition != "absent":
        facts["password"] = local.password(status.name)
    return {
        name: f"{when(value)} UTC" if isinstance(value, datetime) else value
        for name, value in facts.items()
        if value is not None
    }
