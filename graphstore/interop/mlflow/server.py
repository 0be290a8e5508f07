"""MLflow's tables in MySQL, MariaDB or PostgreSQL, copied to a file of SQLite's to be read there.

Several tables are read side by side, in the order of bytes. A server sorts by the rules of a
language, and MySQL's sends one answer at a time; SQLite does neither. So a server is asked for each
table once, without an order, all as of one moment, and then no longer held up.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from graphstore.interop.databases import mysql, postgresql
from graphstore.interop.databases.address import Address
from graphstore.interop.mlflow.database import NOTHING_NEW, READ, Cells, check_columns
from graphstore.interop.sqlite import no_room, opened
from graphstore.system.progress import OnProgress, Progress

if TYPE_CHECKING:
    import psycopg
    import pymysql

__all__ = ["copied"]

_WHOSE = "MLflow's"
_STEP = 10_000
"""Rows between two reports of progress, and that PostgreSQL sends at a time."""
_INDEXES = {
    "metrics": ("run_uuid", "key", "timestamp", "step"),
    "inputs": ("source_type", "source_id"),
    "input_tags": ("input_uuid",),
    "datasets": ("dataset_uuid",),
}
"""By which rows are looked up, as in MLflow's own databases."""
_KEPT = (int, float, str, bytes, type(None))
"""What SQLite keeps as it is; MLflow writes nothing else that is read."""


class _Server(ABC):
    """The tables of a database on a server."""

    @abstractmethod
    def columns(self) -> dict[str, list[str]]:
        """The columns of all tables, in their order."""

    @abstractmethod
    def query(self, query: str) -> Iterator[Cells]:
        """The rows of an answer; the last one is taken before anything else is asked."""

    @staticmethod
    @abstractmethod
    def quoted(name: str) -> str:
        """The name of a table or a column, as the server has it."""

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Cells]:
        """All rows of a table."""
        names = ", ".join(map(self.quoted, columns))
        return self.query(f"SELECT {names} FROM {self.quoted(table)}")

    def count(self, table: str) -> int:
        """How many rows a table has."""
        ((number,),) = self.query(f"SELECT count(*) FROM {self.quoted(table)}")
        return int(number)


@contextmanager
def copied(address: Address, on_progress: OnProgress) -> Iterator[tuple[Path, sqlite3.Connection]]:
    """A copy of a database, which goes at the end, and a connection to it.

    Raises:
        UnsupportedFile: If the database is not MLflow's, or there is no room for a copy.
        StoreError: As `graphstore.interop.databases.mysql.connected`.
    """
    with TemporaryDirectory(prefix="graphstore-import-") as folder:
        copy = Path(folder) / "copy.sqlite"
        with _server(address) as server:
            columns = server.columns()
            check_columns(address.place, columns)
            try:
                _copy(server, columns, copy, address, on_progress)
            except sqlite3.Error as error:
                if "full" in str(error):
                    raise no_room(copy, address.place) from error
                raise
        with opened(copy, "the copy that was just made") as connection:
            yield copy, connection


@contextmanager
def _server(address: Address) -> Iterator[_Server]:
    if address.kind == "mysql":
        with mysql.connected(address, _WHOSE) as connection:
            yield _Mysql(connection)
    else:
        with postgresql.connected(address, _WHOSE) as connection:
            yield _Postgresql(connection)


def _copy(
    server: _Server,
    tables: dict[str, list[str]],
    copy: Path,
    address: Address,
    on_progress: OnProgress,
) -> None:
    numbers = count(1)

    def told(table: str, rows: Iterator[Cells]) -> Iterator[Cells]:
        for row in rows:
            number = next(numbers)
            if number % _STEP == 0:
                on_progress(Progress(f"copying {address.place}", number, detail=table))
            yield tuple(cell if isinstance(cell, _KEPT) else str(cell) for cell in row)

    with closing(sqlite3.connect(copy)) as target:
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        for table, columns in tables.items():
            names = ", ".join(map(_quoted, columns))
            target.execute(f"CREATE TABLE {_quoted(table)} ({names})")
            if table in READ:
                target.executemany(
                    f"INSERT INTO {_quoted(table)} VALUES ({', '.join('?' * len(columns))})",
                    told(table, server.rows(table, columns)),
                )
            elif table not in NOTHING_NEW:
                # Of these it is only told how many rows there are.
                target.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?)"
                    f" INSERT INTO {_quoted(table)} ({_quoted(columns[0])}) SELECT NULL FROM n",
                    [server.count(table)],
                )
        for table, keys in _INDEXES.items():
            if set(keys) <= set(tables.get(table, ())):
                names = ", ".join(map(_quoted, keys))
                target.execute(f"CREATE INDEX {_quoted(f'by_{table}')} ON {table} ({names})")
        target.commit()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Mysql(_Server):
    """The tables of a connection whose transaction has begun."""

    def __init__(self, connection: pymysql.Connection) -> None:
        self._connection = connection

    def columns(self) -> dict[str, list[str]]:
        return _columns(
            self.query(
                "SELECT c.table_name, c.column_name FROM information_schema.columns c"
                " JOIN information_schema.tables t"
                " ON t.table_schema = c.table_schema AND t.table_name = c.table_name"
                " WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'"
                " ORDER BY c.table_name, c.ordinal_position"
            )
        )

    def query(self, query: str) -> Iterator[Cells]:
        from pymysql.cursors import SSCursor

        with self._connection.cursor(SSCursor) as cursor:
            cursor.execute(query)
            yield from cursor

    @staticmethod
    def quoted(name: str) -> str:
        return "`" + name.replace("`", "``") + "`"


class _Postgresql(_Server):
    """The tables of a connection, whose transaction begins with the first query."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection, self._numbers = connection, count()

    def columns(self) -> dict[str, list[str]]:
        # Those, too, that the user may not read: a table that is left out unseen would be missed.
        return _columns(
            self.query(
                "SELECT c.relname, a.attname FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " JOIN pg_attribute a ON a.attrelid = c.oid"
                " WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)"
                " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
                " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum"
            )
        )

    def query(self, query: str) -> Iterator[Cells]:
        with self._connection.cursor(name=f"graphstore_{next(self._numbers)}") as cursor:
            cursor.itersize = _STEP
            cursor.execute(query.encode())
            yield from cursor

    @staticmethod
    def quoted(name: str) -> str:
        return _quoted(name)


def _columns(rows: Iterator[tuple[Any, ...]]) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for table, column in rows:
        columns.setdefault(str(table), []).append(str(column))
    return columns
