"""Imports ML Metadata's SQLite files: everything, once, whatever has been imported before.

A file is one copy of a history that goes on. The history is a *source*: each artifact and
execution keeps the source's name and its id there, so importing a file again adds nothing, and a
later copy adds what is new and updates what changed since. Contexts and types have no need of it:
type and name, and kind, name and version, are who they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from graphstore.database import Runner, Transaction
from graphstore.errors import AlreadyExists, FailedPrecondition, InvalidArgument
from graphstore.interop.mlmd_file import TABLES, EventRow, MemberRow, MlmdFile, Row
from graphstore.interop.mlmd_rows import Converter, compatible, newer, to_millis
from graphstore.model.types import Kind, Type, grow
from graphstore.progress import OnProgress, Progress, silent
from graphstore.queries import QUERIES
from graphstore.store import Store

__all__ = ["ImportReport", "TableReport", "import_mlmd"]

NODES, EDGES = 5_000, 20_000
"""Rows a transaction: enough that commits do not count, few enough for a small heap."""
HEAVY = 10_000_000
"""Characters of nodes' properties a transaction: those of a few nodes may be large."""

NODE_TABLES: dict[str, Kind] = {
    "Context": "context",
    "Artifact": "artifact",
    "Execution": "execution",
}
HISTORY: dict[str, Kind] = {"Artifact": "artifact", "Execution": "execution"}
"""The tables whose rows keep their source."""

T = TypeVar("T")


@dataclass
class TableReport:
    """What became of the rows of one table."""

    read: int = 0
    created: int = 0
    """They are new in the store."""
    updated: int = 0
    """The store had an older copy of them."""
    unchanged: int = 0
    """The store had them, in the same words."""
    left_out: int = 0
    """They could not be kept; the problems say why."""
    in_store: int | None = None
    """What the database counts of this source afterwards; None for what sources share."""

    @property
    def agrees(self) -> bool:
        """Whether every row that was read is accounted for, in the database too."""
        kept = self.created + self.updated + self.unchanged
        found = kept if self.in_store is None else self.in_store
        return kept + self.left_out == self.read and found >= kept  # events may have been added


@dataclass
class ImportReport:
    """What became of a file."""

    source: str
    """The name that the store knows the history by."""
    path: Path
    schema_version: int
    tables: dict[str, TableReport] = field(
        default_factory=lambda: {table: TableReport() for table in TABLES}
    )
    problems: list[str] = field(default_factory=list)
    """Rows that were left out or kept in another way, one sentence each; the first thousand."""
    problem_count: int = 0

    @property
    def agrees(self) -> bool:
        """Whether every row that was read is accounted for, in the database too."""
        return all(table.agrees for table in self.tables.values())

    def problem(self, text: str) -> None:
        """Note a problem that is not fatal."""
        self.problem_count += 1
        if len(self.problems) < 1000:
            self.problems.append(text)


def import_mlmd(
    store: Store, path: str | Path, *, source: str | None = None, on_progress: OnProgress = silent
) -> ImportReport:
    """Import a file of ML Metadata's SQLite backend, of schema 4 to 10.

    Several files can be imported into one store. A later copy of one is recognised by its first
    rows, whatever it is called now, unless `source` says which history it is. What the source
    changed since the last import is changed here; what was changed here since then stays.

    Args:
        store: Where to.
        path: The file; it is only read, and may be in use.
        source: The name of the history; made of the file's name if it is a new one.
        on_progress: Is told of every batch.

    Returns:
        What became of each table's rows.

    Raises:
        UnsupportedFile: If the file is none of this kind; nothing was written.
        FailedPrecondition: If it is no copy of the history that `source` names, or a copy that has
            gone its own way since; nothing was written.
    """
    with MlmdFile.open(Path(path)) as file:
        name, known = _source_name(store, file, source)
        return _Import(store, file, name, on_progress).run(known)


def _source_name(store: Store, file: MlmdFile, asked: str | None) -> tuple[str, bool]:
    """The name of the history that the file is a copy of, and whether the store knows it."""
    anchors = file.anchors()
    sources = {
        row["source"]["name"]: row["source"] for row in store.database.rows(QUERIES["source.list"])
    }

    def same(known: Mapping[str, Any]) -> bool:
        common = [table for table in anchors if _anchor(table) in known]
        return bool(common) and all(known[_anchor(table)] == anchors[table] for table in common)

    if asked is not None:
        if not asked.strip():
            raise InvalidArgument("the name of a source cannot be empty")
        if asked in sources and anchors and not same(sources[asked]):
            raise FailedPrecondition(
                f"{file.path} is no copy of the history {asked!r} in this store: its first rows"
                " differ; import it under another name"
            )
        return asked, asked in sources
    for name, known in sources.items():
        if same(known):
            return str(name), True
    stem = re.sub(r"\s+", "-", file.path.stem) or "mlmd"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(sources) + 2))
    return next(name for name in names if name not in sources), False


