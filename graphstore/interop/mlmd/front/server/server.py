"""The server: it listens, answers, and stops without dropping what it has begun."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType

import grpc
from grpc_health.v1 import (  # type: ignore[import-untyped, unused-ignore]
    health,
    health_pb2,
    health_pb2_grpc,
)
from grpc_reflection.v1alpha import (  # type: ignore[import-untyped, unused-ignore]
    reflection,
    reflection_pb2,
    reflection_pb2_grpc,
)

from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.interop.mlmd.front.answering import Answers
from graphstore.interop.mlmd.front.protos import POOL, SERVICE
from graphstore.interop.mlmd.front.server.calls import handlers
from graphstore.interop.mlmd.front.server.credentials import caller, credentials
from graphstore.interop.mlmd.front.server.health import Health
from graphstore.interop.mlmd.front.server.interceptors import (
    Authentication,
    Observation,
    Streams,
    in_threads_of,
)
from graphstore.serving import options as serving
from graphstore.serving.addresses import LOOPBACK, Address
from graphstore.serving.logs import say
from graphstore.serving.metrics import Metrics, MetricsServer
from graphstore.serving.pool import Pool
from graphstore.serving.pulse import Pulse
from graphstore.store import Store

__all__ = ["Options", "Server"]

_NAMES = ("", SERVICE.full_name)
"""What health is asked of: the server as a whole, and the service."""
_FLUSH_SECONDS = 2.0
"""How long the last answers may take to leave."""


@dataclass(frozen=True)
class Options(serving.Options):
    """How a server runs. One call too many is refused with ABORTED, which clients try again."""

    address: Address = field(default_factory=lambda: Address(LOOPBACK, 8080))
    """Where it listens."""
    max_streams: int = 1_000
    """How many may watch health, or have a stream of reflection open, besides the calls. One more
    is refused with UNAVAILABLE, which clients try again."""
    max_message: int = 100 * 1024 * 1024
    """Bytes that a request and an answer may have; Kubeflow Pipelines' client takes and sends as
    much."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.max_message <= 2**31 - 1:
            raise InvalidArgument("a message may have 1 byte to 2 GB")
        if self.metrics is not None and self.metrics.path:
            raise InvalidArgument("metrics are served over HTTP, at HOST:PORT")


