"""What several threads publish at the same moment, stored by one query.

A query that stores ten executions takes hardly longer than one that stores one, and costs the
driver the same. So who publishes while a query is under way waits for that to come back, and then
sends along what all that wait want stored: the group commit of databases (DeWitt and others,
"Implementation techniques for main memory database systems", SIGMOD 1984). Who is alone waits for
nobody, and nobody for long: what is under way may be on a slow network, or wait for a lock.

A server that has much to do answers late, and least of all then is it helped by a query a thread.
So what queries take of late, beyond what the quickest ever took (which is the way there and back),
is waited for, too; the median of them, which one that waited for a lock does not change.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from queue import Empty, SimpleQueue
from statistics import median
from threading import Lock
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from graphstore.database import Row
from graphstore.database.actors import actor
from graphstore.database.deadlines import end
from graphstore.errors import StoreError, Unavailable

__all__ = ["Executor", "GroupCommit", "alone"]

W = TypeVar("W")
W_in = TypeVar("W_in", contravariant=True)

PATIENCE = 0.01
"""Seconds, of queries that do not wait for each other in the server, while that is idle."""
LONGEST = 0.5
"""Seconds more, at most, while it has much to do."""
_OF_LATE = 9
"""Queries."""
ROWS_AT_MOST = 1_000
"""Nodes of a query before no more are taken along."""


class _Turn(Enum):
    """What a thread that waits is told, if not its answer."""

    GO = auto()
    """Send yours, and those of who waits."""
    ALONE = auto()
    """The query of the group was refused, for one that may be another's: send yours."""


class Executor(Protocol[W_in]):
    """Stores what is wanted, by a query of its own kind."""

    def rows(self, item: W_in) -> int:
        """How many nodes that has."""

    def go_together(self, items: Sequence[W_in]) -> bool:
        """Whether one query stores these as if one had come after the other."""

    def execute(self, items: Sequence[W_in]) -> Sequence[Row] | None:
        """Store all of these or, if one of them cannot be, nothing.

        Returns:
            What each would be answered by itself; None if nothing was stored.
        """


def alone(executor: Executor[W], item: W) -> Row | None:
    """What the query answers to this by itself; None if nothing was stored."""
    answers = executor.execute([item])
    return answers[0] if answers else None


@dataclass(eq=False, slots=True)
class _Wish(Generic[W]):
    """What a thread wants stored."""

    item: W
    actor: str | None = field(default_factory=actor)
    """In whose name; a query is in one."""
    outcome: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    """What became of it: an answer, an error, or a `_Turn`."""


class GroupCommit(Generic[W]):
    """Stores what threads want stored, that of several together.

    Each is all there or not at all, and what one asks that cannot be is no other's fault: then each
    goes by itself. Whoever has a deadline does so in any case.
    """

    def __init__(self, executor: Executor[W], *, patience: float | None = None) -> None:
        """
        Args:
            executor: What stores.
            patience: Seconds after which the next query goes though the last one is not back; by
                default `PATIENCE`, and longer while the server has much to do.
        """
        self._executor = executor
        self._patience = patience
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lock = Lock()
        self._waiting: deque[_Wish[W]] = deque()
        self._under_way, self._sent_at = 0, 0.0
        self._took: deque[float] = deque(maxlen=_OF_LATE)
        """Seconds, of the last queries."""
        self._quickest = float("inf")

    def ask(self, item: W) -> Row | None:
        """What the query answers to this, once it is stored; None if it was not."""
        if end() is not None:
            return alone(self._executor, item)
        wish = _Wish(item)
        outcome = self._turn(wish)
        if outcome is _Turn.GO:
            outcome = self._lead(wish)
        if outcome is _Turn.ALONE:
            return alone(self._executor, item)
        if isinstance(outcome, StoreError):
            raise Unavailable(str(outcome)) from outcome
        answer: Row | None = outcome
        return answer

    def _turn(self, wish: _Wish[W]) -> Any:
        """Wait until it is one's turn, or somebody else has seen to the wish."""
        if self._pid != os.getpid():
            self._forget()  # after a fork those who are under way are the parent's
        with self._lock:
            if (wait := self._wait()) == 0:
                return self._go()
            self._waiting.append(wish)
        try:
            try:
                return wish.outcome.get(timeout=wait)
            except Empty:
                with self._lock:
                    if wish in self._waiting:
                        self._waiting.remove(wish)
                        return self._go()
                return wish.outcome.get()  # it has just been taken along, or told to go
        except BaseException:  # Ctrl-C; nobody may go on waiting for this thread
            with self._lock:
                if wish in self._waiting:
                    self._waiting.remove(wish)
                elif not wish.outcome.empty() and wish.outcome.get() is _Turn.GO:
                    self._come_back()
            raise

    # These four under the lock.

    def _note(self, seconds: float) -> None:
        """Note how long a query took."""
        self._took.append(seconds)
        self._quickest = min(self._quickest, seconds)

    def _wait(self) -> float:
        """Seconds until the next query may go."""
        if not self._under_way:
            return 0.0
        patience = self._patience
        if patience is None:
            busy = median(self._took) - self._quickest if self._took else 0.0
            patience = PATIENCE + min(busy, LONGEST)
        return max(0.0, self._sent_at + patience - monotonic())

    def _go(self) -> _Turn:
        self._under_way, self._sent_at = self._under_way + 1, monotonic()
        return _Turn.GO

    def _come_back(self) -> None:
        self._under_way -= 1
        if self._waiting and self._wait() == 0:
            self._waiting.popleft().outcome.put(self._go())

    def _lead(self, wish: _Wish[W]) -> Any:
        """Store a wish, and those that wait; answers what this one is told."""
        group, outcomes = [wish], list[Any]()
        try:
            with self._lock:
                self._take_along(group)
            begin = monotonic()
            try:
                answers = self._executor.execute([one.item for one in group])
            finally:
                with self._lock:
                    self._note(monotonic() - begin)
                    self._come_back()
            if len(group) == 1:
                return answers[0] if answers else None
            outcomes = list(answers or ())
        except Unavailable as error:
            outcomes = [error] * len(group)
            raise
        except StoreError:
            if len(group) == 1:
                raise
        finally:  # whatever happened, the others must not wait any longer
            outcomes = outcomes or [_Turn.ALONE] * len(group)
            for one, what in zip(group[1:], outcomes[1:], strict=True):
                one.outcome.put(what)
        return outcomes[0]

    def _take_along(self, group: list[_Wish[W]]) -> None:
        """Add those that wait, as far as they go together; under the lock."""
        rows = self._executor.rows(group[0].item)
        while self._waiting:
            rows += self._executor.rows(self._waiting[0].item)
            items = [one.item for one in (*group, self._waiting[0])]
            if (
                rows > ROWS_AT_MOST
                or self._waiting[0].actor != group[0].actor
                or not self._executor.go_together(items)
            ):
                return
            group.append(self._waiting.popleft())
