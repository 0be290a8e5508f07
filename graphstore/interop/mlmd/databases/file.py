"""Reads the SQLite files of ML Metadata, of schema 4 (release 0.14, 2019) to 10 (1.11 and later).

The tables are those of ML Metadata's `metadata_source_query_config.cc`; what older schemas lack
reads as None. Needs nothing but the standard library: not ML Metadata, nor protobuf.
"""

from __future__ import annotations

import sqlite3
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from graphstore.errors import UnsupportedFile
from graphstore.interop.importing.history import (
    EventRow,
    Member,
    MemberRow,
    NodeRow,
    Row,
    SourceId,
    Table,
)
from graphstore.interop.mlmd.databases.cells import Cells, as_text
from graphstore.interop.mlmd.databases.numbers import event_type, state, type_of
from graphstore.interop.mlmd.databases.opening import UNREADABLE, opened, undisturbed, unreadable
from graphstore.interop.mlmd.databases.protobuf import read_any, read_struct
from graphstore.interop.mlmd.databases.repeated import Repeated
from graphstore.model.types import Kind, Type
from graphstore.model.values import Value, describe

__all__ = ["SCHEMAS", "MlmdFile"]

SCHEMAS = range(4, 11)
TABLES: dict[Table, str] = {
    "type": "Type",
    "context": "Context",
    "artifact": "Artifact",
    "execution": "Execution",
    "event": "Event",
    "attribution": "Attribution",
    "association": "Association",
    "parent": "ParentContext",
}
"""ML Metadata's names of the tables whose rows become something of their own."""


