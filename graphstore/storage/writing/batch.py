"""Batches: many nodes and edges in one transaction, by a bounded number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphstore.database import Database, Row, Transaction
from graphstore.database.queries import QUERIES
from graphstore.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    StoreError,
)
from graphstore.model.base import copy_with
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.plain import Plain
from graphstore.model.refs import NodeLike, node_id
from graphstore.model.types import Kind
from graphstore.storage.contents import contents, lookup_of
from graphstore.storage.contexts import join, refuse_cycles
from graphstore.storage.events import event_to_row, put_events, take_ordinals
from graphstore.storage.foreign import (
    Recorded,
    recorded_millis,
    refuse_foreign,
    tell_of_foreign,
)
from graphstore.storage.ids import Ids
from graphstore.storage.node_rows import NodeRows, Update
from graphstore.storage.writing import quick
from graphstore.storage.writing.group_commit import GroupCommit
from graphstore.storage.writing.quick import AsRead, NewEvent, Plan

__all__ = ["REFUSALS", "At", "Batch", "BatchWriter", "End", "Put", "PutOptions"]


class At(NamedTuple):
    """A node of the same batch, by its place in the list of its kind."""

    place: int


End = NodeLike | At
"""An end of an edge: a node that is stored, its id, ``"a45"``; or a node of the same batch."""


@dataclass(frozen=True)
class Batch:
    """What to put: nodes, and edges between them and nodes that are stored.

    ::

        Batch(
            executions=[Execution(type="Trainer")],
            artifacts=[Artifact(type="Model")],
            events=[(At(0), At(0), Event(type=EventType.OUTPUT))],
            associations=[(At(0), run.id)],
        )
    """

    artifacts: Sequence[Artifact] = ()
    """New ones, and ones with an id, which are updated."""
    executions: Sequence[Execution] = ()
    """New ones, and ones with an id, which are updated."""
    contexts: Sequence[Context] = ()
    """New ones, and ones with an id, which are updated."""
    events: Sequence[tuple[End, End, Event]] = ()
    """Artifact, execution, event; the ids in the event are ignored."""
    attributions: Sequence[tuple[End, End]] = ()
    """Artifact, context."""
    associations: Sequence[tuple[End, End]] = ()
    """Execution, context."""
    parents: Sequence[tuple[End, End]] = ()
    """Child, parent: both contexts."""


@dataclass(frozen=True)
class PutOptions:
    """How to put a batch, where that is not as `put` of each thing alone does it.

    What writes within the package passes it on; users give its fields to `Store.put` as keywords.
    """

    fields: Mapping[Kind, Collection[str]] = field(default_factory=dict)
    """Update only these fields of nodes of a kind; all of kinds that are not named."""
    if_unchanged: bool = False
    """Update only what still has the `last_update_time` given."""
    touch: bool = False
    """Set the time of the last update of executions though nothing differs."""
    reuse_artifacts: bool = False
    """Take a new artifact for the stored one with its external id, if there is one, which is
    updated; of new ones with one external id the first is created, the others update it."""
    reuse_executions: bool = False
    """Take a new execution for the stored one with its external id, if there is one, which is
    updated; of new ones with one external id the first is created, the others update it."""
    reuse_contexts: bool = False
    """Take a new context for the stored one of its type and name, if there is one, as it is."""
    once: bool = False
    """Refuse events and parents that are there already; then two ends and a type make an event,
    whatever its path."""
    meaning: Callable[[Any, Any], Any] | None = None
    """What a node means when it is to update a stored one: made of the stored one and it, for those
    who cannot say or see all that a node holds. None if it means what it says."""


@dataclass(frozen=True)
class Put(Plain):
    """What was put."""

    artifact_ids: tuple[int, ...]
    """The ids of the batch's artifacts, in its order."""
    execution_ids: tuple[int, ...]
    """The ids of its executions."""
    context_ids: tuple[int, ...]
    """The ids of its contexts."""
    events: int
    """How many of its events were not there yet."""
    other_types: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """Of artifacts that were read from outside and are new, by their place in the batch: the types
    under which others know the same contents at the same place."""


