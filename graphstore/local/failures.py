"""Why a Neo4j did not come up, as its log has it."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphstore.errors import (
    DatabaseOffline,
    DiskFull,
    JavaNotFound,
    LocalServerError,
    NewerData,
    PortInUse,
    StartFailed,
)
from graphstore.local.distribution import newer
from graphstore.local.state import State, console_log, last_version

__all__ = ["failure", "files_of", "newer_data", "tail"]

# What the log of either Neo4j says, tried with 5.26.30 and 2026.08.1.
_PORT_IN_USE = re.compile(r"PortBindException|[Aa]ddress (?:.{1,40} is )?already in use")
_DISK_FULL = re.compile(
    r"No space left on device|OutOfDiskSpace|out of disk space|not enough space on the disk"
)
_NEWER_DATA = re.compile(r"newer version of neo4j|don't support downgrading|newer than the current")
_WRONG_JAVA = re.compile(r"UnsupportedClassVersionError|Unsupported Java|Could not create the Java")
_IN_USE = re.compile(r"FileLockException|store_lock|Lock file has been locked by another process")

_ELSEWHERE = "name a folder elsewhere in GRAPHSTORE_HOME (for an ephemeral server, in TMPDIR)"
_TELLING = re.compile(r"ERROR|WARN|Exception|Caused by|Error:|Failed")


def failure(folder: Path, version: str, doing: str) -> LocalServerError:
    """The error that says why Neo4j ended while `doing` something in `folder`."""
    log = tail(console_log(folder), 400)
    text = "\n".join(log)
    where = f"Neo4j {version} in {folder} failed at {doing}"
    if _DISK_FULL.search(text):
        return _disk_full(folder, where)
    if _NEWER_DATA.search(text):
        return newer_data(folder, None, version)
    telling = [line for line in log if _TELLING.search(line) and not line.startswith("\t")] or log
    lines = "\n".join(line[:300] for line in telling[-12:])
    details = f"Its log is {console_log(folder)} and says:\n{lines}"
    if _PORT_IN_USE.search(text):
        return PortInUse(f"{where}: another process took one of its ports. {details}")
    if _WRONG_JAVA.search(text):
        return JavaNotFound(f"{where}: its Java will not do; see GRAPHSTORE_JAVA. {details}")
    if _IN_USE.search(text):
        state = State.read(folder)
        host = f" (its server was last started on the machine {state.host!r})" if state else ""
        return StartFailed(f"{where}: another Neo4j has its data open{host}. {details}")
    return StartFailed(f"{where}. {details}")


def offline(folder: Path, version: str, reason: str) -> LocalServerError:
    """The error for a server that runs in `folder` while its database does not, for this reason."""
    where = f"Neo4j {version} in {folder} runs, and its database does not"
    if _DISK_FULL.search(reason):
        return _disk_full(folder, f"{where}: {reason}")
    if _NEWER_DATA.search(reason):
        return newer_data(folder, None, version)
    return DatabaseOffline(
        f"{where}: {reason} More is in {folder / 'logs' / 'debug.log'}. Stop it ('graphstore"
        " down'), mend its data or put back a copy, and start it again ('graphstore up')"
    )


@contextmanager
def files_of(folder: Path) -> Iterator[None]:
    """Say what a file that cannot be written means to who wants to start a server in `folder`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(folder, f"Neo4j cannot be started in {folder}") from error
        raise StartFailed(f"Neo4j cannot be started in {folder}: {error}; {_ELSEWHERE}") from error


def newer_data(folder: Path, data_version: str | None, version: str) -> NewerData:
    """The error that says that a newer Neo4j wrote the data in `folder`."""
    writer = data_version or last_version(folder)
    if writer and newer(writer, version):
        which, way_out = f"Neo4j {writer}", f"set GRAPHSTORE_NEO4J_VERSION={writer}"
    else:
        which, way_out = "a newer Neo4j", "start that one"
    return NewerData(
        f"{which} wrote the data in {folder}, and Neo4j {version} cannot read it: {way_out}, or"
        " use another local store"
    )


def _disk_full(folder: Path, where: str) -> DiskFull:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    return DiskFull(
        f"{where}: no space left on the device ({free / 1e6:.0f} MB are free); make room, or"
        f" {_ELSEWHERE}"
    )


def tail(log: Path, lines: int) -> tuple[str, ...]:
    """The last lines of a log; empty if there is none."""
    try:
        with log.open("rb") as stream:
            # A line of a Java stack trace has some 100 bytes; long ones are cut at the front.
            stream.seek(max(0, stream.seek(0, 2) - 400 * lines))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(text.splitlines()[-lines:])
