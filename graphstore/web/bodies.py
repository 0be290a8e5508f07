"""What a request brings: no longer than it may be, as it came and inflated."""

from __future__ import annotations

import json
import zlib
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

__all__ = ["read", "read_json"]


async def read(request: Request, most: int) -> bytes:
    """The body of a request, as it came.

    Args:
        request: The request.
        most: So many bytes it may have.

    Raises:
        HTTPException: 400 if the client went away, 413 if it is too long.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise _too_long(most)
    except ClientDisconnect:  # nobody hears this, but log and metrics: it is no mistake of ours
        raise HTTPException(400, "the client went away before all of the body was here") from None
    return bytes(body)


async def read_json(request: Request, most: int) -> Any:
    """What the body of a request says.

    Args:
        request: The request; its body may be compressed by gzip.
        most: So many bytes it may have, inflated too.

    Raises:
        HTTPException: 400 if it is no JSON or the client went away, 413 if it is too long, 415 if
            it is compressed otherwise.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise HTTPException(
            415, f"Content-Encoding {encoding!r} is not known here: send gzip, or none"
        )
    body = await read(request, most)
    data = _inflate(body, most) if encoding in ("gzip", "x-gzip") else body
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"the body is no JSON: {error}") from None


def _inflate(data: bytes, most: int) -> bytes:
    """What gzip made these of; one member or several."""
    inflated = bytearray()
    rest = data
    try:
        while rest:
            member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            inflated += member.decompress(rest, most - len(inflated) + 1)
            if len(inflated) > most or member.unconsumed_tail:
                raise _too_long(most)
            if not member.eof:
                raise HTTPException(400, "the body is gzip that ends too early")
            rest = member.unused_data
    except zlib.error as error:
        raise HTTPException(400, f"the body is no gzip: {error}") from None
    return bytes(inflated)


def _too_long(most: int) -> HTTPException:
    return HTTPException(
        413,
        f"the body has more than {most:,} bytes, and this server takes no more: send less at once,"
        " or let it take more (--max-message)",
    )
