"""Who it is that writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["acting", "actor"]

_actor: ContextVar[str | None] = ContextVar("_actor", default=None)


@contextmanager
def acting(name: str | None) -> Iterator[None]:
    """Write in somebody's name, whatever database the block writes to.

    Args:
        name: Who it is; None for who the database was opened for.
    """
    token = _actor.set(name)
    try:
        yield
    finally:
        _actor.reset(token)


def actor() -> str | None:
    """In whose name the block writes; None for who the database was opened for."""
    return _actor.get()
