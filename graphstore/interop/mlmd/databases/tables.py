"""What the tables of ML Metadata hold, of schema 4 (release 0.14, 2019) to 10 (1.11 and later).

The tables are those of ML Metadata's `metadata_source_query_config.cc`; what older schemas lack
reads as None. Needs nothing but the standard library: not ML Metadata, nor protobuf. How the rows
come out of a database is a class for each kind of database: `file`, `mysql`, `postgresql`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from graphstore.interop.importing.history import (
    EventRow,
    Member,
    MemberRow,
    NodeRow,
    Row,
    SourceId,
    Table,
)
from graphstore.interop.mlmd.databases.cells import Cells
from graphstore.interop.mlmd.databases.numbers import event_type, state, type_of
from graphstore.interop.mlmd.databases.repeated import Repeated
from graphstore.interop.mlmd.databases.values import Odd, value_of
from graphstore.model.types import Kind, Type
from graphstore.model.values import Value, describe

__all__ = [
    "EVENT_COLUMNS",
    "PATH_COLUMNS",
    "POSITION",
    "STEP_COLUMNS",
    "MlmdTables",
]

REFERENCES: Mapping[Kind, Mapping[str, Kind]] = {
    "artifact": {"baseline_model_id": "artifact", "current_model_id": "artifact"},
    "execution": {
        "cached_execution_id": "execution",
        "parent_dag_id": "execution",
        "Context_ID": "context",
        "Pipeline_id": "context",
    },
}
"""Properties whose values are ids, as those say who write them: TFX (blessings), Kubeflow Pipelines
(``backend/src/v2/metadata/client.go``) and cmf."""
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
EVENT_COLUMNS = ("id", "artifact_id", "execution_id", "type", "milliseconds_since_epoch")
STEP_COLUMNS = ("is_index_step", "step_index", "step_key")
PATH_COLUMNS = (*EVENT_COLUMNS, "event_id", *STEP_COLUMNS)
"""Those of an event and of a step of its path; None for the latter if there is none."""
POSITION = "position"
"""In an order: as the rows were recorded, as far as the database knows."""


class MlmdTables(ABC):
    """A `graphstore.interop.importing.history.History` of ML Metadata's, in any of its databases;
    all that is read is of one moment, though others write to it."""

    tables = TABLES
    references = REFERENCES
    _proto_is_text = True
    """Whether messages are base64 where they are kept, as ML Metadata writes them as a rule."""

    def __init__(
        self,
        schema_version: int,
        columns: Mapping[str, Collection[str]],
        *,
        place: str,
        title: str,
        name: str,
        facts: Mapping[str, Any],
    ) -> None:
        """Tables that are there.

        Args:
            schema_version: Of ML Metadata.
            columns: Those of each table, by ML Metadata's names.
            place: Where they are.
            title: The same in short.
            name: What a source of them is called.
            facts: What that source says of them.
        """
        self.schema_version = schema_version
        self.place, self.title, self.name = place, title, name
        self.facts = {**facts, "schema_version": schema_version}
        self.problems: list[str] = []
        """What is damaged in the rows that were read until now: one sentence each, by table and
        row. Whoever takes them empties the list."""
        self.own_contexts = False
        self.same_contexts: dict[SourceId, SourceId] = {}
        """Of contexts whose type and name an earlier one has, the id of that."""
        self._columns = columns
        self._events: set[int] = set()

    # What each kind of database does its own way

    @abstractmethod
    def _select(
        self, table: str, columns: Sequence[str], order: Sequence[str], limit: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """The rows of a table, without having all of them in memory.

        Args:
            table: One that is there.
            columns: Some of it.
            order: The columns to order by, the first one of them the id of a node; or `POSITION`.
            limit: How many at most.
        """

    @abstractmethod
    def _count(self, table: str) -> int:
        """How many rows a table has that is there."""

    @abstractmethod
    def _last_id(self, table: str) -> int:
        """The largest id in a table that is there; 0 if it is empty."""

    @abstractmethod
    def _paths(self) -> Iterator[tuple[Any, ...]]:
        """`PATH_COLUMNS`: events in the order of their executions and of their ids, each as often
        as its path has steps, in the order in which they were recorded, or once without any."""

    @abstractmethod
    def _lost_steps(self) -> Iterator[tuple[Any, ...]]:
        """The ids of events that are missing, though EventPath has steps of theirs; how many."""

    def _repeated(self, table: str, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
        """The values of some columns that several rows have, though ML Metadata lets only one.

        A server keeps its indexes, so that there are none.
        """
        return ()

    # What all databases have in common

    def count(self, table: Table) -> int:
        """How many rows a table has; 0 if this schema has no such table."""
        name = TABLES[table]
        if name not in self._columns:
            return 0
        return self._count(name)

    def last_id(self, kind: Kind) -> int:
        """The largest id of a kind; 0 if there is no node of it."""
        return self._last_id(TABLES[kind])

    def types(self) -> Iterator[tuple[SourceId | None, Type | None]]:
        """The types by id."""
        return ((row["id"], type_of(row, self._tell)) for row in self._types())

    def _types(self) -> Iterator[Row]:
        """The rows of Type by id, each with its `properties` (name to ML Metadata's number of a
        kind) and the name of its `base_type`."""
        properties: dict[int, dict[str, int]] = {}
        for type_id, name, number in self._rows(
            "TypeProperty", ("type_id", "name", "data_type"), ("type_id", POSITION), key="type_id"
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
        rows = (
            dict(zip(columns, row, strict=True)) for row in self._rows("Type", columns, ("id",))
        )
        types: dict[int, Row] = {}
        for row in rows:
            if row["id"] is None or row["id"] in types:
                self.problems.append(f"Type {row['id']} has no id of its own: left out")
            else:
                types[row["id"]] = row
        ends = ("type_id", "parent_type_id")
        parents = dict(self._rows("ParentType", ends, ("type_id", POSITION), key="type_id"))
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
            (owner,),
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
        for row in self._rows(table, columns, ("id",)):
            values: list[tuple[str, bool, Value]] = []
            id_ = row[0]
            if id_ is None or id_ == before:
                self.problems.append(f"{table} {id_} has no id of its own: left out")
                yield NodeRow(*(None, *row[1:3], None, *row[4:], []))
                continue
            before = id_
            while ahead is not None and (ahead[0] is None or ahead[0] <= id_):
                if ahead[0] == id_:
                    self._add_value(values, table, ahead)
                else:
                    self._tell_of_orphan(table, ahead)
                ahead = next(properties, None)
            node = NodeRow(*(*row[:3], state(kind, id_, row[3], self._tell), *row[4:], values))
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
            value = value_of(*cells, proto_is_text=self._proto_is_text)
        except Odd as odd:
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
            f"{table}Property {name!r} belongs to {table.lower()} {owner}, which is missing: left"
            " out"
        )

    def create_times(self, kind: Kind) -> Iterator[tuple[SourceId, int | None]]:
        """The ids of Artifact or Execution, in order, and when they were created."""
        table = TABLES[kind]
        columns = ("id", "create_time_since_epoch")
        cells = Cells(table, columns, lambda _: None)  # told when the row itself is read
        rows = map(cells, self._raw(table, columns, ("id",)))
        return ((id_, time) for id_, time in rows if id_ is not None)

    def repeated_values(self, table: str, *columns: str) -> set[tuple[Any, ...]]:
        """The values of these columns that several rows have, though ML Metadata lets only one."""
        if not set(columns) <= set(self._columns.get(table, ())):
            return set()
        cells = Cells(table, columns, lambda _: None, key=columns[-1])
        return set(map(cells, self._repeated(table, columns)))

    def events(self) -> Iterator[EventRow]:
        """The rows of Event, those of an execution together."""
        if "EventPath" in self._columns:
            for event_id, steps in self._lost_steps():
                self._tell(
                    f"EventPath: {steps} steps belong to event {describe(event_id)}, which is"
                    " missing: left out"
                )
        rows = map(Cells("Event", PATH_COLUMNS, self._tell), self._paths())
        for event, path_rows in groupby(rows, _EVENT):
            path = [
                (step[7] or 0) if step[6] else (step[8] or "")
                for step in path_rows
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
        rows = self._rows(name, ("id", owner, "context_id"), (owner, "id"))
        for row in map(MemberRow._make, rows):
            if row.number is None:
                self._tell(f"a row of {name} has no id: left out ({tuple(row)})")
            yield row

    def parents(self) -> Iterator[tuple[SourceId | None, SourceId | None]]:
        """The rows of ParentContext: the ids of the child and of the parent."""
        columns = ("context_id", "parent_context_id")
        return self._rows("ParentContext", columns, columns, key="context_id")

    def read(self) -> None:
        """Read every row, to know that it can be."""
        kinds: tuple[Kind, ...] = ("context", "artifact", "execution")
        members: tuple[Member, ...] = ("attribution", "association")
        everything: list[Iterator[Any]] = [
            self.types(),
            *map(self.nodes, kinds),
            *map(self.create_times, kinds),
            self.events(),
            *map(self.members, members),
            self.parents(),
        ]
        for rows in everything:
            deque(rows, maxlen=0)
            self.problems.clear()
        self.anchors()
        for table in TABLES:
            self.count(table)

    def anchors(self) -> dict[Kind, list[str]]:
        """What tells this history from others, and begins the same in every later copy of it.

        ML Metadata deletes nothing, and never changes what a row says of its type, its name and
        when it was created. Where it has a time, the first row of a table will do; files of old
        schemas have none, and many histories begin alike.
        """
        problem_count = len(self.problems)
        types = dict(self._raw("Type", ("id", "name"), ("id",)))
        anchors: dict[Kind, list[str]] = {}
        kinds: tuple[Kind, ...] = ("context", "artifact", "execution")
        for kind in kinds:
            columns = ["id", "type_id", "name", "create_time_since_epoch"]
            if kind == "artifact":
                columns.append("uri")  # in schema 4 artifacts have neither names nor times
            rows: list[str] = []
            for row in self._raw(TABLES[kind], columns, ("id",), _ANCHORS):
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
        del self.problems[problem_count:]  # they are told when the rows themselves are read
        return anchors

    def _rows(
        self, table: str, columns: Sequence[str], order: Sequence[str], *, key: str = "id"
    ) -> Iterator[tuple[Any, ...]]:
        """The columns of a table's rows, None for those that this schema lacks, or that are
        damaged, which is told by the column `key`."""
        return map(Cells(table, columns, self._tell, key=key), self._raw(table, columns, order))

    def _tell(self, problem: str) -> None:
        self.problems.append(problem)

    def _raw(
        self, table: str, columns: Sequence[str], order: Sequence[str], limit: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """The columns of a table's rows as they are, None for those that this schema lacks."""
        own_columns = self._columns.get(table, ())
        there = [column for column in columns if column in own_columns]
        if not there:
            return iter(())
        rows = self._select(table, there, order, limit)
        if len(there) == len(columns):
            return rows
        places = [there.index(column) if column in there else -1 for column in columns]
        return (tuple([row[at] if at >= 0 else None for at in places]) for row in rows)


_EVENT = itemgetter(slice(len(EVENT_COLUMNS)))
"""The event of a row of `PATH_COLUMNS`."""
_OWNERS: dict[Member, str] = {"attribution": "artifact_id", "association": "execution_id"}
_ANCHORS = 50
"""Rows at most by which a history without times is known."""
