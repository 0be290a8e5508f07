"""Merges an archive into a store that has something: by what is the same, with ids of this one.

A node is the same if it is of the same source and has the same id there. What has no other source
began in the archive's store, or in one that this was copied from: that store is its source, by its
id. Contexts are the same by type and name, types by kind, name and version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphstore.database import Row, Runner, Transaction
from graphstore.database.literals import epoch_millis, properties_from_json
from graphstore.database.queries import QUERIES
from graphstore.errors import AlreadyExists, Deleted, FailedPrecondition
from graphstore.interop.archive.batches import Batch, Edge, batches_of, edge_rows, edges_of
from graphstore.interop.archive.file import ArchiveFile, Line
from graphstore.interop.archive.report import ArchiveReport
from graphstore.interop.archive.steps import Steps
from graphstore.interop.archive.writing import Ids, Node, Outcome, Stored, Writing
from graphstore.interop.identity import KINDS, Identity
from graphstore.interop.types import put_types
from graphstore.model.types import Type
from graphstore.storage.rows import same_value, type_from_row
from graphstore.store import Store

__all__ = ["Merge"]

_ABOUT_SOURCE = frozenset(["name", "file", "schema_version", "create_time", "last_update_time"])
"""What a source says of itself that does not tell whether another one is the same."""


class Merge:
    """One merge under way."""

    def __init__(self, store: Store, file: ArchiveFile, own: Identity, steps: Steps) -> None:
        """Of an archive into the store of this identity."""
        self._store, self._database, self._file = store, store.database, file
        self._own, self._theirs = own, Identity.from_manifest(file.manifest["store"])
        self._source, self._steps = self._theirs.id, steps
        self._report = ArchiveReport(file.path, self._source, exact=False)
        self._ids = {kind: Ids() for kind in (*KINDS, "type")}
        self._types: dict[int, Type] = {}
        self._sources: dict[str, str] = {}
        """What the sources of the archive are called here."""
        self._may_be_there = False
        """Whether the store may have something of one of them."""
        self._are_names_taken = False
        self._erased: dict[tuple[str, int], int] = {}
        """When something was erased last, by the nodes of the archive; in milliseconds."""

    def run(self) -> ArchiveReport:
        """Merge all of it."""
        new_sources = self._match_sources()
        if self._may_be_there:
            self._check_history()
        self._put_sources(new_sources)
        self._put_types()
        self._read_erasures()
        for kind in reversed(KINDS):
            has_same_kind = False
            with batches_of(self._file, kind) as some:
                for batch in some:
                    self._put(kind, batch)
                    self._steps.tell(len(batch.lines), f"{kind}s")
                    has_same_kind |= any(
                        e.kind == kind for one in batch.lines for e in edges_of(one)
                    )
            if has_same_kind:
                with batches_of(self._file, kind) as some:
                    for batch in some:
                        self._put_same_kind(kind, batch)
        self._tell_of_purges()
        self._tell_of_seals()
        return self._report

    def _tell_of_seals(self) -> None:
        """Say what is left out: ids are others here, and seals are over those of their store."""
        seals = sum("GraphstoreSeal" in line["labels"] for line, _ in self._file.read("seal"))
        if seals:
            self._report.problem(
                f"{seals} seal(s) of the archive's store are left out: what came along has other"
                " ids here, and is not sealed"
            )

    def _tell_of_purges(self) -> None:
        """Say what is left out: which ids the archive's store purged says nothing of this store."""
        count = sum(len(line["properties"]["ids"]) for line, _ in self._file.read("deletion"))
        if count:
            self._report.problem(
                f"{count} node(s) were purged in the archive's store: what this store has of them"
                " stays"
            )

    def _read_erasures(self) -> None:
        for line, _ in self._file.read("erasure"):
            erasure = properties_from_json(line["properties"])
            time = epoch_millis(erasure["_recorded"])
            self._erased.update(((erasure["kind"], id_), time) for id_ in erasure["ids"])

    def _match_sources(self) -> list[Row]:
        """Find out what the sources of the archive are called here; returns those that are new."""
        rows = self._database.rows(QUERIES["source.list"])
        here = {row["source"]["name"]: row["source"] for row in rows}
        new = []
        for line, _ in self._file.read("source"):
            source = properties_from_json(line["properties"])
            before = name = source["name"]
            if name in here and not _is_same_source(here[name], source):
                name = f"{name}@{self._source}"
                self._report.problem(f"source {before!r} is another one here: it is {name!r}")
            self._sources[before] = name
            if name not in here:
                new.append({**source, "name": name})
        own = {self._own.id, *(one["store"] for one in self._own.copied)}
        theirs = {self._source, *(one["store"] for one in self._theirs.copied)}
        self._may_be_there = bool((here.keys() | own) & (theirs | {*self._sources.values()}))
        return new

    def _put_sources(self, new: list[Row]) -> None:
        self._database.run(QUERIES["archive.copy_sources"], sources=new)
        # A store that something began in is a source; that of the archive is what imports lock.
        for store in dict.fromkeys([self._source, *(c["store"] for c in self._theirs.copied)]):
            properties = {"store": store, "file": self._file.path.name}
            self._database.run(QUERIES["source.put"], source=store, properties=properties)

    def _check_history(self) -> None:
        """Refuse what is not what the store has of the same source and id."""
        for kind in ("execution", "artifact"):
            with batches_of(self._file, kind) as some:
                for batch in some:
                    nodes = [self._node(kind, line) for line in batch.lines if "labels" in line]
                    self._know(self._database, kind, nodes, by_external_id=False)
                    for node in nodes:
                        self._check_create_time(kind, node)

    def _check_create_time(self, kind: str, node: Node) -> None:
        time = epoch_millis(node.properties.get("create_time"))
        if node.stored is not None and node.stored.create_time != time:
            raise FailedPrecondition(
                f"{kind} {node.source_id} of {node.source!r} in {self._file.path} is not the one"
                f" that this store has of it, {kind} {node.stored.id}: one of the two stores has"
                " gone its own way since they had one history; nothing was written"
            )

    def _put_types(self) -> None:
        count, problems = self._report.counts["type"], list[str]()

        def declarations() -> Iterator[tuple[int, Type]]:
            for line, _ in self._file.read("type"):
                count.read += 1
                # What hangs on a type tells how it grew there; here it grows in another way.
                hanging = len(line.get("attachments", ()))
                self._report.counts["attachment"].read += hanging
                self._report.counts["attachment"].unchanged += hanging
                row = properties_from_json(line["properties"])
                try:
                    type_ = type_from_row(row)
                except (KeyError, ValueError, TypeError) as error:
                    count.left_out += 1
                    problems.append(f"type {row['id']} is none ({error!r}): left out")
                    continue
                yield row["id"], type_

        put = put_types(self._store.types, declarations(), self._source, problems)
        self._types = put.by_id
        for theirs, type_ in put.by_id.items():
            assert type_.id is not None
            self._ids["type"].put(theirs, type_.id)
        count.created, count.updated = put.created, put.updated
        count.unchanged = count.read - count.left_out - put.created - put.updated
        for problem in problems:
            self._report.problem(problem)

    def _node(self, kind: str, line: Line) -> Node:
        """A node of the archive, and where it began."""
        properties = properties_from_json(line["properties"])
        source, source_id = properties.get("source"), properties.get("source_id")
        if isinstance(source, str) and isinstance(source_id, (int, str)):
            source = self._sources.get(source, source)
        else:
            source_id = properties["id"]
            source = self._theirs.origin(kind, source_id)
        return Node(line, properties, source, source_id)

    def _put(self, kind: str, batch: Batch) -> None:
        """Write what is new or newer, and the edges that are not there."""
        nodes, more_edges = list[Node](), list[tuple[int, Edge]]()
        for line in batch.lines:
            if "labels" not in line:
                more_edges += [(line["id"], edge) for edge in edges_of(line)]
            else:
                node = self._node(kind, line)
                if self._give_type(kind, node):
                    nodes.append(node)
        free: list[int] = []

        def take(count: int) -> list[int]:
            if count > len(free):
                new = self._store.ids.take({kind: count - len(free)}, exactly=True)
                free.extend(new[kind])
            return free[:count]

        def work(transaction: Transaction) -> Outcome:
            transaction.run(QUERIES["source.lock"], source=self._source)
            self._know(transaction, kind, nodes)
            return Writing(
                transaction,
                kind,
                nodes,
                more_edges,
                ids=self._ids,
                source=self._source,
                take=take,
                are_names_taken=self._are_names_taken,
            ).run()

        try:
            outcome = self._database.transact(f"archive.put_{kind}s", work)
        except (AlreadyExists, Deleted):
            # Somebody else's node has a name or an external id. That is rare, and whoever has met
            # it will again: from now on they are asked for.
            if self._are_names_taken:
                raise
            self._are_names_taken = True
            outcome = self._database.transact(f"archive.put_{kind}s", work)
        self._count(
            outcome,
            {
                kind: len(nodes),
                "edge": sum(e.kind != kind for node in nodes for e in edges_of(node.line))
                + sum(edge.kind != kind for _, edge in more_edges),
                "attachment": sum(len(node.attachments) for node in nodes),
            },
        )
        self._tell_of_erased(kind, nodes)
        if kind == "context":
            self._tell_of_joined(nodes)

    def _tell_of_erased(self, kind: str, nodes: Sequence[Node]) -> None:
        """Say of what was here before that some of it was erased in the archive's store."""
        for node in nodes:
            erased = self._erased.get((kind, node.line["properties"]["id"]), 0)
            if node.stored is not None and node.stored.erased < erased:
                self._report.problem(
                    f"{kind} {node.stored.id}: something that it said was erased in the archive's"
                    " store; if this store has it from before, it stays until it is erased here,"
                    " too"
                )

    def _count(self, outcome: Outcome, totals: Mapping[str, int]) -> None:
        for problem in outcome.problems:
            self._report.problem(problem)
        for name, total in totals.items():
            count = self._report.counts[name]
            created, updated = outcome.created[name], outcome.updated[name]
            left_out = outcome.left_out[name]
            count.read += total
            count.created += created
            count.updated += updated
            count.left_out += left_out
            count.unchanged += total - created - updated - left_out

    def _tell_of_joined(self, nodes: Sequence[Node]) -> None:
        """Say which contexts are one now though each began by itself."""
        for node in nodes:
            stored = node.stored
            if stored is None or stored.is_deleted or node.is_deleted:
                continue
            if (stored.source, stored.source_id) == (node.source, node.source_id):
                continue
            began_here = stored.source_id is None and stored.id == node.source_id
            if not (began_here and self._own.began("context", node.source, node.source_id)):
                self._report.problem(
                    f"context {node.properties['id']}, {node.properties['name']!r}, is of the type"
                    f" and name of context {stored.id} here, which began elsewhere: they are one"
                    " now"
                )

    def _give_type(self, kind: str, node: Node) -> bool:
        """Give a node the type that its own is here; whether there is one."""
        properties = node.properties
        type_ = self._types.get(properties.get("type_id", 0))
        why = ""
        if type_ is None:
            why = f"is of type {properties.get('type_id')!r}, which the archive does not have"
        elif kind == "context" and not (node.is_deleted or isinstance(properties.get("name"), str)):
            why = "has no name"
        if type_ is None or why:
            self._report.counts[kind].read += 1
            self._report.counts[kind].left_out += 1
            self._report.problem(f"{kind} {properties['id']} {why}: left out, with its edges")
            return False
        properties["type_id"] = type_.id
        properties.pop("type_version", None)
        if type_.version:
            properties["type_version"] = type_.version
        return True

    def _know(
        self, runner: Runner, kind: str, nodes: Sequence[Node], *, by_external_id: bool = True
    ) -> None:
        """Find out what the store has of some nodes."""
        own_keys = "name_keys" if kind == "context" else "external_keys"
        keys: dict[str, list[Any]] = {"source_keys": [], "id_keys": [], own_keys: []}
        for place, node in enumerate(nodes):
            properties = node.properties
            keys["source_keys"].append([place, node.source, node.source_id, node.is_deleted])
            if self._own.began(kind, node.source, node.source_id):
                keys["id_keys"].append([place, node.source_id, node.is_deleted])
            if kind == "context" and "name" in properties:
                keys[own_keys].append([place, properties["type_id"], properties["name"]])
            elif kind != "context" and by_external_id and "external_id" in properties:
                keys[own_keys].append([place, properties["external_id"], properties["type_id"]])
        answer = runner.one(QUERIES[f"archive.known_{kind}s"], **keys)
        assert answer is not None
        stored: dict[int, tuple[int, Stored]] = {}
        for place, way, id_, created, updated, source, source_id, deleted, erased in answer[
            "known"
        ]:
            if place not in stored or way < stored[place][0]:
                times = epoch_millis(created), epoch_millis(updated)
                stored[place] = (
                    way,
                    Stored(id_, *times, source, source_id, deleted, epoch_millis(erased)),
                )
        for place, node in enumerate(nodes):
            node.stored = stored[place][1] if place in stored else None

    def _put_same_kind(self, kind: str, batch: Batch) -> None:
        """Write the edges between nodes of one kind, which are all there by now."""
        ids, outcome, read = self._ids[kind], Outcome(), 0
        parents, others = list[tuple[int, Edge, int]](), list[tuple[int, Edge, int]]()
        for line in batch.lines:
            one = ids.get(line["properties"]["id"] if "labels" in line else line["id"])
            for edge in edges_of(line):
                if edge.kind == kind:
                    read += 1
                    other = ids.get(edge.id)
                    if one is None or other is None:
                        outcome.left_out["edge"] += 1
                        outcome.problems.append(
                            f"an edge between {kind}s leads to {edge.id}, which is not there: left"
                            " out"
                        )
                    elif kind == "context" and edge.type == "CHILD_OF":
                        parents.append((one, edge, other))
                    else:
                        others.append((one, edge, other))
        if parents:
            self._put_parents(parents, outcome)
        if others:
            answer = self._database.one(
                QUERIES[f"archive.put_edges_of_{kind}s"],
                ids=sorted({one[0] for one in others}),
                edges=edge_rows(others),
            )
            assert answer is not None
            outcome.created["edge"] += answer["created"]
        self._count(outcome, {"edge": read})

    def _put_parents(self, parents: Sequence[tuple[int, Edge, int]], outcome: Outcome) -> None:
        """Make contexts part of others, unless one would become part of itself."""
        rows = [
            {
                "number": number,
                "context": child,
                "parent_context": parent,
                "properties": edge.properties,
            }
            for number, (child, edge, parent) in enumerate(parents)
        ]

        def work(transaction: Transaction) -> Row:
            transaction.run(QUERIES["source.lock"], source=self._source)
            answer = transaction.one(QUERIES["source.put_parents"], rows=rows)
            assert answer is not None
            return answer

        answer = self._database.transact("source.put_parents", work)
        outcome.created["edge"] += answer["created"]
        for number in answer["circular"]:
            child, _, parent = parents[number]
            outcome.left_out["edge"] += 1
            outcome.problems.append(
                f"context {child} would become part of itself as a child of context {parent}: left"
                " out"
            )


def _is_same_source(here: Mapping[str, Any], source: Mapping[str, Any]) -> bool:
    """Whether a source of this store and one of the archive are one: by its first rows, say."""
    if epoch_millis(here.get("create_time")) == epoch_millis(source.get("create_time")):
        return True
    common = (here.keys() & source.keys()) - _ABOUT_SOURCE
    return bool(common) and all(same_value(here[key], source[key]) for key in common)
