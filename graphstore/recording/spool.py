"""Keeps records on disk while there is no store to take them.

One file a run, ``<data>/spool/<store>/<time>-<key>.jsonl``: a first line that says for which store,
then one record a line, each with a check of itself (`graphstore.recording.lines`). ``.delivered``
beside it says up to which byte it was delivered; it is written after records are in the store, and
a record stands for the same however often it is stored, so that each ends up there exactly once,
whenever what is interrupted. A record that cannot be read, or that the store refuses, is set aside
alone (`graphstore.recording.held`), and those after it are delivered. A file that is delivered is
gone.

There are two locks a store: one is held while files are read or written, for moments; the other
while something is delivered, so that one process at a time does it. Who appends waits for no store.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from graphstore.errors import (
    ForeignDatabase,
    NewerDatabase,
    NotFound,
    ResourceExhausted,
    StoreError,
    Unavailable,
    UnsupportedServer,
)
from graphstore.model.plain import Plain
from graphstore.recording.lines import Entry, address_of, entries, header, seal
from graphstore.recording.records import Record
from graphstore.system.folders import data_folder, make_private

__all__ = [
    "Deliver",
    "Flushed",
    "SpoolFile",
    "Tally",
    "about_store",
    "files_in",
    "flush",
    "spool_files",
    "spool_folder",
    "write_durably",
]

Deliver = Callable[[Sequence[Record]], object]
"""Stores records in order, all or nothing; one of a run comes alone."""

BATCH = 100
"""Records of steps that are delivered at once: some tenths of a second, for which others wait."""
BATCH_BYTES = 16 * 2**20
"""What they may have together."""
WORTH_A_BATCH = 8
"""Fewer go one by one, which is soon done, too: a batch is a transaction of several queries."""

_LOCK_SECONDS = 60.0
_NAME = re.compile(r"(\d+)-[0-9a-f]{8}(?:-\d+)*\.jsonl")
# What the server has too little memory for will not fit later either, if it is that large.
_HUGE = 2**20
# What no store says, but the code below it, of a record with a value that it cannot send.
_OF_A_VALUE = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Flushed(Plain):
    """What became of what was spooled for a store."""

    delivered: int
    """Records that are in the store now."""
    waiting: int
    """Records that are still on disk, since the store did not answer, or time was over."""
    rejected: tuple[tuple[Path, str], ...] = ()
    """Files with one record each that cannot be read or that the store does not take, and why."""
    why: str = field(default="", compare=False)
    """Why some still wait."""


@dataclass
class Tally:
    """What became of records, as it goes along."""

    delivered: int = 0
    rejected: list[tuple[Path, str]] = field(default_factory=list)


class SpoolFile:
    """The records of one run that wait for their store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset_file = path.with_suffix(".delivered")
        self._files = FileLock(path.parent / ".lock", mode=0o600)
        self._delivery = FileLock(path.parent / ".delivering", mode=0o600)

    @classmethod
    def new(cls, address: str) -> SpoolFile:
        """A file for a run that records into the store at this address; made when it is needed."""
        return cls(spool_folder(address) / f"{time.time_ns()}-{uuid4().hex[:8]}.jsonl")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes, and threads, from the store's files.

        Raises:
            OSError: If the folder cannot be written, or somebody keeps the lock for a minute.
        """
        make_private(self.path.parent)
        with _hold(self._files, _LOCK_SECONDS):
            yield

    def empty(self) -> bool:
        """Whether nothing waits; somebody else may have delivered what did."""
        return not self.path.exists()

    def append(self, record: Record, address: str) -> None:
        """Keep a record, on the disk when this returns; else nothing of it is kept.

        Raises:
            OSError: If it cannot be kept.
        """
        line = seal(record)
        with self.locked():
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
            descriptor = os.open(self.path, flags, 0o600)
            with os.fdopen(descriptor, "a+b", buffering=0) as stream:
                size = stream.seek(0, os.SEEK_END)
                if size == 0:
                    line = header(address) + line
                elif not _ends_line(stream):  # somebody was killed as he wrote it
                    line = b"\n" + line
                try:
                    _write(stream.fileno(), line)
                    os.fsync(stream.fileno())
                except BaseException:
                    with suppress(OSError):
                        os.ftruncate(stream.fileno(), size)
                    raise
            if size == 0:
                _sync(self.path.parent)

    def deliver(
        self,
        deliver: Deliver,
        *,
        refusals: tuple[type[Exception], ...] = (),
        seconds: float | None = None,
        tally: Tally | None = None,
    ) -> int:
        """Deliver what waits, in order, and remove the file.

        A run that goes on can add to it meanwhile.

        Args:
            deliver: Stores records.
            refusals: The errors of it that say that a record is wrong, which is set aside then.
            seconds: After which no more is begun; what is left waits.
            tally: Is told what became of the records, also if an error is raised.

        Returns:
            How many records were delivered.

        Raises:
            StoreError: What else `deliver` raises, or if somebody else is delivering; what was not
                delivered stays.
            OSError: If the disk does not do what is needed.
        """
        tally = Tally() if tally is None else tally
        end = None if seconds is None else time.monotonic() + seconds
        before, offset, alone = tally.delivered, 0, 0
        with self._delivering(seconds):
            while True:
                with self.locked():
                    if self.empty():
                        return tally.delivered - before
                    offset = max(offset, self._offset())
                    some = self._next(offset, 1 if alone else BATCH)
                    if not some:
                        self._remove()
                        return tally.delivered - before
                if end is not None and time.monotonic() >= end:
                    return tally.delivered - before
                why = (
                    some[0].why
                    if some[0].record is None
                    else self._refusal(deliver, some, refusals)
                )
                if why is None:
                    alone = len(some)  # one by one they tell which
                    continue
                if why:
                    tally.rejected.append((self._set_aside(some[0], why), why))
                else:
                    tally.delivered += len(some)
                alone = max(alone - len(some), 0)
                offset = some[-1].end
                with self.locked():
                    self._write_offset(offset)

    def _refusal(
        self, deliver: Deliver, some: Sequence[Entry], refusals: tuple[type[Exception], ...]
    ) -> str | None:
        """Why the store refuses the record; empty if it took all; None if one of several is bad."""
        try:
            deliver([entry.record for entry in some if entry.record is not None])
        except (StoreError, *_OF_A_VALUE) as error:
            if isinstance(error, Unavailable) or about_store(error):
                raise  # not one of them is to blame
            if len(some) > 1:
                return None
            huge = isinstance(error, ResourceExhausted) and len(some[0].raw) > _HUGE
            is_refusal = isinstance(error, refusals) or not isinstance(error, StoreError)
            if not is_refusal and not huge:
                raise
            return str(error) or type(error).__name__
        return ""

    def _next(self, offset: int, most: int) -> list[Entry]:
        """What to deliver next: records of steps, or one of a run, or what cannot be read."""
        some: list[Entry] = []
        size = 0
        with self.path.open("rb") as stream:
            for entry in entries(stream, offset):
                size += len(entry.raw)
                if some and (entry.is_alone or size > BATCH_BYTES):
                    break
                some.append(entry)
                if entry.is_alone or len(some) >= most:
                    break
        return some if len(some) >= WORTH_A_BATCH else some[:1]

    def waiting(self) -> int:
        """How many records wait."""
        try:
            with self.path.open("rb") as stream:
                return sum(1 for _ in entries(stream, self._offset()))
        except FileNotFoundError:
            return 0

    def address(self) -> str | None:
        """The address of the store that it is for; None if that cannot be read."""
        try:
            with self.path.open("rb") as stream:
                return address_of(stream.readline())
        except OSError:
            return None

    def drop(self) -> None:
        """Throw away what waits."""
        with self.locked():
            if not self.empty():
                self._remove()

    def rewrite(self, change: Callable[[bytes], bytes]) -> int:
        """Change the lines that wait; those that were delivered go. Returns how many were changed.

        Args:
            change: Makes a line of a line, without its end.

        Raises:
            StoreError: If somebody is delivering.
            OSError: If the disk does not do what is needed.
        """
        with self._delivering(None), self.locked():
            if self.empty():
                return 0
            with self.path.open("rb") as stream:
                before = [entry.raw.rstrip(b"\n") for entry in entries(stream, self._offset())]
            after = [change(line) for line in before]
            changed = sum(one != other for one, other in zip(before, after, strict=True))
            if changed:
                first = header(self.address() or "")
                # Delivered again they change nothing, if it is interrupted between the two.
                self._offset_file.unlink(missing_ok=True)
                write_durably(self.path, first + b"".join(line + b"\n" for line in after))
            return changed

    @contextmanager
    def _delivering(self, seconds: float | None) -> Iterator[None]:
        """Be the only one who delivers to the store."""
        make_private(self.path.parent)
        with ExitStack() as stack:
            try:
                wait = _LOCK_SECONDS if seconds is None else min(seconds, 1.0)
                stack.enter_context(_hold(self._delivery, wait))
            except Timeout as error:
                raise StoreError("another process is delivering what waits") from error
            yield

    def _set_aside(self, entry: Entry, why: str) -> Path:
        """Keep an entry where nobody delivers it again, with the reason beside it."""
        # Named by its place, so that whoever is interrupted here does it again, and not twice.
        aside = self.path.with_name(f"{self.path.stem}-{entry.begin}.rejected")
        first = header(self.address() or "")
        with self.locked():
            write_durably(aside.with_suffix(".reason"), why.encode(errors="replace") + b"\n")
            write_durably(aside, first + entry.raw.rstrip(b"\n") + b"\n")
        return aside

    def _offset(self) -> int:
        """Up to where it was delivered; 0 if that cannot be, as after a crash."""
        try:
            offset = int(self._offset_file.read_text())
            with self.path.open("rb") as stream:
                stream.seek(max(offset - 1, 0))
                around = stream.read(12)
        except (FileNotFoundError, ValueError):
            return 0
        # After a line, or within one that is damaged.
        begins = around.startswith(b"\n") or around[1:].startswith(b'{"record":"')
        return offset if offset > 0 and begins else 0

    def _write_offset(self, offset: int) -> None:
        partial = self._offset_file.with_suffix(".partial")
        # Without it records are delivered again, which changes nothing: a full disk stops nobody.
        with suppress(OSError):
            partial.write_text(str(offset))
            os.replace(partial, self._offset_file)

    def _remove(self) -> None:
        # In this order: an offset without its file does no harm to a file of the same name.
        self._offset_file.unlink(missing_ok=True)
        self.path.unlink()


def spool_files(address: str) -> list[SpoolFile]:
    """What waits for the store at an address, the oldest run first."""
    return files_in(spool_folder(address))


def files_in(folder: Path) -> list[SpoolFile]:
    """The files of a folder that are the spool's, the oldest run first."""
    try:
        matches = [
            (match, path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))
        ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    files = sorted((int(match[1]), path) for match, path in matches if path.is_file())
    return [SpoolFile(path) for _, path in files]


