"""Backups of local stores: what `neo4j-admin` dumps of the database, and loads.

Neo4j Community dumps a database only while its server is down. So that is stopped, and started
again whatever happens in between. A backup is loaded beside what is there, started once to see that
it can be, and only then takes the place of that.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from graphstore.errors import AlreadyExists, FailedPrecondition
from graphstore.local.distribution import distribution
from graphstore.local.folders import store_folder
from graphstore.local.launch import Launch
from graphstore.local.ports import PREFERRED, Wish, any_ports, choose
from graphstore.local.results import LocalServer
from graphstore.local.server import (
    clear,
    folder_of,
    launch_of,
    set_aside,
    stop_server,
)
from graphstore.local.state import State
from graphstore.model.plain import Plain
from graphstore.system.folders import lock_of, make_private, rename_new, write_private
from graphstore.system.progress import OnProgress, silent

__all__ = ["Backup", "backup", "restore"]

_DATABASE = "neo4j"


@dataclass(frozen=True)
class Backup(Plain):
    """A backup that was written."""

    name: str
    """The local store that it is of."""
    path: Path
    bytes: int
    neo4j_version: str
    """Which can read it, and every later one."""
    restarted: bool
    """Whether the server ran before, and runs again."""


def backup(
    name: str,
    path: str | Path,
    *,
    force: bool = False,
    timeout: float = 180,
    on_progress: OnProgress = silent,
) -> Backup:
    """Write a backup of a local store. A server that runs is stopped for that, and started again.

    Who has the store open waits for half a minute, as at any restart.

    Args:
        name: Of the local store.
        path: The file to write. It appears when it is whole.
        force: Whether to write over a file that is there.
        timeout: Seconds to wait for the server to answer again.
        on_progress: Told what is being done.

    Raises:
        NotFound: If there is no store of this name.
        AlreadyExists: If the file is there, and not `force`.
        FailedPrecondition: If the file cannot be written; if the store was never started.
        LocalServerError: If the dump fails, or the server does not come up again.
    """
    folder, path = folder_of(name), Path(path).absolute()
    partial = _begin(path, force)
    try:
        with lock_of(folder, on_progress):
            state = State.read(folder)
            if state is None:
                raise FailedPrecondition(
                    f"the local store {name!r} was never started: there is nothing to back up"
                )
            condition = state.condition(folder)
            launch = launch_of(folder, distribution(state.neo4j_version), on_progress)
            try:
                stopped = stop_server(folder, timeout=60)
                if condition == "crashed" or stopped.killed:
                    # What was committed is in its log only: the next start works that in.
                    _run(launch, state, timeout, on_progress)
                    stop_server(folder, timeout=60)
                arguments = ("database", "dump", _DATABASE, f"--to-path={partial}")
                launch.admin(any_ports(), "writing a backup", *arguments, on_progress=on_progress)
            finally:
                if condition == "running":
                    _run(launch, state, timeout, on_progress)
        with _writing(path):
            dump = partial / f"{_DATABASE}.dump"
            size = dump.stat().st_size
            if force:
                os.replace(dump, path)
            else:
                rename_new(dump, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Backup(name, path, size, state.neo4j_version, condition == "running")


def restore(
    name: str,
    path: str | Path,
    *,
    force: bool = False,
    neo4j_version: str | None = None,
    timeout: float = 180,
    on_progress: OnProgress = silent,
) -> LocalServer:
    """Make a local store of a backup, and start it.

    Args:
        name: Of the local store.
        path: The backup.
        force: Whether to put it in the place of a store that is there, for good. Its password, its
            ports and its memory stay.
        neo4j_version: Which Neo4j is to read it; by default as for `up`, or that of the store that
            is there.
        timeout: Seconds to wait for the server to answer.
        on_progress: Told what is being done.

    Returns:
        The server, which runs.

    Raises:
        FailedPrecondition: If there is a store of this name, and not `force`; if the file cannot
            be read.
        LocalServerError: If what it holds is no backup, or cannot be started. What was there is
            there still.
    """
    folder, path = store_folder(name), Path(path).absolute()
    try:
        path.open("rb").close()
    except OSError as error:
        raise FailedPrecondition(f"cannot read {path}: {error.strerror}") from error
    with lock_of(folder, on_progress):
        is_there = folder.exists()
        if is_there and not force:
            raise FailedPrecondition(
                f"there is a local store {name!r}: name another one (--store), or say --force to"
                " put the backup in its place"
            )
        before = State.read(folder)
        version = neo4j_version or (before.neo4j_version if before else None)
        new = folder.with_name(f".{name}.restored")
        shutil.rmtree(new, ignore_errors=True)
        try:
            make_private(new)
            if is_there and (folder / "password").exists():
                write_private(new / "password", (folder / "password").read_text())
            launch = launch_of(
                new,
                distribution(version),
                on_progress,
                heap=before.heap or None if before else None,
                page_cache=before.page_cache or None if before else None,
            )
            _load(launch, path, on_progress)
            launch.run(
                lambda: choose(Wish(None, None), any_ports()),
                timeout=timeout,
                on_progress=on_progress,
            )
            stop_server(new, timeout=60)
            if is_there:
                stop_server(folder, timeout=60)
                trash = set_aside(folder)
            new.rename(folder)
            if is_there:
                clear(trash)
        finally:
            with suppress(OSError):
                if new.exists():
                    stop_server(new, timeout=10)
                    shutil.rmtree(new)
        launch = replace(launch, folder=folder)
        ports = [before.ports, PREFERRED] if before else [PREFERRED]
        return launch.run(
            lambda: choose(Wish(None, None), *ports), timeout=timeout, on_progress=on_progress
        )


def _load(launch: Launch, path: Path, on_progress: OnProgress) -> None:
    """Load a backup into the data of a folder."""
    # It is told a folder, and takes the file by the name of the database.
    source = launch.folder / "backup"
    source.mkdir()
    (source / f"{_DATABASE}.dump").symlink_to(path)
    arguments = ("database", "load", _DATABASE, f"--from-path={source}")
    launch.admin(
        any_ports(),
        "reading a backup",
        *arguments,
        "--overwrite-destination=true",
        on_progress=on_progress,
    )
    shutil.rmtree(source)


def _run(launch: Launch, state: State, timeout: float, on_progress: OnProgress) -> None:
    launch.run(
        lambda: choose(Wish(None, None), state.ports), timeout=timeout, on_progress=on_progress
    )


def _begin(path: Path, force: bool) -> Path:
    """A folder to write to beside a file, before anything is stopped."""
    if path.is_dir():
        raise FailedPrecondition(f"cannot write {path}: it is a folder; name a file in it")
    if not force and os.path.lexists(path):
        raise AlreadyExists(f"{path} is there already: name another file, or say --force")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with _writing(path):
        partial.mkdir()
    return partial


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say in a sentence why a file cannot be written."""
    try:
        yield
    except FileExistsError:
        raise AlreadyExists(f"{path} is there already: name another file, or say --force") from None
    except OSError as error:
        missing = error.errno == errno.ENOENT
        reason = f"there is no folder {path.parent}" if missing else error.strerror
        raise FailedPrecondition(f"cannot write {path}: {reason}") from error