def _anchor(table: str) -> str:
    return f"first_{table.lower()}"


@dataclass
class _Batch:
    """Rows of one table, ready to be written."""

    table: str
    read: int
    rows: list[Any]
    """Nodes: rows for queries. Events: pairs of ids of an execution and of rows. Memberships: rows
    of the file. Parents: rows for queries."""
    problems: list[str]
    contexts: Mapping[int, tuple[int | None, str]] = field(default_factory=dict)
    """Of the memberships: contexts' types and names by their ids."""


class _Import:
    """One import under way."""

    def __init__(self, store: Store, file: MlmdFile, source: str, on_progress: OnProgress) -> None:
        self._store, self._file, self._source = store, file, source
        self._report = ImportReport(source, file.path, file.schema_version)
        self._problems: list[str] = []
        self._converter = Converter(source, self._problems.append)
        self._on_progress = on_progress
        self._total = sum(file.count(table) for table in TABLES)
        self._done = 0
        self._seen: set[int] = set()
        self._names_are_taken = False

    def run(self, known: bool) -> ImportReport:
        """Import all of it; `known` says whether the store may have some of it."""
        if known:
            self._check_history()
        anchors = {_anchor(table): row for table, row in self._file.anchors().items()}
        self._store.database.run(
            QUERIES["source.put"],
            source=self._source,
            properties={
                "file": self._file.path.name,
                "schema_version": self._file.schema_version,
                **anchors,
            },
        )
        types = list(self._file.types())
        self._put_types(self._report.tables["Type"], types)
        self._end(_Batch("Type", len(types), types, self._drain()))
        # The next batch is read and converted while the server works on the one before.
        for batch in _ahead(self._batches()):
            report = self._report.tables[batch.table]
            if batch.table in NODE_TABLES:
                self._put_nodes(report, NODE_TABLES[batch.table], batch.rows)
            elif batch.table == "Event":
                self._put_events(report, batch.rows)
            elif batch.table == "ParentContext":
                self._put_parents(report, batch.rows)
            else:
                self._put_members(report, batch)
            self._end(batch)
        for table in ("Artifact", "Execution", "Event"):
            answer = self._store.database.one(
                QUERIES[f"source.count_{table.lower()}s"], source=self._source
            )
            assert answer is not None
            self._report.tables[table].in_store = answer["count"]
        return self._report

    def _check_history(self) -> None:
        """Refuse a copy that has gone its own way since the store last saw its history."""
        for table, kind in HISTORY.items():
            for rows in _parts(self._file.created(table), EDGES):
                known = self._known(self._store.database, kind, rows[0][0], rows[-1][0])
                for id_, created in rows:
                    if id_ in known and known[id_].create_time != to_millis(created):
                        raise FailedPrecondition(
                            f"{table} {id_} of {self._file.path} is not the one that the"
                            f" store has of {self._source!r}: this copy has gone its own way;"
                            " import it under another name (--source)"
                        )

    def _batches(self) -> Iterator[_Batch]:
        """All that is to be written, in an order in which it can be."""
        for table, kind in NODE_TABLES.items():
            yield from self._nodes(table, kind)
        for events in _parts(self._file.events(), EDGES):
            rows = [row for row in map(self._event, events) if row]
            yield _Batch("Event", len(events), rows, self._drain())
        for table in ("Attribution", "Association"):
            for members in _parts(self._file.members(table), EDGES):
                ids = {row.context_id for row in members if row.context_id is not None}
                contexts = self._file.context_names(ids)
                yield _Batch(table, len(members), members, self._drain(), contexts)
        for parents in _parts(self._file.parents(), EDGES):
            yield _Batch("ParentContext", len(parents), parents, self._drain())

    def _nodes(self, table: str, kind: Kind) -> Iterator[_Batch]:
        read, weight, rows = 0, 0, list[Row]()
        for one in self._file.nodes(table):
            row = self._converter.node(kind, one)
            read += 1
            if row:
                rows.append(row)
                weight += _weight(row["properties"].values())
            if read == NODES or weight > HEAVY:
                yield _Batch(table, read, rows, self._drain())
                read, weight, rows = 0, 0, []
        if read:
            yield _Batch(table, read, rows, self._drain())

    def _drain(self) -> list[str]:
        """The problems that the conversion met since it was asked last."""
        problems = self._problems[:]
        self._problems.clear()
        return problems

    def _end(self, batch: _Batch) -> None:
        """Note that a batch is done with."""
        report = self._report.tables[batch.table]
        report.read += batch.read
        report.left_out += batch.read - len(batch.rows)  # by the conversion
        for problem in batch.problems:
            self._report.problem(problem)
        self._done += batch.read
        step = f"importing {self._file.path.name}"
        self._on_progress(Progress(step, self._done, self._total, "rows", f"{batch.table} rows"))

    def _put_types(self, report: TableReport, rows: Iterable[Row]) -> None:
        stored = {_identity(type_): type_ for type_ in self._store.types.all()}
        known, put = dict(stored), dict[tuple[Any, ...], Type]()
        identities = {}
        for row in rows:
            given = self._converter.type(row)
            if given is None:
                report.left_out += 1
                continue
            given = self._fitted(given, known)
            identity = identities[row["id"]] = _identity(given)
            before = known.get(identity)
            type_ = before and grow(before, given, can_add_fields=True, can_omit_fields=True)
            if type_ is None or type_ != before:
                put[identity] = type_ = type_ or given
            report.created += before is None
            report.updated += before is not None and type_ != before
            report.unchanged += type_ == before
            known[identity] = type_
        for type_ in self._store.types.put_many(
            put.values(), can_add_fields=True, can_omit_fields=True
        ):
            known[_identity(type_)] = type_
        self._converter.types.update((id_, known[key]) for id_, key in identities.items())

    def _fitted(self, given: Type, known: Mapping[Any, Type]) -> Type:
        """The type without what would contradict those that the store has."""
        stored = known.get(_identity(given))
        if stored is not None and not compatible(stored, given):
            self._problems.append(
                f"type {given.name!r} declares a property otherwise than the store's does: it is"
                f" kept apart, as version {self._source!r}"
            )
            given = given.evolve(version=self._source)
            stored = known.get(_identity(given))
        others = (type_ for type_ in known.values() if type_ is not stored)
        changes: dict[str, None] = {}
        if given.external_id in {other.external_id for other in others} - {None}:
            changes["external_id"] = None
        if stored and stored.base_type and given.base_type not in (None, stored.base_type):
            changes["base_type"] = None
        for name in changes:
            self._problems.append(
                f"type {given.name!r} is kept without its {name} {getattr(given, name)!r}, which"
                " contradicts what the store has"
            )
        return given.evolve(**changes)

    def _put_nodes(self, report: TableReport, kind: Kind, rows: list[Row]) -> None:
        """Write the nodes that are new, or newer than what the store has of this source."""
        if not rows:
            return
        free: list[int] = []

        def work(transaction: Transaction) -> tuple[int, int]:
            transaction.run(QUERIES["source.lock"], source=self._source)
            stored = self._stored(transaction, kind, rows)
            new, changed = [], []
            for row, before in zip(rows, stored, strict=True):
                if before is None:
                    new.append(row)
                elif before.is_ours and newer(row, before.last_update_time, before.properties):
                    changed.append(row)
                    row["properties"]["id"] = row["id"] = before.id
            short = len(new) - len(free)  # a second attempt has the ids of the first
            if short > 0:
                free.extend(self._store.ids.take({kind: short}, exactly=True)[kind])
            for row, id_ in zip(new, free, strict=False):
                row["properties"]["id"] = row["id"] = id_
            if self._names_are_taken and (new or changed):
                self._rename(transaction, kind, [*new, *changed])
            if new:
                transaction.run(QUERIES[f"source.create_{kind}s"], rows=new)
            if changed:
                transaction.run(QUERIES[f"source.put_{kind}s"], rows=changed)
            return len(new), len(changed)

        try:
            new, changed = self._store.database.transact(f"source.put_{kind}s", work)
        except AlreadyExists:
            # Somebody else's node has a name or an external id. That is rare, and whoever has met
            # it will again: from now on they are asked for.
            if self._names_are_taken:
                raise
            self._names_are_taken = True
            new, changed = self._store.database.transact(f"source.put_{kind}s", work)
        report.created += new
        report.updated += changed
        report.unchanged += len(rows) - new - changed

    def _stored(self, runner: Runner, kind: Kind, rows: Sequence[Row]) -> list[_Stored | None]:
        """What the store has of each row."""
        nodes = [row["properties"] for row in rows]
        if kind == "context":
            names = [{key: node[key] for key in ("type_id", "name")} for node in nodes]
            answer = runner.one(QUERIES["source.known_contexts"], source=self._source, names=names)
            assert answer is not None
            contexts = {(one[0], one[1]): _Stored(*one[2:]) for one in answer["known"]}
            return [contexts.get((node["type_id"], node["name"])) for node in nodes]
        ids = [node["source_id"] for node in nodes]
        known = self._known(runner, kind, ids[0], ids[-1])
        return [known.get(id_) for id_ in ids]

    def _known(self, runner: Runner, kind: Kind, first: int, last: int) -> dict[int, _Stored]:
        """What the store has of this source, by the ids there, from `first` to `last`."""
        answer = runner.one(
            QUERIES[f"source.known_{kind}s"], source=self._source, first_id=first, last_id=last
        )
        assert answer is not None
        return {one[0]: _Stored(*one[1:]) for one in answer["known"]}

    def _rename(self, transaction: Transaction, kind: Kind, rows: list[Row]) -> None:
        """Qualify names and external ids that nodes from elsewhere have: two histories may well
        use the same, and in the store they are unique."""
        nodes = [row["properties"] for row in rows]
        names = [] if kind == "context" else [node for node in nodes if "name" in node]
        taken = transaction.rows(
            QUERIES[f"source.taken_{kind}_names"],
            source=self._source,
            names=[{"type_id": node["type_id"], "name": node["name"]} for node in names],
            external_ids=[node["external_id"] for node in nodes if "external_id" in node],
        )
        taken_names = {(row["type_id"], row["name"]) for row in taken}
        taken_ids = {row["external_id"] for row in taken} - {None}
        for node in nodes:
            if kind != "context" and (node["type_id"], node.get("name")) in taken_names:
                self._qualify(kind, node, "name")
            if node.get("external_id") in taken_ids:
                self._qualify(kind, node, "external_id")

    def _qualify(self, kind: Kind, node: Row, key: str) -> None:
        qualified = f"{node[key]}@{self._source}"
        self._report.problem(
            f"{kind.capitalize()} {node['source_id']}: another {kind} has {key} {node[key]!r}; it"
            f" is {qualified!r} here"
        )
        node[key] = qualified

    def _event(self, row: EventRow) -> tuple[bool, int | None, list[Any]] | None:
        """A row of Event, ready: whether it is an input, its execution, and the rest of it."""
        converted = self._converter.event(row)
        if converted is None:
            return None
        type_, path, time = converted
        if self._repeats(row):
            self._problems.append(f"Event {row.id} says again what another said: left out")
            return None
        return type_.is_input, row.execution_id, [row.artifact_id, type_.value, path, time, row.id]

    def _repeats(self, event: EventRow) -> bool:
        """Whether the file had this event before; since schema 8 it has an index against that."""
        if self._file.schema_version >= 8:
            return False
        key = hash((event.artifact_id, event.execution_id, event.type, event.path))
        if key in self._seen:
            return True
        self._seen.add(key)
        return False

    def _put_events(
        self, report: TableReport, rows: Iterable[tuple[bool, int | None, list[Any]]]
    ) -> None:
        """Write events, those of an execution together."""
        parts = []
        for what, is_input in (("inputs", True), ("outputs", False)):
            groups: dict[int | None, list[list[Any]]] = {}
            for one, execution_id, event in rows:
                if one is is_input:
                    groups.setdefault(execution_id, []).append(event)
            if groups:
                new = {"event_rows": list(groups.items())}
                parts.append(_Part(what, new, partial(_events_but, groups)))
        self._join(report, "Event", parts)

    def _put_members(self, report: TableReport, batch: _Batch) -> None:
        """Write memberships, those of an artifact or execution together."""
        members: list[MemberRow] = batch.rows
        contexts = [
            {"type_id": self._type_id(type_id), "name": name}
            for type_id, name in batch.contexts.values()
        ]
        places = {id_: place for place, id_ in enumerate(batch.contexts)}
        groups: dict[int | None, list[tuple[int, int]]] = {}
        for number, owner_id, context_id in members:
            if context_id in places:
                groups.setdefault(owner_id, []).append((places[context_id], number))
        owner = {"Attribution": "artifact_id", "Association": "execution_id"}[batch.table]

        def rest(written: set[int]) -> list[Row]:
            missing = {"type_id": -1, "name": ""}
            return [
                {
                    owner: owner_id,
                    "context_id": context_id,
                    "number": number,
                    **(contexts[places[context_id]] if context_id in places else missing),
                }
                for number, owner_id, context_id in members
                if number not in written
            ]

        parameters = {"contexts": contexts, "member_rows": list(groups.items())}
        self._join(report, batch.table, [_Part(f"{batch.table.lower()}s", parameters, rest)])

    def _put_parents(self, report: TableReport, rows: Iterable[tuple[Any, ...]]) -> None:
        parents = [
            {
                "context_id": child_id,
                "parent_context_id": parent_id,
                "type_id": self._type_id(type_id),
                "name": name,
                "parent_type_id": self._type_id(parent_type_id),
                "parent_name": parent_name,
                "number": number,
            }
            for number, (child_id, parent_id, type_id, name, parent_type_id, parent_name) in (
                enumerate(rows)
            )
        ]
        self._join(report, "ParentContext", [_Part("parents", None, lambda written: parents)])

    def _type_id(self, id_: int | None) -> int | None:
        """The store's id of a type of the file; -1, which nothing has, if unknown."""
        type_ = self._converter.types.get(id_)
        return type_.id if type_ else -1

    def _join(self, report: TableReport, table: str, parts: Sequence[_Part]) -> None:
        """Write relationships, and report the rows whose ends are not there."""

        def work(transaction: Transaction) -> tuple[int, int, list[Row]]:
            transaction.run(QUERIES["source.lock"], source=self._source)
            new, there, missing = 0, 0, []
            for part in parts:
                written: set[int] = set()
                if part.new is not None and not report.unchanged:
                    answer = transaction.one(
                        QUERIES[f"source.create_{part.what}"], source=self._source, **part.new
                    )
                    assert answer is not None
                    written.update(answer["matched"])
                rows = part.but(written)
                new += len(written)
                if rows:
                    answer = transaction.one(
                        QUERIES[f"source.put_{part.what}"], source=self._source, rows=rows
                    )
                    assert answer is not None
                    matched = set(answer["matched"])
                    new += answer["created"]
                    there += len(matched) - answer["created"]
                    missing += [row for row in rows if row["number"] not in matched]
            return new, there, missing

        if not parts:
            return
        new, there, missing = self._store.database.transact(f"source.put_{parts[0].what}", work)
        for row in missing:
            ends = ", ".join(
                f"{k} {v}" for k, v in row.items() if k.endswith("_id") and "type" not in k
            )
            number = "" if table == "ParentContext" else f" {row['number']}"
            self._report.problem(f"{table}{number} has an end that is missing: {ends}")
        report.created += new
        report.unchanged += there
        report.left_out += len(missing)


