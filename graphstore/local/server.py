"""The local stores: start or join one, stop it, look at it, remove it."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from graphstore.errors import (
    DiskFull,
    FailedPrecondition,
    InvalidArgument,
    LocalServerError,
    NotFound,
)
from graphstore.local import processes
from graphstore.local.distribution import Distribution, asked_version, distribution, newer
from graphstore.local.download import fetch
from graphstore.local.failures import files_of, newer_data, tail
from graphstore.local.folders import store_folder, stores_folder
from graphstore.local.java import find_java
from graphstore.local.launch import Launch, answers, wait_until_up, wrong_in
from graphstore.local.ports import HOST, PREFERRED, USER, Wish, choose
from graphstore.local.results import LocalServer, Logs, Status, Stopped
from graphstore.local.state import State, console_log, last_version, orphan_of, password_of
from graphstore.local.throwaway import reap
from graphstore.system.folders import lock_of, make_private
from graphstore.system.progress import OnProgress, silent
from graphstore.system.renamed import renamed_options

__all__ = [
    "clear",
    "down",
    "folder_of",
    "launch_of",
    "local_stores",
    "locate",
    "logs",
    "password",
    "remove",
    "set_aside",
    "status",
    "stop_server",
    "up",
]


_ROOM = 32_000_000
"""Bytes without which it is no use to start a server whose disk was full."""

_log = logging.getLogger("graphstore.local")


def up(
    name: str = "default",
    *,
    create: bool = True,
    neo4j_version: str | None = None,
    bolt_port: int | None = None,
    http_port: int | None = None,
    heap: str | None = None,
    page_cache: str | None = None,
    timeout: float = 180,
    on_progress: OnProgress = silent,
) -> LocalServer:
    """Start the server of a local store, or join it if it runs.

    The first call fetches Neo4j (155 MB) and makes the store. The server outlives this process;
    `down` stops it. Of several processes that call this at once, one starts the server and the
    others join it. One that crashed is started again.

    Args:
        name: Of the local store.
        create: Make it if it does not exist.
        neo4j_version: One of those that `graphstore` has a lock for; by default what
            GRAPHSTORE_NEO4J_VERSION says, else the long-term support release. A newer one than
            before brings the data up to date, and there is no way back.
        bolt_port: Where to listen for drivers; by default what GRAPHSTORE_BOLT_PORT says, else
            the port of last time, else any.
        http_port: Where to listen for browsers; likewise, GRAPHSTORE_HTTP_PORT.
        heap: The most memory that Java gives to objects, e.g. ``512m``; by default what
            GRAPHSTORE_HEAP says, else what it had last time, else ``1g``. Used if it starts.
        page_cache: The memory for pages of the store; likewise, GRAPHSTORE_PAGE_CACHE, ``256m``.
        timeout: Seconds to wait for the server to answer; fetching it does not count.
        on_progress: Told about the download and the start.

    Raises:
        InvalidArgument: If an argument cannot be right.
        NotFound: If there is no store of this name, and not `create`.
        FailedPrecondition: If it runs, and not with the version or the ports asked for.
        DownloadFailed: If Neo4j cannot be fetched.
        JavaNotFound: If there is no Java that it runs on.
        PortInUse: If a port that was asked for is taken.
        DiskFull: If there is no room for it, or was none while it ran. Once there is, it is started
            again.
        DatabaseOffline: If it runs, and its database does not.
        NewerData: If a newer Neo4j wrote the data.
        Unauthenticated: If the server refuses the password that is written down.
        StartFailed: If it does not come up for another reason.
        MissingExtra: If a package that the download needs is not installed.
    """
    folder = store_folder(name)
    wish = Wish.of(bolt_port, http_port)
    version, release = asked_version(neo4j_version), distribution(neo4j_version)
    heap = os.environ.get("GRAPHSTORE_HEAP") or None if heap is None else heap
    if page_cache is None:
        page_cache = os.environ.get("GRAPHSTORE_PAGE_CACHE") or None
    for size in (heap, page_cache):
        if size is not None and not re.fullmatch(r"[1-9]\d*[kmgKMG]", size):
            raise InvalidArgument(f"{size!r} is not an amount of memory such as '512m' or '2g'")
    if not create:
        folder_of(name)

    if running_server := _join(folder, version, wish):
        return running_server
    with files_of(folder), lock_of(folder, on_progress):
        if running_server := _join(folder, version, wish):
            return running_server
        reap()
        state = State.read(folder)
        if state and state.process.alive():  # whoever started it died before it answered
            server = _await_other(folder, state, timeout, on_progress)
            if server is not None:
                return server
        launch = launch_of(folder, release, on_progress, heap=heap, page_cache=page_cache)
        ports = [state.ports, PREFERRED] if state else [PREFERRED]
        return launch.run(lambda: choose(wish, *ports), timeout=timeout, on_progress=on_progress)


def down(name: str = "default", *, timeout: float = 60) -> Stopped:
    """Stop the server of a local store; nothing happens if it does not run.

    Args:
        name: Of the local store.
        timeout: Seconds to wait for a clean end before the server is killed; and before that, for
            another process that starts or stops it.

    Raises:
        InvalidArgument: If no store can have this name.
        FailedPrecondition: If another process goes on starting or stopping it.
    """
    folder = store_folder(name)
    if not folder.exists():
        return Stopped(name, "absent", killed=False)
    with lock_of(folder, seconds=timeout):
        return stop_server(folder, timeout)


def locate(name: str = "default") -> tuple[str, int] | None:
    """Where the server of a local store listens for drivers: host and port; None if it is down.

    Raises:
        InvalidArgument: If no store can have this name.
    """
    state = State.read(store_folder(name))
    return (HOST, state.ports.bolt) if state and state.process.alive() else None


def status(name: str = "default") -> Status:
    """How a local store is; does not wait for a start that is under way.

    Raises:
        InvalidArgument: If no store can have this name.
    """
    folder = store_folder(name)
    reap()
    if not folder.exists():
        return Status(name, "absent", folder, bytes_on_disk=0)
    state, size = State.read(folder), sum(_sizes(folder))
    if state is None:
        return Status(name, "stopped", folder, bytes_on_disk=size)
    condition = state.condition(folder)
    return Status(
        name=name,
        condition=condition,
        folder=folder,
        bytes_on_disk=size,
        pid=state.process.pid if condition == "running" else None,
        uri=state.ports.uri,
        browser_url=state.ports.browser_url,
        user=USER,
        neo4j_version=state.neo4j_version,
        started_at=datetime.fromisoformat(state.started_at),
        wrong=(wrong_in(folder, state) if condition == "running" else "") or None,
    )


def password(name: str = "default") -> str:
    """The password of the user `neo4j` in a local store.

    Raises:
        InvalidArgument: If no store can have this name.
        NotFound: If there is no store of this name.
        Unauthenticated: If it is written down nowhere.
    """
    return password_of(folder_of(name))


@renamed_options(lines="limit")
def logs(name: str = "default", *, limit: int = 50) -> Logs:
    """Where the server of a local store writes its logs, and the last lines of what it said.

    Args:
        name: The name of the store.
        limit: How many lines at most.

    Raises:
        InvalidArgument: If no store can have this name.
        NotFound: If there is no store of this name.
    """
    folder = folder_of(name)
    console = console_log(folder)
    return Logs(console, folder / "logs" / "debug.log", tail(console, limit))


def remove(name: str, *, stop: bool = True) -> None:
    """Delete a local store with all its data, for good.

    Of a folder that is only a link to another one, the link goes and the other one stays; so does
    what links within it lead to.

    Args:
        name: Of the local store.
        stop: Stop its server first, if it runs; else it is refused then.

    Raises:
        InvalidArgument: If no store can have this name.
        NotFound: If there is no store of this name.
        FailedPrecondition: If its server runs, and not `stop`; or if another process goes on
            starting or stopping it.
    """
    folder = folder_of(name)
    with lock_of(folder, seconds=60):
        if not stop and status(name).condition == "running":
            raise FailedPrecondition(f"the local store {name!r} runs: stop it first")
        stop_server(folder, timeout=10)
        clear(set_aside(folder))


def set_aside(folder: Path) -> Path:
    """Give a store's folder another name, under which it is no store, and return that."""
    # Lest one whose removal is interrupted passes for a store.
    trash = folder.with_name(f".{folder.name}.removed")
    shutil.rmtree(trash, ignore_errors=True)
    folder.rename(trash)
    return trash


