"""Where a local Neo4j keeps things: jars in the user's cache, stores in the user's data folder.

::

    <cache>/neo4j/<version>-<digest>/    jars, shared by all stores of a user
    <cache>/class-archives/              what makes Java start faster, see `archive`
    <data>/stores/<name>/                one store: conf, data, logs, its password and state
    <temp>/graphstore-<user>/            ephemeral servers; <cache>/ephemeral/ if that is not ours

`graphstore.system.folders` says where these folders are.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from pathlib import Path

from graphstore.errors import InvalidArgument, StartFailed
from graphstore.system.folders import cache_folder, data_folder, make_private

__all__ = [
    "ephemeral_folder",
    "ephemeral_folders",
    "guard_cache",
    "is_ours",
    "store_folder",
    "stores_folder",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def stores_folder() -> Path:
    """The local stores, a folder each."""
    return data_folder() / "stores"


def store_folder(name: str) -> Path:
    """The folder of the local store of this name, whether it exists or not.

    Raises:
        InvalidArgument: If the name is not one that a store can have.
    """
    if not isinstance(name, str):
        raise InvalidArgument(
            f"a local store is named by a text; found a {type(name).__name__}. Of a store that is"
            " open ask itself: store.run(...)"
        )
    if not _NAME.fullmatch(name):
        raise InvalidArgument(
            f"a local store cannot be called {name!r}: take up to 64 letters (a-z), digits,"
            " '-' and '_', the first of them a letter or a digit"
        )
    return stores_folder() / name


def guard_cache(folder: Path) -> None:
    """Make a folder of the cache, if need be, and see that nobody else can write there.

    What lies there is run. So a folder that others could write to is refused, whatever is in it;
    one that others can read is made private; one of the system's, in an image, is as good.

    Raises:
        StartFailed: If somebody else could have put something there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not hasattr(os, "getuid"):
        return
    for one in (folder, cache_folder()):
        status = one.stat()
        sticky = one != folder and status.st_mode & stat.S_ISVTX
        if status.st_uid not in (os.getuid(), 0) or (status.st_mode & 0o022 and not sticky):
            raise StartFailed(
                f"others can write to {one}, and what lies there is run: see that nobody did,"
                f" and take their right away (chmod -R go-w {one}) or delete it; or name another"
                " folder in GRAPHSTORE_CACHE_DIR"
            )
    if folder.stat().st_uid == os.getuid():
        make_private(folder)


def ephemeral_folder() -> Path:
    """The folder for this user's next ephemeral server, made if need be.

    Raises:
        StartFailed: If none can be made.
    """
    first, second = ephemeral_folders()
    # The temporary folder is everybody's: what waits there under this name may be a trap, or
    # somebody else's way to keep us from working.
    try:
        first.mkdir(mode=0o700, exist_ok=True)
        if is_ours(first):
            make_private(first)
            return first
    except OSError:
        pass  # as if it were not ours
    try:
        make_private(second)
    except OSError as error:
        raise StartFailed(
            f"{first} is not ours, and {second} cannot be used: {error}; set TMPDIR to another"
            " folder"
        ) from error
    return second


def ephemeral_folders() -> tuple[Path, Path]:
    """Where this user's ephemeral servers may be, whether the folders exist or not."""
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    temporary = Path(tempfile.gettempdir()).resolve()
    return temporary / f"graphstore-{user}", cache_folder() / "ephemeral"


def is_ours(folder: Path) -> bool:
    """Whether a folder belongs to this user, and is no link to another."""
    if folder.is_symlink():
        return False
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()
