"""Takes events in: what threads send at the same moment by one transaction of three queries.

The first query takes a lock, which all processes that take events in of a store share, and reads
what the store has of the runs that the events are about. The second finds out what their inputs
mean, and which inputs of others mean something else now. The third writes the difference. So an
event may come at any time and any number of times: one that says nothing new writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from graphstore.database import Row, Transaction
from graphstore.database.queries import QUERIES
from graphstore.errors import (
    Deleted,
    FailedPrecondition,
    LocalServerError,
    StoreError,
    Unavailable,
)
from graphstore.interop.openlineage.bound import require_own, require_own_records
from graphstore.interop.openlineage.events import Event, Name
from graphstore.interop.openlineage.graph import (
    DATASET_CONTEXT,
    RUN,
    TYPES,
    Link,
    Read,
    Version,
    artifact_of,
    context_of,
    contexts_of,
    executions_of,
    holders_of,
    links_of,
    subject_of,
    text_of,
    unwritten,
    unwritten_id,
    versions_of,
)
from graphstore.interop.openlineage.saying import Record, add, mention
from graphstore.interop.types import put_types
from graphstore.model.edges import EventType
from graphstore.model.nodes import Artifact, Context
from graphstore.storage.events import take_ordinals
from graphstore.storage.node_rows import rows_by_kind
from graphstore.storage.rows import encode_path
from graphstore.storage.writing.group_commit import GroupCommit
from graphstore.store import Store

__all__ = ["Ingestion"]

_ASKED = ("external_ids", "holders", "versions", "reads", "changing")
_TAKEN_IN = (
    *("contexts", "executions", "artifacts", "events", "retractions"),
    *("associations", "attributions", "parents"),
)
"""What the queries are given, each a list."""
TOGETHER = 200
"""Events that one transaction takes in, of many."""
_PATIENCE = 1.0
"""Seconds after which events are sent though those before them are not stored: the lock would have
them wait for these in the server, and each for itself."""
Edge = tuple[str, str, str, tuple[str, ...], int]
"""An event of the graph: execution, type, artifact (external ids), path, time in milliseconds."""


class Ingestion:
    """Takes OpenLineage's events into a store; threads may share it."""

    def __init__(self, store: Store) -> None:
        """Put the types of what events become, if they are not there yet.

        Raises:
            FailedPrecondition: If the store has a type of such a name that is something else.
        """
        problems: list[str] = []
        named = ((f"{type_.kind} {type_.name}", type_) for type_ in TYPES)
        put_types(store.types, named, "openlineage", problems)
        if problems:
            raise FailedPrecondition("; ".join(problems))
        self._writer = _Writer(store)
        self._group = GroupCommit(self._writer, patience=_PATIENCE)

    def put(self, events: Sequence[Event]) -> None:
        """Take in some events, all or nothing; they are stored when this returns.

        Raises:
            Deleted: If one is about a run, a job or a dataset that was deleted here.
            InvalidArgument: If one says what the store cannot hold.
            OutsideNamespace: If who sent one is bound to a namespace, and it is about a job of
                another, or about a run or a job that the store has of another.
            Unavailable: If Neo4j does not answer.
        """
        for event in events:
            if event.namespace is not None:
                require_own(event, event.namespace)
        self._group.ask(events)

    def prepare(self) -> None:
        """Let Neo4j plan the queries: the first event would wait for that, and its client not.

        Raises:
            Unavailable: If Neo4j does not answer.
        """
        self._writer.prepare()

    def put_each(self, events: Sequence[tuple[int, Event]]) -> dict[int, StoreError]:
        """Take in many events, so many by a transaction; no event is refused for another's fault.

        Args:
            events: The events, each with a number of the caller's.

        Returns:
            What was not taken in, by number, and why. Once Neo4j does not answer, nothing more is
            tried: all that is left has the same error, `Unavailable`.
        """
        failures: dict[int, StoreError] = {}
        for first in range(0, len(events), TOGETHER):
            some = events[first : first + TOGETHER]
            try:
                self.put([event for _, event in some])
            except (Unavailable, LocalServerError) as error:
                return failures | {number: error for number, _ in events[first:]}
            except StoreError as error:
                if len(some) == 1:
                    failures[some[0][0]] = error
                for one in some if len(some) > 1 else ():
                    failures |= self.put_each([one])
        return failures


