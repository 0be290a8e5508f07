"""What happens around every call: who calls is checked, and what came of it is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from time import perf_counter
from typing import Any
from urllib.parse import unquote

import grpc

from graphstore.interop.mlmd.front.server.credentials import bearer
from graphstore.serving.logs import say
from graphstore.serving.metrics import Calls
from graphstore.serving.pool import Pool
from graphstore.serving.security import Security

__all__ = ["Authentication", "Observation", "Streams", "in_threads_of"]

_HEALTH = "/grpc.health.v1.Health/"
_OUR_FAULT = {
    "UNKNOWN": logging.ERROR,
    "INTERNAL": logging.ERROR,
    "DATA_LOSS": logging.ERROR,
    "UNAVAILABLE": logging.WARNING,
    "RESOURCE_EXHAUSTED": logging.WARNING,
}


class Authentication(grpc.ServerInterceptor):
    """Refuses calls without a token that the server knows, if it asks for one.

    Health is told to everybody: probes send no tokens, and it says nothing but up or down.
    """

    def __init__(self, security: Security) -> None:
        self._security = security

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        """As gRPC has it."""
        handler = continuation(details)
        if handler is None or not self._security.token_names or self._may(details):
            return handler
        return _refusing(
            handler,
            grpc.StatusCode.UNAUTHENTICATED,
            "this server asks for a token that it knows: metadata 'authorization: Bearer TOKEN'",
        )

    def _may(self, details: grpc.HandlerCallDetails) -> bool:
        if details.method.startswith(_HEALTH):
            return True
        return self._security.name_of(bearer(details.invocation_metadata)) is not None


def in_threads_of(pool: ThreadPoolExecutor, behaviour: Callable[..., Any]) -> Callable[..., Any]:
    """A handler that has threads of its own, which calls cannot take, nor it theirs."""

    @wraps(behaviour)
    def handler(*arguments: Any, **options: Any) -> Any:
        return behaviour(*arguments, **options)

    handler.experimental_thread_pool = pool  # type: ignore[attr-defined]
    return handler


_REFUSALS = ThreadPoolExecutor(2, thread_name_prefix="graphstore-refusal")
"""What refuses calls, each in no time: it must not wait for the threads that are all taken."""


def _refusing(handler: Any, code: grpc.StatusCode, why: str) -> Any:
    """A handler of the same form that refuses whoever calls."""

    def refuse(request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(code, why)

    refuse = in_threads_of(_REFUSALS, refuse)
    if handler.request_streaming and handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(refuse)
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler(refuse)
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(refuse)
    return grpc.unary_unary_rpc_method_handler(refuse)


class Streams(grpc.ServerInterceptor):
    """Bounds how many streams are open at once: those of health's watchers, and of reflection.

    gRPC's own bound, ``maximum_concurrent_rpcs``, is one for everything, so that watchers could
    shut out calls and probes; and it answers RESOURCE_EXHAUSTED, at which clients give up.
    """

    def __init__(self, most: int) -> None:
        """At most so many; one more is refused."""
        self._most = most
        self._lock = threading.Lock()
        self._open = 0

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        """As gRPC has it."""
        handler = continuation(details)
        if handler is None or not handler.response_streaming:
            return handler
        behaviour = handler.stream_stream or handler.unary_stream

        @wraps(behaviour)  # and with its attributes, which say whose threads it runs in
        def open_one(request: Any, context: Any, *rest: Any) -> Any:
            if not self._enter():
                context.abort(
                    grpc.StatusCode.UNAVAILABLE,
                    f"this server has {self._most} streams open, and opens no more: try again",
                )
            if not context.add_callback(self._leave):
                self._leave()  # the client has left already
            return behaviour(request, context, *rest)

        return handler._replace(
            **{"stream_stream" if handler.stream_stream else "unary_stream": open_one}
        )

    def _enter(self) -> bool:
        with self._lock:
            room = self._open < self._most
            self._open += room
        return room

    def _leave(self) -> None:
        with self._lock:
            self._open -= 1


class Observation(grpc.ServerInterceptor):
    """Counts, times and logs the calls of one service; it sees bytes, and looks at sizes only."""

    def __init__(self, service: str, metrics: Calls, pool: Pool, most: int) -> None:
        """
        Args:
            service: The full name of the service.
            metrics: Where to count.
            pool: The threads that answer calls.
            most: How many calls there may be at once; one more is refused.
        """
        self._prefix, self._metrics, self._pool, self._most = f"/{service}/", metrics, pool, most
        self._lock = threading.Lock()
        self._in_flight = 0
        metrics.in_flight.set_function(lambda: self._in_flight)
        metrics.waiting.set_function(lambda: max(0, pool.active - self._in_flight))

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        """As gRPC has it; on arrival, before the call waits for a thread."""
        handler = continuation(details)
        if handler is None or not details.method.startswith(self._prefix):
            return handler
        method, arrival = details.method.removeprefix(self._prefix), perf_counter()
        if self._pool.active >= self._most:
            # Not gRPC's own RESOURCE_EXHAUSTED, at which clients give up: ABORTED is what ML
            # Metadata's Python client and every Kubeflow Pipelines try again.
            self._note(method, "ABORTED", arrival, reason="too many calls at once")
            return _refusing(
                handler,
                grpc.StatusCode.ABORTED,
                f"this server has {self._most} calls to answer, and takes no more (--max-calls);"
                " nothing of this one was begun: try again",
            )
        behaviour = handler.unary_unary

        def observe(request: bytes, context: Any) -> Any:
            began, response, code = perf_counter(), b"", "UNKNOWN"
            try:
                with self._count():
                    response = behaviour(request, context)
                code = "OK"
                return response
            finally:
                if code != "OK" and context.code() is not None:  # `abort` leaves it there
                    code = context.code().name
                self._note(
                    method,
                    code,
                    arrival,
                    waited=round((began - arrival) * 1000, 3),
                    peer=unquote(context.peer()),
                    request_bytes=len(request),
                    response_bytes=len(response),
                    # Nobody waits for the answer any more; what was done was done.
                    **({} if context.is_active() else {"gone": True}),
                )

        return grpc.unary_unary_rpc_method_handler(observe)

    @contextmanager
    def _count(self) -> Iterator[None]:
        with self._lock:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def _note(self, method: str, code: str, arrival: float, **fields: Any) -> None:
        seconds = perf_counter() - arrival
        self._metrics.calls.labels(method, code).inc()
        self._metrics.seconds.labels(method).observe(seconds)
        level = _OUR_FAULT.get(code, logging.INFO)
        took = round(seconds * 1000, 3)
        say(level, "call", method=method, code=code, milliseconds=took, **fields)
