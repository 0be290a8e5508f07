"""Reads the SQLite files of ML Metadata, of schema 4 (release 0.14, 2019) to 10 (1.11 and later).

The tables are those of ML Metadata's `metadata_source_query_config.cc`; what older schemas lack
reads as None. Needs nothing but the standard library: not ML Metadata, nor protobuf.
"""

from __future__ import annotations

import sqlite3
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from graphstore.errors import UnsupportedFile
from graphstore.interop.protobuf import read_any, read_struct
from graphstore.model.values import Value

__all__ = ["MlmdFile", "Row"]

Row = dict[str, Any]

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
            name: [row["name"] for row in connection.execute(f"PRAGMA table_info({name})")]
            for (name,) in (tuple(row) for row in tables)
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
            connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
        except sqlite3.Error as error:
            raise UnsupportedFile(f"cannot open {path}: {error}") from error
        try:
            connection.row_factory = sqlite3.Row
            connection.text_factory = lambda text: text.decode(errors="backslashreplace")
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
        for row in self._rows("TypeProperty", ("type_id", "name", "data_type"), "rowid"):
            properties.setdefault(row["type_id"], {})[row["name"]] = row["data_type"]
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
        types = {row["id"]: row for row in self._rows("Type", columns, "id")}
        parents = {
            row["type_id"]: row["parent_type_id"]
            for row in self._rows("ParentType", ("type_id", "parent_type_id"), "rowid")
        }
        for id_, row in types.items():
            base = types.get(parents.get(id_, 0))
            yield {
                **row,
                "properties": properties.get(id_, {}),
                "base_type": base and base["name"],
            }

    def nodes(self, table: str) -> Iterator[Row]:
        """The rows of Artifact, Execution or Context by id, each with its `properties`: pairs of
        (name, whether it is custom) to value."""
        columns = (
            "id",
            "type_id",
            "uri",
            "state",
            "last_known_state",
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
            values = {}
            while ahead is not None and ahead[owner] <= row["id"]:
                if ahead[owner] == row["id"]:
                    value = _value(ahead)
                    if value is not None:
                        values[ahead["name"], bool(ahead["is_custom_property"])] = value
                ahead = next(properties, None)
            yield {**row, "properties": values}

    def events(self) -> Iterator[Row]:
        """The rows of Event by id, each with its `path`."""
        steps = self._rows(
            "EventPath", ("event_id", "is_index_step", "step_index", "step_key"), "event_id, rowid"
        )
        ahead = next(steps, None)
        columns = ("id", "artifact_id", "execution_id", "type", "milliseconds_since_epoch")
        for row in self._rows("Event", columns, "id"):
            path = []
            while ahead is not None and ahead["event_id"] <= row["id"]:
                if ahead["event_id"] == row["id"]:
                    path.append(
                        ahead["step_index"] if ahead["is_index_step"] else ahead["step_key"] or ""
                    )
                ahead = next(steps, None)
            yield {**row, "path": tuple(path)}

    def members(self, table: str) -> Iterator[Row]:
        """The rows of Attribution or Association by id, each with the `type_id` and `name` of its
        context, or None for both where there is no such context."""
        owner = {"Attribution": "artifact_id", "Association": "execution_id"}[table]
        return self._select(
            f"SELECT m.id, m.{owner}, m.context_id, c.type_id, c.name FROM {table} m"
            " LEFT JOIN Context c ON c.id = m.context_id ORDER BY m.id"
        )

    def parents(self) -> Iterator[Row]:
        """The rows of ParentContext, with `type_id` and `name` of the child and
        `parent_type_id` and `parent_name` of the parent, None where there is no such context."""
        if "ParentContext" not in self._columns:
            return iter(())
        return self._select(
            "SELECT p.context_id, p.parent_context_id, c.type_id, c.name,"
            " q.type_id AS parent_type_id, q.name AS parent_name FROM ParentContext p"
            " LEFT JOIN Context c ON c.id = p.context_id"
            " LEFT JOIN Context q ON q.id = p.parent_context_id ORDER BY 1, 2"
        )

    def anchors(self) -> dict[str, str]:
        """What tells this history from others, and is the same in every later copy of it.

        ML Metadata deletes nothing, and never changes what the first row of a table says of its
        type, its name and when it was created.
        """
        types = {row["id"]: row["name"] for row in self._rows("Type", ("id", "name"), "id")}
        anchors = {}
        for table in ("Context", "Artifact", "Execution"):
            columns = ["id", "type_id", "name", "create_time_since_epoch"]
            if table == "Artifact":
                columns.append("uri")  # in schema 4 artifacts have neither names nor times
            first = next(self._rows(table, columns, "id LIMIT 1"), None)
            if first is not None:
                facts = {**first, "type_id": types.get(first["type_id"])}
                if table == "Artifact" and first["create_time_since_epoch"]:
                    del facts["uri"]  # which may change
                anchors[table] = repr(sorted((k, v) for k, v in facts.items() if v is not None))
        return anchors

    def _rows(self, table: str, columns: Sequence[str], order: str) -> Iterator[Row]:
        """The rows of a table, None for the columns that this schema lacks."""
        there = [column for column in columns if column in self._columns.get(table, ())]
        if not there:
            return
        missing = dict.fromkeys(column for column in columns if column not in there)
        for row in self._select(f"SELECT {', '.join(there)} FROM {table} ORDER BY {order}"):
            yield {**row, **missing}

    def _select(self, query: str) -> Iterator[Row]:
        try:
            for row in self._connection.execute(query):
                yield dict(row)
        except sqlite3.Error as error:
            raise UnsupportedFile(f"{self.path} cannot be read: {error}") from error


_STRUCT = "mlmd-struct::"


def _value(row: Row) -> Value | None:
    """The value of a property: the first of its columns that has one."""
    if row["int_value"] is not None:
        return int(row["int_value"])
    if row["double_value"] is not None:
        return float(row["double_value"])
    if row["string_value"] is not None:
        return _string(str(row["string_value"]))
    if row["proto_value"] is not None:
        return read_any(b64decode(row["proto_value"]))
    return None if row["bool_value"] is None else bool(row["bool_value"])


def _string(text: str) -> Value:
    """A string, or the Struct that it holds as base64 behind a marker."""
    if text.startswith(_STRUCT):
        try:
            return read_struct(b64decode(text[len(_STRUCT) :], validate=True))
        except ValueError:
            pass  # text that only looks like one
    return text