class MlmdFile:
    """An open file, which is a `graphstore.interop.importing.history.History`; all that is read of
    it is of one moment, though others write to it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, schema_version: int) -> None:
        self.path, self.schema_version = path, schema_version
        self.place, self.title, self.name = str(path), path.name, path.stem
        self.facts = {"file": path.name, "schema_version": schema_version}
        self.tables = TABLES
        self.problems: list[str] = []
        """What is damaged in the rows that were read until now: one sentence each, by table and
        row. Whoever takes them empties the list."""
        self.same_contexts: dict[SourceId, SourceId] = {}
        """Of contexts whose type and name an earlier one has, the id of that."""
        self._events: set[int] = set()
        self._connection = connection
        tables = list(self._select("SELECT name FROM sqlite_master WHERE type = 'table'"))
        self._columns = {
            name: [row[1] for row in self._select(f"PRAGMA table_info({name})")]
            for (name,) in tables
            if name.isidentifier()
        }

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[MlmdFile]:
        """Open a file to read it; it is never written to, and who writes to it is held up for
        moments only.

        Raises:
            UnsupportedFile: If there is none, or it is not what this reads.
        """
        with opened(path) as connection:
            version = _version(path, connection)
            with undisturbed(path, connection) as still:
                yield cls(path, still, version)

    def count(self, table: Table) -> int:
        """How many rows a table has; 0 if this schema has no such table."""
        name = TABLES[table]
        if name not in self._columns:
            return 0
        ((count,),) = self._select(f"SELECT count(*) FROM {name}")
        return int(count)

    def types(self) -> Iterator[tuple[SourceId | None, Type | None]]:
        """The types by id."""
        return ((row["id"], type_of(row, self._tell)) for row in self._types())

    def _types(self) -> Iterator[Row]:
        """The rows of Type by id, each with its `properties` (name to ML Metadata's number of a
        kind) and the name of its `base_type`."""
        properties: dict[int, dict[str, int]] = {}
        for type_id, name, number in self._rows(
            "TypeProperty", ("type_id", "name", "data_type"), "rowid", key="type_id"
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
        types: dict[int, Row] = {}
        for row in rows:
            if row["id"] is None or row["id"] in types:
                self.problems.append(f"Type {row['id']} has no id of its own: left out")
            else:
                types[row["id"]] = row
        ends = ("type_id", "parent_type_id")
        parents = dict(self._rows("ParentType", ends, "rowid", key="type_id"))
        for id_, row in types.items():
            base = types.get(parents.get(id_, 0))
            yield {
                **row,
                "properties": properties.get(id_, {}),
                "base_type": base and base["name"],
            }

    def nodes(self, kind: Kind) -> Iterator[NodeRow]:
        """The rows of Artifact, Execution or Context by id."""
        table = TABLES[kind]
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
        owner = f"{kind}_id"
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
            key=owner,
        )
        # Both are ordered by the node's id: they are read side by side, and not into memory.
        ahead = next(properties, None)
        before = None
        repeats = Repeated(
            table,
            names=self.repeated_values(table, "type_id", "name"),
            external_ids=self.repeated_values(table, "external_id"),
            same_contexts=self.same_contexts,
            problems=self.problems,
        )
        for row in self._rows(table, columns, "id"):
            values: list[tuple[str, bool, Value]] = []
            id_ = row[0]
            if id_ is None or id_ == before:
                self.problems.append(f"{table} {id_} has no id of its own: left out")
                yield NodeRow._make((None, *row[1:3], None, *row[4:], []))
                continue
            before = id_
            while ahead is not None and (ahead[0] is None or ahead[0] <= id_):
                if ahead[0] == id_:
                    self._add_value(values, table, ahead)
                else:
                    self._tell_of_orphan(table, ahead)
                ahead = next(properties, None)
            node = NodeRow._make((*row[:3], state(kind, id_, row[3], self._tell), *row[4:], values))
            yield repeats.settle(node) if repeats.any else node
        while ahead is not None:
            self._tell_of_orphan(table, ahead)
            ahead = next(properties, None)

    def _add_value(
        self, values: list[tuple[str, bool, Value]], table: str, row: tuple[Any, ...]
    ) -> None:
        """Add the property of a row to those of its node."""
        owner, name, custom, *cells = row
        try:
            value = _value(*cells)
        except _Odd as odd:
            self.problems.append(f"{table}Property {name!r} of {table.lower()} {owner}: {odd}")
            value = odd.value
        if name is None or value is None:
            what = "value" if name else "name"
            self.problems.append(
                f"{table}Property {name!r} of {table.lower()} {owner} has no {what}: left out"
            )
            return
        values.append((name, bool(custom), value))

    def _tell_of_orphan(self, table: str, row: tuple[Any, ...]) -> None:
        owner, name, *_ = row
        self.problems.append(
            f"{table}Property {name!r} belongs to {table.lower()} {owner}, which is not in the"
            " file: left out"
        )

    def create_times(self, kind: Kind) -> Iterator[tuple[SourceId, int | None]]:
        """The ids of Artifact or Execution, in order, and when they were created."""
        table = TABLES[kind]
        columns = ("id", "create_time_since_epoch")
        cells = Cells(table, columns, lambda _: None)  # told when the row itself is read
        rows = map(cells, self._raw(table, columns, "id"))
        return ((id_, time) for id_, time in rows if id_ is not None)

    def repeated_values(self, table: str, *columns: str) -> set[tuple[Any, ...]]:
        """The values of these columns that several rows have, though ML Metadata lets only one."""
        if not set(columns) <= set(self._columns.get(table, ())):
            return set()
        *_, last = columns
        names = ", ".join(columns)
        rows = self._select(
            f"SELECT {names} FROM {table} WHERE {last} IS NOT NULL"
            f" GROUP BY {names} HAVING count(*) > 1"
        )
        return set(map(Cells(table, columns, lambda _: None, key=last), rows))

    def events(self) -> Iterator[EventRow]:
        """The rows of Event, those of an execution together."""
        if "EventPath" in self._columns:
            for event_id, steps in self._select(
                "SELECT p.event_id, count(*) FROM EventPath p"
                " LEFT JOIN Event e ON e.id = p.event_id WHERE e.id IS NULL GROUP BY p.event_id"
            ):
                self.problems.append(
                    f"EventPath: {steps} steps belong to event {describe(event_id)}, which is not"
                    " in the file: left out"
                )
        rows = self._select(
            "SELECT e.id, artifact_id, execution_id, type, milliseconds_since_epoch,"
            " p.event_id, is_index_step, step_index, step_key"
            " FROM Event e LEFT JOIN EventPath p ON p.event_id = e.id"
            " ORDER BY execution_id, e.id, p.rowid"
        )
        for event, steps in groupby(map(Cells("Event", _EVENT_COLUMNS, self._tell), rows), _EVENT):
            path = [
                (step[7] or 0) if step[6] else (step[8] or "")
                for step in steps
                if step[5] is not None
            ]
            id_, artifact_id, execution_id, number, time = event
            type_ = event_type(event, self._tell)
            if type_ is not None and self._repeats(event, path):
                self._tell(f"Event {id_} says again what another said: left out")
                type_ = None
            number = None if type_ is None else id_
            yield EventRow(number, artifact_id, execution_id, type_, time, tuple(path))

    def _repeats(self, event: tuple[Any, ...], path: Sequence[str | int]) -> bool:
        """Whether the file had this event before; since schema 8 it has an index against that."""
        if self.schema_version >= 8:
            return False
        key = hash((event[1:4], tuple(path)))
        if key in self._events:
            return True
        self._events.add(key)
        return False

    def members(self, table: Member) -> Iterator[MemberRow]:
        """The rows of Attribution or Association, those of an artifact or execution together."""
        name, owner = TABLES[table], _OWNERS[table]
        rows = self._rows(name, ("id", owner, "context_id"), f"{owner}, id")
        for row in map(MemberRow._make, rows):
            if row.number is None:
                self._tell(f"a row of {name} has no id: left out ({tuple(row)})")
            yield row

    def parents(self) -> Iterator[tuple[SourceId | None, SourceId | None]]:
        """The rows of ParentContext: the ids of the child and of the parent."""
        columns = ("context_id", "parent_context_id")
        return self._rows("ParentContext", columns, ", ".join(columns), key="context_id")

    def anchors(self) -> dict[Kind, list[str]]:
        """What tells this history from others, and begins the same in every later copy of it.

        ML Metadata deletes nothing, and never changes what a row says of its type, its name and
        when it was created. Where it has a time, the first row of a table will do; files of old
        schemas have none, and many histories begin alike.
        """
        types = dict(self._raw("Type", ("id", "name"), "id"))
        anchors: dict[Kind, list[str]] = {}
        kinds: tuple[Kind, ...] = ("context", "artifact", "execution")
        for kind in kinds:
            columns = ["id", "type_id", "name", "create_time_since_epoch"]
            if kind == "artifact":
                columns.append("uri")  # in schema 4 artifacts have neither names nor times
            rows: list[str] = []
            for row in self._raw(TABLES[kind], columns, f"id LIMIT {_ANCHORS}"):
                facts = dict(zip(columns, row, strict=True))
                facts["type_id"] = types.get(facts["type_id"])
                has_time = bool(facts["create_time_since_epoch"])
                if kind == "artifact" and (has_time or rows):
                    del facts["uri"]  # which may change
                rows.append(repr(sorted((k, v) for k, v in facts.items() if v is not None)))
                if has_time:
                    break
            if rows:
                anchors[kind] = rows
        return anchors

    def _rows(
        self, table: str, columns: Sequence[str], order: str, *, key: str = "id"
    ) -> Iterator[tuple[Any, ...]]:
        """The columns of a table's rows, None for those that this schema lacks, or that are
        damaged, which is told by the column `key`."""
        return map(Cells(table, columns, self._tell, key=key), self._raw(table, columns, order))

    def _tell(self, problem: str) -> None:
        self.problems.append(problem)

    def _raw(self, table: str, columns: Sequence[str], order: str) -> Iterator[tuple[Any, ...]]:
        """The columns of a table's rows as they are, None for those that this schema lacks."""
        own_columns = self._columns.get(table, ())
        if not any(column in own_columns for column in columns):
            return iter(())
        there = ", ".join(column if column in own_columns else "NULL" for column in columns)
        return self._select(f"SELECT {there} FROM {table} ORDER BY {order}")

    def _select(self, query: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(query, parameters)
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
    version: int = versions[0][0] if len(versions) == 1 else -1
    if version not in SCHEMAS:
        raise UnsupportedFile(
            f"{path} has ML Metadata's schema {version}; this reads {SCHEMAS[0]} to {SCHEMAS[-1]}"
        )
    return version


_OWNERS: dict[Member, str] = {"attribution": "artifact_id", "association": "execution_id"}
_EVENT_COLUMNS = (
    *("id", "artifact_id", "execution_id", "type", "milliseconds_since_epoch"),
    *("event_id", "is_index_step", "step_index", "step_key"),
)
_EVENT = itemgetter(slice(5))
"""The columns of Event in a row that has those of EventPath, too."""
_STRUCT = "mlmd-struct::"
_ANCHORS = 50
"""Rows at most by which a history without times is known."""


class _Odd(ValueError):
    """A cell is not of the kind that its column is for."""

    def __init__(self, column: str, cell: Any, value: Value) -> None:
        super().__init__(f"{column} is {describe(cell)}: read as {describe(value)}")
        self.value = value


def _value(integer: Any, double: Any, string: Any, proto: Any, boolean: Any) -> Value | None:
    """The value of a property: the first of its columns that has one.

    Raises:
        _Odd: If that is of another kind; it says what the value is read as.
    """
    if integer is not None:
        return integer if integer.__class__ is int else _odd("int_value", integer)
    if double is not None:
        if double.__class__ is int:
            return float(double)
        return double if double.__class__ is float else _odd("double_value", double)
    if string is not None:
        return _string(string) if string.__class__ is str else _odd("string_value", string)
    if proto is not None:
        try:
            return read_any(b64decode(proto, validate=True))
        except (ValueError, TypeError):
            return _odd("proto_value", proto)
    if boolean is None:
        return None
    return bool(boolean) if boolean.__class__ is int else _odd("bool_value", boolean)


def _odd(column: str, cell: Any) -> Value:
    raise _Odd(column, cell, cell if isinstance(cell, (float, str)) else as_text(cell))


def _string(text: str) -> Value:
    """A string, or the Struct that it holds as base64 behind a marker."""
    if text.startswith(_STRUCT):
        try:
            return read_struct(b64decode(text[len(_STRUCT) :], validate=True))
        except (ValueError, RecursionError):
            pass  # text that only looks like one
    return text
