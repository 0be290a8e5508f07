"""Class archives: what Java read from 200 jars at one start, kept for the next ones.

An archive cuts a start of Neo4j from about eight seconds to three and a half. The first start
writes a list of the classes it loads; afterwards a Java of its own, in the background and only
when nobody else wants the processor, makes the archive from the list (20 seconds, 140 MB). Java
itself checks an archive against the jars and its own version, and starts without one that does
not fit or is not whole, so that the worst an archive can do is nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

from graphstore.errors import StartFailed
from graphstore.local import processes
from graphstore.local.distribution import Distribution
from graphstore.local.folders import guard_cache
from graphstore.local.java import Java, write_arguments
from graphstore.system.folders import cache_folder, lock_of
from graphstore.system.processes import ProcessId

__all__ = ["Archive"]

_ATTEMPTS = 3
_ROOM = 1_000_000_000  # an archive is a luxury: only on a disk that has this much free
_MOST_ARCHIVES = 4
_LONGEST_LINE = 4000  # Java refuses the whole list for one longer line (there are one or two)


class Archive:
    """The class archive of one distribution on one Java."""

    def __init__(self, distribution: Distribution, java: Java) -> None:
        self.distribution, self.java = distribution, java
        key = hashlib.sha256(f"{java.path}\n{java.version}".encode()).hexdigest()[:12]
        name = f"{distribution.folder.name}-java-{java.major}-{key}"
        self.folder = cache_folder() / "class-archives"
        self.file = self.folder / f"{name}.jsa"
        self.partial = self.folder / f"{name}.partial"
        self.attempt = self.folder / f"{name}.json"

    def options(self, record: Path) -> list[str]:
        """Options for Java that use the archive, or write the list of classes to `record`."""
        try:
            guard_cache(self.folder)  # what is in an archive is run, and nobody checks it
        except (OSError, StartFailed):
            return []
        # A cache that cannot be written to, as in the image of a container, may have an archive.
        with suppress(OSError):
            self._adopt()
            os.utime(self.file)  # so that the archives used last can be told
        if self.file.exists():
            return [f"-XX:SharedArchiveFile={self.file}"]
        return [f"-XX:DumpLoadedClassList={record}"] if self._is_worth_while() else []

    def build(self, record: Path) -> None:
        """Begin to make the archive from the list at `record`, if there is one; do not wait."""
        if not record.exists():
            return
        with suppress(OSError), lock_of(self.file):
            if self._is_worth_while() and not self.file.exists():
                self._dump(record)
        record.unlink(missing_ok=True)

    def _dump(self, record: Path) -> None:
        lines = record.read_text(encoding="utf-8", errors="replace").splitlines(True)
        classes = self.partial.with_suffix(".classes")
        classes.write_text(
            "".join(line for line in lines if len(line) < _LONGEST_LINE), encoding="utf-8"
        )
        options = [
            "-Xshare:dump",
            f"-XX:SharedClassListFile={classes}",
            f"-XX:SharedArchiveFile={self.partial}",
            "-Xmx1g",
            "-Xlog:disable",
            "-Xlog:all=error:stderr",
            "-cp",
            self.distribution.class_path,
        ]
        arguments = write_arguments(self.partial.with_suffix(".args"), options)
        dump = processes.spawn(
            [str(self.java.path), arguments],
            folder=self.folder,
            output=self.partial.with_suffix(".log"),
        )
        processes.lower_priority(dump)
        number = self._attempts()[0] + 1
        self.attempt.write_text(
            json.dumps({"attempt": number, "pid": dump.pid, "created": dump.created})
        )

    def _adopt(self) -> None:
        """Put what a finished attempt made in its place, and clear away after it."""
        if self.file.exists() or not self.partial.exists():
            return
        with lock_of(self.file):
            if _alive(self._attempts()[1]) or not self.partial.exists():
                return
            with self.partial.open("rb") as stream:
                whole = any(stream.read(4))  # Java writes the head of the file last
            if whole:
                self.partial.replace(self.file)
                self._clear_away()
            else:
                self.partial.unlink()

    def _clear_away(self) -> None:
        """Delete what the attempt left, and archives that nobody used for the longest time."""
        for leftover in self.folder.glob(f"{self.file.stem}.*"):
            if leftover != self.file:
                leftover.unlink()
        # Every update of Java, and every virtual environment with a Java, needs another one.
        archives = sorted(self.folder.glob("*.jsa"), key=lambda file: -file.stat().st_mtime)
        for archive in archives[_MOST_ARCHIVES:]:
            archive.unlink()

    def _is_worth_while(self) -> bool:
        """Whether it is worth while, and possible, to make the archive now."""
        try:
            guard_cache(self.folder)
            room = shutil.disk_usage(self.folder).free > _ROOM
        except (OSError, StartFailed):
            return False
        number, dump = self._attempts()
        return room and os.access(self.folder, os.W_OK) and number < _ATTEMPTS and not _alive(dump)

    def _attempts(self) -> tuple[int, ProcessId | None]:
        """How often it was tried, and the last process that did."""
        try:
            record = json.loads(self.attempt.read_text())
            return record["attempt"], ProcessId(record["pid"], record["created"])
        except (OSError, ValueError, KeyError):
            return 0, None


def _alive(process: ProcessId | None) -> bool:
    return process is not None and process.alive()
