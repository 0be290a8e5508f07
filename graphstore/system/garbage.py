"""Python's garbage collector, out of the way while a great many objects are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["no_collection"]


@contextmanager
def no_collection() -> Iterator[None]:
    """Pause the collector while objects are made of which none becomes garbage.

    It would look through all of them again and again, for up to half of the time. Other threads are
    without it as long; so this is for what takes no longer than a moment.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
