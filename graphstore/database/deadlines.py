"""How long who asks will wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from graphstore.errors import DeadlineExceeded

__all__ = ["deadline", "end", "seconds_left"]

_end: ContextVar[float | None] = ContextVar("_end", default=None)


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Bound what the block asks of any database, besides the database's own `timeout`.

    Args:
        seconds: When the caller stops waiting, from now: nothing is begun after that, and what is
            under way then ends in DeadlineExceeded. None for no bound.
    """
    token = _end.set(None if seconds is None else monotonic() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


def end() -> float | None:
    """When the block's `deadline` is over, by `time.monotonic`; None if it has none."""
    return _end.get()


def seconds_left() -> float | None:
    """Seconds until the block's `deadline`, more than 0; None if it has none.

    Raises:
        DeadlineExceeded: If it is over.
    """
    if (over := _end.get()) is None:
        return None
    if (seconds := over - monotonic()) <= 0:
        raise DeadlineExceeded("the time that was given for this is over")
    return max(seconds, 0.001)  # Neo4j counts in milliseconds, and 0 is for ever