def clear(trash: Path) -> None:
    """Delete what was set aside; of a link to a folder, the link."""
    if trash.is_symlink():
        trash.unlink()
    else:
        shutil.rmtree(trash)


def local_stores() -> tuple[str, ...]:
    """The names of the local stores, in order."""
    folder = stores_folder()
    if not folder.is_dir():
        return ()
    return tuple(sorted(one.name for one in folder.glob("[!.]*") if one.is_dir()))


def _join(folder: Path, version: str | None, wish: Wish) -> LocalServer | None:
    """The server of `folder`, if it runs and answers."""
    state = State.read(folder)
    if state is None or not state.process.alive():
        return None
    if version not in (None, state.neo4j_version) or not wish.met_by(state.ports):
        raise FailedPrecondition(
            f"the local store {folder.name!r} runs already, Neo4j {state.neo4j_version} on the"
            f" ports {state.ports.bolt} (Bolt) and {state.ports.http} (HTTP): stop it first to"
            " have another version or other ports"
        )
    try:
        return state.server(folder, joined=True) if answers(folder, state) else None
    except DiskFull as error:
        # Only a new start mends it, and only if there is room by now.
        if shutil.disk_usage(folder).free < _ROOM:
            raise
        _log.info("the local store %s is started again: %s", folder.name, error)
        return None


