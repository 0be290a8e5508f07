"""How a request is answered: by a thread, in somebody's name, and errors as HTTP has them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import TypeVar

from starlette.exceptions import HTTPException

from graphstore.database import acting
from graphstore.errors import (
    Aborted,
    AlreadyExists,
    Conflict,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    LocalServerError,
    NotFound,
    OutsideNamespace,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from graphstore.recording.digest import looking_below
from graphstore.serving.logs import say
from graphstore.serving.pool import Pool

__all__ = ["HEADERS", "Threads", "status_of"]

R = TypeVar("R")

HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""What is said with all that was recorded: a browser takes it for what we say it is, and keeps no
copy of it."""
_NOT_THERE = (Unavailable, LocalServerError, Unauthenticated, PermissionDenied)
_AWAY = "the database behind this server does not answer; its log says more. Try again"
_AGAIN = (Aborted, AlreadyExists, Conflict, DeadlineExceeded, ResourceExhausted)
"""What another attempt may get past: somebody else did the same at the same moment."""


class Threads:
    """Runs what asks the store in threads, of which there are so many."""

    def __init__(
        self,
        pool: Pool,
        most: int,
        on_unavailable: Callable[[], object],
        is_there: Callable[[], bool],
        roots: tuple[Path, ...] | None = (),
    ) -> None:
        """
        Args:
            pool: The threads.
            most: How many calls there may be at once, those that wait too.
            on_unavailable: Is called when Neo4j did not answer.
            is_there: Says whether it does. While it does not, nothing is begun: clients wait for
                seconds and send again, and a call would try again by itself for longer.
            roots: The folders below which files are looked at; None for all that this process may.
        """
        self._pool, self._most, self._on_unavailable = pool, most, on_unavailable
        self._is_there, self._roots = is_there, roots

    async def run(self, by: str | None, work: Callable[[], R]) -> R:
        """Do this in the name of somebody; None for the server's own.

        Raises:
            HTTPException: If there is too much to do, or it did not work.
        """
        if self._pool.active >= self._most:
            # Not 429, which OpenLineage's client does not try again.
            raise HTTPException(
                503,
                f"this server has {self._most} calls to answer, and takes no more (--max-calls)",
                {"Retry-After": "1"},
            )

        if not self._is_there():
            raise HTTPException(503, _AWAY, {"Retry-After": "1"})

        def do() -> R:
            with acting(by), looking_below(self._roots):
                return work()

        context = copy_context()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, partial(context.run, do))
        except HTTPException:
            raise
        except Exception as error:
            raise self.refusal(error) from error

    def refusal(self, error: Exception) -> HTTPException:
        """What a client is told of an error: where Neo4j is, is for the log and not for clients."""
        status = status_of(error)
        if isinstance(error, _NOT_THERE):
            self._on_unavailable()
            say(logging.WARNING, "a call was not answered", error=str(error))
            return HTTPException(status, _AWAY, {"Retry-After": "1"})
        if status == 500:
            id_ = secrets.token_hex(4)
            say(logging.ERROR, "unexpected error", traceback=True, id=id_)
            text = f"graphstore made a mistake; its log has the particulars under {id_}"
            return HTTPException(status, text)
        return HTTPException(status, str(error), {"Retry-After": "1"} if status == 503 else None)


def status_of(error: Exception) -> int:
    """The status of HTTP that tells of an error."""
    if isinstance(error, (*_NOT_THERE, *_AGAIN)):
        return 503
    if isinstance(error, InvalidArgument):
        return 400
    if isinstance(error, OutsideNamespace):
        return 403
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, FailedPrecondition):
        return 409
    return 500
