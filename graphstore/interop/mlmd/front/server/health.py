"""The health service."""

from __future__ import annotations

import threading
from typing import Any

from grpc_health.v1 import health, health_pb2  # type: ignore[import-untyped, unused-ignore]

__all__ = ["Health"]


class Health(health.HealthServicer):  # type: ignore[misc]  # it has no types
    """gRPC's own health service, which tells its watchers without holding its lock.

    Telling waits for gRPC's thread; that thread waits for the lock when a watcher leaves. The
    original (grpcio-health-checking 1.62) holds the lock meanwhile, and now and then both wait for
    ever.
    """

    def __init__(self) -> None:
        """All are taken to be served until `set` says otherwise; watchers take no thread."""
        super().__init__()
        self._telling = threading.Lock()  # keeps answers in order; gRPC's thread never takes it

    def set(self, service: str, status: int) -> None:
        """Set the status of a service, and tell who watches it; nothing once it is stopping."""
        with self._telling:
            self._tell(service, status)

    def enter_graceful_shutdown(self) -> None:
        """Set the status of all services to NOT_SERVING, for good."""
        with self._telling:
            for service in tuple(self._server_status):
                self._tell(service, health_pb2.HealthCheckResponse.NOT_SERVING)
            self._gracefully_shutting_down = True

    def Watch(self, request: Any, context: Any, send_response_callback: Any = None) -> None:
        """Tell the status of a service now and whenever it changes."""
        with self._telling:
            with self._lock:
                unknown = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
                status = self._server_status.get(request.service, unknown)
                watchers = self._send_response_callbacks.setdefault(request.service, set())
                watchers.add(send_response_callback)
            send_response_callback(health_pb2.HealthCheckResponse(status=status))
        leaves = self._on_close_callback(send_response_callback, request.service)
        if not context.add_callback(leaves):
            leaves()  # it has left already

    def _tell(self, service: str, status: int) -> None:
        with self._lock:
            if self._gracefully_shutting_down:
                return
            self._server_status[service] = status
            watchers = tuple(self._send_response_callbacks.get(service, ()))
        for send in watchers:
            send(health_pb2.HealthCheckResponse(status=status))
