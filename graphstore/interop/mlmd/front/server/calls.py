"""ML Metadata's service as gRPC handlers: bytes in, bytes out, errors as codes."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from google.protobuf.message import DecodeError

from graphstore.database import acting, deadline
from graphstore.errors import (
    LocalServerError,
    PermissionDenied,
    StoreError,
    Unauthenticated,
    Unavailable,
)
from graphstore.interop.mlmd.front.server.logs import say
from graphstore.interop.mlmd.front.service import METHODS, Method, Service
from graphstore.interop.mlmd.front.status import Code, code_of, message_of

__all__ = ["Calls"]

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_FOR_EVER = 1e9
"""Seconds. gRPC has no word for no deadline but one that is far away."""
_LONGEST_DETAILS = 4000
"""Bytes of an error's text on the wire: clients refuse headers of more than 8 kB in all."""


class Calls:
    """Answers the calls of the service."""

    def __init__(
        self,
        service: Service,
        max_bytes: int,
        on_unavailable: Callable[[], object],
        caller: Callable[[grpc.ServicerContext], str | None],
    ) -> None:
        """
        Args:
            service: What answers them.
            max_bytes: The largest answer that is sent.
            on_unavailable: Is called when Neo4j did not answer.
            caller: Says in whose name a call writes; None for the server's own.
        """
        self._service, self._max_bytes, self._on_unavailable = service, max_bytes, on_unavailable
        self._caller = caller

    def handlers(self) -> dict[str, grpc.RpcMethodHandler]:  # type: ignore[type-arg]
        """A handler for every call, by its name."""
        return {
            name: grpc.unary_unary_rpc_method_handler(self._handler(method))
            for name, method in METHODS.items()
        }

    def _handler(self, method: Method) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        return lambda request, context: self._answer(method, request, context)

    def _answer(self, method: Method, data: bytes, context: grpc.ServicerContext) -> bytes:
        seconds = context.time_remaining()
        if seconds is not None and seconds <= 0:
            _abort(context, grpc.StatusCode.DEADLINE_EXCEEDED, "too late to begin")
        if not context.is_active():
            _abort(context, grpc.StatusCode.CANCELLED, "the client is gone")
        try:
            request = method.request.FromString(data)
        except DecodeError as error:
            name = method.request.DESCRIPTOR.name
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, f"this is no {name}: {error}")
        try:
            left = None if seconds is None or seconds > _FOR_EVER else seconds
            with deadline(left), acting(self._caller(context)):
                response = self._service.call(method.name, request)
            answer = response.SerializeToString()
        except (Unauthenticated, PermissionDenied) as error:
            # Neo4j refused us, not the client.
            self._not_allowed(error, context)
        except (Unavailable, LocalServerError) as error:
            self._not_there(error, context)
        except StoreError as error:
            code = code_of(error)
            if code is Code.INTERNAL:
                self._fail(method.name, context)
            _abort(context, _CODES[int(code)], message_of(error))
        except Exception:
            self._fail(method.name, context)
        if len(answer) > self._max_bytes:
            _abort(
                context,
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"the answer has {len(answer):,} bytes, and this server sends no more than"
                f" {self._max_bytes:,}: ask for less at once (a limit, a page, a field mask), or"
                " let it send more (--max-message)",
            )
        return answer

    def _not_there(self, error: StoreError, context: grpc.ServicerContext) -> NoReturn:
        """End a call that found no Neo4j: where that is, is for the log and not for clients."""
        self._on_unavailable()
        say(logging.WARNING, "a call was not answered", error=str(error))
        _abort(
            context,
            grpc.StatusCode.UNAVAILABLE,
            "the database behind this server does not answer; its log says more. Try again",
        )

    def _not_allowed(self, error: StoreError, context: grpc.ServicerContext) -> NoReturn:
        self._on_unavailable()
        say(logging.ERROR, "refused by Neo4j", traceback=True, error=type(error).__name__)
        _abort(
            context,
            grpc.StatusCode.UNAVAILABLE,
            "the database does not let this server do that; its log says more",
        )

    def _fail(self, method: str, context: grpc.ServicerContext) -> NoReturn:
        """End a call after an error that nobody foresaw: the log has it, the client does not."""
        id_ = secrets.token_hex(4)
        say(logging.ERROR, "unexpected error", traceback=True, method=method, id=id_)
        _abort(
            context,
            grpc.StatusCode.INTERNAL,
            f"graphstore made a mistake; its log has the particulars under {id_}",
        )


def _abort(context: Any, code: grpc.StatusCode, details: str) -> NoReturn:
    context.abort(code, _shorten(details))
    raise AssertionError("unreachable")


def _shorten(text: str) -> str:
    """The text, or so much of it as fits on the wire."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    length = 0
    for place, letter in enumerate(text):
        # gRPC sends %XX for a byte that is not printable ASCII.
        length += 1 if " " <= letter <= "~" and letter != "%" else 3 * len(letter.encode())
        if length > _LONGEST_DETAILS:
            return text[:place] + "…"
    return text
