"""How SQLite's files are opened: to read only, as of one moment, and while others write to them.

A reader of a file with a rollback journal, as those of ML Metadata and MLflow are, keeps writers
from committing: they wait for some seconds, and fail. So what is read is a copy, taken by SQLite's
own backup in steps of a few milliseconds, between which others write; it is begun anew if they do.
In WAL mode nobody disturbs the other.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from urllib.parse import quote

from graphstore.errors import UnsupportedFile

__all__ = ["UNREADABLE", "damage", "no_room", "opened", "undisturbed", "unreadable"]

UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file ends in: the second where SQLite's own message names a table whose
name is no text."""

_PAGES = 500
"""Pages of a step of the copy, 2 MB as a rule."""
_RESTARTS = 20
"""So often the copy is begun anew since others wrote; then it is taken in one step."""
_PATIENCE = 30.0
"""Seconds to wait for a lock that somebody else holds."""


@contextmanager
def opened(path: Path, what: str) -> Iterator[sqlite3.Connection]:
    """A connection to a file that only reads; `what` says what is expected there.

    Raises:
        UnsupportedFile: If there is no such file, or it cannot be opened.
    """
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except OSError as error:
        raise UnsupportedFile(f"cannot open {path}: {error.strerror}") from error
    if not is_file:
        there = "a folder" if is_folder else "nothing"
        raise UnsupportedFile(f"expected {what} at {path}, found {there}")
    # Not by opening it: closing it would take the locks of other connections of this process.
    if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        raise UnsupportedFile(f"cannot open {path}: this user may not read it")
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro",
            uri=True,
            check_same_thread=False,  # one at a time reads it, not always the same one
            timeout=_PATIENCE,
        )
    except sqlite3.Error as error:
        raise UnsupportedFile(f"cannot open {path}: {error}") from error
    with closing(connection):
        connection.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
        yield connection


@contextmanager
def undisturbed(path: Path, connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A connection by which a file is read as of one moment, while others write to it.

    Raises:
        UnsupportedFile: If the file cannot be copied.
    """
    try:
        ((mode,),) = connection.execute("PRAGMA journal_mode")
        if mode == "wal":
            connection.execute("BEGIN")
            yield connection
            return
    except sqlite3.Error as error:
        raise unreadable(path, error, "cannot be read") from error
    with TemporaryDirectory(prefix="graphstore-import-") as folder:
        copy = Path(folder) / "copy.sqlite"
        _copy(path, connection, copy)
        with opened(copy, "the copy that was just made") as still:
            yield still


def unreadable(path: Path, error: Exception, what: str) -> UnsupportedFile:
    """What to raise where SQLite could not read a file; `what` is said if nothing else is known."""
    reason = str(error)
    if isinstance(error, UnicodeDecodeError):
        reason = error.object.decode(errors="backslashreplace")
    if "locked" in reason:
        return UnsupportedFile(
            f"{path} is locked by another program that writes to it: try again when that is over"
        )
    journal, log = (path.with_name(path.name + end) for end in ("-journal", "-wal"))
    if isinstance(error, sqlite3.OperationalError) and journal.exists():
        return UnsupportedFile(
            f"{path} holds half a write, of a program that died ({journal.name} is there,"
            f" {reason}). Copy both files and open the copy by a program that may write to it:"
            f" that takes it back, as sqlite3 {path.name} .schema does"
        )
    if isinstance(error, sqlite3.OperationalError) and log.exists():
        return UnsupportedFile(
            f"{path} cannot be read where it is ({reason}): to read a file with a {log.name} SQLite"
            " writes to the folder. Copy both files to a folder of your own, and import that"
        )
    if "readonly" in reason:  # only in WAL mode does a reader write
        return UnsupportedFile(
            f"{path} cannot be read where it is ({reason}): it is in WAL mode, and to read it"
            " SQLite writes to the folder. Copy it to a folder of your own, and import that"
        )
    if "malformed" in reason:
        return UnsupportedFile(
            f"{path} is damaged ({reason}): import a copy from before, or what 'sqlite3"
            f" {path.name} .recover' saves of it"
        )
    return UnsupportedFile(f"{path} {what} ({reason})")


def no_room(copy: Path, of: object) -> UnsupportedFile:
    """What to raise where there is no room for a copy, in a temporary folder, of something."""
    return UnsupportedFile(
        f"there is no room in {copy.parent.parent} for a copy of {of}, which is what is read: make"
        " room, or name another folder by TMPDIR"
    )


def damage(connection: sqlite3.Connection) -> str | None:
    """The first thing that is wrong with the pages of a file, in SQLite's words; None if nothing
    is. It may be where nothing is read: in an index, or a page that is free."""
    try:
        ((text,),) = connection.execute("PRAGMA quick_check(1)")
    except sqlite3.DatabaseError as error:
        return str(error)
    # Of values that a table should not have it tells, too: these are told where they are read.
    header, _, what = str(text).partition("\n")
    return what or header if header.startswith(("***", "Tree ", "Page ", "Freelist")) else None


def _copy(path: Path, connection: sqlite3.Connection, copy: Path) -> None:
    """Copy a file while others write to it."""
    left, restarts, moved = -1, 0, monotonic()

    def watch(status: int, remaining: int, total: int) -> None:
        nonlocal left, restarts, moved
        if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):  # somebody holds a lock
            if monotonic() > moved + _PATIENCE:
                raise sqlite3.OperationalError("database is locked")
            return
        restarts += 0 <= left <= remaining
        left, moved = remaining, monotonic()
        if restarts > _RESTARTS:
            raise _Restless

    try:
        with closing(sqlite3.connect(copy)) as target:
            try:
                connection.backup(target, pages=_PAGES, progress=watch, sleep=0.005)
            except _Restless:
                left, restarts, moved = -1, 0, monotonic()
                connection.backup(target, progress=watch)
    except sqlite3.Error as error:
        if "full" in str(error):
            raise no_room(copy, path) from error
        raise unreadable(path, error, "cannot be read") from error


class _Restless(Exception):
    """Others write again and again while a file is copied."""
