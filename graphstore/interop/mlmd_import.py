"""Imports ML Metadata's SQLite files: everything, once, whatever has been imported before.

A file is one copy of a history that goes on. The history is a *source*: each artifact and
execution keeps the source's name and its id there, so importing a file again adds nothing, and a
later copy adds what is new and updates what changed since. Contexts and types have no need of it:
type and name, and kind, name and version, are who they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from graphstore.database import Runner, Transaction
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.interop.mlmd_file import TABLES, MlmdFile, Row
from graphstore.interop.mlmd_rows import Converter, compatible, created, newer
from graphstore.model.edges import Event
from graphstore.model.types import Kind, Type, grow
from graphstore.progress import OnProgress, Progress, silent
from graphstore.queries import QUERIES
from graphstore.repository.events import event_to_row
from graphstore.store import Store

__all__ = ["ImportReport", "TableReport", "import_mlmd"]

BATCH = 2_000
"""Rows a transaction: enough that round trips do not count, few enough for a small heap."""

NODE_TABLES: dict[str, Kind] = {"Artifact": "artifact", "Execution": "execution"}


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
        name = _source_name(store, file, source)
        return _Import(store, file, name, on_progress).run()


def _source_name(store: Store, file: MlmdFile, asked: str | None) -> str:
    """The name of the history that the file is a copy of; a new one if it is of none."""
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
        return asked
    for name, known in sources.items():
        if same(known):
            return str(name)
    stem = re.sub(r"\s+", "-", file.path.stem) or "mlmd"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(sources) + 2))
    return next(name for name in names if name not in sources)


def _anchor(table: str) -> str:
    return f"first_{table.lower()}"


class _Import:
    """One import under way."""

    def __init__(self, store: Store, file: MlmdFile, source: str, on_progress: OnProgress) -> None:
        self._store, self._file, self._source = store, file, source
        self._report = ImportReport(source, file.path, file.schema_version)
        self._converter = Converter(source, self._report.problem)
        self._on_progress = on_progress
        self._total = sum(file.count(table) for table in TABLES)
        self._done = 0
        self._seen: set[int] = set()

    def run(self) -> ImportReport:
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
        self._put_types()
        self._each_batch("Context", self._file.nodes("Context"), self._put_contexts)
        for table, kind in NODE_TABLES.items():
            self._each_batch(table, self._file.nodes(table), partial(self._put_nodes, kind))
        self._each_batch("Event", self._file.events(), self._put_events)
        for table in ("Attribution", "Association"):
            self._each_batch(table, self._file.members(table), partial(self._put_members, table))
        self._each_batch("ParentContext", self._file.parents(), self._put_parents)
        for table in ("Artifact", "Execution", "Event"):
            answer = self._store.database.one(
                QUERIES[f"source.count_{table.lower()}s"], source=self._source
            )
            assert answer is not None
            self._report.tables[table].in_store = answer["count"]
        return self._report

    def _check_history(self) -> None:
        """Refuse a copy that has gone its own way since the store last saw its history."""
        for table, kind in NODE_TABLES.items():
            for rows in _batches(self._file.nodes(table)):
                known = self._known(self._store.database, kind, [row["id"] for row in rows])
                for row in rows:
                    stored = known.get(row["id"])
                    if stored and stored["create_time"].to_native() != created(row):
                        raise FailedPrecondition(
                            f"{table} {row['id']} of {self._file.path} is not the one that the"
                            f" store has of {self._source!r}: this copy has gone its own way;"
                            " import it under another name (--source)"
                        )

    def _each_batch(
        self, table: str, rows: Iterable[Row], put: Callable[[TableReport, list[Row]], None]
    ) -> None:
        report = self._report.tables[table]
        for batch in _batches(rows):
            report.read += len(batch)
            put(report, batch)
            self._done += len(batch)
            step = f"importing {self._file.path.name}"
            self._on_progress(Progress(step, self._done, self._total, "rows", f"{table} rows"))

    def _put_types(self) -> None:
        known = {_identity(type_): type_ for type_ in self._store.types.all()}

        def put(report: TableReport, rows: list[Row]) -> None:
            for row in rows:
                given = self._converter.type(row)
                if given is None:
                    report.left_out += 1
                    continue
                given = self._fitted(given, known)
                before = known.get(_identity(given))
                type_ = before and grow(before, given, can_add_fields=True, can_omit_fields=True)
                if type_ is None or type_ != before:
                    type_ = self._store.types.put(given, can_add_fields=True, can_omit_fields=True)
                report.created += before is None
                report.updated += before is not None and type_ != before
                report.unchanged += type_ == before
                known[_identity(type_)] = self._converter.types[row["id"]] = type_

        self._each_batch("Type", self._file.types(), put)

    def _fitted(self, given: Type, known: Mapping[Any, Type]) -> Type:
        """The type without what would contradict those that the store has."""
        stored = known.get(_identity(given))
        if stored is not None and not compatible(stored, given):
            self._report.problem(
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
            self._report.problem(
                f"type {given.name!r} is kept without its {name} {getattr(given, name)!r}, which"
                " contradicts what the store has"
            )
        return given.evolve(**changes)

    def _put_contexts(self, report: TableReport, batch: list[Row]) -> None:
        rows = self._convert(report, "context", batch)
        names = [{key: row["properties"][key] for key in ("type_id", "name")} for row in rows]

        def known(transaction: Transaction) -> dict[Any, Row]:
            found = transaction.rows(QUERIES["source.known_contexts"], names=names)
            contexts = [row["context"] for row in found]
            return {(context["type_id"], context["name"]): context for context in contexts}

        self._write(report, "context", rows, known, lambda node: (node["type_id"], node["name"]))

    def _put_nodes(self, kind: Kind, report: TableReport, batch: list[Row]) -> None:
        rows = self._convert(report, kind, batch)
        ids = [row["properties"]["source_id"] for row in rows]
        known = partial(self._known, kind=kind, ids=ids)
        self._write(report, kind, rows, known, lambda node: node["source_id"])

    def _known(self, runner: Runner, kind: Kind, ids: list[int]) -> dict[Any, Row]:
        """What the store has of this source, by the ids there."""
        rows = runner.rows(QUERIES[f"source.known_{kind}s"], source=self._source, source_ids=ids)
        return {row[kind]["source_id"]: row[kind] for row in rows}

    def _convert(self, report: TableReport, kind: Kind, batch: list[Row]) -> list[Row]:
        rows = [row for row in (self._converter.node(kind, row) for row in batch) if row]
        report.left_out += len(batch) - len(rows)
        return rows

    def _write(
        self,
        report: TableReport,
        kind: Kind,
        rows: list[Row],
        known: Callable[[Transaction], dict[Any, Row]],
        identity: Callable[[Row], Any],
    ) -> None:
        """Write the nodes that are new, or newer than what the store has of this source."""
        free: list[int] = []

        def work(transaction: Transaction) -> tuple[int, int]:
            transaction.run(QUERIES["source.lock"], source=self._source)
            stored = known(transaction)
            new, changed = [], []
            for row in rows:
                before = stored.get(identity(row["properties"]))
                if before is None:
                    new.append(row)
                elif before.get("source") == self._source and newer(row, before):
                    changed.append(row)
                    row["properties"]["id"] = row["id"] = before["id"]
            short = len(new) - len(free)  # a second attempt has the ids of the first
            if short > 0:
                free.extend(self._store.ids.take({kind: short}, exactly=True)[kind])
            for row, id_ in zip(new, free, strict=False):
                row["properties"]["id"] = row["id"] = id_
            if new or changed:
                self._rename(transaction, kind, [*new, *changed])
                transaction.run(QUERIES[f"source.put_{kind}s"], rows=[*new, *changed])
            return len(new), len(changed)

        new, changed = self._store.database.transact(f"source.put_{kind}s", work)
        report.created += new
        report.updated += changed
        report.unchanged += len(rows) - new - changed

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

    def _put_events(self, report: TableReport, batch: list[Row]) -> None:
        inputs: list[Row] = []
        outputs: list[Row] = []
        for row in batch:
            event = self._converter.event(row)
            if event is None:
                report.left_out += 1
            elif self._repeats(event):
                report.left_out += 1
                self._report.problem(f"Event {row['id']} says again what another said: left out")
            else:
                part = inputs if event.type.is_input else outputs
                part.append({**event_to_row(event), "number": row["id"]})
        self._join(report, "Event", "source.put_inputs", inputs)
        self._join(report, "Event", "source.put_outputs", outputs)

    def _repeats(self, event: Event) -> bool:
        """Whether the file had this event before; since schema 8 it has an index against that."""
        if self._file.schema_version >= 8:
            return False
        key = hash((event.artifact_id, event.execution_id, event.type, event.path))
        if key in self._seen:
            return True
        self._seen.add(key)
        return False

    def _put_members(self, table: str, report: TableReport, batch: list[Row]) -> None:
        self._join(report, table, f"source.put_{table.lower()}s", self._numbered(batch, "type_id"))

    def _put_parents(self, report: TableReport, batch: list[Row]) -> None:
        rows = self._numbered(self._numbered(batch, "type_id"), "parent_type_id")
        self._join(report, "ParentContext", "source.put_parents", rows)

    def _numbered(self, batch: list[Row], type_key: str) -> list[Row]:
        """The rows with the store's id of a context's type; -1, which nothing has, if unknown."""
        numbered = []
        for row in batch:
            type_ = self._converter.types.get(row[type_key])
            numbered.append({**row, type_key: type_.id if type_ else -1})
        return numbered

    def _join(self, report: TableReport, table: str, query: str, rows: list[Row]) -> None:
        """Write relationships, and report the rows whose ends are not there."""
        for number, row in enumerate(rows):
            row.setdefault("number", row.get("id", number))
        if not rows:
            return

        def work(transaction: Transaction) -> Row:
            transaction.run(QUERIES["source.lock"], source=self._source)
            parameters = {"rows": rows, "source": self._source}
            answer = transaction.one(QUERIES[query], **parameters)
            assert answer is not None
            return answer

        answer = self._store.database.transact(query, work)
        matched = set(answer["matched"])
        for row in rows:
            if row["number"] not in matched:
                report.left_out += 1
                ends = ", ".join(f"{k} {v}" for k, v in row.items() if k.endswith("_id"))
                self._report.problem(f"{table} {row['number']} has an end that is missing: {ends}")
        report.created += answer["created"]
        report.unchanged += len(matched) - answer["created"]


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _identity(type_: Type) -> tuple[Kind, str, str | None]:
    return type_.kind, type_.name, type_.version