class Server:
    """ML Metadata's service on one store, over gRPC. Use it in a ``with``, or `start` and `stop`.

    The service is ``ml_metadata.MetadataStoreService``; beside it there are gRPC's health service,
    which follows whether Neo4j answers, and reflection.
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
        self.options.security.require_for(self.options.address)
        self._store = store
        self._pool = Pool(self.options.threads)
        self._metrics = metrics or Metrics()
        self._probes = ThreadPoolExecutor(1, thread_name_prefix="graphstore-health")
        self._health = Health()
        # Not by its argument for that, which is one for all servers of the process.
        # A server that has much to do would seem dead, and be killed for it.
        self._health.Check = in_threads_of(self._probes, self._health.Check)
        self._health.Watch = in_threads_of(  # type: ignore[method-assign]
            self._probes, self._health.Watch
        )
        self._reflections = ThreadPoolExecutor(4, thread_name_prefix="graphstore-reflection")
        self._pulse = Pulse(
            store.database.ping,
            self._tell,
            interval=self.options.ping_interval,
            patience=self.options.ping_patience,
        )
        size = self.options.max_message
        self._server = grpc.server(
            self._pool,
            interceptors=[
                Observation(
                    SERVICE.full_name,
                    self._metrics.of("mlmd"),
                    self._pool,
                    self.options.max_calls,
                ),
                Authentication(self.options.security),
                Streams(self.options.max_streams),
            ],
            options=[
                ("grpc.max_receive_message_length", size),
                # An answer that is too long is refused by `Answers`, which can say so.
                ("grpc.max_send_message_length", -1),
                # Two servers at one port would share its clients, each with half of them.
                ("grpc.so_reuseport", 0),
                # A client that vanished gives up its thread; one that pings, to keep its way
                # through a firewall open, is not taken for an attacker.
                ("grpc.keepalive_time_ms", 60_000),
                ("grpc.keepalive_timeout_ms", 20_000),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ],
        )
        security = self.options.security
        answers = Answers(store, security, size, self._pulse.doubt)
        self._server.add_generic_rpc_handlers(
            [
                grpc.method_handlers_generic_handler(
                    SERVICE.full_name, handlers(answers, partial(caller, security))
                )
            ]
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [SERVICE.full_name, health.SERVICE_NAME, reflection.SERVICE_NAME]
        for module in (health_pb2, reflection_pb2):
            POOL.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        reflecting = reflection.ReflectionServicer(names, pool=POOL)
        # Whoever asks keeps a thread for as long as the stream is open.
        reflecting.ServerReflectionInfo = in_threads_of(
            self._reflections, reflecting.ServerReflectionInfo
        )
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflecting, self._server)
        self._metrics_server: MetricsServer | None = None
        self.address = self.options.address
        """Where it listens; with the port that was found, once it does."""

    @property
    def metrics_url(self) -> str | None:
        """Where the metrics are served; None if they are not."""
        return None if self._metrics_server is None else self._metrics_server.url

    @property
    def active(self) -> int:
        """How many calls wait or are being answered."""
        return self._pool.active

    def start(self) -> None:
        """Listen.

        Raises:
            InvalidArgument: If it cannot listen at the address.
            PortInUse: If somebody else does.
        """
        if self.options.metrics is not None:
            self._metrics_server = self._metrics.serve(self.options.metrics)
        try:
            self.address = self._listen()
        except BaseException:
            if self._metrics_server is not None:
                self._metrics_server.close()
            raise
        self.options.warn_of_tokens_in_clear(self.address)
        if self.options.security.anybody and not self.address.is_local():
            say(logging.WARNING, "whoever reaches this server may read and write everything")
        self._server.start()
        self._pulse.start()

    def _listen(self) -> Address:
        address = self.options.address
        address.require_free()
        tls = credentials(self.options.security)
        try:
            with _private():
                if tls is None:
                    port = self._server.add_insecure_port(str(address))
                else:
                    port = self._server.add_secure_port(str(address), tls)
        except RuntimeError as error:
            why = "" if tls is None else "; do the certificate and the key fit together?"
            raise FailedPrecondition(f"cannot listen at {address}{why}") from error
        return address if address.path else address.at(port)

    def _tell(self, alive: bool) -> None:
        if alive:
            # While it was away a backup may have been restored.
            self._store.forget()
        self._metrics.up.set(alive)
        code = health_pb2.HealthCheckResponse
        for name in _NAMES:
            self._health.set(name, code.SERVING if alive else code.NOT_SERVING)

    def stop(self, grace: float = 30.0) -> int:
        """Stop: let nobody in any more, and finish what is under way.

        Args:
            grace: Seconds that it may take.

        Returns:
            How many calls had not ended by then. Nobody gets their answers. What they had not
            committed is lost if the process ends now, as `graphstore serve` does; in one that
            goes on their threads go on, too, and may commit it yet.
        """
        self._health.enter_graceful_shutdown()
        say(logging.INFO, "stopping", active=self.active)
        termination = self._server.stop(grace)
        if not (remaining := self._pool.wait(grace)):
            # The last answers may be on their way still. Who watches health would stay for ever.
            termination.wait(_FLUSH_SECONDS)
        self._server.stop(0).wait(_FLUSH_SECONDS)
        self._pulse.close()
        for pool in (self._pool, self._probes, self._reflections):
            pool.shutdown(wait=False, cancel_futures=True)
        if self._metrics_server is not None:
            self._metrics_server.close()
        say(logging.WARNING if remaining else logging.INFO, "stopped", cut_off=remaining)
        return remaining

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


@contextmanager
def _private() -> Iterator[None]:
    """Let files made meanwhile, a socket among them, be this user's alone."""
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)
