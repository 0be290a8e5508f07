"""Batches: many nodes and edges in one transaction, by a bounded number of queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphstore.database import Database, Row, Transaction
from graphstore.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.types import Kind
from graphstore.queries import QUERIES
from graphstore.repository.artifacts import Artifacts
from graphstore.repository.contexts import Contexts, join, refuse_cycles
from graphstore.repository.events import event_to_row, put_events, take_ordinals
from graphstore.repository.executions import Executions
from graphstore.repository.ids import Ids
from graphstore.repository.nodes import Update

__all__ = ["REFUSALS", "At", "Batch", "BatchWriter", "End", "Put", "PutOptions"]


class At(NamedTuple):
    """A node of the same batch, by its place in the list of its kind."""

    place: int


End = int | At
"""An end of an edge: the id of a node that is stored, or a node of the same batch."""


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
    """Likewise."""
    contexts: Sequence[Context] = ()
    """Likewise."""
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
    """How to put a batch, where that is not as `put` of each thing alone does it."""

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
    """Likewise of executions."""
    reuse_contexts: bool = False
    """Take a new context for the stored one of its type and name, if there is one, as it is."""
    once: bool = False
    """Refuse events and parents that are there already; then two ends and a type make an event,
    whatever its path."""
    meaning: Callable[[Any, Any], Any] | None = None
    """What a node means when it is to update a stored one: made of the stored one and it, for those
    who cannot say or see all that a node holds. None if it means what it says."""


@dataclass(frozen=True)
class Put:
    """What was put."""

    artifact_ids: tuple[int, ...]
    """The ids of the batch's artifacts, in its order."""
    execution_ids: tuple[int, ...]
    """The ids of its executions."""
    context_ids: tuple[int, ...]
    """The ids of its contexts."""
    events: int
    """How many of its events were not there yet."""


class BatchWriter:
    """Puts batches."""

    def __init__(
        self,
        database: Database,
        artifacts: Artifacts,
        executions: Executions,
        contexts: Contexts,
        ids: Ids,
    ) -> None:
        self._database, self._ids = database, ids
        self._nodes: Mapping[Kind, Any] = {
            "artifact": artifacts,
            "execution": executions,
            "context": contexts,
        }

    def put(self, batch: Batch, options: PutOptions) -> Put:
        """Put a batch; see `graphstore.Store.put`."""
        return _Writing(self._database, self._nodes, self._ids, batch, options).run()


