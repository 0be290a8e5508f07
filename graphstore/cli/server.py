"""`graphstore up`, `status`, `down` and `logs`: the local Neo4j."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphstore.cli.common import (
    Json,
    StoreName,
    local_name,
    old_option,
    print_json,
    print_table,
    renamed_value,
    say,
    when,
)
from graphstore.errors import FailedPrecondition, InvalidArgument, NotFound
from graphstore.system.progress import bar

if TYPE_CHECKING:
    from graphstore.local import LocalServer, Status
    from graphstore.recording.held import ForStore

__all__ = ["down", "logs", "print_server", "rm", "status", "stores", "up"]


def up(
    store: StoreName = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="A throw-away store, until Ctrl-C.")
    ] = False,
    bolt_port: Annotated[int | None, typer.Option(help="The port for drivers.")] = None,
    http_port: Annotated[int | None, typer.Option(help="The port for Neo4j Browser.")] = None,
    heap: Annotated[
        str | None, typer.Option(help="Memory for Java's objects at most.", show_default="1g")
    ] = None,
    page_cache: Annotated[
        str | None, typer.Option(help="Memory for the store's pages.", show_default="256m")
    ] = None,
    json: Json = False,
) -> None:
    """Start the local Neo4j, or find that it runs. The first time it is downloaded (155 MB)."""
    from graphstore import local

    if ephemeral:
        with bar() as on_progress:
            server = local.start_ephemeral(
                heap=heap or "512m", page_cache=page_cache or "64m", on_progress=on_progress
            )
        try:
            if json:
                print_json({**server.to_dict(), "password": server.password})
            else:
                print_server(server)
                say(f"password:  {server.password}\n\nCtrl-C stops it and deletes all it holds.")
            local.wait(server)
        except KeyboardInterrupt:
            pass
        finally:
            local.stop_ephemeral(server)
        return
    with bar() as on_progress:
        server = local.up(
            local_name(store),
            bolt_port=bolt_port,
            http_port=http_port,
            heap=heap,
            page_cache=page_cache,
            on_progress=on_progress,
        )
    if json:
        print_json(server.to_dict())
        return
    say(f"the local store {server.name!r} " + ("runs already" if server.joined else "is up"))
    print_server(server)


def status(
    store: StoreName = None,
    all_: Annotated[bool, typer.Option("--all", help="Of every local store.")] = False,
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Show the password too.")
    ] = False,
    json: Json = False,
) -> None:
    """Say whether the local Neo4j runs, and where; and what of its records is on the disk only."""
    from graphstore import local
    from graphstore.recording.held import all_held, by_address

    names = local.local_stores() if all_ else [local_name(store)]
    states = [local.status(name) for name in names]
    if not all_ and states[0].condition == "absent":
        _tell_of_absent(names[0])
    by_store = {one.address: one for one in by_address(all_held())}
    on_disk = [by_store.pop(f"the local store {one.name}", None) for one in states]
    facts = [
        _facts(one, show_password) | (_on_disk(spool) if spool else {})
        for one, spool in zip(states, on_disk, strict=True)
    ]
    if json:
        print_json(facts if all_ else facts[0])
    else:
        for one in facts:
            for name, value in one.items():
                say(f"{name + ':':14} {value}")
            say()
        if not facts:
            say("no local stores yet; 'graphstore up' makes one")
        for other in by_store.values():
            say(f"on the disk for another store, {other}")


def _tell_of_absent(name: str) -> None:
    """Refuse a store that is not there: with what there is, and what waits for stores to come.

    Raises:
        NotFound: It is not there.
    """
    from graphstore import local
    from graphstore.recording.held import all_held, by_address

    try:
        local.folder_of(name)
    except NotFound as error:
        spools = "; ".join(map(str, by_address(all_held())))
        raise NotFound(
            error.kind,
            error.by,
            error.key,
            str(error).partition("; ")[2] + (f"; on the disk for {spools}" if spools else ""),
        ) from None


def _on_disk(spool: ForStore) -> dict[str, Any]:
    """Facts about the records that are on the disk only."""
    counts = {"waiting": spool.waiting, "set aside": spool.set_aside}
    return {name: f"{count} records" for name, count in counts.items() if count}


def down(store: StoreName = None, json: Json = False) -> None:
    """Stop the local Neo4j; its data stays."""
    from graphstore import local

    name = local_name(store)
    result = local.down(name)
    if result.before == "absent":
        local.folder_of(name)  # which says what there is
    elif json:
        print_json(result.to_dict())
    elif result.killed:
        say(f"the local store {name!r} did not stop in time and was killed; its data is safe")
    elif result.before == "running":
        say(f"the local store {name!r} is down")
    else:
        say(f"the local store {name!r} was not running ({result.before})")


def logs(
    store: StoreName = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", help="So many lines at most, the last ones.", min=1)
    ] = 50,
    lines: Annotated[int | None, old_option("--lines")] = None,
    json: Json = False,
) -> None:
    """Show what the local Neo4j said, and where it writes more."""
    from graphstore import local

    limit = renamed_value("--lines", lines, "--limit", limit)
    log = local.logs(local_name(store), limit=limit)
    if json:
        print_json(log.to_dict())
        return
    for line in log.tail:
        say(line)
    say(f"\n{log.console}\n{log.debug}", error=True)


def stores(json: Json = False) -> None:
    """List the local stores."""
    from graphstore import local

    states = [local.status(name) for name in local.local_stores()]
    if json:
        print_json([_facts(one, show_password=False) for one in states])
        return
    print_table(
        ("store", "condition", "bolt", "#MB", "folder"),
        (
            (
                one.name,
                one.condition,
                one.uri if one.condition == "running" else "",
                f"{one.bytes_on_disk / 1e6:.1f}",
                one.folder,
            )
            for one in states
        ),
        empty="no local stores yet; 'graphstore up' makes one",
    )


def rm(
    name: Annotated[str, typer.Argument(help="A local store, by name.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Stop it first if it runs.")] = False,
    json: Json = False,
) -> None:
    """Delete a local store with all its data, for good."""
    from graphstore import local

    status = local.status(name)
    if status.condition == "absent":
        local.folder_of(name)  # which says what there is
    if status.condition == "running" and not force:
        raise FailedPrecondition(
            f"the local store {name!r} runs: 'graphstore down --store {name}' stops it, and so does"
            " --force"
        )
    size = f"{status.bytes_on_disk / 1e6:.1f} MB in {status.folder}"
    if not yes:
        if not sys.stdin.isatty():
            raise InvalidArgument(f"to delete {size} for good, say --yes")
        typer.confirm(f"Delete the local store {name!r}, {size}, for good?", abort=True)
    local.remove(name, stop=force)
    if json:
        print_json({"name": name, "removed": True, "bytes": status.bytes_on_disk})
    else:
        say(f"the local store {name!r} is gone")


def print_server(server: LocalServer) -> None:
    """Print how to reach a server, but for its password."""
    say(f"browser:   {server.browser_url}")
    say(f"bolt:      {server.uri}")
    say(f"user:      {server.user}")


def _facts(status: Status, show_password: bool) -> dict[str, Any]:
    """What is known of a local store, in the order in which people ask for it."""
    from graphstore import local

    facts: dict[str, Any] = {
        "store": status.name,
        "condition": status.condition,
        "wrong": status.wrong,
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