def flush(
    address: str,
    deliver: Deliver,
    *,
    refusals: tuple[type[Exception], ...],
    seconds: float | None = None,
) -> Flushed:
    """Deliver all that waits for a store, run by run in the order in which they began.

    Args:
        address: The store's.
        deliver: Stores records.
        refusals: The errors of `deliver` that say that a record is wrong: it is set aside. After
            any other there is no point in going on.
        seconds: How long to go on at most; what is left waits. None for as long as it takes.
    """
    end = None if seconds is None else time.monotonic() + seconds
    tally, why, waiting = Tally(), "", 0
    try:
        files = spool_files(address)
    except OSError as error:
        return Flushed(0, 0, why=f"what waits cannot be looked at: {error}")
    for number, file in enumerate(files):
        rest = None if end is None else max(end - time.monotonic(), 0.0)
        try:
            file.deliver(deliver, refusals=refusals, seconds=rest, tally=tally)
        except (StoreError, OSError) as error:
            why = str(error)
        else:
            if file.empty() or rest is None:
                continue
            why = "time was over"
        waiting = sum(_count(later) for later in files[number:])
        break
    return Flushed(tally.delivered, waiting, tuple(tally.rejected), why)


def about_store(error: Exception) -> bool:
    """Whether an error says that there is no store that could take anything, right or wrong."""
    if isinstance(error, NotFound):
        return error.kind == "database"
    return isinstance(error, (UnsupportedServer, ForeignDatabase, NewerDatabase))