class _Writing:
    """One batch under way. All that does not depend on what is stored is made once, beforehand:
    the transaction may run twice."""

    def __init__(
        self,
        database: Database,
        repositories: Mapping[Kind, Any],
        ids: Ids,
        batch: Batch,
        options: PutOptions,
    ) -> None:
        self._database, self._repositories, self._ids = database, repositories, ids
        self._batch, self._options = batch, options
        self._nodes: Mapping[Kind, Sequence[Any]] = {
            "artifact": batch.artifacts,
            "execution": batch.executions,
            "context": batch.contexts,
        }
        self._how: Mapping[Kind, Update] = {
            kind: repository.how(
                options.fields.get(kind),
                if_unchanged=options.if_unchanged,
                touch=options.touch and kind == "execution",
                meaning=options.meaning,
            )
            for kind, repository in repositories.items()
        }
        self._events = [
            {"ends": (artifact, execution), "ordinal": ordinal, **event_to_row(event)}
            for (artifact, execution, event), ordinal in zip(
                batch.events, take_ordinals(len(batch.events)), strict=True
            )
        ]
        # Each end by its kind: what is stored must be found, and what is in the batch in bounds.
        self._ends: Mapping[Kind, list[End]] = {
            "artifact": [a for a, _, _ in batch.events] + [a for a, _ in batch.attributions],
            "execution": [e for _, e, _ in batch.events] + [e for e, _ in batch.associations],
            "context": [
                *(context for _, context in [*batch.attributions, *batch.associations]),
                *(end for ends in batch.parents for end in ends),
            ],
        }
        for kind, ends in self._ends.items():
            for end in ends:
                if isinstance(end, At) and not 0 <= end.place < len(self._nodes[kind]):
                    raise InvalidArgument(
                        f"the batch has {len(self._nodes[kind])} {kind}s; none is at {end.place}"
                    )
        self._reused: Mapping[Kind, bool] = {
            "artifact": options.reuse_artifacts,
            "execution": options.reuse_executions,
        }
        self._rows: dict[Kind, dict[int, Row]] = {}
        """The rows of the nodes without an id, with one, by place."""
        self._attempt = 0

    def run(self) -> Put:
        taken = self._ids.take(
            {kind: sum(n.id is None for n in nodes) for kind, nodes in self._nodes.items()}
        )
        try:
            put = self._put(taken)
        except REFUSALS:
            if self._attempt <= 1:  # else an earlier one may have been committed
                for kind, ids in taken.items():
                    self._ids.give_back(kind, ids)
            raise
        used = {*put.artifact_ids}, {*put.execution_ids}, {*put.context_ids}
        for kind, got in zip(_KINDS, used, strict=True):
            self._ids.give_back(kind, [id_ for id_ in taken[kind] if id_ not in got])
        return put

    def _put(self, taken: Mapping[str, Sequence[int]]) -> Put:
        for kind, nodes in self._nodes.items():
            free = iter(taken[kind])
            self._rows[kind] = {
                place: self._repositories[kind].row(node.evolve(id=next(free)))
                for place, node in enumerate(nodes)
                if node.id is None
            }
        try:
            return self._database.transact("batch.put", self._work)
        except AlreadyExists:
            if not any(self._reused.values()):
                raise
            # Somebody else has just created one of the same external id: now it is there.
            if self._attempt == 1:
                self._attempt = 0  # nothing of that one was kept
            return self._database.transact("batch.put", self._work)

    def _work(self, transaction: Transaction) -> Put:
        self._attempt += 1
        known = {kind: self._known(transaction, kind) for kind in self._reused}
        self._lock(transaction, known)
        ids = self._put_nodes(transaction, {**known, "context": self._ensure(transaction)})
        created = self._put_events(transaction, ids)
        for edges, kinds in _EDGES.items():
            pairs = [
                (_id(one, ids[kinds[0]]), _id(other, ids[kinds[1]]))
                for one, other in getattr(self._batch, edges)
            ]
            if pairs:
                self._join(transaction, edges, pairs)
        return Put(tuple(ids["artifact"]), tuple(ids["execution"]), tuple(ids["context"]), created)

    def _known(self, transaction: Transaction, kind: Kind) -> dict[int, int]:
        """The ids that new nodes have already, by place, because they have their external id; also
        the id that the first of several in the batch will have."""
        if not self._reused[kind]:
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
        stored = [node for row in rows for node in row[f"{kind}s"]]
        found = {node["external_id"]: node["id"] for node in stored}
        known = {}
        for place, external_id in places.items():
            if external_id in found:
                known[place] = found[external_id]
            else:
                found[external_id] = self._rows[kind][place]["id"]
        return known

    def _lock(self, transaction: Transaction, known: Mapping[Kind, Mapping[int, int]]) -> None:
        """Lock what is stored and referred to.

        Raises:
            NotFound: For the first id that is not there.
        """
        ends = {
            kind: {end for end in ends if not isinstance(end, At)}
            for kind, ends in self._ends.items()
        }
        updated = {
            kind: {node.id for node in nodes if node.id is not None}
            for kind, nodes in self._nodes.items()
        }
        for kind, places in known.items():
            updated[kind] |= set(places.values()) - {r["id"] for r in self._rows[kind].values()}
        asked: dict[Kind, list[int]] = {
            "artifact": sorted(ends["artifact"] | updated["artifact"]),
            "execution": sorted(ends["execution"] | updated["execution"]),
            "context": sorted(ends["context"]),
        }
        if not any(asked.values()):
            return
        answer = transaction.one(
            QUERIES["batch.lock"], **{f"{kind}_ids": ids for kind, ids in asked.items()}
        )
        assert answer is not None
        for kind, ids in asked.items():
            for id_ in sorted(set(ids) - set(answer[f"{kind}_ids"])):
                raise NotFound(kind, "id", id_)

    def _ensure(self, transaction: Transaction) -> dict[int, int]:
        """The ids of the batch's new contexts, which are there now, by place."""
        if not self._options.reuse_contexts or not self._rows["context"]:
            return {}
        keys = {
            place: (row["properties"]["type_id"], row["properties"]["name"])
            for place, row in self._rows["context"].items()
        }
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
        self, transaction: Transaction, known: Mapping[Kind, Mapping[int, int]]
    ) -> dict[Kind, list[int]]:
        """Update and create the nodes; the ids of all, in order.

        What is `known` is updated too, but for contexts, which stay as they are. Stored nodes come
        first: they may give up a name or an external id that a new one takes.
        """
        ids: dict[Kind, list[int]] = {}
        new: dict[Kind, dict[int, Row]] = {}
        again: dict[Kind, list[Any]] = {}
        for kind in _KINDS:
            nodes, rows, there = self._nodes[kind], self._rows[kind], known[kind]
            ids[kind] = [
                node.id if node.id is not None else there.get(place, rows[place]["id"])
                for place, node in enumerate(nodes)
            ]
            new[kind] = {row["id"]: row for place, row in rows.items() if place not in there}
            updates = [
                node.evolve(id=id_)
                for place, (node, id_) in enumerate(zip(nodes, ids[kind], strict=True))
                if node.id is not None or (place in there and kind != "context")
            ]
            if stored := [node for node in updates if node.id not in new[kind]]:
                self._repositories[kind].update(transaction, stored, self._how[kind])
            again[kind] = [node for node in updates if node.id in new[kind]]
        if any(new.values()):
            # In one order for everybody, lest two writers of the same names wait for each other.
            transaction.run(
                QUERIES["batch.create"],
                **{f"{kind}s": sorted(new[kind].values(), key=_identity) for kind in _KINDS},
            )
        for kind, nodes in again.items():
            if nodes:
                self._repositories[kind].update(transaction, nodes, self._how[kind])
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
_EDGES: Mapping[str, tuple[Kind, Kind]] = {
    "attributions": ("artifact", "context"),
    "associations": ("execution", "context"),
    "parents": ("context", "context"),
}


def _id(end: End, ids: Sequence[int]) -> int:
    return ids[end.place] if isinstance(end, At) else end


def _identity(row: Row) -> tuple[int, str, str]:
    properties = row["properties"]
    return properties["type_id"], properties.get("external_id", ""), properties.get("name", "")


def _event_text(artifact_id: int, execution_id: int, type_: str) -> str:
    return f"the event {type_} of artifact {artifact_id} and execution {execution_id}"
