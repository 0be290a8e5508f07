"""ML Metadata's tables in MySQL or MariaDB.

ML Metadata sends UTF-8 and says that it is latin1, so that the server encodes each byte once more;
and gets back what it sent. Everybody else sees ``Ã©`` for ``é``. That is undone here.

A connection has one result at a time: tables are read by pages, in the order of an index.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

from graphstore.errors import UnsupportedFile
from graphstore.interop.databases.address import Address
from graphstore.interop.databases.mysql import connected
from graphstore.interop.mlmd.databases.cells import TEXTS
from graphstore.interop.mlmd.databases.schemas import check_schema, columns_of
from graphstore.interop.mlmd.databases.tables import (
    EVENT_COLUMNS,
    POSITION,
    STEP_COLUMNS,
    MlmdTables,
)

if TYPE_CHECKING:
    import pymysql

__all__ = ["opened_mysql", "undo_latin1"]

_FIRST_PAGE, _LARGEST_PAGE = 200, 5_000
"""Rows of a page: the next one has more or fewer, by what the rows of the last one weigh."""
_LARGEST_PAGE_OF_NUMBERS = 100_000
"""Of Attribution and Association, for which there is no index: each page is a scan."""
_PAGE_WEIGHT = 4_000_000
"""Characters of a page, about."""
_NO_STEP = (None,) * (1 + len(STEP_COLUMNS))


@contextmanager
def opened_mysql(address: Address) -> Iterator[MlmdTables]:
    """The tables at an address, as they are at this moment; the user needs SELECT only.

    Raises:
        UnsupportedFile: If the database is not one that this reads.
        StoreError: As `graphstore.interop.databases.mysql.connected`.
    """
    with connected(address, "ML Metadata's") as connection:
        yield _MysqlTables(address, connection)


class _MysqlTables(MlmdTables):
    """The tables of a connection whose transaction has begun."""

    def __init__(self, address: Address, connection: pymysql.Connection) -> None:
        self._connection = connection
        # Where the names of tables have no capitals, another server may have taken them over.
        names = self._query("SHOW TABLES")
        self._names = {str(name).lower(): str(name) for (name,) in names}
        if "mlmdenv" not in self._names:
            raise UnsupportedFile(
                f"{address.place} is not ML Metadata's database of release 0.14 or later: it has no"
                " table MLMDEnv, or none that this user may read"
            )
        versions = self._query(f"SELECT schema_version FROM {self._name('MLMDEnv')}")
        version = check_schema(address.place, [version for (version,) in versions])
        super().__init__(
            version,
            columns_of(version),
            place=address.place,
            title=address.database,
            name=address.database,
            facts={"address": address.place},
        )
        for table, columns in self._columns.items():  # nothing is written if one cannot be read
            self._query(f"SELECT {_names(columns)} FROM {self._name(table)} LIMIT 0")

    def _select(
        self, table: str, columns: Sequence[str], order: Sequence[str], limit: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        if limit is None:
            return chain.from_iterable(self._pages(table, columns, order))
        query = f"SELECT {_names(columns)} FROM {self._name(table)} ORDER BY {_names(order)}"
        return iter(self._sound(table, columns, self._query(f"{query} LIMIT {limit}")))

    def _pages(
        self, table: str, columns: Sequence[str], order: Sequence[str]
    ) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a table by pages, none of which ends among rows of the same first key."""
        order = [column for column in order if column != POSITION]  # which MySQL does not tell
        key, at = f"`{order[0]}`", columns.index(order[0])
        select = f"SELECT {_names(columns)} FROM {self._name(table)}"
        size, last, where = _FIRST_PAGE, None, ""
        while True:
            page = self._query(f"{select}{where} ORDER BY {_names(order)} LIMIT {size}", last)
            is_last = len(page) < size
            if not is_last:
                last = page[-1][at]
                while page and page[-1][at] == last:  # there may be more of these
                    page.pop()
                if page:
                    last = page[-1][at]
                else:
                    page = self._query(f"{select} WHERE {key} = %s ORDER BY {_names(order)}", last)
            yield self._sound(table, columns, page)
            if is_last:
                return
            where, size = f" WHERE {key} > %s", _next_size(size, columns, page)

    def _sound(
        self, table: str, columns: Sequence[str], page: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """The rows with each text as ML Metadata sent it."""
        places = [at for at, column in enumerate(columns) if column in TEXTS]
        for number, row in enumerate(page):
            for at in places:
                cell = row[at]
                if cell is not None and not cell.isascii():
                    text = undo_latin1(cell)
                    if text is None:
                        self._tell(
                            f"{_row_name(table, row)}: {columns[at]} {cell[:60]!r} is not as ML"
                            " Metadata writes it to MySQL: read as it is there"
                        )
                    else:
                        page[number] = (*page[number][:at], text, *page[number][at + 1 :])
        return page

    def _count(self, table: str) -> int:
        ((count,),) = self._query(f"SELECT count(*) FROM {self._name(table)}")
        return int(count)

    def _last_id(self, table: str) -> int:
        ((last,),) = self._query(f"SELECT max(id) FROM {self._name(table)}")
        return int(last or 0)

    def _paths(self) -> Iterator[tuple[Any, ...]]:
        for events in self._pages("Event", EVENT_COLUMNS, ("execution_id", "id")):
            paths: dict[int, list[tuple[Any, ...]]] = {}
            for step in self._steps([event[0] for event in events]):
                paths.setdefault(step[0], []).append(step)
            for event in events:
                for step in paths.get(event[0], [_NO_STEP]):
                    yield (*event, *step)

    def _steps(self, event_ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """The steps of some events. There is no column to order them by: whether the server reads
        the table itself or its index, those of an event come as they were recorded."""
        if not event_ids:
            return []
        columns = ("event_id", *STEP_COLUMNS)
        steps = self._query(
            f"SELECT {_names(columns)} FROM {self._name('EventPath')} WHERE event_id IN %s",
            event_ids,
        )
        return self._sound("EventPath", columns, steps)

    def _lost_steps(self) -> Iterator[tuple[Any, ...]]:
        return iter(
            self._query(
                f"SELECT p.event_id, count(*) FROM {self._name('EventPath')} p"
                f" LEFT JOIN {self._name('Event')} e ON e.id = p.event_id"
                " WHERE e.id IS NULL GROUP BY p.event_id"
            )
        )

    def _name(self, table: str) -> str:
        return f"`{self._names.get(table.lower(), table)}`"

    def _query(self, query: str, parameter: Any = None) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query, None if parameter is None else (parameter,))
            return list(cursor.fetchall())


def _row_name(table: str, row: tuple[Any, ...]) -> str:
    """Which row it is, for messages: its first column is an id."""
    kind, is_property, _ = table.partition("Property")
    if is_property:
        return f"{table} {row[1]!r} of {kind.lower()} {row[0]}"
    return f"{table} {row[0]}"


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _next_size(size: int, columns: Sequence[str], page: Sequence[tuple[Any, ...]]) -> int:
    """How many rows the page after this one has."""
    texts = [at for at, column in enumerate(columns) if column in TEXTS or column == "proto_value"]
    if not texts:
        return min(8 * size, _LARGEST_PAGE_OF_NUMBERS)
    weight = sum(len(row[at]) for row in page for at in texts if row[at] is not None)
    fit = len(page) * _PAGE_WEIGHT // max(weight, 1)
    return max(1, min(8 * size, fit, _LARGEST_PAGE))


# What MySQL calls latin1 is Windows' cp1252, and the five bytes that this leaves out as they are.
_LATIN1 = codecs.charmap_build(
    "".join(
        chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode("cp1252")
        for byte in range(256)
    )
)


def undo_latin1(text: str) -> str | None:
    """The text whose UTF-8 somebody took for MySQL's latin1; None if nobody did.

    It is what ``CAST(CONVERT(text USING latin1) AS BINARY)`` is in MySQL, read as UTF-8, if
    ``CONVERT`` loses nothing.
    """
    try:
        sent, _ = codecs.charmap_encode(text, "strict", _LATIN1)
        return sent.decode()
    except UnicodeError:
        return None
