"""What an answer may lack, told with it: as a warning in Python, or to who collects what is told.

A server collects, since warnings are one list for all threads of a process, and whoever asked is
not there to see them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["doubt", "doubts"]

_collected: ContextVar[list[str] | None] = ContextVar("doubts", default=None)


def doubt(text: str, *, stacklevel: int) -> None:
    """Say what an answer may lack.

    Args:
        text: What may be missing, and why.
        stacklevel: Whose line a warning names, as `warnings.warn` counts from the caller.
    """
    collected = _collected.get()
    if collected is None:
        warnings.warn(text, stacklevel=stacklevel + 1)
    elif text not in collected:
        collected.append(text)


@contextmanager
def doubts() -> Iterator[list[str]]:
    """Collect what is told in this block, and in this thread: each text once, in its order."""
    collected: list[str] = []
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)
