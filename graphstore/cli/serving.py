"""`graphstore serve`: ML Metadata's service over gRPC, and what comes in over HTTP."""

from __future__ import annotations

import json as json_lines
import os
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

import typer

from graphstore.cli.common import DatabaseName, Json, StoreName, Uri, say
from graphstore.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphstore.interop.mlmd.front.server import Server as GrpcServer
    from graphstore.serving.addresses import Address
    from graphstore.serving.metrics import Metrics
    from graphstore.serving.security import Security
    from graphstore.store import Store
    from graphstore.web import Server as HttpServer

__all__ = ["Signals", "roots_of", "serve"]

if TYPE_CHECKING:
    Server = GrpcServer | HttpServer

_SPARE_CONNECTIONS = 8
"""Connections to Neo4j beyond one a thread, for what the server itself asks."""


def serve(
    grpc: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Serve ML Metadata's clients there: HOST:PORT (port 0 for any that is free), or"
            " unix:PATH. Beyond this machine only with --client-ca, --token-file or --anybody. By"
            " default 127.0.0.1:8080, unless --http is given.",
            show_default=False,
        ),
    ] = None,
    http: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Serve HTTP there: pages for people, and what OpenLineage's clients send."
            " Likewise.",
        ),
    ] = None,
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
            " in which it writes or without, as 'authorization: Bearer TOKEN'. Behind a name and a"
            " token, namespace=NAMESPACE binds it to one, and role=read lets it read only."
        ),
    ] = None,
    anybody: Annotated[
        bool,
        typer.Option(
            "--anybody",
            help="Ask nothing of clients, beyond this machine too: for a network that lets in none"
            " but whom it should.",
        ),
    ] = False,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Over HTTP, believe the proxy at this address, 10.0.0.5 or 10.1.0.0/16, when it"
            " says who calls; may be repeated.",
        ),
    ] = None,
    user_header: Annotated[
        str | None,
        typer.Option(help="The header in which it says so; by default X-Forwarded-User."),
    ] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option(help="A folder of which pages may show small files; may be repeated."),
    ] = None,
    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="Let pages record what people decide: deployments, and which model is preferred;"
            " in their name, so that it goes with --token-file, --client-ca or --proxy.",
        ),
    ] = False,
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
    ] = 100,
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
    """Serve ML Metadata's clients by gRPC; pages and OpenLineage's by HTTP. Ctrl-C stops it."""
    # gRPC's own lines on standard error have no format of ours, and would break up the log.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from graphstore.serving import logs
    from graphstore.serving.addresses import Address
    from graphstore.serving.security import Security
    from graphstore.store import Store

    grpc = grpc or (None if http else "127.0.0.1:8080")
    # All of this is checked before the store is opened, which may start a Neo4j.
    limits: _Limits = {
        "security": Security.read(tls_cert, tls_key, client_ca, token_file, anybody=anybody),
        "threads": threads,
        "max_calls": max_calls,
        "max_message": max_message * 1024 * 1024,
    }
    scraped = None if metrics is None else Address.parse(metrics)
    make: list[Callable[[Store, Metrics], Server]] = []
    if grpc is not None:
        make.append(_grpc(Address.parse(grpc), None if http else scraped, limits))
    if http is not None:
        make.append(_http(Address.parse(http), scraped, limits, proxy, user_header, root, write))
    elif proxy or user_header or root or write:
        raise InvalidArgument(
            "--proxy, --user-header, --root and --write are about HTTP: give --http"
        )
    logs.start(log)
    with Store.open(
        uri,
        name=store,
        database=database,
        max_connection_pool_size=len(make) * (threads + _SPARE_CONNECTIONS),
    ) as which:
        from graphstore.serving.metrics import Metrics

        counted = Metrics()
        servers = [one(which, counted) for one in make]
        signals = Signals()
        for server in servers:
            server.start()
        _say_listening(servers, which.address, json=json)
        signals.wait()
        active = sum(server.active for server in servers)
        _say(
            f"stopping: calls under way: {active}, for {grace:g} s at most",
            json and {"stopping": True, "under_way": active, "grace": grace},
        )
        with ThreadPoolExecutor(len(servers)) as stopping:
            cut_off = sum(stopping.map(lambda server: server.stop(grace), servers))
        _say(
            f"stopped; calls cut off: {cut_off}" if cut_off else "stopped; all calls have ended",
            json and {"stopped": True, "cut_off": cut_off},
        )
        if cut_off:
            # Their threads wait for Neo4j still: to close the store would be to wait for them.
            os._exit(1)