def spool_folder(address: str) -> Path:
    """Where what waits for the store at an address is kept."""
    return data_folder() / "spool" / sha256(address.encode()).hexdigest()[:16]


def write_durably(file: Path, data: bytes) -> None:
    """Write a private file in one go, on the disk when this returns."""
    partial = file.with_name(f".{file.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, file)
    _sync(file.parent)


def _count(file: SpoolFile) -> int:
    try:
        return file.waiting()
    except OSError:
        return 0


@contextmanager
def _hold(lock: FileLock, seconds: float) -> Iterator[None]:
    """Hold a lock; `filelock.Timeout`, which is an OSError, if somebody else keeps it so long."""
    try:
        lock.acquire(timeout=seconds)
    except NotImplementedError as error:  # a file system without locks
        raise OSError(str(error)) from error
    try:
        yield
    finally:
        lock.release()


def _write(descriptor: int, data: bytes) -> None:
    """Write all of it: a system may write less, where a disk becomes full say."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _ends_line(stream: object) -> bool:
    stream.seek(-1, os.SEEK_END)  # type: ignore[attr-defined]
    return bool(stream.read(1) == b"\n")  # type: ignore[attr-defined]


def _sync(folder: Path) -> None:
    """Bring to the disk which files a folder has, and that it is there; where that is possible."""
    for one in (folder, folder.parent):
        with suppress(OSError):
            descriptor = os.open(one, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
