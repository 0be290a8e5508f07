"""ML Metadata's service for browsers, by gRPC-web: what Kubeflow Pipelines' own pages ask.

Elsewhere a proxy, Envoy, stands between such pages and a gRPC server. The frames are those of
gRPC's PROTOCOL-WEB.md: a byte that says what follows, four bytes of its length, and then a message
or, with the byte's first bit set, the trailers as lines. In the text form all of it is base64.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphstore.errors import MissingExtra
from graphstore.serving.security import Security
from graphstore.store import Store
from graphstore.web.bodies import read
from graphstore.web.calls import HEADERS, Threads
from graphstore.web.paths import METADATA_STORE

if TYPE_CHECKING:
    from graphstore.interop.mlmd.front.answering import Answers

__all__ = ["routes"]

_TYPE = "application/grpc-web"
_TEXT = "application/grpc-web-text"
_HEAD = 5
"""Bytes before a message: what follows, and its length."""
_COMPRESSED, _TRAILERS = 0x01, 0x80
_SECONDS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
"""By the units of `grpc-timeout`."""
_OK = 0
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
"""What stands in `grpc-message` as it is."""


def routes(
    store: Store,
    threads: Threads,
    security: Security,
    most: int,
    on_unavailable: Callable[[], object],
) -> list[Route]:
    """The route of all calls; what it needs is loaded when the first one comes.

    Args:
        store: What is asked.
        threads: What asks it.
        security: Who may do what.
        most: Bytes that a request and an answer may have.
        on_unavailable: Is called when Neo4j did not answer.
    """
    answers: Answers | None = None

    async def call(request: Request) -> Response:
        nonlocal answers
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in (_TYPE, f"{_TYPE}+proto", _TEXT, f"{_TEXT}+proto"):
            raise HTTPException(
                415,
                f"calls of ML Metadata come here as {_TYPE} or {_TEXT}, and not as {kind!r}; its"
                " other clients speak gRPC: serve --grpc",
            )
        is_text = kind.startswith(_TEXT)
        data = _message(await read(request, most), is_text)
        if answers is None:
            try:
                from graphstore.interop.mlmd.front.answering import Answers
            except MissingExtra as error:
                raise HTTPException(501, str(error)) from error
            answers = Answers(store, security, most, on_unavailable)
        name, by = request.path_params["name"], request.state.by
        seconds = _seconds(request.headers.get("grpc-timeout"))
        code, details, answer = await threads.run(
            by, partial(_answer, answers, name, data, by, seconds)
        )
        lines = f"grpc-status:{code}\r\n"
        if code != _OK:
            lines += f"grpc-message:{quote(details, safe=_PRINTABLE)}\r\n"
        body = (b"" if answer is None else _frame(0, answer)) + _frame(_TRAILERS, lines.encode())
        return Response(b64encode(body) if is_text else body, media_type=kind, headers=HEADERS)

    return [Route(METADATA_STORE + "{name}", call, methods=["POST"])]


def _answer(
    answers: Answers, name: str, data: bytes, by: str | None, seconds: float | None
) -> tuple[int, str, bytes | None]:
    from graphstore.interop.mlmd.front.answering import Refusal

    try:
        return _OK, "", answers.answer(name, data, by, seconds)
    except Refusal as refusal:
        return int(refusal.code), refusal.details, None


def _frame(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + len(data).to_bytes(_HEAD - 1, "big") + data


def _message(body: bytes, is_text: bool) -> bytes:
    """The one message of a request.

    Raises:
        HTTPException: If it is none.
    """
    if is_text:
        try:
            body = b64decode(body, validate=True)
        except binascii.Error as error:
            raise HTTPException(400, f"the body is no base64, as {_TEXT} is: {error}") from None
    if len(body) < _HEAD:
        raise HTTPException(400, f"the body has {len(body)} bytes, and a frame begins with {_HEAD}")
    kind, length = body[0], int.from_bytes(body[1:_HEAD], "big")
    if kind & _COMPRESSED:
        raise HTTPException(501, "the message is compressed, which is not taken here")
    if kind & _TRAILERS or len(body) < _HEAD + length:
        raise HTTPException(
            400, f"the first frame is no whole message: {length} bytes of {len(body) - _HEAD}"
        )
    return bytes(body[_HEAD : _HEAD + length])


def _seconds(timeout: str | None) -> float | None:
    """How long a call may take; None if it does not say."""
    if not timeout:
        return None
    number, unit = timeout[:-1], _SECONDS.get(timeout[-1])
    if unit is None or not (number.isascii() and number.isdigit() and len(number) <= 8):
        raise HTTPException(400, f"grpc-timeout: {timeout!r} is no time, as 500m or 20S is")
    return int(number) * unit
