"""Publishing many executions: a history that is moved in, a backlog, a benchmark."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from graphstore.errors import InvalidArgument, PublicationRefused, StoreError, Unavailable
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.repository.batch import At, Batch, BatchWriter, End, Put, PutOptions
from graphstore.repository.publish import ArtifactLike, ByRole, links_of

__all__ = ["Bulk", "Published", "ToPublish"]

BATCH = 500
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

    def __init__(self, writer: BatchWriter) -> None:
        self._writer = writer

    def publish_many(
        self, publications: Iterable[ToPublish], *, batch: int = BATCH, reuse: bool = False
    ) -> Iterator[Published]:
        """Publish executions in order; see `graphstore.Store.publish_many`."""
        if batch < 1:
            raise InvalidArgument(f"batch must be 1 or more, not {batch}")
        known, stored = _Known(), 0
        options = PutOptions(reuse_contexts=True, reuse_artifacts=reuse, reuse_executions=reuse)
        remaining = iter(publications)
        while some := list(islice(remaining, batch)):
            try:
                done = self._put(some, known, options)
            except Unavailable:
                raise  # not one of them is to blame
            except StoreError as error:
                if len(some) == 1:
                    raise PublicationRefused(stored, str(some[0].execution), error) from error
                # One bad record fails its batch: one by one they tell which.
                for publication in some:
                    try:
                        (one,) = self._put([publication], known, options)
                    except StoreError as cause:
                        raise PublicationRefused(
                            stored, str(publication.execution), cause
                        ) from cause
                    stored += 1
                    yield one
                continue
            stored += len(done)
            yield from done

    def _put(
        self, publications: Sequence[ToPublish], known: _Known, options: PutOptions
    ) -> list[Published]:
        assembly = _Assembly(known)
        parts = [assembly.add(publication) for publication in publications]
        put = self._writer.put(assembly.batch(), options)
        for place, artifact in enumerate(assembly.artifacts):
            known.add(artifact, put.artifact_ids[place])
        return [part.published(put) for part in parts]


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
        self._executions: list[Execution] = []
        self._contexts: list[Context] = []
        self._context_places: dict[tuple[str, str | None, str], int] = {}
        self._events: list[tuple[End, End, Event]] = []
        self._attributions: dict[tuple[End, End], None] = {}
        self._associations: dict[tuple[End, End], None] = {}

    def add(self, publication: ToPublish) -> _Part:
        place = len(self._executions)
        self._executions.append(publication.execution)
        execution: End = At(place)
        given = [
            *links_of(publication.inputs, EventType.INPUT),
            *links_of(publication.outputs, EventType.OUTPUT),
            *publication.events,
        ]
        inputs: list[End] = []
        outputs: list[End] = []
        for artifact, event in given:
            end = self._artifact(artifact)
            self._events.append((end, execution, event))
            (inputs if event.type.is_input else outputs).append(end)
        contexts = [self._context(context) for context in publication.contexts]
        for context in contexts:
            self._associations[execution, At(context)] = None
            for end in (*inputs, *outputs):
                self._attributions[end, At(context)] = None
        return _Part(place, inputs, outputs, contexts)

    def batch(self) -> Batch:
        return Batch(
            artifacts=self.artifacts,
            executions=self._executions,
            contexts=self._contexts,
            events=self._events,
            attributions=tuple(self._attributions),
            associations=tuple(self._associations),
        )

    def _artifact(self, artifact: ArtifactLike) -> End:
        if not isinstance(artifact, Artifact):
            return artifact
        if artifact.id is not None:
            return artifact.id
        known = self._known.get(artifact)
        if known is not None:
            return known
        place = self._places.get(id(artifact))
        if place is None:
            place = self._places[id(artifact)] = len(self.artifacts)
            self.artifacts.append(artifact)
        return At(place)

    def _context(self, context: Context) -> int:
        key = (context.type, context.type_version, context.name)
        place = self._context_places.get(key)
        if place is None:
            place = self._context_places[key] = len(self._contexts)
            # One with an id is one that was read; publishing refers to it and changes nothing.
            self._contexts.append(context.evolve(id=None))
        return place
