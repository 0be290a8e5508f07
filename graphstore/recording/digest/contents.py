"""Digests of whole contents, quickly: by several threads, and of each file once."""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import PurePath
from threading import Lock, Thread

from graphstore.recording.digest.listing import File, now, settles_in
from graphstore.recording.digest.results import Undigested
from graphstore.system.progress import OnProgress, Progress

__all__ = ["Contents", "escape_name", "tree_digest"]

_CHUNK = 2**18
_REMEMBERED_AT_MOST = 100_000
# A thread costs more than it gains where there is little to read.
_SHARED_FROM = 2**23
_THREADS = 8
_BYTES_A_SECOND = 10**9
# As sha256sum does, which says by a backslash in front that it did.
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))


class Contents:
    """Reads files, and none twice that did not change; may be shared between threads.

    A file is the same while device, inode, size and both times are. What was written just before
    it was read is not remembered: see `settles_in`.
    """

    def __init__(self, progress: Callable[[], AbstractContextManager[OnProgress]]) -> None:
        self._progress, self._lock = progress, Lock()
        self._cache: dict[tuple[int, ...], str] = {}

    def digest(self, files: Sequence[File]) -> str:
        """The digest of a file, or of a folder's files.

        Raises:
            Undigested: If a file changes or goes while it is read.
            OSError: If one cannot be read.
        """
        sums = self._sums(files)
        if [file.name for file in files] == [b""]:
            return "sha256:" + sums[files[0].key]
        return tree_digest((file.name, sums[file.key]) for file in files)

    def by_name(self, files: Sequence[File]) -> dict[bytes, str]:
        """The digest of each file, without a prefix; errors are those of `digest`."""
        sums = self._sums(files)
        return {file.name: sums[file.key] for file in files}

    def _sums(self, files: Sequence[File]) -> dict[tuple[int, ...], str]:
        """The digests of all these files, by their keys."""
        # Not by the inode alone, which is 0 for all where a file system has none.
        each = {file.key: file for file in files}
        with self._lock:
            sums = {key: self._cache[key] for key in each if key in self._cache}
        rest = [file for key, file in each.items() if key not in sums]
        if not rest:
            return sums
        total = sum(file.size for file in rest)
        with self._progress() as on_progress:
            reading = _Reading(rest, total, on_progress)
            results = reading.by_all(_threads() if total >= _SHARED_FROM else 1)
        with self._lock:
            for file, is_settled, digest in results:
                sums[file.key] = digest
                if is_settled:
                    self._cache[file.key] = digest
            for key in list(self._cache)[: max(0, len(self._cache) - _REMEMBERED_AT_MOST)]:
                del self._cache[key]
        return sums


class _Reading:
    """Some files as they are read, by several threads."""

    def __init__(self, files: Sequence[File], total: int, on_progress: OnProgress) -> None:
        # The largest first, lest one thread be left with it in the end.
        self._queue = deque(sorted(files, key=lambda file: -file.size))
        self._sums: list[tuple[File, bool, str]] = []
        self._error: BaseException | None = None
        self._total, self._count, self._on_progress = total, 0, on_progress
        self._last_report, self._lock = time.monotonic(), Lock()

    def by_all(self, threads: int) -> list[tuple[File, bool, str]]:
        """Each file, whether a later write to it is sure to be noticed, and its digest."""
        helpers: list[Thread] = []
        try:
            for _ in range(min(threads, len(self._queue)) - 1):
                helper = Thread(target=self._help, name="graphstore-digest", daemon=True)
                try:
                    helper.start()
                except RuntimeError:  # the interpreter is about to end, or there are too many
                    break
                helpers.append(helper)
            self._work()
        except BaseException as error:
            self._error = self._error or error
        for helper in helpers:
            helper.join()
        if self._error is not None:
            raise self._error
        return self._sums

    def _help(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self._error = self._error or error

    def _work(self) -> None:
        while self._error is None:
            try:
                file = self._queue.popleft()
            except IndexError:
                return
            wait = settles_in(file, now())
            if 0 < wait < file.size / _BYTES_A_SECOND:
                time.sleep(wait)  # rather than to read it once more when it is asked for again
            is_settled = settles_in(file, now()) <= 0
            self._sums.append((file, is_settled, _sha256(file, self._read)))

    def _read(self, count: int, file: File) -> None:
        """Count what was read."""
        with self._lock:
            self._count += count
            if (moment := time.monotonic()) - self._last_report < 0.1:
                return
            self._last_report = moment
            name = os.fsdecode(file.name) or PurePath(file.path).name
            position = min(self._count, self._total)
            self._on_progress(Progress("reading", position, self._total, "bytes", name))
        if self._error is not None:
            raise Undigested("another file could not be read")


def _sha256(file: File, on_read: Callable[[int, File], None]) -> str:
    """The digest of a file's bytes.

    Not by `hashlib.file_digest`, which is the same loop but reads to the end, and so for as long as
    somebody appends; and Python 3.10 has none.
    """
    digest, rest = hashlib.sha256(), file.size
    chunk = memoryview(bytearray(min(_CHUNK, file.size + 1)))
    try:
        with open(file.path, "rb", buffering=0) as stream:
            while count := stream.readinto(chunk):
                rest -= count
                if rest < 0:
                    break
                digest.update(chunk[:count])
                on_read(count, file)
    except FileNotFoundError:
        raise Undigested(f"{file.path} went while it was read") from None
    if rest != 0:
        raise Undigested(f"{file.path} changed while it was read")
    return digest.hexdigest()


def tree_digest(sums: Iterable[tuple[bytes, str]]) -> str:
    """The digest of a folder, of its files' names (``./a``) and digests in the order of names."""
    lines = hashlib.sha256()
    for original, digits in sums:
        name = escape_name(original)
        mark = b"" if name == original else b"\\"
        lines.update(mark + digits.encode() + b"  " + name + b"\n")
    return "sha256-tree:" + lines.hexdigest()


def escape_name(name: bytes) -> bytes:
    """A name as `sha256sum` prints it."""
    for character, escape in _ESCAPES:
        name = name.replace(character, escape)
    return name


def _threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(_THREADS, cores or 1)
