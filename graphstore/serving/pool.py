"""The threads that answer calls, counted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

__all__ = ["Pool"]


class Pool(ThreadPoolExecutor):
    """A thread pool that knows how much it has to do."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers, thread_name_prefix="graphstore-call")
        self._condition = threading.Condition()
        self._active = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As the base class."""
        future = super().submit(fn, *args, **kwargs)
        with self._condition:
            self._active += 1
        future.add_done_callback(self._finish)
        return future

    def _finish(self, future: Future[Any]) -> None:
        with self._condition:
            self._active -= 1
            self._condition.notify_all()

    @property
    def active(self) -> int:
        """How much waits or is under way."""
        return self._active

    def wait(self, seconds: float) -> int:
        """Wait until there is nothing to do, but no longer than this.

        Returns:
            How much there still is.
        """
        with self._condition:
            self._condition.wait_for(lambda: not self._active, timeout=seconds)
            return self._active
