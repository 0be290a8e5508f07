"""The HTTP server: it listens, answers, and stops without dropping what it has begun."""

from __future__ import annotations

import asyncio
import logging
import ssl
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.interop.openlineage.ingestion import Ingestion
from graphstore.serving import options as serving
from graphstore.serving.addresses import LOOPBACK, Address
from graphstore.serving.logs import say
from graphstore.serving.metrics import Metrics, MetricsServer
from graphstore.serving.pool import Pool
from graphstore.serving.pulse import Pulse
from graphstore.serving.security import Security
from graphstore.store import Store
from graphstore.web import grpc_web, openlineage, pages
from graphstore.web.api import API
from graphstore.web.calls import Threads
from graphstore.web.door import Door, Proxies, Sessions
from graphstore.web.tenants import Tenants

__all__ = ["Options", "Server"]

_START_SECONDS = 30.0


@dataclass(frozen=True)
class Options(serving.Options):
    """How a server runs. One call too many is refused with 503, which clients try again."""

    address: Address = field(default_factory=lambda: Address(LOOPBACK, 8090))
    """Where it listens; no Unix socket."""
    max_message: int = 64 * 1024 * 1024
    """Bytes that a body may have, as it comes and inflated."""
    link: str | None = None
    """The secret in the one address that opens the pages, once; None if nobody comes in by it."""
    proxies: Proxies | None = None
    """Who else may say who calls; None for nobody."""
    roots: tuple[Path, ...] = ()
    """Folders of which files may be shown; of no others."""
    write: bool = False
    """Whether people may record on pages what they decide."""
    warm_up: bool = False
    """Whether pages are answered once in the background, as soon as Neo4j answers: it plans a query
    when it first meets it, and the first visitor would wait for that."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for address in (self.address, self.metrics):
            if address is not None and address.path:
                raise InvalidArgument("HTTP is served at HOST:PORT")

    def require_for_address(self) -> None:
        """Refuse to listen where strangers may call.

        Raises:
            InvalidArgument: If others than this machine can reach the address, and nothing is asked
                of them; or if people may decide, and nobody knows who they are.
        """
        if self.proxies is None:
            self.security.require_for(self.address)
        names = self.security.token_names or self.security.client_ca or self.proxies
        if self.write and not names and self.link is None:
            raise InvalidArgument(
                "--write: a decision is recorded in the name of who takes it, and nothing here says"
                " who that is: ask for a token (--token-file) or a certificate (--client-ca), or"
                " let a proxy say it (--proxy); for yourself alone it is graphstore ui --write"
            )

    def why_not(self, who: str | None) -> str:
        """Why who has this name may not record a decision on pages; empty if they may."""
        if not self.write:
            return "these pages only read: who starts the server with --write can decide on them"
        if not self.security.may_write(who):
            return f"a token of the role read, here that of {who}, may not decide"
        if who is None and self.link is None:
            return (
                "a decision is recorded in the name of who takes it, and your certificate has no"
                " name (commonName)"
            )
        return ""


class Server:
    """One store over HTTP. Use it in a ``with``, or `start` and `stop`.

    ``/`` are the pages for people, ``/api/v1`` the calls for programs; a POST to
    ``/api/v1/lineage`` brings OpenLineage's events, one below ``/ml_metadata.MetadataStoreService``
    is a call of ML Metadata by gRPC-web. ``/metrics`` are for Prometheus, ``/health``
    says whether Neo4j answers.
    """

    def __init__(
        self, store: Store, options: Options | None = None, metrics: Metrics | None = None
    ) -> None:
        """A server that does not listen yet.

        Args:
            store: The store, which is not closed by it.
            options: How it runs.
            metrics: Those of the process, if it has other servers too.

        Raises:
            InvalidArgument: If it would listen where strangers can call, and ask nothing of them.
        """
        self.options = options or Options()
        self.options.require_for_address()
        self._store = store
        self._metrics = metrics or Metrics()
        self._sessions = Sessions(self.options.link)
        self._pool = Pool(self.options.threads)
        self._alive = True
        self._pulse = Pulse(
            store.database.ping,
            self._tell,
            interval=self.options.ping_interval,
            patience=self.options.ping_patience,
        )
        self._warming: threading.Thread | None = None
        self._stopping = threading.Event()
        self._metrics_server: MetricsServer | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.address = self.options.address
        """Where it listens; with the port that was found, once it does."""

    @property
    def metrics_url(self) -> str | None:
        """Where the metrics are served; None if they are not."""
        return None if self._metrics_server is None else self._metrics_server.url

    @property
    def url(self) -> str:
        """Where the pages are, with the slash that an address without a path has."""
        scheme = "http" if self.options.security.certificate is None else "https"
        return f"{scheme}://{self.address}/"

    @property
    def active(self) -> int:
        """How many calls wait or are being answered."""
        return self._pool.active

    def start(self) -> None:
        """Listen.

        Raises:
            InvalidArgument: If it cannot listen at the address.
            PortInUse: If somebody else does.
            FailedPrecondition: If the certificate and the key do not fit together.
        """
        self.options.address.require_free()
        ingestion = Ingestion(self._store)
        ingestion.prepare()
        config = uvicorn.Config(
            self._app(ingestion),
            host=self.options.address.host,
            port=self.options.address.port,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
        )
        config.load()
        config.ssl = _context(self.options.security)
        if self.options.metrics is not None:
            self._metrics_server = self._metrics.serve(self.options.metrics)
        self._server = uvicorn.Server(config)
        # What it says of itself we say: in the log there are our lines alone.
        logging.getLogger("uvicorn.error").disabled = True
        self._thread = threading.Thread(
            target=self._server.run, name="graphstore-http", daemon=True
        )
        self._thread.start()
        ends = perf_counter() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or perf_counter() > ends:
                self._close()
                raise FailedPrecondition(f"cannot listen at {self.options.address}")
            sleep(0.01)
        socket = self._server.servers[0].sockets[0]
        self.address = self.options.address.at(socket.getsockname()[1])
        self.options.warn_of_tokens_in_clear(self.address)
        self._pulse.start()

    def _app(self, ingestion: Ingestion) -> ASGIApp:
        most = self.options.max_calls
        # Who comes in by the address that `graphstore ui` prints is whoever runs this process.
        roots = (
            tuple(one.resolve() for one in self.options.roots)
            if self.options.link is None
            else None
        )
        threads = Threads(self._pool, most, self._pulse.doubt, lambda: self._alive, roots)
        api = API(self._store, threads)
        app = Starlette(
            routes=[
                *openlineage.routes(ingestion, threads, self.options.max_message),
                *grpc_web.routes(
                    self._store,
                    threads,
                    self.options.security,
                    self.options.max_message,
                    self._pulse.doubt,
                ),
                Route("/metrics", self._scrape),
                Route("/health", self._health),
                Route("/health/live", _is_live),
                *pages.routes(
                    self._store,
                    threads,
                    self.options.roots,
                    self.options.why_not,
                    api.pages(),
                ),
                api.mount(),
            ],
            exception_handlers={HTTPException: _refuse},  # type: ignore[dict-item]
        )
        app.router.redirect_slashes = False  # a client that is sent elsewhere loses its event
        calls = self._metrics.of("http")
        calls.waiting.set_function(lambda: max(0, self.active - self.options.threads))
        return Door(
            Tenants(app, self.options.security, _refusal),
            app.routes,
            self.options.security,
            calls,
            self._sessions,
            self.options.proxies,
            refuse=_refusal,
            is_local=self.options.address.is_local(),
        )

    async def _scrape(self, request: Request) -> Response:
        body, type_ = self._metrics.text(request.headers.get("accept", ""))
        return Response(body, media_type=type_)

    async def _health(self, request: Request) -> JSONResponse:
        state = "serving" if self._alive else "Neo4j does not answer"
        told: dict[str, object] = {"status": state}
        if self._warming is not None:
            told["warm"] = not self._warming.is_alive()
        return JSONResponse(told, 200 if self._alive else 503)

    def _tell(self, alive: bool) -> None:
        if alive:
            self._store.forget()  # while it was away a backup may have been restored
        self._alive = alive
        self._metrics.up.set(alive)
        if alive and self.options.warm_up and not (self._warming and self._warming.is_alive()):
            self._warming = threading.Thread(
                target=self._warm_up, name="graphstore-warming", daemon=True
            )
            self._warming.start()

    def _warm_up(self) -> None:
        begin = perf_counter()
        answered = pages.warm_up(self._store, lambda: not self._stopping.is_set())
        seconds = round(perf_counter() - begin, 1)
        say(logging.INFO, "pages are warm", pages=len(answered), seconds=seconds)

    def let_in_by(self, link: str) -> None:
        """Let in whoever comes next by an address that ends with this, once; by none before it.

        Only a server that was made with a `link` lets anybody in so.
        """
        self._sessions.link = link

    def stop(self, grace: float = 30.0) -> int:
        """Stop: let nobody in any more, and finish what is under way.

        Args:
            grace: Seconds that it may take.

        Returns:
            How many calls had not ended by then. Nobody gets their answers. What they had not
            committed is lost if the process ends now, as `graphstore serve` does; in one that
            goes on their threads go on, too, and may commit it yet.
        """
        say(logging.INFO, "stopping", active=self.active)
        self._stopping.set()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(grace)
            self._server.force_exit = True
        remaining = self._pool.wait(0)
        self._close()
        say(logging.WARNING if remaining else logging.INFO, "stopped", cut_off=remaining)
        return remaining

    def _close(self) -> None:
        self._stopping.set()
        self._pulse.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._metrics_server is not None:
            self._metrics_server.close()

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Protocol(HttpToolsProtocol):
    """HTTP, with the certificate that the client showed in the state of its requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "peer": transport.get_extra_info("peercert")}