@dataclass(frozen=True)
class _Part:
    """Relationships of one kind that are to be written."""

    what: str
    """What queries call them."""
    new: Mapping[str, Any] | None
    """The parameters of a quick query, which writes those of the nodes that have none yet, and
    answers the numbers of their rows; None if there is no such query."""
    but: Callable[[set[int]], list[Row]]
    """The rows, but for those with these numbers, for a query that looks for each first."""


def _events_but(groups: Mapping[int | None, list[list[Any]]], written: set[int]) -> list[Row]:
    """The rows of events by execution."""
    return [
        {
            "artifact_id": event[0],
            "execution_id": execution_id,
            "type": event[1],
            "path": event[2],
            "time": event[3],
            "number": event[4],
        }
        for execution_id, events in groups.items()
        for event in events
        if event[4] not in written
    ]


@dataclass(frozen=True)
class _Stored:
    """What the store has of a node, as far as it matters here."""

    id: int
    is_ours: bool
    """Whether it came from this source."""
    create_time: int
    last_update_time: int
    properties: Row | None
    """All of them if `last_update_time` is 0, which tells nothing."""


def _weight(values: Iterable[Any]) -> int:
    """How many characters there are in a node's properties, about."""
    return sum(
        len(value) if value.__class__ is str else sum(map(len, value))
        for value in values
        if value.__class__ is str or value.__class__ is list
    )


def _parts(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    rows = iter(rows)
    while part := list(islice(rows, size)):
        yield part


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, each made by a thread of its own while the one before is in use."""
    with ThreadPoolExecutor(1, "graphstore-import") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


def _identity(type_: Type) -> tuple[Kind, str, str | None]:
    return type_.kind, type_.name, type_.version
