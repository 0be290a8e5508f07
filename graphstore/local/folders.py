"""Where a local Neo4j keeps things: jars in the user's cache, stores in the user's data folder.

::

    <cache>/neo4j/<version>-<digest>/    jars, shared by all stores of a user
    <cache>/class-archives/              what makes Java start faster, see `archive`
    <data>/stores/<name>/                one store: conf, data, logs, its password and state
    <temp>/graphstore-<user>/            ephemeral servers

`graphstore.folders` says where these folders are.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from graphstore.errors import InvalidArgument, StartFailed
from graphstore.folders import data_folder, make_private

__all__ = ["ephemeral_folder", "store_folder", "stores_folder"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def stores_folder() -> Path:
    """The local stores, a folder each."""
    return data_folder() / "stores"


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