class _Numbers:
    """The nodes of a kind as a plan has them."""

    def __init__(self, nodes: Sequence[Any], new: Iterable[int]) -> None:
        self._ids = [node.id for node in nodes]
        self._new = {place: number for number, place in enumerate(new)}
        self._stored: dict[int, int] = {}

    def of(self, end: int | At) -> int:
        """The number of a node."""
        id_ = self._ids[end.place] if isinstance(end, At) else end
        if isinstance(end, At) and id_ is None:
            return self._new[end.place]
        return self._stored.setdefault(id_, -1 - len(self._stored))

    @property
    def ids(self) -> list[int]:
        """Those that are stored, by their numbers: the first is -1."""
        return list(self._stored)


class BatchWriter:
    """Puts batches."""

    def __init__(
        self,
        database: Database,
        nodes: Mapping[Kind, NodeRows[Any]],
        ids: Ids,
        group: GroupCommit[Plan],
    ) -> None:
        self._database, self._ids, self._group = database, ids, group
        self._nodes = nodes

    def put(self, batch: Batch, options: PutOptions, referred: Sequence[Artifact] = ()) -> Put:
        """Put a batch, as `Store.put` says.

        Args:
            batch: What to put.
            options: How.
            referred: Artifacts as they were given that the batch refers to by their ids: a warning
                tells of those that another store has.
        """
        writing = _Writing(self._database, self._nodes, self._ids, batch, options, referred)
        return writing.run(self._group)


