"""Reads the SQLite files of ML Metadata, of schema 4 (release 0.14, 2019) to 10 (1.11 and later).

The tables are those of ML Metadata's `metadata_source_query_config.cc`; what older schemas lack
reads as None. Needs nothing but the standard library: not ML Metadata, nor protobuf.
"""

from __future__ import annotations

import sqlite3
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from graphstore.errors import UnsupportedFile
from graphstore.interop.protobuf import read_any, read_struct
from graphstore.model.values import Value

__all__ = ["EventRow", "MemberRow", "MlmdFile", "NodeRow", "Row"]

Row = dict[str, Any]


class NodeRow(NamedTuple):
    """A row of Artifact, Execution or Context, with its properties."""

    id: int
    type_id: int | None
    uri: str | None
    state: int | None
    """The state of an artifact, the last known one of an execution."""
    name: str | None
    external_id: str | None
    created: int | None
    """Milliseconds since the epoch, as all times here."""
    updated: int | None
    properties: list[tuple[str, bool, Value]]
    """Names, whether they are custom, and values."""


class EventRow(NamedTuple):
    """A row of Event, with its path."""

    id: int
    artifact_id: int | None
    execution_id: int | None
    type: int | None
    time: int | None
    path: tuple[str | int, ...]


class MemberRow(NamedTuple):
    """A row of Attribution or Association."""

    id: int
    owner_id: int | None
    """The artifact or the execution."""
    context_id: int | None


SCHEMAS = range(4, 11)
TABLES = (
    "Type",
    "Context",
    "Artifact",
    "Execution",
    "Event",
    "Attribution",
    "Association",
    "ParentContext",
)
"""The tables whose rows become something of their own, in an order in which they can be written."""


