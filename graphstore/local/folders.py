"""Where a local Neo4j keeps things: jars in the user's cache, stores in the user's data folder.

::

    <cache>/neo4j/<version>-<digest>/    jars, shared by all stores of a user
    <cache>/class-archives/              what makes Java start faster, see `archive`
    <data>/stores/<name>/                one store: conf, data, logs, its password and state
    <temp>/graphstore-<user>/            ephemeral servers

GRAPHSTORE_CACHE_DIR and GRAPHSTORE_HOME name other folders for the first and the second.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path, user_data_path

from graphstore.errors import InvalidArgument, StartFailed
from graphstore.progress import OnProgress, Progress, silent

__all__ = [
    "cache_folder",
    "ephemeral_folder",
    "locked",
    "make_private",
    "store_folder",
    "stores_folder",
    "write_private",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def cache_folder() -> Path:
    """What can be fetched or made again."""
    return _from_environment("GRAPHSTORE_CACHE_DIR") or user_cache_path("graphstore", False)


def stores_folder() -> Path:
    """The local stores, a folder each."""
    home = _from_environment("GRAPHSTORE_HOME") or user_data_path("graphstore", False)
    return home / "stores"


def store_folder(name: str) -> Path:
    """The folder of the local store of this name, whether it exists or not.

    Raises:
        InvalidArgument: If the name is not one that a store can have.
    """
    if not _NAME.fullmatch(name):
        raise InvalidArgument(
            f"a local store cannot be called {name!r}: take up to 64 letters (a-z), digits,"
            " '-' and '_', the first of them a letter or a digit"
        )
    return stores_folder() / name


def ephemeral_folder() -> Path:
    """The folder of this user's ephemeral servers, made if need be.

    Raises:
        StartFailed: If somebody else made something of that name in the temporary folder.
    """
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()).resolve() / f"graphstore-{user}"
    # The temporary folder is everybody's: what waits there under this name may be a trap.
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
            raise PermissionError("it belongs to somebody else")
        make_private(folder)
    except OSError as error:
        raise StartFailed(f"cannot use {folder}: {error}; set TMPDIR to another folder") from error
    return folder


def make_private(folder: Path) -> None:
    """Make `folder` if need be, and let nobody but the user look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def write_private(file: Path, text: str) -> None:
    """Write `file` in one go, readable by the user alone from its first moment."""
    descriptor, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(partial, file)
    except BaseException:
        os.unlink(partial)
        raise


@contextmanager
def locked(path: Path, on_progress: OnProgress = silent) -> Iterator[None]:
    """Hold the lock of what lies at `path`; the system releases it when its holder dies.

    The lock is a file beside `path`, so that `path` itself can be removed under it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    guard = FileLock(path.with_name(f".{path.name}.lock"))
    began = time.monotonic()
    while True:
        try:
            guard.acquire(timeout=1)
            break
        except Timeout:
            step, waited = "waiting for another process", int(time.monotonic() - began)
            on_progress(Progress(step=step, done=waited, unit="seconds", detail=path.name))
    try:
        yield
    finally:
        guard.release()


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser().absolute() if value else None
