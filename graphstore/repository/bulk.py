"""Publishing many executions: a history that is moved in, a backlog, a benchmark."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from graphstore.database import Database, Row
from graphstore.errors import Aborted, InvalidArgument, PublicationRefused, StoreError, Unavailable
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.queries import QUERIES
from graphstore.repository.artifacts import Artifacts
from graphstore.repository.batch import REFUSALS, At, Batch, BatchWriter, End, Put, PutOptions
from graphstore.repository.contexts import Contexts
from graphstore.repository.events import event_to_row, take_ordinals
from graphstore.repository.executions import Executions
from graphstore.repository.ids import Ids
from graphstore.repository.nodes import require
from graphstore.repository.publish import ArtifactLike, ByRole, links_of
from graphstore.repository.rows import encode_path

__all__ = ["Bulk", "Published", "ToPublish"]

BATCH = 1_000
"""Executions a transaction: enough that round trips do not count, few enough for a small heap."""


@dataclass(frozen=True)
class ToPublish:
    """What `graphstore.Store.publish` takes, to be published with others."""

    execution: Execution
    inputs: ByRole = ()
    outputs: ByRole = ()
    contexts: Sequence[Context] = ()
    events: Sequence[tuple[ArtifactLike, Event]] = ()


@dataclass(frozen=True)
class Published:
    """The ids of what was published."""

    execution_id: int
    input_ids: tuple[int, ...]
    """The artifacts that it read, in the order given."""
    output_ids: tuple[int, ...]
    """The artifacts that it made, in the order given."""
    context_ids: tuple[int, ...]
    """The contexts, in the order given."""


class Bulk:
    """Publishes executions by the batch."""

    def __init__(
        self,
        database: Database,
        artifacts: Artifacts,
        executions: Executions,
        contexts: Contexts,
        ids: Ids,
        writer: BatchWriter,
    ) -> None:
        self._database, self._ids, self._writer = database, ids, writer
        self._artifacts, self._executions, self._contexts = artifacts, executions, contexts

    def publish_many(
        self, publications: Iterable[ToPublish], *, batch: int = BATCH, reuse: bool = False
    ) -> Iterator[Published]:
        """Publish executions in order; see `graphstore.Store.publish_many`."""
        if batch < 1:
            raise InvalidArgument(f"batch must be 1 or more, not {batch}")
        known, stored = _Known(), 0
        remaining = iter(publications)
        while some := list(islice(remaining, batch)):
            parts = [some]
            while parts:
                part = parts.pop()
                try:
                    done = self._put(part, known, reuse)
                except Unavailable:
                    raise  # not one of them is to blame
                except StoreError as error:
                    if len(part) == 1:
                        raise PublicationRefused(stored, str(part[0].execution), error) from error
                    # One bad record fails its batch: one by one they tell which.
                    parts += [[one] for one in reversed(part)]
                    continue
                stored += len(done)
                yield from done

    def _put(
        self, publications: Sequence[ToPublish], known: _Known, reuse: bool
    ) -> list[Published]:
        assembly = _Assembly(known)
        parts = [assembly.add(publication) for publication in publications]
        if reuse or any(publication.execution.id is not None for publication in publications):
            options = PutOptions(reuse_contexts=True, reuse_artifacts=reuse, reuse_executions=reuse)
            put = self._writer.put(assembly.batch(), options)
        else:
            put = self._create(assembly)
        for place, artifact in enumerate(assembly.artifacts):
            known.add(artifact, put.artifact_ids[place])
        return [part.published(put) for part in parts]

    def _create(self, assembly: _Assembly) -> Put:
        """Store what is all new, but for artifacts that it refers to, by one query."""
        ids = self._ids.take(
            {
                "artifact": len(assembly.artifacts),
                "execution": len(assembly.executions),
                "context": len(assembly.contexts),
            }
        )
        try:
            put = self._insert(assembly, ids)
        except REFUSALS:  # of a second attempt too: it finds what the first one had committed
            for kind, taken in ids.items():
                self._ids.give_back(kind, taken)
            raise
        self._ids.give_back("context", sorted(set(ids["context"]) - set(put.context_ids)))
        return put

    def _insert(self, assembly: _Assembly, ids: Mapping[str, Sequence[int]]) -> Put:
        existing = sorted(assembly.existing)
        old = {id_: place for place, id_ in enumerate(existing)}

        def place(end: End) -> int:
            return len(existing) + end.place if isinstance(end, At) else old[end]

        contexts = [
            {**row, "type_id": row["properties"]["type_id"], "name": row["properties"]["name"]}
            for row in _rows(self._contexts, assembly.contexts, ids["context"])
        ]
        # In one order for everybody, lest two writers of the same wait for each other.
        order = sorted(
            range(len(contexts)), key=lambda n: (contexts[n]["type_id"], contexts[n]["name"])
        )
        rank = {number: place for place, number in enumerate(order)}
        events: dict[bool, dict[tuple[Any, ...], list[Any]]] = {True: {}, False: {}}
        ordinals = take_ordinals(len(assembly.events))
        for (artifact, execution, event), ordinal in zip(assembly.events, ordinals, strict=True):
            path, time = encode_path(event.path), event.time
            if event.type is EventType.UNKNOWN or time is not None:
                time = event_to_row(event)["time"]  # which refuses what cannot be
            ends = place(artifact), execution.place, event.type.value
            events[event.type.is_input].setdefault((*ends, *path), [*ends, path, time, ordinal])
        attributions: dict[bool, list[list[int]]] = {True: [], False: []}
        for artifact, into in assembly.attributions:
            attributions[isinstance(artifact, At)].append([place(artifact), rank[into.place]])
        parameters: Row = {
            "artifact_ids": existing,
            "artifacts": _rows(self._artifacts, assembly.artifacts, ids["artifact"]),
            "executions": _rows(self._executions, assembly.executions, ids["execution"]),
            "contexts": [contexts[number] for number in order],
            "input_rows": list(events[True].values()),
            "output_rows": list(events[False].values()),
            "association_rows": [[e.place, rank[c.place]] for e, c in assembly.associations],
            "attribution_rows": attributions[False],
            "new_attribution_rows": attributions[True],
        }

        answer = self._database.one(QUERIES["execution.publish_many"], **parameters)
        if answer is None:
            require(self._database, "artifact", existing)
            raise Aborted("an artifact came and went meanwhile; try again")
        return Put(
            tuple(ids["artifact"]),
            tuple(ids["execution"]),
            tuple(answer["context_ids"][rank[number]] for number in range(len(order))),
            len(parameters["input_rows"]) + len(parameters["output_rows"]),
        )


def _rows(repository: Any, nodes: Sequence[Any], ids: Sequence[int]) -> list[Row]:
    """The rows of new nodes."""
    return [repository.row(node, id_) for node, id_ in zip(nodes, ids, strict=True)]


class _Known:
    """The ids of artifacts that were stored on the way, for as long as anybody holds the objects.

    So memory is bounded by what the caller keeps, and no address of a dead object is mistaken for
    another's.
    """

    def __init__(self) -> None:
        self._ids: dict[int, tuple[int, weakref.ref[Artifact]]] = {}

    def add(self, artifact: Artifact, id_: int) -> None:
        key, ids = id(artifact), self._ids
        ids[key] = (id_, weakref.ref(artifact, lambda _: ids.pop(key, None)))

    def get(self, artifact: Artifact) -> int | None:
        entry = self._ids.get(id(artifact))
        return None if entry is None or entry[1]() is not artifact else entry[0]


@dataclass(frozen=True)
class _Part:
    """Where the things of one publication are in its batch."""

    execution: int
    inputs: Sequence[End]
    outputs: Sequence[End]
    contexts: Sequence[int]

    def published(self, put: Put) -> Published:
        def ids(ends: Sequence[End]) -> tuple[int, ...]:
            return tuple(
                put.artifact_ids[end.place] if isinstance(end, At) else end for end in ends
            )

        return Published(
            put.execution_ids[self.execution],
            ids(self.inputs),
            ids(self.outputs),
            tuple(put.context_ids[place] for place in self.contexts),
        )


class _Assembly:
    """A batch as it comes together. New artifacts are told apart as objects."""

    def __init__(self, known: _Known) -> None:
        self._known = known
        self.artifacts: list[Artifact] = []
        self._places: dict[int, int] = {}
        self.executions: list[Execution] = []
        self.contexts: list[Context] = []
        self._context_places: dict[tuple[str, str | None, str], int] = {}
        self.events: list[tuple[End, At, Event]] = []
        self.attributions: dict[tuple[End, At], None] = {}
        self.associations: dict[tuple[At, At], None] = {}
        self.existing: set[int] = set()

    def add(self, publication: ToPublish) -> _Part:
        place = len(self.executions)
        self.executions.append(publication.execution)
        execution = At(place)
        given = [
            *links_of(publication.inputs, EventType.INPUT),
            *links_of(publication.outputs, EventType.OUTPUT),
            *publication.events,
        ]
        inputs: list[End] = []
        outputs: list[End] = []
        for artifact, event in given:
            end = self._artifact(artifact)
            self.events.append((end, execution, event))
            (inputs if event.type.is_input else outputs).append(end)
        contexts = [self._context(context) for context in publication.contexts]
        for context in contexts:
            self.associations[execution, At(context)] = None
            for end in (*inputs, *outputs):
                self.attributions[end, At(context)] = None
        return _Part(place, inputs, outputs, contexts)

    def batch(self) -> Batch:
        return Batch(
            artifacts=self.artifacts,
            executions=self.executions,
            contexts=self.contexts,
            events=self.events,
            attributions=tuple(self.attributions),
            associations=tuple(self.associations),
        )

    def _artifact(self, artifact: ArtifactLike) -> End:
        id_ = artifact if not isinstance(artifact, Artifact) else artifact.id
        if isinstance(artifact, Artifact) and id_ is None:
            id_ = self._known.get(artifact)
        if id_ is not None:
            self.existing.add(id_)
            return id_
        assert isinstance(artifact, Artifact)
        place = self._places.get(id(artifact))
        if place is None:
            place = self._places[id(artifact)] = len(self.artifacts)
            self.artifacts.append(artifact)
        return At(place)

    def _context(self, context: Context) -> int:
        key = (context.type, context.type_version, context.name)
        place = self._context_places.get(key)
        if place is None:
            place = self._context_places[key] = len(self.contexts)
            # One with an id is one that was read; publishing refers to it and changes nothing.
            self.contexts.append(context.evolve(id=None))
        return place
