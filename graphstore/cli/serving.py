"""`graphstore serve`: ML Metadata's service over gRPC."""

from __future__ import annotations

import json as json_lines
import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphstore.cli.common import DatabaseName, Json, StoreName, Uri, say

if TYPE_CHECKING:
    from graphstore.interop.mlmd.front.server import Server

__all__ = ["serve"]

_SPARE_CONNECTIONS = 8
"""Connections to Neo4j beyond one a thread, for what the server itself asks."""


def serve(
    grpc: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where to listen: HOST:PORT (port 0 for any that is free), or unix:PATH. Beyond"
            " this machine only with --client-ca or --token-file.",
        ),
    ] = "127.0.0.1:8080",
    tls_cert: Annotated[
        Path | None, typer.Option(help="The server's certificate and its chain, in PEM.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, in PEM.")] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(help="Ask clients for a certificate that one of these, in PEM, has signed."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="Ask clients for one of the tokens in this file, one a line, with a name before it"
            " in which it writes or without, as metadata"
            " 'authorization: Bearer TOKEN'."
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Serve Prometheus's metrics there, over HTTP."),
    ] = None,
    threads: Annotated[
        int, typer.Option(min=1, max=1000, help="How many calls are answered at once.")
    ] = 32,
    max_calls: Annotated[
        int,
        typer.Option(
            min=1,
            help="How many calls may be there, answered or waiting; more are refused with"
            " ABORTED, which clients repeat.",
        ),
    ] = 512,
    max_message: Annotated[
        int, typer.Option(min=1, max=2047, help="How long a request or an answer may be, in MB.")
    ] = 64,
    grace: Annotated[
        float, typer.Option(min=0, help="Seconds to finish what is under way when told to stop.")
    ] = 30,
    log: Annotated[
        Literal["text", "json", "off"],
        typer.Option(help="How to log calls to standard error; off leaves what went wrong."),
    ] = "text",
    json: Json = False,
    store: StoreName = None,
    uri: Uri = None,
    database: DatabaseName = None,
) -> None:
    """Serve ML Metadata's clients, in any language, over gRPC. Ctrl-C stops it."""
    # gRPC's own lines on standard error have no format of ours, and would break up the log.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from graphstore.interop.mlmd.front.server import Address, Options, Security, Server, logs
    from graphstore.store import Store

    # All of this is checked before the store is opened, which may start a Neo4j.
    options = Options(
        address=Address.parse(grpc),
        security=Security.read(tls_cert, tls_key, client_ca, token_file),
        metrics=None if metrics is None else Address.parse(metrics),
        threads=threads,
        max_calls=max_calls,
        max_message=max_message * 1024 * 1024,
    )
    options.security.require_for(options.address)
    options.address.require_free()
    logs.start(log)
    with Store.open(
        uri,
        name=store,
        database=database,
        max_connection_pool_size=threads + _SPARE_CONNECTIONS,
    ) as which:
        server = Server(which, options)
        signals = _Signals()
        server.start()
        _say_listening(server, which.address, json=json)
        signals.wait()
        active = server.active
        _say(
            f"stopping: calls under way: {active}, for {grace:g} s at most",
            json and {"stopping": True, "under_way": active, "grace": grace},
        )
        cut_off = server.stop(grace)
        _say(
            f"stopped; calls cut off: {cut_off}" if cut_off else "stopped; all calls have ended",
            json and {"stopped": True, "cut_off": cut_off},
        )
        if cut_off:
            # Their threads wait for Neo4j still: to close the store would be to wait for them.
            os._exit(1)


class _Signals:
    """The first SIGTERM or SIGINT is waited for; the second one ends the process at once.

    Python runs a handler between two steps of the main thread. So a handler may take no lock that
    this thread may hold just then (that of a `threading.Event`, say), and it does not run at all if
    the signal comes just before the thread begins to wait for a lock. What `signal.set_wakeup_fd`
    writes comes at once and stays until it is read.
    """

    def __init__(self) -> None:
        self._reader, writer = socket.socketpair()
        writer.setblocking(False)
        self._writer = writer
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._has_come = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def wait(self) -> None:
        """Wait for the first of them."""
        self._reader.recv(1)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._has_come:
            os._exit(128 + number)
        self._has_come = True


def _say_listening(server: Server, store: str, *, json: bool) -> None:
    security = server.options.security
    demands = [
        *(["certificate"] if security.client_ca else []),
        *(["token"] if security.token_names else []),
    ]
    clients = "with a " + " and a ".join(demands) if demands else "all on this machine"
    tls = security.certificate is not None
    lines = [
        f"listening on {server.address}",
        f"store:     {store}",
        f"clients:   {clients}{', over TLS' if tls else ''}",
        *([f"metrics:   {server.metrics_url}"] if server.metrics_url else []),
    ]
    facts = {
        "listening": str(server.address),
        "port": server.address.port or None,
        "store": store,
        "tls": tls,
        "clients_need": demands,
        "metrics": server.metrics_url,
        "pid": os.getpid(),
    }
    _say("\n".join(lines), json and facts)


def _say(text: str, facts: dict[str, Any] | Literal[False]) -> None:
    """Print what happens as it happens; as JSON it is one object a line."""
    say(json_lines.dumps(facts) if facts else text)
    sys.stdout.flush()
