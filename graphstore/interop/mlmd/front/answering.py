"""ML Metadata's service as bytes in and bytes out, errors as codes: what every wire is made of."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import NoReturn

from google.protobuf.message import DecodeError

from graphstore.database import acting, deadline
from graphstore.errors import (
    LocalServerError,
    PermissionDenied,
    StoreError,
    Unauthenticated,
    Unavailable,
)
from graphstore.interop.mlmd.front.service import METHODS, Method, Service
from graphstore.interop.mlmd.front.status import Code, code_of, message_of
from graphstore.interop.mlmd.front.tenants import Tenant
from graphstore.serving.logs import say
from graphstore.serving.security import Security
from graphstore.store import Store

__all__ = ["Answers", "Refusal", "shorten"]

_READING = "Get"
"""How the names of the calls begin that change nothing."""
_LONGEST_DETAILS = 4000
"""Bytes of an error's text on the wire: clients refuse headers of more than 8 kB in all."""


class Refusal(Exception):
    """What is answered in place of what was asked for."""

    def __init__(self, code: Code, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code, shorten(details)


class Answers:
    """Answers the calls of the service, each of whoever calls and of what that may."""

    def __init__(
        self,
        store: Store,
        security: Security,
        max_bytes: int,
        on_unavailable: Callable[[], object],
    ) -> None:
        """
        Args:
            store: What is asked.
            security: Who may write, and who is bound to which namespace.
            max_bytes: The largest answer that is sent.
            on_unavailable: Is called when Neo4j did not answer.
        """
        self._service, self._security = Service(store), security
        self._tenants = {
            namespace: Tenant(self._service, namespace, security.names_in(namespace))
            for namespace in security.namespaces.values()
        }
        self._max_bytes, self._on_unavailable = max_bytes, on_unavailable

    def answer(
        self, method_name: str, data: bytes, caller: str | None, seconds: float | None
    ) -> bytes:
        """The answer to a call.

        Args:
            method_name: Which, e.g. ``PutArtifacts``.
            data: Its request.
            caller: In whose name it writes; None for the server's own.
            seconds: How long it may take; None for as long as it takes.

        Raises:
            Refusal: If there is none.
        """
        method = METHODS.get(method_name)
        if method is None:
            raise Refusal(Code.UNIMPLEMENTED, f"there is no call {method_name!r}")
        if seconds is not None and seconds <= 0:
            raise Refusal(Code.DEADLINE_EXCEEDED, "too late to begin")
        try:
            request = method.request.FromString(data)
        except DecodeError as error:
            name = method.request.DESCRIPTOR.name
            raise Refusal(Code.INVALID_ARGUMENT, f"this is no {name}: {error}") from None
        if not (method.name.startswith(_READING) or self._security.may_write(caller)):
            raise Refusal(
                Code.PERMISSION_DENIED,
                f"a token of the role read, here that of {caller}, may not call {method.name}",
            )
        try:
            with deadline(seconds), acting(caller):
                answer = self._service_of(caller).call(method.name, request).SerializeToString()
        except (Unauthenticated, PermissionDenied) as error:
            # Neo4j refused us, not the client.
            self._not_allowed(error)
        except (Unavailable, LocalServerError) as error:
            self._not_there(error)
        except StoreError as error:
            code = code_of(error)
            if code is Code.INTERNAL:
                self._fail(method)
            raise Refusal(code, message_of(error)) from error
        except Exception:
            self._fail(method)
        if len(answer) > self._max_bytes:
            raise Refusal(
                Code.RESOURCE_EXHAUSTED,
                f"the answer has {len(answer):,} bytes, and this server sends no more than"
                f" {self._max_bytes:,}: ask for less at once (a limit, a page, a field mask), or"
                " let it send more (--max-message)",
            )
        return answer

    def _service_of(self, caller: str | None) -> Service | Tenant:
        namespace = self._security.namespace_of(caller)
        return self._service if namespace is None else self._tenants[namespace]

    def _not_there(self, error: StoreError) -> NoReturn:
        """End a call that found no Neo4j: where that is, is for the log and not for clients."""
        self._on_unavailable()
        say(logging.WARNING, "a call was not answered", error=str(error))
        raise Refusal(
            Code.UNAVAILABLE,
            "the database behind this server does not answer; its log says more. Try again",
        ) from error

    def _not_allowed(self, error: StoreError) -> NoReturn:
        self._on_unavailable()
        say(logging.ERROR, "refused by Neo4j", traceback=True, error=type(error).__name__)
        raise Refusal(
            Code.UNAVAILABLE,
            "the database does not let this server do that; its log says more",
        ) from error

    def _fail(self, method: Method) -> NoReturn:
        """End a call after an error that nobody foresaw: the log has it, the client does not."""
        id_ = secrets.token_hex(4)
        say(logging.ERROR, "unexpected error", traceback=True, method=method.name, id=id_)
        raise Refusal(
            Code.INTERNAL, f"graphstore made a mistake; its log has the particulars under {id_}"
        )


def shorten(text: str) -> str:
    """The text of an error, or so much of it as fits on the wire."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    length = 0
    for place, letter in enumerate(text):
        # gRPC sends %XX for a byte that is not printable ASCII.
        length += 1 if " " <= letter <= "~" and letter != "%" else 3 * len(letter.encode())
        if length > _LONGEST_DETAILS:
            return text[:place] + "…"
    return text
