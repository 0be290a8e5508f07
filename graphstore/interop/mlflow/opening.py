"""Opens a store of MLflow's by its address: a SQLite file, a database on a server, or a folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from graphstore.errors import UnsupportedFile
from graphstore.interop.databases.address import Address, is_of_server
from graphstore.interop.mlflow.database import Cells, MlflowDatabase
from graphstore.interop.mlflow.files import MlflowFolder
from graphstore.interop.mlflow.records import MlflowStore
from graphstore.interop.mlflow.server import copied
from graphstore.interop.sqlite import UNREADABLE, opened, undisturbed, unreadable
from graphstore.system.progress import OnProgress, silent

__all__ = ["open_store"]

_WHAT = "MLflow's SQLite file or its folder mlruns"


@contextmanager
def open_store(address: str | Path, on_progress: OnProgress = silent) -> Iterator[MlflowStore]:
    """Open a store to read it.

    Args:
        address: ``sqlite:///mlflow.db`` or ``sqlite:////home/ann/mlflow.db``, as MLflow has it, the
            path of such a file, the path of a folder, or that as ``file:///…``;
            ``mysql://user:password@host/database`` or ``postgresql://…``, also with the name of a
            driver, as MLflow has it.
        on_progress: Is told how far a database on a server has been copied.

    Raises:
        UnsupportedFile: If there is none, or it is not what this reads.
        MissingExtra: If it is a folder, and PyYAML is not installed, or on a server, and what
            reads that is not.
        StoreError: If a server refuses; `graphstore.interop.databases.mysql.connected` lists how.
    """
    if is_of_server(address):
        server = Address.parse(str(address))
        with copied(server, on_progress) as (copy, connection):
            name = server.database
            yield MlflowDatabase(_SqliteTables(copy, connection, server.place, name, name))
        return
    path = _path(address)
    if path.is_dir():
        yield MlflowFolder(path)
        return
    with opened(path, _WHAT) as connection, undisturbed(path, connection) as still:
        yield MlflowDatabase(_SqliteTables(path, still, str(path), path.name, path.stem))


class _SqliteTables:
    """The tables of a SQLite file, which may be a copy of another place."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, place: str, title: str, name: str
    ) -> None:
        self.place, self.title, self.name = place, title, name
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
            " elsewhere: name what it was started with as --backend-store-uri, sqlite:///…,"
            " mysql://…, postgresql://… or a folder"
        )
    raise UnsupportedFile(
        f"expected sqlite:///…, mysql://…, postgresql://… or the path of {_WHAT}, found an address"
        f" that begins with {parts.scheme}:"
    )