def _await_other(
    folder: Path, state: State, timeout: float, on_progress: OnProgress
) -> LocalServer | None:
    """The server that another process started, once it answers; None if a new one has to be."""
    try:
        server = wait_until_up(folder, state, timeout=timeout, on_progress=on_progress)
    except LocalServerError as error:
        if isinstance(error, DiskFull) and shutil.disk_usage(folder).free >= _ROOM:
            processes.stop(state.process, timeout=60)
        elif state.process.alive():
            raise
        return None  # it was not about to start but to end
    return replace(server, joined=True)


def launch_of(
    folder: Path,
    release: Distribution,
    on_progress: OnProgress,
    *,
    heap: str | None = None,
    page_cache: str | None = None,
) -> Launch:
    """What starts `release` in `folder`; it is fetched if need be."""
    java = find_java(release)
    fetch(release, on_progress)
    _prepare(folder, release)
    # One that crashed, or was stopped, comes again as it was.
    state = State.read(folder)
    heap = heap or (state and state.heap) or "1g"
    page_cache = page_cache or (state and state.page_cache) or "256m"
    return Launch(folder, release, java, heap, page_cache)


def _prepare(folder: Path, release: Distribution) -> None:
    """See to it that `release` can be started in `folder`."""
    if orphan := orphan_of(folder):
        processes.stop(orphan, timeout=60)
    data_version = last_version(folder)
    if data_version and newer(data_version, release.version):
        raise newer_data(folder, data_version, release.version)
    make_private(folder)
    if (folder / "data" / "databases").exists():
        password_of(folder)  # refuses to start what nobody could get into


def stop_server(folder: Path, timeout: float) -> Stopped:
    """Stop the server of `folder`, whose lock is held."""
    state = State.read(folder)
    if state is None:
        orphan = orphan_of(folder)
        is_down = processes.stop(orphan, timeout=timeout) if orphan else True
        return Stopped(folder.name, "running" if orphan else "stopped", killed=not is_down)
    before = state.condition(folder)
    is_down = processes.stop(state.process, timeout=timeout)
    if before == "running":
        state.write_stopped(folder)
    return Stopped(folder.name, before, killed=not is_down)


def folder_of(name: str) -> Path:
    """The folder of a local store.

    Raises:
        InvalidArgument: If no store can have this name.
        NotFound: If there is no store of this name; the message has those there are.
    """
    folder = store_folder(name)
    if not folder.exists():
        there = local_stores()
        hint = f"there is {', '.join(there)}" if there else "there is none yet"
        raise NotFound(
            "local store",
            "name",
            name,
            f"{hint}; 'graphstore up' makes one, and so does whatever records",
        )
    return folder


def _sizes(folder: Path) -> Iterator[int]:
    for file in folder.rglob("*"):
        with suppress(OSError):  # a server at work makes and deletes files
            # What it takes up, as far as the system says: Neo4j reserves more than it writes.
            entry = file.lstat()
            yield entry.st_blocks * 512 if hasattr(entry, "st_blocks") else entry.st_size