async def _is_live(request: Request) -> JSONResponse:
    return JSONResponse({"status": "live"})


async def _refuse(request: Request, error: HTTPException) -> Response:
    return _refusal(request, error)


def _is_of_a_person(request: Request) -> bool:
    """Whether somebody looks at the answer, of a page or of a form."""
    type_ = request.headers.get("content-type", "")
    sends_a_form = type_.startswith("application/x-www-form-urlencoded")
    reads = "text/html" in request.headers.get("accept", "")
    return reads and (request.method == "GET" or sends_a_form)


def _refusal(request: Request, error: HTTPException) -> Response:
    """What is answered in place of what was asked for: a page to people, JSON to programs."""
    if _is_of_a_person(request):
        return pages.refusal(request, error)
    detail = openlineage.detail_of(request, error)
    return JSONResponse({"error": detail}, error.status_code, error.headers)


def _context(security: Security) -> ssl.SSLContext | None:
    """TLS as it is asked for; None for none.

    Raises:
        FailedPrecondition: If the certificate and the key do not fit together.
    """
    if security.certificate is None or security.key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:  # Python reads keys from files alone
        file = Path(folder, "both.pem")
        file.touch(0o600)
        file.write_bytes(security.key + b"\n" + security.certificate)
        try:
            context.load_cert_chain(file)
        except (OSError, ssl.SSLError) as error:
            raise FailedPrecondition(
                "cannot serve TLS; do the certificate and the key fit together?"
            ) from error
    if security.client_ca is not None:
        context.load_verify_locations(cadata=security.client_ca.decode())
        context.verify_mode = ssl.CERT_REQUIRED
    return context
