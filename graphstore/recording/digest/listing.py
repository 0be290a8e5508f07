"""What there is to read: a file by itself, or the files of a folder."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphstore.recording.digest.results import Undigested

__all__ = ["File", "files", "settles_in"]

# Links to folders of links can lead to one file in more ways than there are atoms. So many ways are
# gone whatever they lead to; and beyond that, so many to each file and folder on average.
_WAYS = 100_000
_WAYS_TO_EACH = 10

_COARSE, _FINE = 2_000_000_000, 50_000_000  # nanoseconds


@dataclass(frozen=True)
class File:
    """A file as it was found; equal to itself later if nobody wrote to it."""

    path: str = field(compare=False)
    """One way to it."""
    name: bytes
    """Its path from the folder, as ``./a/b``; empty if it was asked for by itself."""
    size: int
    modify_time: int
    """Nanoseconds since the Unix epoch."""
    key: tuple[int, ...] = field(compare=False)
    """What is the same while nobody writes to it, whatever it is called, and in no other file."""
    change_time: int = field(compare=False)
    """When it was last written to, or its name, owner or times changed: nanoseconds."""


def settles_in(file: File, now: int) -> float:
    """Seconds until a write to a file is sure to change its time; 0 if it is now.

    File systems keep times by a clock that ticks (ext4: up to 10 ms, FAT: 2 s). What is written
    in the tick of the last write leaves the time as it is, as git knows it of its index
    (Documentation/technical/racy-git). A time without a fraction of a second comes from a coarse
    clock, presumably.

    Args:
        file: A file.
        now: Nanoseconds since the Unix epoch.
    """
    last = max(file.modify_time, file.change_time)
    rest = last + (_FINE if last % 1_000_000_000 else _COARSE) - now
    # A time that lies ahead is by another clock: then nothing is known.
    return max(0, rest) / 1e9


def files(path: str) -> list[File]:
    """The file by itself, or the files of the folder, in the order of their names' bytes.

    Raises:
        Undigested: If it is neither file nor folder, or a fan of links.
        OSError: If it cannot be read.
    """
    status = os.stat(path)
    if stat.S_ISREG(status.st_mode):
        return [_file(path, b"", status)]
    if not stat.S_ISDIR(status.st_mode):
        raise Undigested("it is neither a file nor a folder")  # reading a pipe would not end
    return sorted(_walk(path, status), key=lambda file: file.name)


def now() -> int:
    """Nanoseconds since the Unix epoch."""
    return time.time_ns()


def _file(path: str, name: bytes, status: os.stat_result) -> File:
    key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return File(path, name, status.st_size, status.st_mtime_ns, key, status.st_ctime_ns)


@dataclass
class _Entry:
    path: str
    name: bytes
    status: os.stat_result


def _walk(folder: str, status: os.stat_result) -> Iterator[File]:
    """The files below a folder. Links are followed, but not to a folder that they stand in."""
    here = (status.st_dev, status.st_ino)
    folders: list[tuple[str, bytes, tuple[tuple[int, int], ...]]] = [(folder, b".", (here,))]
    listings: dict[tuple[int, int], list[_Entry]] = {}
    things: set[tuple[int, int]] = set()
    ways = 0
    while folders:
        folder, name, above = folders.pop()
        identity = above[-1]
        entries = listings.get(identity)
        if entries is None or not identity[1]:
            entries = listings[identity] = list(_entries(folder))
        for entry in entries:
            own, identity = name + b"/" + entry.name, (entry.status.st_dev, entry.status.st_ino)
            ways += 1
            things.add(identity)
            if ways > _WAYS and ways > _WAYS_TO_EACH * len(things):
                raise Undigested(
                    f"its links lead in more than {ways - 1:,} ways to {len(things):,} files and"
                    " folders"
                )
            if stat.S_ISREG(entry.status.st_mode):
                yield _file(entry.path, own, entry.status)
            elif identity not in above:
                folders.append((entry.path, own, (*above, identity)))


def _entries(folder: str) -> Iterator[_Entry]:
    """The files and folders in one folder, and what links lead to."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                status = os.stat(entry.path)  # entry.stat() knows no st_ino on Windows
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                    continue  # a link that leads nowhere, or something that just went
                raise
            if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
                yield _Entry(entry.path, os.fsencode(entry.name), status)
