"""Keeps records on disk while there is no store to take them.

One file a run, ``<data>/spool/<store>/<time>-<key>.jsonl``: a first line that says for which store,
then one record a line. ``.delivered`` beside it says up to which byte it was delivered; it is
written after records are in the store, and a record stands for the same however often it is stored,
so that each ends up there exactly once, whenever what is interrupted. A lock lets one process at a
time append to a store's files or deliver from them; a file that is delivered is gone.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from filelock import FileLock

from graphstore.errors import StoreError, Unavailable
from graphstore.folders import data_folder, make_private
from graphstore.recorder.records import Record, RunRecord, dump, load

__all__ = ["Deliver", "Flushed", "SpoolFile", "flush", "spooled"]

Deliver = Callable[[Sequence[Record]], object]
"""Stores records in order, all or nothing; one of a run comes alone."""

BATCH = 100
"""Records of steps that are delivered at once: some tenths of a second, for which others wait."""
WORTH_A_BATCH = 8
"""Fewer go one by one, which is soon done, too: a batch is a transaction of several queries."""


@dataclass(frozen=True)
class Flushed:
    """What became of what was spooled for a store."""

    delivered: int
    """Records that are in the store now."""
    waiting: int
    """Records that are still on disk, since the store did not answer."""
    rejected: tuple[tuple[Path, str], ...] = ()
    """Files that hold a record that the store does not take, and why; they were set aside."""


class SpoolFile:
    """The records of one run that wait for their store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._delivered = path.with_suffix(".delivered")
        self._guard = FileLock(path.parent / ".lock", mode=0o600)

    @classmethod
    def new(cls, address: str) -> SpoolFile:
        """A file for a run that records into the store at this address; made when it is needed."""
        return cls(_folder(address) / f"{time.time_ns()}-{uuid4().hex[:8]}.jsonl")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes, and threads, from the store's files."""
        make_private(self.path.parent)
        with self._guard:
            yield

    def empty(self) -> bool:
        """Whether nothing waits; somebody else may have delivered what did."""
        return not self.path.exists()

    def append(self, record: Record, address: str) -> None:
        """Keep a record, on the disk when this returns."""
        with self.locked():
            lines = [dump(record)]
            if self.empty():
                lines.insert(0, json.dumps({"store": address}))
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab") as stream:
                stream.write("".join(line + "\n" for line in lines).encode())
                stream.flush()
                os.fsync(stream.fileno())

    def deliver(self, deliver: Deliver) -> int:
        """Deliver what waits, in order, and remove the file.

        The lock is released now and then, so that a run that goes on can add to them.

        Returns:
            How many records were delivered.

        Raises:
            StoreError: What `deliver` raises; what was not delivered stays.
            ValueError: If a line is no record.
        """
        delivered = alone = 0
        while True:
            with self.locked():
                if self.empty():
                    return delivered
                some = self._next(1 if alone else BATCH)
                if not some:
                    self._remove()
                    return delivered
                try:
                    deliver([record for record, _ in some])
                except Unavailable:
                    raise  # not one of them is to blame
                except StoreError:
                    if len(some) == 1:
                        raise
                    alone = len(some)  # one by one they tell which
                    continue
                delivered += len(some)
                alone = max(alone - 1, 0)
                self._write_offset(some[-1][1])

    def _next(self, most: int) -> list[tuple[Record, int]]:
        """The records to deliver next, each with where it ends; none at the end of the file."""
        some: list[tuple[Record, int]] = []
        with self.path.open("rb") as stream:
            stream.seek(self._offset() or len(stream.readline()))
            while len(some) < most:
                line = stream.readline()
                if not line.endswith(b"\n"):
                    break  # the end; or a line's beginning, that its writer did not live to finish
                try:
                    record = load(line.decode())
                except ValueError:
                    if not some:
                        raise
                    break  # first what comes before it
                if isinstance(record, RunRecord) and some:
                    break
                some.append((record, stream.tell()))
                if isinstance(record, RunRecord):
                    break
        return some if len(some) >= WORTH_A_BATCH else some[:1]

    def waiting(self) -> int:
        """How many records wait."""
        with self.locked():
            if self.empty():
                return 0
            with self.path.open("rb") as stream:
                stream.seek(self._offset() or len(stream.readline()))
                return sum(line.endswith(b"\n") for line in stream)

    def set_aside(self, why: str) -> Path:
        """Keep the file where nobody delivers it again, with the reason beside it."""
        with self.locked():
            aside = self.path.with_suffix(".rejected")
            aside.with_suffix(".reason").write_text(why + "\n", encoding="utf-8")
            self.path.rename(aside)
            return aside

    def _offset(self) -> int:
        try:
            return int(self._delivered.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def _write_offset(self, offset: int) -> None:
        partial = self._delivered.with_suffix(".partial")
        partial.write_text(str(offset))
        os.replace(partial, self._delivered)

    def _remove(self) -> None:
        # In this order: an offset without its file does no harm to a file of the same name.
        self._delivered.unlink(missing_ok=True)
        self.path.unlink()


def spooled(address: str) -> list[SpoolFile]:
    """What waits for the store at an address, the oldest run first."""
    files = sorted(_folder(address).glob("*.jsonl"), key=lambda file: int(file.name.split("-")[0]))
    return [SpoolFile(file) for file in files]


def flush(address: str, deliver: Deliver, *, refusals: tuple[type[Exception], ...]) -> Flushed:
    """Deliver all that waits for a store, run by run in the order in which they began.

    Args:
        address: The store's.
        deliver: Stores records.
        refusals: The errors of `deliver` that say that a record is wrong: its file is set aside.
            After any other there is no point in going on.
    """
    delivered, waiting, rejected = 0, 0, []
    files = spooled(address)
    for number, file in enumerate(files):
        before = file.waiting()
        try:
            delivered += file.deliver(deliver)
        except (StoreError, ValueError) as error:
            if isinstance(error, refusals) or not isinstance(error, StoreError):
                delivered += before - file.waiting()
                rejected.append((file.set_aside(str(error)), str(error)))
                continue
            waiting = sum(later.waiting() for later in files[number:])
            delivered += before - file.waiting()
            break
    return Flushed(delivered, waiting, tuple(rejected))


def _folder(address: str) -> Path:
    return data_folder() / "spool" / sha256(address.encode()).hexdigest()[:16]