class _Writer:
    """Stores events; the executor of the group commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = rows_by_kind(store.types)

    def rows(self, item: Sequence[Event]) -> int:
        """About how many nodes these concern."""
        return 5 * len(item)

    def go_together(self, items: Sequence[Sequence[Event]]) -> bool:
        """Whether they can be stored together: always, as one after the other."""
        return True

    def prepare(self) -> None:
        """Ask nothing of the store, and write nothing, by the queries that do."""
        asked: Row = {key: [] for key in _ASKED}
        taken_in: Row = {key: [] for key in _TAKEN_IN}

        def work(transaction: Transaction) -> None:
            transaction.run(QUERIES["openlineage.read"], external_ids=[], names=[])
            transaction.run(QUERIES["openlineage.resolve"], asked=asked)
            transaction.run(QUERIES["openlineage.write"], taken_in=taken_in)

        self._store.database.transact("openlineage", work)

    def execute(self, items: Sequence[Sequence[Event]]) -> list[Row]:
        """Store these, or nothing."""
        events = [event for item in items for event in item]
        work = _Work(self._store, self._rows)
        self._store.database.transact(
            "openlineage", lambda transaction: work.do(transaction, events)
        )
        return [{} for _ in items]


@dataclass
class _Plan:
    """What is to be written; artifacts and executions by external id."""

    executions: dict[str, Row] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    contexts: dict[tuple[str, str], tuple[Context, bool]] = field(default_factory=dict)
    """By type and name, and whether all that is said of it is in it."""
    events: list[Edge] = field(default_factory=list)
    retractions: list[Edge] = field(default_factory=list)
    associations: set[tuple[str, tuple[str, str]]] = field(default_factory=set)
    attributions: set[tuple[str, tuple[str, str]]] = field(default_factory=set)
    parents: set[tuple[tuple[str, str], tuple[str, str]]] = field(default_factory=set)

    def context(self, context: Context, *, said: bool = False) -> tuple[str, str]:
        """Have this context; answers what it is known by."""
        assert context.name is not None
        key = context.type, context.name
        if said or key not in self.contexts:
            self.contexts[key] = context, said
        return key


class _Work:
    """What becomes of some events; may be done again, by another attempt of the transaction."""

    def __init__(self, store: Store, rows: Mapping[Any, Any]) -> None:
        self._store, self._rows = store, rows

    def do(self, transaction: Transaction, events: Sequence[Event]) -> None:
        """Do all of it."""
        records, before, ids = self._read(transaction, events)
        for event in events:
            if event.namespace is not None:  # another one of these may have been of another
                require_own_records(event, event.namespace, records, ())
            add(records.setdefault(_subject(event), {}), event)
            if event.run_id is not None:
                about = records[event.run_id]
                for parent, job in about.get("parents", {}).items():
                    mention(records.setdefault(parent, {}), tuple(job))
        changed = {id_: one for id_, one in records.items() if one != before.get(id_)}
        if not changed:
            return
        plan = _Plan()
        self._plan_nodes(plan, changed)
        links = [link for id_, record in changed.items() for link in links_of(id_, record)]
        versions, touched = self._versions(changed, before)
        found = self._resolve(transaction, changed, before, links, versions, touched)
        ids["execution"] |= {one["external_id"]: one["id"] for one in found["executions"]}
        ids["artifact"] = {one["external_id"]: one["id"] for one in found["artifacts"]}
        self._plan_edges(plan, links, found, versions, touched, changed, ids)
        self._write(transaction, plan, ids)

    def _read(
        self, transaction: Transaction, events: Sequence[Event]
    ) -> tuple[dict[str, Record], dict[str, Record], dict[str, dict[str, int]]]:
        """The records of what the events are about, twice, and the ids of what is there."""
        wanted: dict[str, Record] = {}
        for event in events:  # what they name is known before the store is asked
            add(wanted.setdefault(_subject(event), {}), event)
        runs = {id_ for id_, one in wanted.items() if one["kind"] == "run"}
        runs |= {parent for one in wanted.values() for parent in one.get("parents", {})}
        contexts = {
            id_: contexts_of(id_, one)[0][0] for id_, one in wanted.items() if one["kind"] != "run"
        }
        names = {id_: self._name(context) for id_, context in contexts.items()}
        answer = transaction.one(
            QUERIES["openlineage.read"],
            external_ids=sorted(runs),
            names=[{"type_id": type_id, "name": name} for type_id, name in sorted(names.values())],
        )
        assert answer is not None
        found: dict[str, Row] = {one["external_id"]: one for one in answer["executions"]}
        by_name = {(one["type_id"], one["name"]): one for one in answer["contexts"]}
        found |= {id_: by_name[name] for id_, name in names.items() if name in by_name}
        texts = {
            id_: one["said"][0]
            for id_, one in found.items()
            if one["said"] and (id_ not in runs or one["type"] == RUN.name)
        }
        records = {id_: json.loads(text) for id_, text in texts.items()}
        for event in events:
            if event.namespace is not None:
                require_own_records(event, event.namespace, records, found)
        for id_, one in found.items():
            if id_ in runs and one["type"] != RUN.name:
                raise FailedPrecondition(
                    f"OpenLineage tells of a run {id_}, and this is the external id of execution"
                    f" {one['id']} of type {one['type']}, which was recorded otherwise and is left"
                    " as it is: an external id is of one execution"
                )
            if one["_deleted"] is not None and id_ in wanted:
                what = "execution" if id_ in runs else "context"
                about = f"deleted {one['_deleted'].iso_format()[:10]}"
                raise Deleted(what, one["id"], f"{about}; OpenLineage calls it {id_}")
        parents = {id_ for id_ in runs if id_ in found and found[id_]["_deleted"] is None}
        ids = {"execution": {id_: found[id_]["id"] for id_ in parents}}
        return records, deepcopy(records), ids

    def _name(self, context: Context) -> tuple[int, str]:
        type_id = self._store.types.find("context", context.type, None).id
        assert type_id is not None and context.name is not None
        return type_id, context.name

    def _plan_nodes(self, plan: _Plan, changed: Mapping[str, Record]) -> None:
        for id_, record in changed.items():
            contexts, parts = contexts_of(id_, record)
            own = plan.context(contexts[0], said=True)
            keys = [own, *(plan.context(context) for context in contexts[1:])]
            plan.parents |= {(plan.context(one), plan.context(other)) for one, other in parts}
            for execution in executions_of(id_, record):
                assert execution.external_id is not None
                plan.executions[execution.external_id] = self._rows["execution"].row(execution, 0)
                plan.associations |= {(execution.external_id, key) for key in keys}
            for name, version in versions_of(id_, record).items():
                artifact = artifact_of(version, record)
                plan.artifacts[version.external_id] = artifact
                dataset = plan.context(context_of(DATASET_CONTEXT, name))
                plan.attributions |= {(version.external_id, key) for key in (own, dataset)}

    def _versions(
        self, changed: Mapping[str, Record], before: Mapping[str, Record]
    ) -> tuple[list[Version], list[Version]]:
        """All versions of these runs, and those that are new or otherwise."""
        versions, touched = [], []
        for id_, record in changed.items():
            was = versions_of(id_, before[id_]) if "kind" in before.get(id_, {}) else {}
            for name, version in versions_of(id_, record).items():
                versions.append(version)
                if version != was.get(name):
                    touched.append(version)
        return versions, touched

    def _resolve(
        self,
        transaction: Transaction,
        changed: Mapping[str, Record],
        before: Mapping[str, Record],
        links: Sequence[Link],
        versions: Sequence[Version],
        touched: Sequence[Version],
    ) -> Row:
        holders = {
            (holder, id_)
            for id_, record in changed.items()
            for one in (record, before.get(id_, record))
            for holder in holders_of(id_, one)
        }
        reads = _reads(links)
        external_ids = {version.external_id for version in versions}
        external_ids |= {unwritten_id(read.name, read.said) for read in reads}
        external_ids |= {unwritten_id(version.name, None) for version in touched}
        asked: Row = {
            "external_ids": sorted(external_ids),
            "holders": [{"execution": holder, "run": run} for holder, run in sorted(holders)],
            "versions": [
                {
                    **_named(version.name),
                    "external_id": version.external_id,
                    "unwritten": unwritten_id(version.name, None),
                    "written": version.written,
                    "said": version.said,
                }
                for version in touched
            ],
            "reads": [
                {
                    **_named(read.name),
                    "run": read.run,
                    "until": text_of(read.time),
                    "said": read.said,
                }
                for read in reads
            ],
            "changing": [version.external_id for version in touched],
        }
        answer = transaction.one(QUERIES["openlineage.resolve"], asked=asked)
        assert answer is not None
        return answer

    def _plan_edges(
        self,
        plan: _Plan,
        links: Sequence[Link],
        found: Row,
        versions: Sequence[Version],
        touched: Sequence[Version],
        changed: Mapping[str, Record],
        ids: Mapping[str, dict[str, int]],
    ) -> None:
        own = _Versions(touched)
        reads = _reads(links)
        sources = iter(found["sources"])
        meant = {read: own.of(read, next(sources)) for read in reads}
        wanted: set[Edge] = set()
        for link in links:
            type_ = EventType.INPUT if link.is_input else EventType.OUTPUT
            of = link.of
            artifact = meant[of] if isinstance(of, Read) else of.external_id
            path = (*encode_path(link.path[:1]), *link.path[1:])
            wanted.add((link.execution, type_.value, artifact, path, link.time))
        there: set[Edge] = set()
        kept: set[tuple[Any, ...]] = set()
        for row in found["events"]:
            edge = _edge(row, row["type"])
            if row["deleted"]:  # it stays what it was, and nothing else takes its place
                kept.add((edge[0], edge[1], edge[3]))
            else:
                there.add(edge)
            ids["artifact"][row["artifact"]] = row["artifact_id"]
        plan.events = sorted(e for e in wanted - there if (e[0], e[1], e[3]) not in kept)
        plan.retractions = sorted(there - wanted)
        names = {read: meant[read] for read in reads}
        for row in found["readers"]:
            read = Read((row["namespace"], row["dataset"]), row["run"], row["millis"], row["said"])
            artifact = own.of(read, next(sources))
            if row["run"] in changed:
                continue  # which says all of its inputs by itself
            names[read] = artifact
            ids["execution"][row["execution"]] = row["execution_id"]
            ids["artifact"][row["artifact"]] = row["artifact_id"]
            if artifact != row["artifact"]:
                edge = _edge(row, EventType.INPUT.value)
                plan.retractions.append(edge)
                plan.events.append((*edge[:2], artifact, *edge[3:]))
        for read, artifact in names.items():
            if artifact == unwritten_id(read.name, read.said):
                plan.artifacts[artifact] = unwritten(read.name, read.said)
                dataset = plan.context(context_of(DATASET_CONTEXT, read.name))
                plan.attributions.add((artifact, dataset))
        ids["artifact"] |= {
            one["external_id"]: one["id"] for one in found["sources"] if one is not None
        }
        # A parent that was deleted here is not joined to anything any more.
        present = {*plan.executions, *ids["execution"]}
        plan.events = [edge for edge in plan.events if edge[0] in present]

    def _write(self, transaction: Transaction, plan: _Plan, ids: dict[str, dict[str, int]]) -> None:
        keys = sorted(plan.contexts)
        new = {
            "execution": [one for one in plan.executions if one not in ids["execution"]],
            "artifact": [one for one in plan.artifacts if one not in ids["artifact"]],
        }
        taken = self._store.ids.take(
            {**{kind: len(some) for kind, some in new.items()}, "context": len(keys)}
        )
        for kind, some in new.items():
            ids[kind] |= dict(zip(some, taken[kind], strict=True))
        places = {key: place for place, key in enumerate(keys)}
        ordinals = take_ordinals(len(plan.events))
        taken_in: Row = {
            "contexts": [
                self._context_row(*plan.contexts[key], id_)
                for key, id_ in zip(keys, taken["context"], strict=True)
            ],
            "executions": [
                _with_id(row, ids["execution"][external_id])
                for external_id, row in sorted(plan.executions.items())
            ],
            "artifacts": [
                self._rows["artifact"].row(artifact, ids["artifact"][external_id])
                for external_id, artifact in sorted(plan.artifacts.items())
            ],
            "retractions": [_event_row(edge, ids) for edge in plan.retractions],
            "events": [
                {**_event_row(edge, ids), "time": edge[4], "ordinal": ordinal}
                for edge, ordinal in zip(plan.events, ordinals, strict=True)
            ],
            "associations": [
                {"execution": ids["execution"][external_id], "context": places[key]}
                for external_id, key in sorted(plan.associations)
            ],
            "attributions": [
                {"artifact": ids["artifact"][external_id], "context": places[key]}
                for external_id, key in sorted(plan.attributions)
            ],
            "parents": [
                {"child": places[child], "parent": places[parent]}
                for child, parent in sorted(plan.parents)
            ],
        }
        transaction.run(QUERIES["openlineage.write"], taken_in=taken_in)
        left = {edge[2]: ids["artifact"][edge[2]] for edge in plan.retractions}
        if left:
            transaction.run(QUERIES["openlineage.bury"], artifact_ids=sorted(left.values()))

    def _context_row(self, context: Context, said: bool, id_: int) -> Row:
        row: Row = self._rows["context"].row(context, id_)
        type_id, name = self._name(context)
        return {**row, "type_id": type_id, "name": name, "said": said}


class _Versions:
    """Versions that are about to be written, which the store does not know as they will be."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._by_name: dict[Name, list[Version]] = {}
        for version in versions:
            self._by_name.setdefault(version.name, []).append(version)

    def of(self, read: Read, stored: Row | None) -> str:
        """The external id of what an input means.

        Args:
            read: The input.
            stored: What the store has that it might mean.
        """
        if read.said is None:
            time = text_of(read.time)
            stands = (one for one in self._others(read) if one.written and one.written <= time)
        else:
            stands = (one for one in self._others(read) if one.said == read.said)
        choices = [(one.written or "", one.run, one.external_id) for one in stands]
        if stored is not None:
            by = stored["written_by"], stored["external_id"]
            choices.append((stored["written"] or "", *by))
        return max(choices)[2] if choices else unwritten_id(read.name, read.said)

    def _others(self, read: Read) -> Iterator[Version]:
        return (one for one in self._by_name.get(read.name, ()) if one.run != read.run)


def _subject(event: Event) -> str:
    return event.run_id or subject_of(event.kind, event.name)


def _reads(links: Iterable[Link]) -> list[Read]:
    return sorted({link.of for link in links if isinstance(link.of, Read)}, key=repr)


def _named(name: Name) -> Row:
    return {"namespace": name[0], "dataset": name[1]}


def _edge(row: Row, type_: str) -> Edge:
    return row["execution"], type_, row["artifact"], tuple(row["path"]), row["millis"]


def _event_row(edge: Edge, ids: Mapping[str, Mapping[str, int]]) -> Row:
    execution, type_, artifact, path, _ = edge
    return {
        "execution": ids["execution"][execution],
        "artifact": ids["artifact"][artifact],
        "type": type_,
        "path": list(path),
    }


def _with_id(row: Row, id_: int) -> Row:
    return {**row, "id": id_, "properties": {**row["properties"], "id": id_}}