class _Limits(TypedDict):
    """What holds for each server."""

    security: Security
    threads: int
    max_calls: int
    max_message: int


def _grpc(
    address: Address, metrics: Address | None, limits: _Limits
) -> Callable[[Store, Metrics], Server]:
    """What makes the server of ML Metadata's clients."""
    from graphstore.interop.mlmd.front.server import Options, Server

    limits["security"].require_for(address)
    address.require_free()
    return partial(_made, Server, Options(address=address, metrics=metrics, **limits))


def _http(
    address: Address,
    metrics: Address | None,
    limits: _Limits,
    proxy: list[str] | None,
    user_header: str | None,
    root: list[Path] | None,
    write: bool,
) -> Callable[[Store, Metrics], Server]:
    """What makes the server of HTTP's clients."""
    from graphstore.web import Options, Proxies, Server

    options = Options(
        address=address,
        metrics=metrics,
        proxies=Proxies.parse(proxy or (), user_header),
        roots=roots_of(root),
        write=write,
        warm_up=True,
        **limits,
    )
    options.require_for_address()
    address.require_free()
    return partial(_made, Server, options)


def roots_of(folders: list[Path] | None) -> tuple[Path, ...]:
    """The folders of ``--root``, as they are.

    Raises:
        InvalidArgument: If one is no folder.
    """
    for folder in folders or ():
        if not folder.is_dir():
            raise InvalidArgument(f"--root {folder}: there is no such folder")
    return tuple(folder.resolve() for folder in folders or ())


def _made(server: Any, options: Any, store: Store, metrics: Metrics) -> Server:
    made: Server = server(store, options, metrics)
    return made


class Signals:
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


def _say_listening(servers: Sequence[Server], store: str, *, json: bool) -> None:
    first, last = servers[0], servers[-1]
    security = first.options.security
    demands = [
        *(["certificate"] if security.client_ca else []),
        *(["token"] if security.token_names else []),
        *(["proxy"] if getattr(last.options, "proxies", None) else []),
    ]
    whoever = "all who can reach it" if security.anybody else "all on this machine"
    clients = "with a " + " and a ".join(demands) if demands else whoever
    tls = security.certificate is not None
    url = getattr(last, "url", None)
    addresses = [str(server.address) for server in servers if not hasattr(server, "url")]
    lines = [
        *(f"listening on {address}" for address in addresses),
        *([f"listening on {url}"] if url else []),
        f"store:     {store}",
        f"clients:   {clients}{', over TLS' if tls else ''}",
        *([f"metrics:   {last.metrics_url}"] if last.metrics_url else []),
        *([f"pages:     {url}"] if url else []),
        # With the slash Java's client of OpenLineage takes it for the address of events itself.
        *([f"lineage:   OPENLINEAGE_URL={url.rstrip('/')}"] if url else []),
    ]
    facts = {
        "listening": str(first.address),
        "port": first.address.port or None,
        "url": url,
        "store": store,
        "tls": tls,
        "clients_need": demands,
        "metrics": last.metrics_url,
        "pid": os.getpid(),
    }
    _say("\n".join(lines), json and facts)


def _say(text: str, facts: dict[str, Any] | Literal[False]) -> None:
    """Print what happens as it happens; as JSON it is one object a line."""
    say(json_lines.dumps(facts) if facts else text)
    sys.stdout.flush()
