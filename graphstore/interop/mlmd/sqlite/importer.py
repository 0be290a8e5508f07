"""Imports ML Metadata's SQLite files: everything, once, whatever has been imported before.

A file is one copy of a history that goes on. The history is a *source*: each artifact and
execution keeps the source's name and its id there, so importing a file again adds nothing, and a
later copy adds what is new and updates what changed since. Contexts and types have no need of it:
type and name, and kind, name and version, are who they are.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphstore.database import Runner, Transaction
from graphstore.database.queries import QUERIES
from graphstore.errors import AlreadyExists, FailedPrecondition, InvalidArgument
from graphstore.interop.mlmd.sqlite.batches import (
    ENDS,
    HISTORY,
    NODE_TABLES,
    TABLE_OF,
    Batch,
    Batches,
    following,
    parts,
)
from graphstore.interop.mlmd.sqlite.file import TABLES, MlmdFile
from graphstore.interop.mlmd.sqlite.row_types import Row
from graphstore.interop.mlmd.sqlite.rows import Converter, compatible, newer, to_millis
from graphstore.model.plain import Plain
from graphstore.model.types import Kind, Type, grow
from graphstore.store import Store
from graphstore.system.progress import OnProgress, Progress, silent

__all__ = ["ImportReport", "TableReport", "import_mlmd"]


@dataclass
class TableReport(Plain):
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
class ImportReport(Plain):
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
class _Done:
    """What a transaction has written, by table."""

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    missing: list[tuple[str, Row]] = field(default_factory=list)
    """Rows with an end that is nowhere, or that would make a context part of itself."""
    written: dict[str, set[int]] = field(default_factory=dict)
    """The numbers of the edges that were written with new nodes."""


class _Import:
    """One import under way."""

    def __init__(self, store: Store, file: MlmdFile, source: str, on_progress: OnProgress) -> None:
        self._store, self._file, self._source = store, file, source
        self._report = ImportReport(source, file.path, file.schema_version)
        self._problems = file.problems
        self._converter = Converter(source, self._problems.append)
        self._on_progress = on_progress
        self._total = sum(file.count(table) for table in TABLES)
        self._done = 0
        self._contexts: dict[int | None, int] = {}
        """The store's ids of the contexts by the file's."""
        self._names_are_taken = False
        self._may_be_there = False
        """Whether the store had some of the last nodes, and so may have some of the next."""

    def run(self, known: bool) -> ImportReport:
        """Import all of it; `known` says whether the store may have some of it."""
        self._may_be_there = known
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
        self._end(*self._put_types())
        batches = Batches(self._file, self._converter, self._problems)
        for table, kind in NODE_TABLES.items():
            self._put_all(batches.nodes(table, kind))
            for context, first in self._file.same_contexts.items():
                if first in self._contexts:  # or else it was left out itself
                    self._contexts[context] = self._contexts[first]
        self._put_all(batches.parents())
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
            for rows in parts(self._file.created(table)):
                known = self._known(self._store.database, kind, rows[0][0], rows[-1][0])
                for id_, created in rows:
                    if id_ in known and known[id_].create_time != to_millis(created):
                        raise FailedPrecondition(
                            f"{table} {id_} of {self._file.path} is not the one that the"
                            f" store has of {self._source!r}: this copy has gone its own way;"
                            " import it under another name (--source)"
                        )

    def _end(self, batch: Batch, done: _Done) -> None:
        """Note what became of a batch."""
        for problem in batch.problems:
            self._report.problem(problem)
        for table, row in done.missing:
            ends = ", ".join(f"{end} {row[end]}" for end in ENDS[table])
            number = "" if table == "ParentContext" else f" {row['number']}"
            why = row.get("why", "has an end that is missing")
            self._report.problem(f"{table}{number} {why}: {ends}")
        missing = Counter(table for table, _ in done.missing)
        for table, read in batch.read.items():
            report, kept = self._report.tables[table], batch.kept(table)
            created, updated, left_out = done.created[table], done.updated[table], missing[table]
            report.read += read
            report.created += created
            report.updated += updated
            report.unchanged += kept - created - updated - left_out
            report.left_out += left_out + read - kept  # some by the conversion
            self._tell(table, read)

    def _tell(self, table: str, read: int) -> None:
        self._done += read
        step = f"importing {self._file.path.name}"
        self._on_progress(Progress(step, self._done, self._total, "rows", f"{table} rows"))

    def _put_types(self) -> tuple[Batch, _Done]:
        batch, done = Batch("Type"), _Done()
        stored = {_identity(type_): type_ for type_ in self._store.types.all()}
        known, put = dict(stored), dict[tuple[Any, ...], Type]()
        identities = {}
        for row in self._file.types():
            batch.read["Type"] += 1
            given = self._converter.type(row)
            if given is None:
                continue
            batch.nodes.append(row)
            given = self._fitted(given, known)
            identity = identities[row["id"]] = _identity(given)
            before = known.get(identity)
            type_ = before and grow(before, given, can_add_fields=True, can_omit_fields=True)
            if type_ is None or type_ != before:
                put[identity] = type_ = type_ or given
            if type_ != before:
                (done.updated if before else done.created)["Type"] += 1
            known[identity] = type_
        for type_ in self._store.types.put_many(
            put.values(), can_add_fields=True, can_omit_fields=True
        ):
            known[_identity(type_)] = type_
        self._converter.types.update((id_, known[key]) for id_, key in identities.items())
        batch.take(self._problems)
        return batch, done

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

    def _put_all(self, batches: Generator[Batch, None, None]) -> None:
        """Write batches, and note in their order what became of them.

        While the server works on one, the next is read and converted here. If all is new, one more
        has been sent, and waits for the lock: so the server has no pause between them.
        """
        under_way: deque[tuple[Batch, Future[_Done]]] = deque()

        def finish(most: int) -> None:
            """Wait until no more than so many are under way."""
            while len(under_way) > most:
                batch, future = under_way.popleft()
                self._end(batch, future.result())

        is_new = False
        with closing(batches), ThreadPoolExecutor(2, "graphstore-import") as threads:
            while batch := following(batches):
                if not is_new:
                    finish(0)  # it finds out whether the store may have this one
                is_new = self._is_new(batch)
                finish(1 if is_new else 0)
                if is_new:
                    self._number(batch, batch.nodes)  # here, so that ids are in order
                future = threads.submit(copy_context().run, self._put, batch, is_new)
                under_way.append((batch, future))
            finish(0)

    def _is_new(self, batch: Batch) -> bool:
        """Whether the nodes are worth a query that does without looking for each."""
        known = self._may_be_there or self._names_are_taken
        return bool(batch.nodes) and batch.table in HISTORY and not known

    def _put(self, batch: Batch, is_new: bool) -> _Done:
        """Write what is new, or newer than what the store has of this source."""
        done = None
        if batch.nodes:
            asked = self._names_are_taken
            try:
                if is_new:
                    done = self._create(self._store.database, batch, batch.nodes, known=0)
                done = done or self._put_nodes(batch)
            except AlreadyExists:
                # Somebody else's node has a name or an external id. That is rare, and whoever has
                # met it will again: from now on they are asked for.
                if asked:
                    raise
                self._names_are_taken = True
                done = self._put_nodes(batch)
        done = done or _Done()
        self._put_rest(batch, done)
        return done

    def _put_nodes(self, batch: Batch) -> _Done:
        """Write nodes, some of which the store may have, and the edges of those that it has not."""
        kind = NODE_TABLES[batch.table]

        def work(transaction: Transaction) -> _Done:
            transaction.run(QUERIES["source.lock"], source=self._source)
            new, changed = self._compared(transaction, kind, batch.nodes)
            if self._names_are_taken and (new or changed):
                batch.problems += self._rename(transaction, kind, [*new, *changed])
            done = self._create(transaction, batch, new, known=None) if new else None
            if changed:
                transaction.run(QUERIES[f"source.put_{kind}s"], rows=changed)
            done = done or _Done()
            done.updated[batch.table] = len(changed)
            return done

        done = self._store.database.transact(f"source.put_{kind}s", work)
        if kind == "context":
            ids = ((row["properties"]["source_id"], row["id"]) for row in batch.nodes)
            self._contexts.update(ids)
        else:
            self._may_be_there = done.created[batch.table] < len(batch.nodes)
        return done

    def _compared(
        self, transaction: Transaction, kind: Kind, rows: Sequence[Row]
    ) -> tuple[list[Row], list[Row]]:
        """Those that are new, and those that are newer; all that are not new have their ids."""
        new, changed = [], []
        for row, before in zip(rows, self._stored(transaction, kind, rows), strict=True):
            if before is None:
                new.append(row)
                continue
            row["properties"]["id"] = row["id"] = before.id
            if before.is_ours and newer(row, before.last_update_time, before.properties):
                changed.append(row)
        return new, changed

    def _number(self, batch: Batch, new: Sequence[Row]) -> None:
        """Give ids to nodes; in a second attempt those of the first."""
        kind = NODE_TABLES[batch.table]
        short = len(new) - len(batch.free)
        if short > 0:
            batch.free += self._store.ids.take({kind: short}, exactly=True)[kind]
        for row, id_ in zip(new, batch.free, strict=False):
            row["properties"]["id"] = row["id"] = id_

    def _create(
        self, runner: Runner, batch: Batch, new: Sequence[Row], *, known: int | None
    ) -> _Done | None:
        """Create nodes with their edges, if the store has so many others of their batch, or None
        for any number; else None, and nothing happened."""
        self._number(batch, new)
        first, last = (batch.nodes[place]["properties"]["source_id"] for place in (0, -1))
        answer = runner.one(
            QUERIES[f"source.create_{NODE_TABLES[batch.table]}s"],
            source=self._source,
            first_id=first,
            last_id=last,
            known=known,
            context_ids=[self._contexts.get(id_) for id_ in batch.places],
            rows=new,
        )
        if answer is None:
            return None
        done = _Done(Counter({batch.table: len(new)}))
        for what in batch.edges:
            done.written[what] = set(answer[what])
            done.created[TABLE_OF[what]] += len(answer[what])
        return done

    def _put_rest(self, batch: Batch, done: _Done) -> None:
        """Write the edges that were not written with a new node: look for each, and its ends."""
        rest = {
            what: [self._edge(TABLE_OF[what], one) for one in edges]
            for what, edges in batch.rest(done.written).items()
        }

        def work(transaction: Transaction) -> dict[str, Any]:
            transaction.run(QUERIES["source.lock"], source=self._source)
            return {
                what: transaction.one(QUERIES[f"source.put_{what}"], source=self._source, rows=rows)
                for what, rows in rest.items()
            }

        if not rest:
            return
        name = f"source.put_edges_of_{batch.table.lower()}s"
        for what, answer in self._store.database.transact(name, work).items():
            matched, table = set(answer["matched"]), TABLE_OF[what]
            for row in rest[what]:
                if row["number"] in answer.get("circular", ()):
                    row["why"] = "would make a context of the store part of itself"
            done.created[table] += answer["created"]
            done.missing += [(table, row) for row in rest[what] if row["number"] not in matched]

    def _edge(self, table: str, one: Any) -> Row:
        """A row of the file as a query wants it that looks for both ends."""
        row = {"number": one[0], **dict(zip(ENDS[table], one[1:3], strict=True))}
        for end in ("context_id", "parent_context_id"):
            if end in row:  # contexts are not found by their ids in the file
                row[end.removesuffix("_id")] = self._contexts.get(row[end])
        if table == "Event":
            converted = self._converter.event(one)
            assert converted is not None
            type_, row["path"], row["time"] = converted
            row["type"] = type_.value
        return row

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

    def _rename(self, transaction: Transaction, kind: Kind, rows: list[Row]) -> list[str]:
        """Qualify names and external ids that nodes from elsewhere have: two histories may well
        use the same, and in the store they are unique. Says which."""
        nodes = [row["properties"] for row in rows]
        names = [] if kind == "context" else [node for node in nodes if "name" in node]
        taken = transaction.rows(
            QUERIES[f"source.taken_{kind}_names"],
            source=self._source,
            names=[{"type_id": node["type_id"], "name": node["name"]} for node in names],
            external_ids=[node["external_id"] for node in nodes if "external_id" in node],
        )
        # One that has an external id of these may well be without a name.
        taken_names = {(row["type_id"], row["name"]) for row in taken if row["name"] is not None}
        taken_ids = {row["external_id"] for row in taken} - {None}
        said = []
        for node in nodes:
            if kind != "context" and (node["type_id"], node.get("name")) in taken_names:
                said.append(self._qualify(kind, node, "name"))
            if node.get("external_id") in taken_ids:
                said.append(self._qualify(kind, node, "external_id"))
        return said

    def _qualify(self, kind: Kind, node: Row, key: str) -> str:
        before, node[key] = node[key], f"{node[key]}@{self._source}"
        return (
            f"{kind.capitalize()} {node['source_id']}: another {kind} has {key} {before!r}; it is"
            f" {node[key]!r} here"
        )


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


def _identity(type_: Type) -> tuple[Kind, str, str | None]:
    return type_.kind, type_.name, type_.version
