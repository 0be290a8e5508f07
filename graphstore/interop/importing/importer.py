"""Writes a history into a store: everything, once, whatever has been imported before.

What is read is one copy of a history that goes on. The history is a *source*: each artifact and
execution keeps the source's name and its id there, so importing it again adds nothing, and a later
copy adds what is new and updates what changed since. Types have no need of it: kind, name and
version are who they are; nor have contexts, for type and name are, unless the history says
otherwise.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from graphstore.database import Runner, Transaction
from graphstore.database.queries import QUERIES
from graphstore.errors import AlreadyExists, Deleted, FailedPrecondition
from graphstore.interop.importing.batches import (
    ENDS,
    NODE_KINDS,
    NODES,
    OWN_KINDS,
    TABLE_OF,
    Batch,
    Batches,
    following,
    parts,
)
from graphstore.interop.importing.history import TABLES, History, Row, SourceId, Table
from graphstore.interop.importing.references import IdMap, Reference
from graphstore.interop.importing.report import ImportReport, TableReport
from graphstore.interop.importing.rows import Converter, differs, event_parts, newer, to_millis
from graphstore.interop.importing.sources import (
    SEPARATE,
    Source,
    kept,
    properties_of,
    source_of,
)
from graphstore.interop.types import put_types
from graphstore.model.types import Kind, Type
from graphstore.store import Store
from graphstore.system.batched import batched
from graphstore.system.progress import OnProgress, Progress, silent

__all__ = ["import_history"]


def import_history(
    store: Store,
    history: History,
    *,
    source: str | None = None,
    separate: bool = False,
    keep_ids: bool = False,
    on_progress: OnProgress = silent,
) -> ImportReport:
    """Write a history into a store; if it was interrupted, the next import of it goes on.

    Args:
        store: Where to.
        history: What is read.
        source: The name of its source; by default it is known by its first nodes, and a new one
            has the name that the history gives.
        separate: Whether its contexts are its own, so that one of the same type and name from
            elsewhere is another. Later copies of it are imported as the first was.
        keep_ids: Whether nodes have the ids that they have there, whole numbers: into an empty
            store only, or to go on with such an import. What comes in a later copy has other ids.
        on_progress: Is told of every batch.

    Returns:
        What became of each table's rows.

    Raises:
        FailedPrecondition: If it is no copy of the history that `source` names, or a copy that has
            gone its own way since; if an earlier copy was not imported `separate`, or the store is
            not empty and ids are to be kept; nothing was written.
        InvalidArgument: If `source` is empty.
    """
    found = source_of(store.database, history, source)
    if found.before is not None and separate and not found.before.get(SEPARATE):
        raise FailedPrecondition(
            f"{found.name!r} was imported before, its contexts among those of others: it cannot be"
            " separate now. Import it into another store, or under another name"
        )
    importing = _Import(store, history, found, on_progress, separate=separate)
    return importing.run(keep_ids=keep_ids)


@dataclass
class _Done:
    """What a transaction has written, by table."""

    created: Counter[Table] = field(default_factory=Counter)
    updated: Counter[Table] = field(default_factory=Counter)
    missing: list[tuple[Table, Row]] = field(default_factory=list)
    """Rows with an end that is nowhere, or that would make a context part of itself."""
    numbers: dict[str, set[int]] = field(default_factory=dict)
    """The numbers of the edges that were written with new nodes."""
    problems: list[str] = field(default_factory=list)
    """What was not written over."""
    left: set[int] = field(default_factory=set)
    """The ids of the nodes that the store had, and that were left as they are."""


class _Import:
    """One import under way."""

    def __init__(
        self,
        store: Store,
        history: History,
        source: Source,
        on_progress: OnProgress,
        *,
        separate: bool,
    ) -> None:
        self._store, self._history, self._source = store, history, source.name
        self._before = source.before
        before = source.before or {}
        self._separate = separate or bool(before.get(SEPARATE))
        self._own_contexts = history.own_contexts or self._separate
        self._kept: dict[Kind, int] = {kind: before.get(kept(kind), 0) for kind in NODE_KINDS}
        """Up to which ids of the history nodes have the same ones here."""
        self._tables = [table for table in TABLES if table in history.tables]
        tables = {history.tables[table]: TableReport() for table in self._tables}
        self._report = ImportReport(source.name, history.place, tables)
        self._problems = history.problems
        self._converter = Converter(source.name, self._problems.append)
        self._on_progress = on_progress
        self._total = sum(map(history.count, self._tables))
        self._row_count = 0
        self._contexts: dict[SourceId | None, int] = {}
        """The store's ids of the contexts by the history's."""
        self._ids: dict[Kind, IdMap] = {kind: IdMap() for kind in NODE_KINDS}
        """Those of nodes that were written, if the history has references."""
        self._ahead: list[tuple[Kind, Row, list[Reference]]] = []
        """Nodes that refer to what was not written yet."""
        self._names_are_taken = False
        self._may_be_there = False
        """Whether the store had some of the last nodes, and so may have some of the next."""

    def run(self, *, keep_ids: bool) -> ImportReport:
        """Import all of it."""
        self._may_be_there = self._before is not None
        if self._may_be_there:
            self._check_history()
        if keep_ids and not any(self._kept.values()):
            self._keep_ids()
        properties = properties_of(self._history)
        if self._separate:
            properties[SEPARATE] = True
        properties |= {kept(kind): last for kind, last in self._kept.items() if last}
        self._store.database.run(QUERIES["source.put"], source=self._source, properties=properties)
        self._end(*self._put_types())
        batches = Batches(self._history, self._converter)
        for kind in NODE_KINDS:
            self._put_all(batches.nodes(kind))
            for context, first in self._history.same_contexts.items():
                if first in self._contexts:  # or else it was left out itself
                    self._contexts[context] = self._contexts[first]
        self._put_all(batches.parents())
        self._put_those_ahead()
        self._report_like_ids(batches)
        counted: tuple[Table, ...] = ("artifact", "execution", "event")
        for table in counted:
            answer = self._store.database.one(
                QUERIES[f"source.count_{table}s"], source=self._source
            )
            assert answer is not None
            self._table(table).in_store = answer["count"]
        return self._report

    def _table(self, table: Table) -> TableReport:
        return self._report.tables[self._history.tables[table]]

    def _keep_ids(self) -> None:
        """Take the ids that the nodes have there, if nobody took one yet."""
        answer = self._store.database.one(QUERIES["archive.state"])
        assert answer is not None
        if any(answer["counts"][kind] for kind in NODE_KINDS):
            raise FailedPrecondition(
                "the ids of a history can be kept in an empty store only, and this one has nodes;"
                " without that, what is known to be ids within values is translated"
            )
        last_ids = {kind: self._history.last_id(kind) for kind in NODE_KINDS}
        firsts = self._store.ids.reserve({kind: last for kind, last in last_ids.items() if last})
        if any(first != 1 for first in firsts.values()):
            raise FailedPrecondition(
                "the ids of a history can be kept in an empty store only, and somebody has taken"
                " ids of this one; make a new store"
            )
        self._kept = last_ids

    def _check_history(self) -> None:
        """Refuse a copy that has gone its own way since the store last saw its history."""
        for kind in OWN_KINDS:
            for rows in parts(self._history.create_times(kind)):
                current = self._by_source_id(self._store.database, kind, rows[0][0], rows[-1][0])
                for id_, create_time in rows:
                    if id_ in current and current[id_].create_time != to_millis(create_time):
                        raise FailedPrecondition(
                            f"{self._history.tables[kind]} {id_} of {self._history.place} is not"
                            f" the one that the store has of {self._source!r}: this copy has gone"
                            " its own way; import it under another name (--source)"
                        )

    def _end(self, batch: Batch, outcome: _Done) -> None:
        """Note what became of a batch."""
        if self._history.references and batch.table in NODE_KINDS:
            self._note_ids(batch, outcome)
        for problem in (*batch.problems, *outcome.problems):
            self._report.problem(problem)
        for table, row in outcome.missing:
            ends = ", ".join(f"{end} {row[end]}" for end in ENDS[table])
            number = "" if table == "parent" else f" {row['number']}"
            why = row.get("why", "has an end that is missing")
            self._report.problem(f"{self._history.tables[table]}{number} {why}: {ends}")
        missing = Counter(table for table, _ in outcome.missing)
        for table, count in batch.row_counts.items():
            report, write_count = self._table(table), batch.write_count(table)
            new_count, update_count, left_out = (
                outcome.created[table],
                outcome.updated[table],
                missing[table],
            )
            report.read += count
            report.created += new_count
            report.updated += update_count
            report.unchanged += write_count - new_count - update_count - left_out
            report.left_out += left_out + count - write_count  # some by the conversion
            self._tell(table, count)

    def _tell(self, table: Table, count: int) -> None:
        self._row_count += count
        step, rows = f"importing {self._history.title}", f"{self._history.tables[table]} rows"
        self._on_progress(Progress(step, self._row_count, self._total, "rows", rows))

    def _put_types(self) -> tuple[Batch, _Done]:
        batch, outcome = Batch("type"), _Done()

        def declarations() -> Iterator[tuple[SourceId | None, Type]]:
            for id_, declaration in self._history.types():
                batch.row_counts["type"] += 1
                if declaration is not None:
                    batch.nodes.append({"id": id_})
                    yield id_, declaration

        put = put_types(self._store.types, declarations(), self._source, self._problems)
        outcome.created["type"], outcome.updated["type"] = put.created, put.updated
        self._converter.types.update(put.by_id)
        batch.take(self._problems)
        return batch, outcome

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
                if not is_new or batch.references:
                    # It finds out whether the store may have this one, and which ids it refers to.
                    finish(0)
                is_new = self._is_new(batch)
                finish(1 if is_new else 0)
                if is_new:
                    self._number(batch, batch.nodes)  # here, so that ids are in order
                future = threads.submit(copy_context().run, self._put, batch, is_new)
                under_way.append((batch, future))
            finish(0)

    def _is_new(self, batch: Batch) -> bool:
        """Whether the nodes are worth a query that does without looking for each."""
        may_exist = self._may_be_there or self._names_are_taken
        return bool(batch.nodes) and batch.table in OWN_KINDS and not may_exist

    def _put(self, batch: Batch, is_new: bool) -> _Done:
        """Write what is new, or newer than what the store has of this source."""
        outcome = None
        if batch.nodes:
            names_were_taken = self._names_are_taken
            try:
                if is_new:
                    outcome = self._create(self._store.database, batch, batch.nodes, known_count=0)
                outcome = outcome or self._put_nodes(batch)
            except (AlreadyExists, Deleted):
                # Somebody else's node has a name or an external id. That is rare, and whoever has
                # met it will again: from now on they are asked for.
                if names_were_taken:
                    raise
                self._names_are_taken = True
                outcome = self._put_nodes(batch)
        outcome = outcome or _Done()
        self._put_rest(batch, outcome)
        return outcome

    def _put_nodes(self, batch: Batch) -> _Done:
        """Write nodes, some of which the store may have, and the edges of those that it has not."""
        kind = batch.kind

        def work(transaction: Transaction) -> _Done:
            transaction.run(QUERIES["source.lock"], source=self._source)
            new, updates, problems = self._compare(transaction, kind, batch)
            if self._names_are_taken and (new or updates):
                batch.problems += self._rename(transaction, kind, [*new, *updates])
            outcome = self._create(transaction, batch, new, known_count=None) if new else None
            if updates:
                transaction.run(QUERIES[f"source.put_{kind}s"], rows=updates)
            outcome = outcome or _Done()
            outcome.updated[batch.table] = len(updates)
            outcome.problems += problems
            written = {row["id"] for row in (*new, *updates)}
            outcome.left = {row["id"] for row in batch.nodes if row["id"] not in written}
            return outcome

        outcome = self._store.database.transact(f"source.put_{kind}s", work)
        if kind == "context":
            ids = ((row["properties"]["source_id"], row["id"]) for row in batch.nodes)
            self._contexts.update(ids)
        else:
            self._may_be_there = outcome.created[batch.table] < len(batch.nodes)
        return outcome

    def _note_ids(self, batch: Batch, outcome: _Done) -> None:
        """Note which ids the nodes of a batch have, and which of those that were written refer to
        what is to come."""
        ids = self._ids[batch.kind]
        for row in sorted(batch.nodes, key=lambda row: row["properties"]["source_id"]):
            if row["id"] is not None:
                ids.add(row["properties"]["source_id"], row["id"])
        for row, references in batch.references:
            if row["id"] in outcome.left:
                continue
            ahead = [one for one in references if self._ids[one.kind].get(one.there) is None]
            self._report.translated += sum(one.beside in row["properties"] for one in references)
            if ahead:
                self._ahead.append((batch.kind, row, ahead))

    def _translate(self, batch: Batch) -> None:
        """Write the ids that the store has over those of the history, as far as they are known."""
        if not batch.references:
            return
        own = {row["properties"]["source_id"]: row["id"] for row in batch.nodes}
        for row, references in batch.references:
            for one in references:
                here = own.get(one.there) if one.kind == batch.kind else None
                if here is None:
                    here = self._ids[one.kind].get(one.there)
                if here is not None:
                    one.translate(row, here)

    def _put_those_ahead(self) -> None:
        """Translate what refers to nodes that were written later."""
        rows: dict[Kind, list[Row]] = {}
        for kind, row, references in self._ahead:
            for one in references:
                here = self._ids[one.kind].get(one.there)
                if here is None:
                    self._report.problem(
                        f"{kind.capitalize()} {row['properties']['source_id']}: {one.name} is"
                        f" {one.there}, and there is no {one.kind} {one.there}: left as it is"
                    )
                elif here != one.there:
                    one.translate(row, here)
                    self._report.translated += 1
                    rows.setdefault(kind, []).append(row)
        for kind, some in rows.items():
            for part in batched({row["id"]: row for row in some}.values(), NODES):
                self._store.database.run(QUERIES[f"source.put_{kind}s"], rows=part)

    def _report_like_ids(self, batches: Batches) -> None:
        """Name what may be ids, and was not translated, unless ids are the same here and there."""
        others = {kind: ids for kind, ids in self._ids.items() if not ids.is_identity}
        counts = batches.numbers.equal_to(others)
        for (kind, name), count in sorted(counts.items()):
            self._report.like_ids[f"{kind}.{name}"] = count

    def _compare(
        self, transaction: Transaction, kind: Kind, batch: Batch
    ) -> tuple[list[Row], list[Row], list[str]]:
        """Those that are new, those that are newer, and of which nobody knows whether they are; all
        that are not new have their ids."""
        new, updates, problems = [], [], []
        matches = self._matches(transaction, kind, batch.nodes)
        for row, before in zip(batch.nodes, matches, strict=True):
            row["properties"]["id"] = row["id"] = None if before is None else before.id
        self._translate(batch)
        for row, before in zip(batch.nodes, matches, strict=True):
            if before is None:
                new.append(row)
                continue
            self._keep_qualified(row["properties"], before)
            if before.is_ours and newer(row, before.last_update_time, before.properties):
                updates.append(row)
            elif before.may_hide(row):
                what = f"{kind.capitalize()} {row['properties']['source_id']}"
                problems.append(
                    f"{what} was changed in this store since it came in, and stays so: what its"
                    " source says of it is not taken"
                )
        return new, updates, problems

    def _number(self, batch: Batch, new: Sequence[Row]) -> None:
        """Give ids to nodes; in a second attempt those of the first."""
        kind, others = batch.kind, new
        if last := self._kept[kind]:
            for row in new:
                row["properties"]["id"] = row["id"] = row["properties"]["source_id"]
            others = [row for row in new if row["id"] > last]
        short = len(others) - len(batch.free)
        if short > 0:
            batch.free += self._store.ids.take({kind: short}, exactly=True)[kind]
        for row, id_ in zip(others, batch.free, strict=False):
            row["properties"]["id"] = row["id"] = id_
        self._translate(batch)

    def _create(
        self, runner: Runner, batch: Batch, new: Sequence[Row], *, known_count: int | None
    ) -> _Done | None:
        """Create nodes with their edges, if the store has so many others of their batch, or None
        for any number; else None, and nothing happened."""
        self._number(batch, new)
        first, last = (batch.nodes[place]["properties"]["source_id"] for place in (0, -1))
        answer = runner.one(
            QUERIES[f"source.create_{batch.kind}s"],
            source=self._source,
            first_id=first,
            last_id=last,
            known=known_count,
            context_ids=[self._contexts.get(id_) for id_ in batch.places],
            rows=new,
        )
        if answer is None:
            return None
        outcome = _Done(Counter({batch.table: len(new)}))
        for what in batch.edges:
            outcome.numbers[what] = set(answer[what])
            outcome.created[TABLE_OF[what]] += len(answer[what])
        return outcome

    def _put_rest(self, batch: Batch, outcome: _Done) -> None:
        """Write the edges that were not written with a new node: look for each, and its ends."""
        rest = {
            what: [self._edge(TABLE_OF[what], one) for one in edges]
            for what, edges in batch.rest(outcome.numbers).items()
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
            numbers, table = set(answer["matched"]), TABLE_OF[what]
            for row in rest[what]:
                if row["number"] in answer.get("circular", ()):
                    row["why"] = "would make a context of the store part of itself"
            outcome.created[table] += answer["created"]
            outcome.updated[table] += answer.get("updated", 0)
            outcome.missing += [(table, row) for row in rest[what] if row["number"] not in numbers]

    def _edge(self, table: Table, one: Any) -> Row:
        """A row of the history as a query wants it that looks for both ends."""
        row = {"number": one[0], **dict(zip(ENDS[table], one[1:3], strict=True))}
        for end in ("context_id", "parent_context_id"):
            if end in row:  # contexts are not found by their ids in the history
                row[end.removesuffix("_id")] = self._contexts.get(row[end])
        if table == "event":
            type_, row["path"], row["time"] = event_parts(one)
            row["type"] = type_.value
        return row

    def _matches(self, runner: Runner, kind: Kind, rows: Sequence[Row]) -> list[_Stored | None]:
        """What the store has of each row."""
        nodes = [row["properties"] for row in rows]
        if kind == "context" and not self._own_contexts:
            names = [{key: node[key] for key in ("type_id", "name", "source_id")} for node in nodes]
            answer = runner.one(
                QUERIES["source.known_contexts_by_name"], source=self._source, names=names
            )
            assert answer is not None
            contexts = {(one[0], one[1]): _Stored(*one[2:]) for one in answer["known"]}
            return [contexts.get((node["type_id"], node["name"])) for node in nodes]
        ids = [node["source_id"] for node in nodes]
        untimed = not any(row["last_update_time"] for row in rows)
        by_source_id = self._by_source_id(runner, kind, ids[0], ids[-1], untimed=untimed)
        return [by_source_id.get(id_) for id_ in ids]

    def _by_source_id(
        self, runner: Runner, kind: Kind, first: SourceId, last: SourceId, *, untimed: bool = False
    ) -> dict[SourceId, _Stored]:
        """What the store has of this source, by the ids there, from `first` to `last`; with all
        properties if the source has no times of updates."""
        answer = runner.one(
            QUERIES[f"source.known_{kind}s"],
            source=self._source,
            first_id=first,
            last_id=last,
            untimed=untimed,
        )
        assert answer is not None
        return {one[0]: _Stored(*one[1:]) for one in answer["known"]}

    def _rename(self, transaction: Transaction, kind: Kind, rows: list[Row]) -> list[str]:
        """Qualify names and external ids that nodes from elsewhere have: two histories may well
        use the same, and in the store they are unique. Says which."""
        nodes = [row["properties"] for row in rows]
        shares_names = kind == "context" and not self._own_contexts
        names = [] if shares_names else [node for node in nodes if "name" in node]
        rivals = transaction.rows(
            QUERIES[f"source.taken_{kind}_names"],
            source=self._source,
            names=[{"type_id": node["type_id"], "name": node["name"]} for node in names],
            external_ids=[node["external_id"] for node in nodes if "external_id" in node],
        )
        # One that has an external id of these may well be without a name.
        taken_names = {(row["type_id"], row["name"]) for row in rivals if row["name"] is not None}
        taken_ids = {row["external_id"] for row in rivals} - {None}
        messages = []
        for node in nodes:
            if not shares_names and (node["type_id"], node.get("name")) in taken_names:
                messages.append(self._qualify(kind, node, "name"))
            if node.get("external_id") in taken_ids:
                messages.append(self._qualify(kind, node, "external_id"))
        return messages

    def _keep_qualified(self, node: Row, before: _Stored) -> None:
        """Leave a name or an external id qualified that an earlier import had to qualify."""
        for key in ("name", "external_id"):
            qualified = f"{node.get(key)}@{self._source}"
            if before.properties and before.properties.get(key) == qualified:
                node[key] = qualified

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
    """Whether it came from this source, and was not deleted since."""
    create_time: int
    last_update_time: int
    properties: Row | None
    """All of them if `last_update_time` is 0, or that of the source, which tells nothing."""

    def may_hide(self, row: Row) -> bool:
        """Whether the source may have changed it since, and nobody knows: it has no times, and the
        store changed it, too."""
        if not self.is_ours or row["last_update_time"] or not self.last_update_time:
            return False
        return self.properties is not None and differs(row, self.properties)
