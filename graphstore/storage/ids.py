"""Ids, leased from the counters in the database a block at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping
from threading import Lock

from graphstore.database import Database
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition

__all__ = ["Ids"]

_FIRST_BLOCK, _LARGEST_BLOCK = 4, 1024


class Ids:
    """The ids that this process may give to new nodes, by kind.

    One counter a kind in the database would be where all writers meet. So a process leases a block
    of ids at a time; blocks are small at first, so that short-lived processes leave few gaps, and
    double from then on. Ids that were taken and not used are lost, or given back.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._free: dict[str, deque[int]] = {}
        self._block: dict[str, int] = {}
        self._last: dict[str, int] = {}
        """The largest id that was given out and did not come back."""
        self._spare: dict[str, set[int]] = {}
        """Ids that came back while somebody else had larger ones."""

    def take(self, counts: Mapping[str, int], *, exactly: bool = False) -> dict[str, list[int]]:
        """So many new ids of each kind, ascending; one round trip, or none.

        Args:
            counts: How many, by counter: ``artifact``, ``execution``, ``context``, ``type``.
            exactly: Lease no more than that: for bulk writes, so that ids stay dense.

        Raises:
            FailedPrecondition: If the counters are gone.
        """
        with self._lock:
            if self._pid != os.getpid():
                self._forget()  # after a fork the block belongs to the parent
            wanted = {}
            for name, count in counts.items():
                short = count - len(self._free.setdefault(name, deque()))
                if short > 0:
                    block = self._block.get(name, _FIRST_BLOCK)
                    self._block[name] = min(block * 2, _LARGEST_BLOCK)
                    wanted[name] = short if exactly else max(short, block)
            for name, first in self.reserve(wanted).items() if wanted else ():
                self._free[name].extend(range(first, first + wanted[name]))
                self._spare.pop(name, None)  # now one that is in use is larger
            new_ids = {
                name: [self._free[name].popleft() for _ in range(count)]
                for name, count in counts.items()
            }
            self._last |= {name: ids[-1] for name, ids in new_ids.items() if ids}
            return new_ids

    def reserve(self, counts: Mapping[str, int]) -> dict[str, int]:
        """The first of so many new ids of each kind, which nobody else gets; one round trip.

        Raises:
            FailedPrecondition: If the counters are gone.
        """
        leases = [{"name": name, "count": count} for name, count in counts.items()]
        rows = self._database.rows(QUERIES["sequence.lease"], leases=leases)
        firsts = {row["name"]: row["first"] for row in rows}
        for name in counts:
            if name not in firsts:
                raise FailedPrecondition(
                    f"the database at {self._database.uri} has no counter of {name} ids any more;"
                    " was it emptied? Open the store again"
                )
        return firsts

    def forget(self) -> None:
        """Give up the ids that were leased and not given out."""
        with self._lock:
            self._forget()

    def give_back(self, name: str, ids: Iterable[int]) -> None:
        """Return ids that were taken and that no node got.

        Those below one that a node did get are lost: what comes later must not have a smaller id.
        Those below one that somebody may still return wait for that.
        """
        with self._lock:
            if self._pid != os.getpid():
                return
            spare = self._spare.setdefault(name, set())
            spare.update(ids)
            while (last := self._last.get(name)) in spare:
                spare.remove(last)
                self._free[name].appendleft(last)
                self._last[name] = last - 1