class MlmdFile:
    """An open file; all that is read of it is of one moment, though others write to it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, schema_version: int) -> None:
        self.path, self.schema_version = path, schema_version
        self._connection = connection
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._columns = {
            name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            for (name,) in tables.fetchall()
            if name.isidentifier()
        }

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[MlmdFile]:
        """Open a file to read it; it is never written to.

        Raises:
            UnsupportedFile: If there is none, or it is not what this reads.
        """
        if not path.is_file():
            found = "a folder" if path.is_dir() else "nothing"
            raise UnsupportedFile(f"expected ML Metadata's SQLite file at {path}, found {found}")
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro",
                uri=True,
                check_same_thread=False,  # one at a time reads it, not always the same one
            )
        except sqlite3.Error as error:
            raise UnsupportedFile(f"cannot open {path}: {error}") from error
        try:
            connection.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
            try:
                connection.execute("BEGIN")
                versions = connection.execute("SELECT schema_version FROM MLMDEnv").fetchall()
            except sqlite3.Error as error:
                raise UnsupportedFile(
                    f"{path} is not ML Metadata's SQLite file of release 0.14 or later ({error})"
                ) from error
            version: int = versions[0][0] if len(versions) == 1 else -1
            if version not in SCHEMAS:
                raise UnsupportedFile(
                    f"{path} has ML Metadata's schema {version}; this reads {SCHEMAS[0]} to"
                    f" {SCHEMAS[-1]}"
                )
            yield cls(path, connection, version)
        finally:
            connection.close()

    def count(self, table: str) -> int:
        """How many rows a table has; 0 if this schema has no such table."""
        if table not in self._columns:
            return 0
        (count,) = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)

    def types(self) -> Iterator[Row]:
        """The types by id, each with its `properties` (name to ML Metadata's number of a kind) and
        the name of its `base_type`."""
        properties: dict[int, dict[str, int]] = {}
        for type_id, name, number in self._rows(
            "TypeProperty", ("type_id", "name", "data_type"), "rowid"
        ):
            properties.setdefault(type_id, {})[name] = number
        columns = (
            "id",
            "name",
            "version",
            "type_kind",
            "description",
            "input_type",
            "output_type",
            "external_id",
        )
        rows = (dict(zip(columns, row, strict=True)) for row in self._rows("Type", columns, "id"))
        types = {row["id"]: row for row in rows}
        parents = dict(self._rows("ParentType", ("type_id", "parent_type_id"), "rowid"))
        for id_, row in types.items():
            base = types.get(parents.get(id_, 0))
            yield {
                **row,
                "properties": properties.get(id_, {}),
                "base_type": base and base["name"],
            }

    def nodes(self, table: str) -> Iterator[NodeRow]:
        """The rows of Artifact, Execution or Context by id."""
        columns = (
            "id",
            "type_id",
            "uri",
            "last_known_state" if table == "Execution" else "state",
            "name",
            "external_id",
            "create_time_since_epoch",
            "last_update_time_since_epoch",
        )
        owner = f"{table.lower()}_id"
        properties = self._rows(
            f"{table}Property",
            (
                owner,
                "name",
                "is_custom_property",
                "int_value",
                "double_value",
                "string_value",
                "proto_value",
                "bool_value",
            ),
            owner,
        )
        # Both are ordered by the node's id: they are read side by side, and not into memory.
        ahead = next(properties, None)
        for row in self._rows(table, columns, "id"):
            id_, values = row[0], []
            while ahead is not None and ahead[0] <= id_:
                if ahead[0] == id_:
                    value = _value(*ahead[3:])
                    if value is not None:
                        values.append((ahead[1], bool(ahead[2]), value))
                ahead = next(properties, None)
            yield NodeRow._make((*row, values))

    def created(self, table: str) -> Iterator[tuple[int, int | None]]:
        """The ids of Artifact or Execution, in order, and when they were created."""
        return self._rows(table, ("id", "create_time_since_epoch"), "id")

    def events(self) -> Iterator[EventRow]:
        """The rows of Event, those of an execution together."""
        rows = self._select(
            "SELECT e.id, artifact_id, execution_id, type, milliseconds_since_epoch,"
            " p.event_id, is_index_step, step_index, step_key"
            " FROM Event e LEFT JOIN EventPath p ON p.event_id = e.id"
            " ORDER BY execution_id, e.id, p.rowid"
        )
        for event, steps in groupby(rows, _EVENT):
            path = [
                (step[7] or 0) if step[6] else (step[8] or "")
                for step in steps
                if step[5] is not None
            ]
            yield EventRow._make((*event, tuple(path)))

    def members(self, table: str) -> Iterator[MemberRow]:
        """The rows of Attribution or Association, those of an artifact or execution together."""
        owner = {"Attribution": "artifact_id", "Association": "execution_id"}[table]
        rows = self._rows(table, ("id", owner, "context_id"), f"{owner}, id")
        return map(MemberRow._make, rows)

    def parents(self) -> Iterator[tuple[Any, ...]]:
        """The rows of ParentContext: the ids of the child and of the parent."""
        columns = ("context_id", "parent_context_id")
        return self._rows("ParentContext", columns, ", ".join(columns))

    def anchors(self) -> dict[str, str]:
        """What tells this history from others, and is the same in every later copy of it.

        ML Metadata deletes nothing, and never changes what the first row of a table says of its
        type, its name and when it was created.
        """
        types = dict(self._rows("Type", ("id", "name"), "id"))
        anchors = {}
        for table in ("Context", "Artifact", "Execution"):
            columns = ["id", "type_id", "name", "create_time_since_epoch"]
            if table == "Artifact":
                columns.append("uri")  # in schema 4 artifacts have neither names nor times
            first = next(self._rows(table, columns, "id LIMIT 1"), None)
            if first is not None:
                facts = dict(zip(columns, first, strict=True))
                facts["type_id"] = types.get(facts["type_id"])
                if table == "Artifact" and facts["create_time_since_epoch"]:
                    del facts["uri"]  # which may change
                anchors[table] = repr(sorted((k, v) for k, v in facts.items() if v is not None))
        return anchors

    def _rows(self, table: str, columns: Sequence[str], order: str) -> Iterator[tuple[Any, ...]]:
        """The columns of a table's rows, None for those that this schema lacks."""
        known = self._columns.get(table, ())
        if not any(column in known for column in columns):
            return iter(())
        there = ", ".join(column if column in known else "NULL" for column in columns)
        return self._select(f"SELECT {there} FROM {table} ORDER BY {order}")

    def _select(self, query: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(query, parameters)
        except sqlite3.Error as error:
            raise UnsupportedFile(f"{self.path} cannot be read: {error}") from error


_EVENT = itemgetter(slice(5))
"""The columns of Event in a row that has those of EventPath, too."""
_STRUCT = "mlmd-struct::"


def _value(integer: Any, double: Any, string: Any, proto: Any, boolean: Any) -> Value | None:
    """The value of a property: the first of its columns that has one."""
    if integer is not None:
        return int(integer)
    if double is not None:
        return float(double)
    if string is not None:
        return _string(str(string))
    if proto is not None:
        return read_any(b64decode(proto))
    return None if boolean is None else bool(boolean)


def _string(text: str) -> Value:
    """A string, or the Struct that it holds as base64 behind a marker."""
    if text.startswith(_STRUCT):
        try:
            return read_struct(b64decode(text[len(_STRUCT) :], validate=True))
        except ValueError:
            pass  # text that only looks like one
    return text
