"""What health tells: whether Neo4j answers, asked again and again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from graphstore.serving.logs import say

__all__ = ["Pulse"]


class Pulse:
    """Feels Neo4j's pulse in a thread of its own, and tells when it stops and comes back."""

    def __init__(
        self,
        ping: Callable[[], object],
        tell: Callable[[bool], object],
        *,
        interval: float,
        patience: float,
    ) -> None:
        """It is taken to answer until it does not.

        Args:
            ping: Raises if it does not answer.
            tell: Is called with whether it does, when that changes.
            interval: Seconds between two pings.
            patience: Seconds that one may take; a Neo4j that hangs does not answer either.
        """
        self._ping, self._tell, self._interval, self._patience = ping, tell, interval, patience
        self._alive = True
        self._wake, self._end = threading.Event(), threading.Event()
        self._pings = ThreadPoolExecutor(1, thread_name_prefix="graphstore-ping")
        self._thread = threading.Thread(target=self._watch, name="graphstore-pulse", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._tell(True)
        self._thread.start()

    def doubt(self) -> None:
        """Ask at once: a call found no Neo4j."""
        self._wake.set()

    def close(self) -> None:
        """End."""
        self._end.set()
        self._wake.set()

    def _watch(self) -> None:
        under_way: Future[object] | None = None
        while not self._end.is_set():
            if under_way is None:
                under_way = self._pings.submit(self._ping)
            wait([under_way], timeout=self._patience)
            if not under_way.done():
                # It is waited for again rather than asked twice.
                reason = f"no answer within {self._patience:g} s"
            else:
                error = under_way.exception()
                under_way, reason = None, type(error).__name__ if error else ""
            if self._end.is_set():
                break
            self._note(reason)
            # While it is gone, look more often: clients wait for it.
            self._wake.wait(self._interval if self._alive else min(1.0, self._interval))
            self._wake.clear()
        self._pings.shutdown(wait=False)

    def _note(self, reason: str) -> None:
        alive = not reason
        if alive == self._alive:
            return
        self._alive = alive
        if alive:
            say(logging.INFO, "Neo4j answers again")
        else:
            say(logging.WARNING, "Neo4j does not answer", reason=reason)
        self._tell(alive)
