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
from graphstore.recorder.delivery import Delivery
from graphstore.recorder.records import Record
from graphstore.recorder.spool import SpoolFile
from graphstore.repository.publish import Publication
from graphstore.repository.runs import RecordedRun

__all__ = ["REFUSALS", "Channel"]

REFUSALS = (InvalidArgument, NotFound, AlreadyExists, FailedPrecondition, MissingExtra)
"""Errors that say that a record is wrong. All others are no fault of the work that is recorded, and
no reason to stop it."""

RETRY_AFTER = 15.0
"""Seconds after which a store that did not answer is asked again, as a step begins or ends."""

_log = logging.getLogger("graphstore")


class Channel:
    """Takes the records of one run, in their order.

    While the store answers, each goes there at once. When it does not, this record and those after
    it are spooled, and the store is asked again now and then; once it answers, what was spooled
    goes first.
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
        self._lock = Lock()
        self._file: SpoolFile | None = None
        self._asked = 0.0
        self._pid = os.getpid()

    def send(self, record: Record) -> Publication | RecordedRun | None:
        """Store a record.

        Returns:
            What is stored now; None if the record is on the disk.

        Raises:
            StoreError: If the store does not take it (`REFUSALS`); any, if nothing is spooled.
        """
        with self._lock:
            if self._pid != os.getpid():
                # After a fork: what the parent spooled, the parent delivers.
                self._file, self._pid = None, os.getpid()
            if not self._caught_up():
                self._keep(record)
                return None
        assert self._delivery is not None
        try:
            return self._delivery.deliver(record)
        except StoreError as error:
            if isinstance(error, REFUSALS) or not self._spool:
                raise
            with self._lock:
                self._keep(record, because=error)
            return None

    def finish(self) -> int:
        """Try once more to deliver what is on the disk; how many records stay there."""
        with self._lock:
            self._asked = 0.0
            if self._caught_up() or self._file is None:
                return 0
            waiting = self._file.waiting()
        _log.warning(
            "%d records of this run wait in %s; `graphstore flush`, or the next run that finds the"
            " store, delivers them",
            waiting,
            self._file.path,
        )
        return waiting

    def _caught_up(self) -> bool:
        """Whether nothing of this run waits, if need be by delivering it."""
        if self._delivery is None:
            return False
        if self._file is None:
            return True
        if self._file.empty():
            self._file = None  # somebody flushed
            return True
        if time.monotonic() - self._asked < RETRY_AFTER:
            return False
        try:
            self._ping()
            delivered = self._file.deliver(self._delivery.deliver_late)
        except StoreError as error:
            self._asked = time.monotonic()
            if isinstance(error, REFUSALS):
                path = self._file.set_aside(str(error))
                _log.error("the store does not take a record, kept in %s: %s", path, error)
                self._file = None
                return True
            return False
        _log.warning("the store answers again; it has %d records that waited", delivered)
        self._file = None
        return True

    def _keep(self, record: Record, because: Exception | None = None) -> None:
        if self._file is None:
            self._file = SpoolFile.new(self.address)
            self._asked = time.monotonic()
            _log.warning(
                "the store does not answer%s; what this run records is kept in %s",
                f" ({because})" if because else "",
                self._file.path,
            )
        self._file.append(record, self.address)
