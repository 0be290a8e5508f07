"""Ephemeral servers: an empty Neo4j for a test or a demo, gone when its owner is.

The name of an ephemeral server's folder says whose it is, ``<pid>-<began>-<anything>``, so that
there is no moment at which nobody could tell.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graphstore.errors import InvalidArgument, NotFound
from graphstore.local import processes
from graphstore.local.distribution import distribution
from graphstore.local.download import fetch
from graphstore.local.failures import files_of
from graphstore.local.folders import ephemeral_folder, ephemeral_folders, is_ours
from graphstore.local.java import find_java
from graphstore.local.launch import Launch
from graphstore.local.ports import any_ports
from graphstore.local.results import LocalServer
from graphstore.local.state import State, orphan_of
from graphstore.system.processes import ProcessId
from graphstore.system.progress import OnProgress, silent

__all__ = ["ephemeral", "join_ephemeral", "reap", "start_ephemeral", "stop_ephemeral", "wait"]


@contextmanager
def ephemeral(
    *,
    neo4j_version: str | None = None,
    heap: str = "512m",
    page_cache: str = "64m",
    timeout: float = 180,
    on_progress: OnProgress = silent,
) -> Iterator[LocalServer]:
    """An empty Neo4j, for as long as the block runs.

    Arguments and errors are those of `start_ephemeral`.
    """
    server = start_ephemeral(
        neo4j_version=neo4j_version,
        heap=heap,
        page_cache=page_cache,
        timeout=timeout,
        on_progress=on_progress,
    )
    try:
        yield server
    finally:
        stop_ephemeral(server)


def start_ephemeral(
    *,
    neo4j_version: str | None = None,
    heap: str = "512m",
    page_cache: str = "64m",
    timeout: float = 180,
    on_progress: OnProgress = silent,
) -> LocalServer:
    """Start an empty Neo4j on free ports, in a temporary folder.

    It is killed and its folder deleted by `stop_ephemeral`, or when this process ends; if this
    process is killed, by the next one of this user that starts a server or asks for a status. It
    is quick to start and not the fastest at work.

    Args:
        neo4j_version: One of those that `graphstore` has a lock for; by default what
            GRAPHSTORE_NEO4J_VERSION says, else the long-term support release.
        heap: The most memory that Java gives to objects.
        page_cache: The memory for pages of the store.
        timeout: Seconds to wait for the server to answer; fetching it does not count.
        on_progress: Told about the download and the start.

    Raises:
        InvalidArgument: If there is no such Neo4j.
        DownloadFailed: If Neo4j cannot be fetched.
        JavaNotFound: If there is no Java that it runs on.
        DiskFull: If there is no room for it.
        StartFailed: If it does not come up.
        MissingExtra: If a package that the download needs is not installed.
    """
    release = distribution(neo4j_version)
    reap()
    java = find_java(release)
    fetch(release, on_progress)
    owner = ProcessId.of(os.getpid())
    prefix = f"{owner.pid}-{owner.created:.2f}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=ephemeral_folder()))
    launch = Launch(folder, release, java, heap, page_cache, ephemeral=True)
    try:
        with files_of(folder):
            return launch.run(any_ports, timeout=timeout, on_progress=on_progress)
    except BaseException:
        _discard(folder)
        raise


def join_ephemeral(folder: Path) -> LocalServer:
    """The ephemeral server in a folder, that another process of this user started.

    Raises:
        NotFound: If it is gone.
    """
    state = State.read(folder) if folder.exists() and is_ours(folder) else None
    if state is None or state.condition(folder) != "running":
        raise NotFound("ephemeral server", "folder", str(folder))
    return state.server(folder, joined=True)


def stop_ephemeral(server: LocalServer) -> None:
    """End an ephemeral server and delete its folder; nothing happens if it is gone already.

    Raises:
        InvalidArgument: If it is not an ephemeral one.
    """
    if server.folder.parent not in ephemeral_folders():
        raise InvalidArgument(f"{server.name!r} is a local store: 'down' stops it")
    _discard(server.folder)


def wait(server: LocalServer) -> None:
    """Wait until an ephemeral server ends: because it is stopped, or crashes."""
    state = State.read(server.folder)
    while state is not None and state.process.alive():
        time.sleep(0.5)


def reap() -> None:
    """End the ephemeral servers whose owners were killed, and delete their folders."""
    for folder in _ephemeral():
        owner = _owner_of(folder)
        if owner is not None and not owner.alive():
            _discard(folder)


def _discard(folder: Path) -> None:
    # Killed, not stopped: there is nothing in it that anybody wants to keep.
    for process in (state.process if (state := State.read(folder)) else None, orphan_of(folder)):
        if process is not None:
            processes.stop(process, timeout=0)
    shutil.rmtree(folder, ignore_errors=True)


def _ephemeral() -> Iterator[Path]:
    """The folders of this user's ephemeral servers; what others put there instead is left alone."""
    for parent in ephemeral_folders():
        with suppress(OSError):
            if is_ours(parent):
                yield from list(parent.iterdir())


def _owner_of(folder: Path) -> ProcessId | None:
    pid, _, rest = folder.name.partition("-")
    create_time = rest.partition("-")[0]
    try:
        return ProcessId(int(pid), float(create_time))
    except ValueError:
        return None


@atexit.register
def _discard_own() -> None:
    # A process forked from the owner ends here too, and owns nothing.
    for folder in _ephemeral():
        owner = _owner_of(folder)
        if owner is not None and owner.pid == os.getpid() and owner.alive():
            _discard(folder)
