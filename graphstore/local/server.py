"""The local stores: start or join one, stop it, look at it, remove it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from graphstore.errors import FailedPrecondition, InvalidArgument, NotFound
from graphstore.folders import locked, make_private
from graphstore.local import processes
from graphstore.local.distribution import Distribution, asked_version, distribution, newer
from graphstore.local.download import fetch
from graphstore.local.failures import files_of, newer_data, tail
from graphstore.local.folders import store_folder, stores_folder
from graphstore.local.java import find_java
from graphstore.local.launch import Launch, answers, wait_until_up
from graphstore.local.ports import PREFERRED, USER, Wish, choose
from graphstore.local.results import LocalServer, Logs, Status, Stopped
from graphstore.local.state import State, console_log, last_version, orphan_of, password_of
from graphstore.local.throwaway import reap
from graphstore.progress import OnProgress, silent

__all__ = ["down", "local_stores", "logs", "password", "remove", "status", "up"]


def up(
    name: str = "default",
    *,
    neo4j_version: str | None = None,
    bolt_port: int | None = None,
    http_port: int | None = None,
    heap: str = "1g",
    page_cache: str = "256m",
    timeout: float = 180,
    on_progress: OnProgress = silent,
) -> LocalServer:
    """Start the server of a local store, or join it if it runs.

    The first call fetches Neo4j (155 MB) and makes the store. The server outlives this process;
    `down` stops it. Of several processes that call this at once, one starts the server and the
    others join it. One that crashed is started again.

    Args:
        name: Of the local store.
        neo4j_version: One of those that `graphstore` has a lock for; by default what
            GRAPHSTORE_NEO4J_VERSION says, else the long-term support release. A newer one than
            before brings the data up to date, and there is no way back.
        bolt_port: Where to listen for drivers; by default what GRAPHSTORE_BOLT_PORT says, else
            the port of last time, else any.
        http_port: Where to listen for browsers; likewise, GRAPHSTORE_HTTP_PORT.
        heap: The most memory that Java gives to objects, e.g. ``1g``; used if it starts.
        page_cache: The memory for pages of the store; used if it starts.
        timeout: Seconds to wait for the server to answer; fetching it does not count.
        on_progress: Told about the download and the start.

    Raises:
        InvalidArgument: If an argument cannot be right.
        FailedPrecondition: If it runs, and not with the version or the ports asked for.
        DownloadFailed: If Neo4j cannot be fetched.
        JavaNotFound: If there is no Java that it runs on.
        PortInUse: If a port that was asked for is taken.
        DiskFull: If there is no room for it.
        NewerData: If a newer Neo4j wrote the data.
        Unauthenticated: If the server refuses the password that is written down.
        StartFailed: If it does not come up for another reason.
        MissingExtra: If a package that the download needs is not installed.
    """
    folder = store_folder(name)
    wish = Wish.of(bolt_port, http_port)
    asked, release = asked_version(neo4j_version), distribution(neo4j_version)
    for size in (heap, page_cache):
        if not re.fullmatch(r"[1-9]\d*[kmgKMG]", size):
            raise InvalidArgument(f"{size!r} is not an amount of memory such as '512m' or '2g'")

    if joined := _join(folder, asked, wish):
        return joined
    with files_of(folder), locked(folder, on_progress):
        if joined := _join(folder, asked, wish):
            return joined
        reap()
        state = State.read(folder)
        if state and state.process.alive():  # whoever started it died before it answered
            server = wait_until_up(folder, state, timeout=timeout, on_progress=on_progress)
            return replace(server, joined=True)
        _prepare(folder, release)
        java = find_java(release)
        fetch(release, on_progress)
        ports = [state.ports, PREFERRED] if state else [PREFERRED]
        launch = Launch(folder, release, java, heap, page_cache)
        return launch.run(lambda: choose(wish, *ports), timeout=timeout, on_progress=on_progress)


def down(name: str = "default", *, timeout: float = 60) -> Stopped:
    """Stop the server of a local store; nothing happens if it does not run.

    Args:
        name: Of the local store.
        timeout: Seconds to wait for a clean end before the server is killed.

    Raises:
        InvalidArgument: If no store can have this name.
    """
    folder = store_folder(name)
    if not folder.exists():
        return Stopped(name, "absent", killed=False)
    with locked(folder):
        return _stop(folder, timeout)


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
    )


def password(name: str = "default") -> str:
    """The password of the user `neo4j` in a local store.

    Raises:
        InvalidArgument: If no store can have this name.
        NotFound: If there is no store of this name.
        Unauthenticated: If it is written down nowhere.
    """
    return password_of(_existing(name))


def logs(name: str = "default", *, lines: int = 50) -> Logs:
    """Where the server of a local store writes its logs, and the last lines of what it said.

    Raises:
        InvalidArgument: If no store can have this name.
        NotFound: If there is no store of this name.
    """
    folder = _existing(name)
    console = console_log(folder)
    return Logs(console, folder / "logs" / "debug.log", tail(console, lines))


def remove(name: str) -> None:
    """Stop the server of a local store, and delete all its data for good.

    Raises:
        InvalidArgument: If no store can have this name.
        NotFound: If there is no store of this name.
    """
    folder = _existing(name)
    with locked(folder):
        _stop(folder, timeout=10)
        shutil.rmtree(folder)


def local_stores() -> tuple[str, ...]:
    """The names of the local stores, in order."""
    folder = stores_folder()
    if not folder.is_dir():
        return ()
    return tuple(sorted(one.name for one in folder.iterdir() if one.is_dir()))


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
    return state.server(folder, joined=True) if answers(folder, state) else None


def _prepare(folder: Path, release: Distribution) -> None:
    """See to it that `release` can be started in `folder`."""
    if orphan := orphan_of(folder):
        processes.stop(orphan, timeout=60)
    found = last_version(folder)
    if found and newer(found, release.version):
        raise newer_data(folder, found, release.version)
    make_private(folder)
    if (folder / "data" / "databases").exists():
        password_of(folder)  # refuses to start what nobody could get into


def _stop(folder: Path, timeout: float) -> Stopped:
    state = State.read(folder)
    if state is None:
        orphan = orphan_of(folder)
        ended = processes.stop(orphan, timeout=timeout) if orphan else True
        return Stopped(folder.name, "running" if orphan else "stopped", killed=not ended)
    before = state.condition(folder)
    ended = processes.stop(state.process, timeout=timeout)
    if before == "running":
        state.write_stopped(folder)
    return Stopped(folder.name, before, killed=not ended)


def _existing(name: str) -> Path:
    folder = store_folder(name)
    if not folder.exists():
        hint = f"there is {', '.join(local_stores()) or 'none yet'}"
        raise NotFound("local store", "name", name, hint)
    return folder


def _sizes(folder: Path) -> Iterator[int]:
    for file in folder.rglob("*"):
        with suppress(OSError):  # a server at work makes and deletes files
            # What it takes up, as far as the system says: Neo4j reserves more than it writes.
            found = file.lstat()
            yield found.st_blocks * 512 if hasattr(found, "st_blocks") else found.st_size
