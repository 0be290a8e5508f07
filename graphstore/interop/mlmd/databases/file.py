"""ML Metadata's SQLite files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphstore.interop.mlmd.databases.schemas import check_schema
from graphstore.interop.mlmd.databases.streamed import StreamedTables
from graphstore.interop.sqlite import UNREADABLE, damage, opened, undisturbed, unreadable

__all__ = ["MlmdFile"]


class MlmdFile(StreamedTables):
    """An open file."""

    def __init__(self, path: Path, connection: sqlite3.Connection, schema_version: int) -> None:
        self.path = path
        self._connection = connection
        tables = list(self._query("SELECT name FROM sqlite_master WHERE type = 'table'"))
        columns = {
            name: [row[1] for row in self._query(f"PRAGMA table_info({name})")]
            for (name,) in tables
            if name.isidentifier()
        }
        super().__init__(
            schema_version,
            columns,
            place=str(path),
            title=path.name,
            name=path.stem,
            facts={"file": path.name},
        )

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[MlmdFile]:
        """Open a file to read it; it is never written to, and who writes to it is held up for
        moments only.

        Raises:
            UnsupportedFile: If there is none, or it is not what this reads.
        """
        with opened(path, "ML Metadata's SQLite file") as connection:
            version = _version(path, connection)
            with undisturbed(path, connection) as still:
                file = cls(path, still, version)
                if what := damage(still):
                    cls(path, still, version).read()  # lest half of it is written
                    file.problems.append(
                        f"the file is damaged ({what}), though not where its rows are read"
                    )
                yield file

    def _last_id(self, table: str) -> int:
        ((last,),) = self._query(f"SELECT max(id) FROM {table} WHERE typeof(id) = 'integer'")
        return int(last or 0)

    def _repeated(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        names = ", ".join(columns)
        return self._query(
            f"SELECT {names} FROM {table} WHERE {columns[-1]} IS NOT NULL"
            f" GROUP BY {names} HAVING count(*) > 1"
        )

    def _query(self, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            # By itself: `yield from` would close the cursor, maybe when the file is closed already.
            for row in self._connection.execute(query):  # noqa: UP028
                yield row
        except UNREADABLE as error:
            raise unreadable(self.path, error, "cannot be read") from error


def _version(path: Path, connection: sqlite3.Connection) -> int:
    """Which schema a file has.

    Raises:
        UnsupportedFile: If it has none that this reads.
    """
    try:
        versions = connection.execute("SELECT schema_version FROM MLMDEnv").fetchall()
    except UNREADABLE as error:
        raise unreadable(
            path, error, "is not ML Metadata's SQLite file of release 0.14 or later"
        ) from error
    return check_schema(str(path), [version for (version,) in versions])
