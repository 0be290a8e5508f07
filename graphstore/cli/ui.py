"""`graphstore ui`: the pages of a store, in the user's own browser."""

from __future__ import annotations

import secrets
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from graphstore.cli.common import DatabaseName, StoreName, Uri, say
from graphstore.cli.serving import Signals, roots_of

__all__ = ["ui"]


def ui(
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Where to serve them; 0 for any port that is free."),
    ] = 0,
    root: Annotated[
        list[Path] | None,
        typer.Option(help="A folder of which the pages may show small files; may be repeated."),
    ] = None,
    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="Let the pages record what you decide: deployments, and which model is preferred.",
        ),
    ] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the address.")] = False,
    store: StoreName = None,
    uri: Uri = None,
    database: DatabaseName = None,
) -> None:
    """Show the store in a web browser: runs, models, lineage. Ctrl-C ends it.

    The pages are served to this machine alone, and to whoever opens the address that is printed,
    which opens them once. They only read, but with --write.
    """
    from graphstore.serving import logs
    from graphstore.serving.addresses import LOOPBACK, Address
    from graphstore.store import Store
    from graphstore.web import Options, Server

    link = secrets.token_urlsafe(24)
    options = Options(
        address=Address(LOOPBACK, port),
        link=link,
        roots=roots_of(root),
        write=write,
        warm_up=True,
    )
    options.address.require_free()
    logs.start("off")
    with Store.open(
        uri, name=store, database=database, create=False, max_connection_pool_size=40
    ) as which:
        signals = Signals()
        with Server(which, options) as server:
            address = f"{server.url}login?token={link}"
            say(f"store:  {which.address}\nopen:   {address}\nCtrl-C ends it.")
            if not no_open and not webbrowser.open(address):
                say("No web browser could be opened here; open the address yourself.", error=True)
            signals.wait()
