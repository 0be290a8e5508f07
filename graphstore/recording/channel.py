"""Where records go: into the store, or onto the disk while the store does not answer."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from threading import Lock

from graphstore.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    MissingExtra,
    NotFound,
    StoreError,
)
from graphstore.recording.delivery import Delivery
from graphstore.recording.records import Record
from graphstore.recording.spool import SpoolFile, Tally, about_store
from graphstore.storage.runs import RecordedRun
from graphstore.storage.writing.publish import Publication

__all__ = ["BACKLOG_SECONDS", "REFUSALS", "Channel"]

REFUSALS = (InvalidArgument, NotFound, AlreadyExists, FailedPrecondition, MissingExtra)
"""Errors that say that a record is wrong. All others are no fault of the work that is recorded, and
no reason to stop it."""

RETRY_AFTER = 15.0
"""Seconds after which a store that did not answer is asked again, as a step begins or ends."""
BACKLOG_SECONDS = 10.0
"""How long a run goes on delivering what waits, whenever it does; the rest waits for the next time.
"""
_IN_MEMORY = 10_000

_log = logging.getLogger("graphstore")


class Channel:
    """Takes the records of one run, in their order.

    While the store answers, each goes there at once. When it does not, this record and those after
    it are spooled, and the store is asked again now and then; once it answers, what was spooled
    goes first. Where they cannot be spooled either they are held in memory, for the moment when the
    disk or the store works again.
    """

    def __init__(
        self,
        address: str,
        delivery: Delivery | None,
        *,
        spool: bool = True,
        ping: Callable[[], object] = lambda: None,
    ) -> None:
        """A channel to a store.

        Args:
            address: Tells the store apart from others, whether it answers or not.
            delivery: Into the store; None if there was none to open.
            spool: Whether records are kept when the store does not answer; else that is raised.
            ping: Raises at once if the store does not answer.
        """
        self.address, self._delivery, self._spool, self._ping = address, delivery, spool, ping
        self._begin()

    def _begin(self) -> None:
        self._lock = Lock()
        self._file: SpoolFile | None = None
        self._last_try = float("-inf")
        self._in_memory: list[Record] = []
        self._losses = 0
        self._messages: set[str] = set()
        self._pid = os.getpid()

    def send(self, record: Record) -> Publication | RecordedRun | None:
        """Store a record.

        Returns:
            What is stored now; None if the record is on the disk, or could not be kept.

        Raises:
            StoreError: If the store does not take it (`REFUSALS`); any, if nothing is spooled.
        """
        self._after_fork()
        with self._lock:
            if not self._caught_up():
                self._keep(record)
                return None
        assert self._delivery is not None
        try:
            return self._delivery.deliver(record)
        except StoreError as error:
            if not self._spool or (isinstance(error, REFUSALS) and not about_store(error)):
                raise
            with self._lock:
                self._keep(record, because=error)
            return None

    def finish(self) -> int:
        """Try once more to deliver what is on the disk; how many records stay there."""
        self._after_fork()
        with self._lock:
            self._last_try = float("-inf")
            if self._caught_up():
                return 0
            if self._in_memory:
                self._write()
            losses, self._losses = self._losses + len(self._in_memory), 0
            self._in_memory = []
            waiting = self._waiting()
        if losses:
            _log.error(
                "%d records of this run are LOST: the store %s did not answer, and they could not"
                " be kept on the disk",
                losses,
                self.address,
            )
        if waiting and self._file is not None:
            _log.warning(
                "%d records of this run wait in %s; `graphstore flush`, or the next run that finds"
                " the store, delivers them",
                waiting,
                self._file.path,
            )
        return waiting

    def _after_fork(self) -> None:
        # What the parent spooled, or holds, the parent delivers; a thread of it may hold the lock.
        if self._pid != os.getpid():
            self._begin()

    def _caught_up(self) -> bool:
        """Whether nothing of this run waits, if need be by delivering it."""
        if self._delivery is None:
            return False
        if self._file is not None and self._file.empty() and not self._in_memory:
            self._file = None  # somebody flushed
        if self._file is None:
            return True
        if time.monotonic() - self._last_try < RETRY_AFTER:
            return False
        tally = Tally()
        try:
            self._ping()
            self._deliver(self._delivery, self._file, tally)
        except (StoreError, OSError) as error:
            _log.debug("the store is asked again later: %s", error)
        for path, why in tally.rejected:
            _log.error("a record is set aside in %s, and not in the store: %s", path, why)
        if not self._file.empty() or self._in_memory:
            self._last_try = time.monotonic()
            return False
        _log.warning("the store answers again; it has %d records that waited", tally.delivered)
        self._file = None
        self._messages.clear()
        return True

    def _deliver(self, delivery: Delivery, file: SpoolFile, tally: Tally) -> None:
        if not file.empty():
            file.deliver(
                delivery.deliver_late, refusals=REFUSALS, seconds=BACKLOG_SECONDS, tally=tally
            )
        while file.empty() and self._in_memory:
            try:
                delivery.deliver_late(self._in_memory[:1])
                tally.delivered += 1
            except REFUSALS as error:
                if about_store(error):
                    raise
                self._losses += 1
                _log.error("a record is LOST, since the store does not take it: %s", error)
            del self._in_memory[0]

    def _keep(self, record: Record, because: Exception | None = None) -> None:
        if self._file is None:
            self._file = SpoolFile.new(self.address)
            self._last_try = time.monotonic()
        if len(self._in_memory) < _IN_MEMORY:
            self._in_memory.append(record)
        else:
            self._losses += 1
        self._write(because)

    def _write(self, because: Exception | None = None) -> None:
        """Bring to the disk what is in memory, in order."""
        assert self._file is not None
        reason = f" ({because})" if because else ""
        try:
            while self._in_memory:
                self._file.append(self._in_memory[0], self.address)
                del self._in_memory[0]
        except OSError as error:
            self._tell(
                logging.ERROR,
                "the store does not answer%s, and nothing can be kept in %s (%s): the work goes on,"
                " but what this run and its steps record from now on is LOST when the process ends,"
                " unless the store or the disk works again before",
                reason,
                self._file.path.parent,
                error.strerror or error,
            )
        else:
            self._tell(
                logging.WARNING,
                "the store does not answer%s; what this run records is kept in %s",
                reason,
                self._file.path,
            )

    def _tell(self, level: int, text: str, *values: object) -> None:
        """Say something once, as long as the store is away."""
        if text not in self._messages:
            self._messages.add(text)
            _log.log(level, text, *values)

    def _waiting(self) -> int:
        try:
            return 0 if self._file is None else self._file.waiting()
        except OSError:
            return 0