class _Writing:
    """One batch under way. All that does not depend on what is stored is made once, beforehand:
    the transaction may run twice."""

    def __init__(
        self,
        database: Database,
        node_rows: Mapping[Kind, NodeRows[Any]],
        ids: Ids,
        batch: Batch,
        options: PutOptions,
        referred: Sequence[Artifact],
    ) -> None:
        self._referred = referred
        self._database, self._node_rows, self._ids = database, node_rows, ids
        self._batch, self._options = batch, options
        self._nodes: Mapping[Kind, Sequence[Any]] = {
            "artifact": batch.artifacts,
            "execution": batch.executions,
            "context": batch.contexts,
        }
        self._how: Mapping[Kind, Update] = {
            kind: rows.how(
                options.fields.get(kind),
                if_unchanged=options.if_unchanged,
                touch=options.touch and kind == "execution",
                meaning=options.meaning,
            )
            for kind, rows in node_rows.items()
        }
        self._given: dict[Kind, list[Any]] = {
            kind: [node for node in nodes if recorded_millis(node) is not None]
            for kind, nodes in self._nodes.items()
        }
        """Nodes that were read from a store, to be told from those of another one."""
        event_ends = [
            (_end(artifact, "artifact"), _end(execution, "execution"))
            for artifact, execution, _ in batch.events
        ]
        self._events = [
            {"ends": ends, "ordinal": ordinal, **event_to_row(event)}
            for ends, (_, _, event), ordinal in zip(
                event_ends, batch.events, take_ordinals(len(event_ends)), strict=True
            )
        ]
        self._pairs: Mapping[str, list[tuple[int | At, int | At]]] = {
            edges: [(_end(a, kinds[0]), _end(b, kinds[1])) for a, b in getattr(batch, edges)]
            for edges, kinds in _EDGES.items()
        }
        # Each end by its kind: what is stored must be found, and what is in the batch in bounds.
        self._ends: dict[Kind, list[int | At]] = {kind: [] for kind in _KINDS}
        pairs_of = [(_EVENT, event_ends), *((_EDGES[edges], p) for edges, p in self._pairs.items())]
        for kinds, pairs in pairs_of:
            for place, kind in enumerate(kinds):
                self._ends[kind] += [pair[place] for pair in pairs]
        for kinds, edges in (
            (_EVENT, batch.events),
            *((_EDGES[name], getattr(batch, name)) for name in _EDGES),
        ):
            for place, kind in enumerate(kinds):
                given = (edge[place] for edge in edges)
                self._given[kind] += [end for end in given if recorded_millis(end) is not None]
        for kind, ends in self._ends.items():
            for end in ends:
                if isinstance(end, At) and not 0 <= end.place < len(self._nodes[kind]):
                    raise InvalidArgument(
                        f"the batch has {len(self._nodes[kind])} {kind}s; none is at {end.place}"
                    )
        self._reuse: Mapping[Kind, bool] = {
            "artifact": options.reuse_artifacts,
            "execution": options.reuse_executions,
        }
        self._rows: dict[Kind, dict[int, Row]] = {}
        """The rows of the nodes without an id, with one, by place."""
        self._attempt = 0
        self._other_types: dict[int, list[str]] = {}

    def run(self, group: GroupCommit[Plan]) -> Put:
        new_ids = self._ids.take(
            {kind: sum(n.id is None for n in nodes) for kind, nodes in self._nodes.items()}
        )
        try:
            self._number(new_ids)
            result = self._put_quickly(group) or self._put()
        except REFUSALS:
            if self._attempt <= 1:  # else an earlier one may have been committed
                for kind, ids in new_ids.items():
                    self._ids.give_back(kind, ids)
            raise
        final_ids = {*result.artifact_ids}, {*result.execution_ids}, {*result.context_ids}
        for kind, in_use in zip(_KINDS, final_ids, strict=True):
            self._ids.give_back(kind, [id_ for id_ in new_ids[kind] if id_ not in in_use])
        return result

    def _number(self, new_ids: Mapping[str, Sequence[int]]) -> None:
        """Make the rows of the new nodes, with their ids."""
        for kind, nodes in self._nodes.items():
            free = iter(new_ids[kind])
            self._rows[kind] = {
                place: self._node_rows[kind].row(copy_with(node, id=next(free)))
                for place, node in enumerate(nodes)
                if node.id is None
            }

    def _put_quickly(self, group: GroupCommit[Plan]) -> Put | None:
        """Put the batch by one query, along with others that are under way; None if that query
        cannot do it, and has written nothing."""
        if not self._is_new():
            return None
        numbers = {kind: _Numbers(nodes, self._rows[kind]) for kind, nodes in self._nodes.items()}

        def at(kinds: tuple[Kind, Kind], ends: tuple[int | At, int | At]) -> tuple[int, int]:
            return numbers[kinds[0]].of(ends[0]), numbers[kinds[1]].of(ends[1])

        events = [
            NewEvent(*at(_EVENT, row["ends"]), event.type, event.path, row["time"], row["ordinal"])
            for row, (_, _, event) in zip(self._events, self._batch.events, strict=True)
        ]
        attributions, associations = (
            [at(_EDGES[edges], ends) for ends in self._pairs[edges]]
            for edges in ("attributions", "associations")
        )
        if numbers["execution"].ids:
            return None
        distinct = {(event.artifact, event.execution, event.type) for event in events}
        if self._options.once and len(distinct) < len(events):
            return None
        try:
            as_read = {kind: self._as_read(kind, numbers[kind]) for kind in ("artifact", "context")}
        except StoreError:
            return None  # in an update it may be a field that does not count
        plan = Plan(
            [*self._rows["artifact"].values()],
            [*self._rows["execution"].values()],
            [*self._rows["context"].values()],
            numbers["artifact"].ids,
            numbers["context"].ids,
            events,
            attributions,
            associations,
            as_read["artifact"],
            as_read["context"],
            artifacts_recorded=self._recorded("artifact", numbers["artifact"]),
            contexts_recorded=self._recorded("context", numbers["context"]),
        )
        if (answer := group.ask(plan)) is None:
            return None
        context_ids = dict(zip(self._rows["context"], answer["context_ids"], strict=True))
        return Put(
            tuple(self._ids_of("artifact")),
            tuple(self._ids_of("execution")),
            tuple(self._ids_of("context", context_ids)),
            len({event[:4] for event in events}),
        )

    def _as_read(self, kind: Kind, numbers: _Numbers) -> list[AsRead]:
        keys = quick.unseen(self._how[kind].fields)
        return [
            AsRead(numbers.of(node.id), self._node_rows[kind].row(node)["properties"], keys)
            for node in self._nodes[kind]
            if node.id is not None
        ]

    def _recorded(self, kind: Kind, numbers: _Numbers) -> list[tuple[int, int]]:
        given = [*self._given[kind], *(self._referred if kind == "artifact" else ())]
        return [
            (numbers.of(node.id), time)
            for node in given
            if (time := recorded_millis(node)) is not None
        ]

    def _ids_of(self, kind: Kind, by_place: Mapping[int, int] | None = None) -> list[int]:
        """The ids of the nodes of a kind, in order; of a new one that which is in `by_place`, or
        else that of its row."""
        there = by_place or {}
        return [
            node.id if node.id is not None else there.get(place, self._rows[kind][place]["id"])
            for place, node in enumerate(self._nodes[kind])
        ]

    def _is_new(self) -> bool:
        """Whether all that the batch creates is new for sure, but for contexts by name, and its
        updates are such that may turn out to change nothing."""
        options = self._options
        return (
            len(self._rows["execution"]) == len(self._batch.executions) > 0
            and not self._batch.parents
            and not options.if_unchanged
            and all(
                how.fields is None or how.fields >= {"properties", "custom_properties"}
                for how in self._how.values()
            )
            and (options.reuse_contexts or not self._rows["context"])
            and not any(
                row["properties"].get("external_id")
                for kind, is_reused in self._reuse.items()
                if is_reused
                for row in self._rows[kind].values()
            )
        )

    def _put(self) -> Put:
        try:
            return self._database.transact("batch.put", self._work)
        except AlreadyExists:
            if not any(self._reuse.values()):
                raise
            # Somebody else has just created one of the same external id: now it is there.
            if self._attempt == 1:
                self._attempt = 0  # nothing of that one was kept
            return self._database.transact("batch.put", self._work)

    def _work(self, transaction: Transaction) -> Put:
        self._attempt += 1
        known_ids = {kind: self._known_ids(transaction, kind) for kind in self._reuse}
        self._lock(transaction, known_ids)
        ids = self._put_nodes(transaction, {**known_ids, "context": self._ensure(transaction)})
        count = self._put_events(transaction, ids)
        for edges, kinds in _EDGES.items():
            pairs = [
                (_id(one, ids[kinds[0]]), _id(other, ids[kinds[1]]))
                for one, other in self._pairs[edges]
            ]
            if pairs:
                self._join(transaction, edges, pairs)
        return Put(
            tuple(ids["artifact"]),
            tuple(ids["execution"]),
            tuple(ids["context"]),
            count,
            self._other_types,
        )

    def _known_ids(self, transaction: Transaction, kind: Kind) -> dict[int, int]:
        """The ids that new nodes have already, by place, because they have their external id; also
        the id that the first of several in the batch will have."""
        if not self._reuse[kind]:
            return {}
        places = {
            place: row["properties"]["external_id"]
            for place, row in self._rows[kind].items()
            if row["properties"].get("external_id")
        }
        if not places:
            return {}
        rows = transaction.rows(
            QUERIES[f"{kind}.get_by_external_id"], external_ids=sorted(set(places.values()))
        )
        nodes = [node for row in rows for node in row[f"{kind}s"]]
        by_external_id = {node["external_id"]: node["id"] for node in nodes}
        known_ids = self._read_from_outside(transaction) if kind == "artifact" else {}
        for place, external_id in places.items():
            if place in known_ids:
                continue
            if external_id in by_external_id:
                known_ids[place] = by_external_id[external_id]
            else:
                by_external_id[external_id] = self._rows[kind][place]["id"]
        return known_ids

    def _read_from_outside(self, transaction: Transaction) -> dict[int, int]:
        """The ids of what there is already of the artifacts that are read from outside, by place.

        Not by their external ids: a step may have made what was only read until then.
        """
        lookups: list[Row] = [
            {"place": place, "contents": lookup.contents, "of_type": lookup.type}
            for place, artifact in enumerate(self._batch.artifacts)
            if artifact.id is None and (lookup := lookup_of(artifact)) is not None
        ]
        if not lookups:
            return {}
        rows = transaction.rows(QUERIES["artifact.get_by_contents"], wanted=lookups)
        known_ids = {
            row["place"]: row["artifact_id"] for row in rows if row["artifact_id"] is not None
        }
        types: dict[str, set[str]] = defaultdict(set)
        for artifact in self._batch.artifacts:
            if (text := contents(artifact)) is not None:
                types[text].add(artifact.type)
        contents_at = {one["place"]: one["contents"] for one in lookups}
        for row in rows:
            types[contents_at[row["place"]]].update(row["types"])
        self._other_types = {
            one["place"]: sorted(others)
            for one in lookups
            if one["of_type"] is not None and one["place"] not in known_ids
            if (others := types[one["contents"]] - {one["of_type"]})
        }
        return known_ids

    def _lock(self, transaction: Transaction, known_ids: Mapping[Kind, Mapping[int, int]]) -> None:
        """Lock what is stored and referred to.

        Raises:
            NotFound: For the first id that is not there.
            ForeignNode: For the first node that was read from another store.
        """
        ends = {
            kind: {end for end in ends if not isinstance(end, At)}
            for kind, ends in self._ends.items()
        }
        updates = {
            kind: {node.id for node in nodes if node.id is not None}
            for kind, nodes in self._nodes.items()
        }
        for kind, places in known_ids.items():
            updates[kind] |= set(places.values()) - {r["id"] for r in self._rows[kind].values()}
        all_ids: dict[Kind, list[int]] = {
            "artifact": sorted(ends["artifact"] | updates["artifact"]),
            "execution": sorted(ends["execution"] | updates["execution"]),
            "context": sorted(ends["context"]),
        }
        if not any(all_ids.values()):
            return
        answer = transaction.one(
            QUERIES["batch.lock"], **{f"{kind}_ids": ids for kind, ids in all_ids.items()}
        )
        assert answer is not None
        for kind, ids in all_ids.items():
            for id_ in sorted(set(ids) - {row[0] for row in answer[f"{kind}s"]}):
                raise NotFound(kind, "id", id_)
            stored = {id_: Recorded.from_row(*row) for id_, *row in answer[f"{kind}s"]}
            refuse_foreign(self._given[kind], stored)
            if kind == "artifact":
                tell_of_foreign(self._referred, stored)

    def _ensure(self, transaction: Transaction) -> dict[int, int]:
        """The ids of the batch's new contexts, which are there now, by place."""
        if not self._options.reuse_contexts or not self._rows["context"]:
            return {}
        keys = {place: quick.name_of(row) for place, row in self._rows["context"].items()}
        rows = {key: self._rows["context"][place] for place, key in reversed(keys.items())}
        answer = transaction.rows(
            QUERIES["context.ensure"],
            contexts=[
                {**row, "type_id": type_id, "name": name}
                for (type_id, name), row in sorted(rows.items(), key=lambda item: item[0])
            ],
        )
        ids = {(row["type_id"], row["name"]): row["id"] for row in answer}
        return {place: ids[key] for place, key in keys.items()}

    def _put_nodes(
        self, transaction: Transaction, known_ids: Mapping[Kind, Mapping[int, int]]
    ) -> dict[Kind, list[int]]:
        """Update and create the nodes; the ids of all, in order.

        What is among `known_ids` is updated too, but for contexts, which stay as they are. Stored
        nodes come first: they may give up a name or an external id that a new one takes.
        """
        ids: dict[Kind, list[int]] = {}
        new: dict[Kind, dict[int, Row]] = {}
        again: dict[Kind, list[Any]] = {}
        for kind in _KINDS:
            nodes, rows, there = self._nodes[kind], self._rows[kind], known_ids[kind]
            ids[kind] = self._ids_of(kind, there)
            new[kind] = {row["id"]: row for place, row in rows.items() if place not in there}
            updates = [
                # A new one may have been copied from one that another store has.
                node if node.id is not None else copy_with(node, id=id_, create_time=None)
                for place, (node, id_) in enumerate(zip(nodes, ids[kind], strict=True))
                if node.id is not None or (place in there and kind != "context")
            ]
            if existing := [node for node in updates if node.id not in new[kind]]:
                self._node_rows[kind].update(transaction, existing, self._how[kind])
            again[kind] = [node for node in updates if node.id in new[kind]]
        if any(new.values()):
            # In one order for everybody, lest two writers of the same names wait for each other.
            transaction.run(
                QUERIES["batch.create"],
                **{f"{kind}s": sorted(new[kind].values(), key=_identity) for kind in _KINDS},
            )
        for kind, nodes in again.items():
            if nodes:
                self._node_rows[kind].update(transaction, nodes, self._how[kind])
        return ids

    def _put_events(self, transaction: Transaction, ids: Mapping[Kind, Sequence[int]]) -> int:
        rows = []
        for row in self._events:
            artifact, execution = row["ends"]
            ends = _id(artifact, ids["artifact"]), _id(execution, ids["execution"])
            rows.append(
                {
                    "artifact_id": ends[0],
                    "execution_id": ends[1],
                    **{key: row[key] for key in ("type", "path", "time", "ordinal")},
                }
            )
        if not rows:
            return 0
        if self._options.once:
            self._refuse_known(transaction, rows)
        return put_events(transaction, rows)

    def _refuse_known(self, transaction: Transaction, rows: Sequence[Row]) -> None:
        """Refuse events that are there already, or twice in the batch."""
        ordinals: dict[tuple[int, int, str], int] = {}
        for row in rows:
            key = (row["artifact_id"], row["execution_id"], row["type"])
            if key in ordinals:
                raise AlreadyExists(_event_text(*key) + " is in the batch twice")
            ordinals[key] = row["ordinal"]
        keys = ("artifact_id", "execution_id", "type")
        events = [{key: row[key] for key in keys} for row in rows]
        for row in transaction.rows(QUERIES["event.find"], events=events):
            key = (row["artifact_id"], row["execution_id"], row["type"])
            if row["ordinal"] != ordinals[key]:  # else an attempt whose answer was lost made it
                raise AlreadyExists(_event_text(*key) + " exists already")

    def _join(self, transaction: Transaction, edges: str, pairs: Sequence[tuple[int, int]]) -> None:
        once = self._options.once and edges == "parents"
        if once and len(set(pairs)) != len(pairs):
            raise AlreadyExists("a parent of a context is in the batch twice")
        answer = join(transaction, edges, pairs)
        if edges != "parents":
            return
        # A second attempt that finds them all may be looking at what the first one made.
        if once and answer["known"] and (self._attempt == 1 or answer["known"] < len(pairs)):
            raise AlreadyExists("a parent of a context exists already")
        refuse_cycles(transaction, (child for child, _ in pairs))


REFUSALS = (InvalidArgument, NotFound, AlreadyExists, FailedPrecondition)
"""What says that nothing was written."""
_KINDS: tuple[Kind, ...] = ("artifact", "execution", "context")
_EVENT: tuple[Kind, Kind] = ("artifact", "execution")
_EDGES: Mapping[str, tuple[Kind, Kind]] = {
    "attributions": ("artifact", "context"),
    "associations": ("execution", "context"),
    "parents": ("context", "context"),
}


def _end(end: End, kind: Kind) -> int | At:
    return end if isinstance(end, At) else node_id(end, kind)


def _id(end: int | At, ids: Sequence[int]) -> int:
    return ids[end.place] if isinstance(end, At) else end


def _identity(row: Row) -> tuple[int, str, str]:
    properties = row["properties"]
    return properties["type_id"], properties.get("external_id", ""), properties.get("name", "")


def _event_text(artifact_id: int, execution_id: int, type_: str) -> str:
    return f"the event {type_} of artifact {artifact_id} and execution {execution_id}"
