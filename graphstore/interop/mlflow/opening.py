"""Opens a store of MLflow's by its address: a SQLite file or a folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from graphstore.errors import UnsupportedFile
from graphstore.interop.mlflow.database import Cells, MlflowDatabase
from graphstore.interop.mlflow.files import MlflowFolder
from graphstore.interop.mlflow.records import MlflowStore
from graphstore.interop.sqlite import UNREADABLE, opened, undisturbed, unreadable

__all__ = ["open_store"]

_WHAT = "MLflow's SQLite file or its folder mlruns"


@contextmanager
def open_store(address: str | Path) -> Iterator[MlflowStore]:
    """Open a store to read it.

    Args:
        address: ``sqlite:///mlflow.db`` or ``sqlite:////home/ann/mlflow.db``, as MLflow has it, the
            path of such a file, the path of a folder, or that as ``file:///…``.

    Raises:
        UnsupportedFile: If there is none, or it is not what this reads.
        MissingExtra: If it is a folder, and PyYAML is not installed.
    """
    path = _path(address)
    if path.is_dir():
        yield MlflowFolder(path)
        return
    with opened(path, _WHAT) as connection, undisturbed(path, connection) as still:
        yield MlflowDatabase(_SqliteTables(path, still))


class _SqliteTables:
    """The tables of a SQLite file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.place, self.title, self.name = str(path), path.name, path.stem
        self._path, self._connection = path, connection

    def columns(self) -> dict[str, list[str]]:
        names = [*self.select("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [row[1] for row in self.select(f"PRAGMA table_info({name})")]
            for (name,) in names
            if name.isidentifier()
        }

    def select(self, query: str) -> Iterator[Cells]:
        try:
            yield from self._connection.execute(query)
        except UNREADABLE as error:
            raise unreadable(self._path, error, "cannot be read as MLflow's database") from error


def _path(address: str | Path) -> Path:
    """The path that an address names."""
    if isinstance(address, Path) or ("://" not in address and not address.startswith("file:")):
        return Path(address)
    parts = urlsplit(address)
    if parts.scheme == "sqlite" and not parts.netloc:
        return Path(unquote(parts.path.removeprefix("/")))
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(unquote(parts.path))
    if parts.scheme in ("http", "https"):
        raise UnsupportedFile(
            f"{parts.scheme}://{parts.hostname} is a tracking server, and has its records"
            " elsewhere: name what it was started with as --backend-store-uri, sqlite:///… or a"
            " folder"
        )
    raise UnsupportedFile(
        f"expected sqlite:///… or the path of {_WHAT}, found an address that begins with"
        f" {parts.scheme}:"
    )
