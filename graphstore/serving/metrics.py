"""What Prometheus is told: counts and times, no values."""

from __future__ import annotations

from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.exposition import choose_encoder

from graphstore.serving.addresses import Address

__all__ = ["Calls", "Metrics", "MetricsServer"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Calls:
    """What is told of the calls of one server."""

    def __init__(self, registry: CollectorRegistry, server: str) -> None:
        """Of the server of a name: ``mlmd`` counts as ``graphstore_mlmd_calls``."""
        name = f"graphstore_{server}_call"
        self.calls = Counter(
            f"{name}s",
            "Calls that ended, by method and code.",
            ["method", "code"],
            registry=registry,
        )
        self.seconds = Histogram(
            f"{name}_seconds",
            "How long calls took from their arrival, in seconds.",
            ["method"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge(
            f"{name}s_in_flight", "Calls that are being answered.", registry=registry
        )
        self.waiting = Gauge(f"{name}s_waiting", "Calls that wait for a thread.", registry=registry)


class Metrics:
    """The metrics of the servers of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.up = Gauge(
            "graphstore_neo4j_up",
            "Whether Neo4j answers: 1 or 0.",
            registry=self.registry,
        )

    def of(self, server: str) -> Calls:
        """Those of one of them, by its name."""
        return Calls(self.registry, server)

    def text(self, accept: str) -> tuple[bytes, str]:
        """All of them as a scraper takes them, and the type of that."""
        encode, type_ = choose_encoder(accept)
        return encode(self.registry), type_

    def serve(self, address: Address) -> MetricsServer:
        """Serve them over HTTP.

        Raises:
            InvalidArgument: If the server cannot listen there.
            PortInUse: If somebody else does.
        """
        address.require_free()
        server, _ = start_http_server(address.port, address.host, registry=self.registry)
        return MetricsServer(server, address.at(server.server_port))


class MetricsServer:
    """The HTTP server of the metrics."""

    def __init__(self, server: WSGIServer, address: Address) -> None:
        self._server, self.address = server, address

    @property
    def url(self) -> str:
        """Where to scrape them."""
        return f"http://{self.address}/metrics"

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()
