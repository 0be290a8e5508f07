"""How the executions of a batch, and all that they refer to, become the rows of one query."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphstore.database import Row, Runner
from graphstore.errors import Aborted, StoreError
from graphstore.model.base import copy_with
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.plain import Plain
from graphstore.model.refs import ArtifactLike
from graphstore.model.types import Kind
from graphstore.storage.events import event_to_row, take_ordinals
from graphstore.storage.links import ByRole, artifact_or_id, links_of
from graphstore.storage.node_rows import NodeRows
from graphstore.storage.nodes import require
from graphstore.storage.writing.batch import At, Batch, End
from graphstore.storage.writing.quick import NewEvent, Plan

__all__ = [
    "Assembly",
    "KnownArtifacts",
    "Part",
    "Published",
    "ToPublish",
    "missing",
]


@dataclass(frozen=True)
class ToPublish:
    """What `graphstore.Store.publish` takes, to be published with others."""

    execution: Execution
    inputs: ByRole = ()
    outputs: ByRole = ()
    contexts: Sequence[Context] = ()
    events: Sequence[tuple[ArtifactLike, Event]] = ()


@dataclass(frozen=True)
class Published(Plain):
    """The ids of what was published."""

    execution_id: int
    input_ids: tuple[int, ...]
    """The artifacts that it read, in the order given."""
    output_ids: tuple[int, ...]
    """The artifacts that it made, in the order given."""
    context_ids: tuple[int, ...]
    """The contexts, in the order given."""


class KnownArtifacts:
    """The ids of artifacts that were stored on the way, for as long as anybody holds the objects.

    So memory is bounded by what the caller keeps, and no address of a dead object is mistaken for
    another's.
    """

    def __init__(self) -> None:
        self._ids: dict[int, tuple[int, weakref.ref[Artifact]]] = {}

    def add(self, artifact: Artifact, id_: int) -> None:
        """Remember an artifact's id."""
        key, ids = id(artifact), self._ids
        ids[key] = (id_, weakref.ref(artifact, lambda _: ids.pop(key, None)))

    def forget(self, artifact: Artifact) -> None:
        """It was not stored after all."""
        self._ids.pop(id(artifact), None)

    def get(self, artifact: Artifact) -> int | None:
        """The id of an artifact, if it is one of those."""
        entry = self._ids.get(id(artifact))
        return None if entry is None or entry[1]() is not artifact else entry[0]


@dataclass(frozen=True, slots=True)
class Part:
    """Where the things of one publication are in its batch.

    An artifact is a number: the place of a new one in the assembly's list, from 0; or, of one that
    is stored, -1 minus its place among those.
    """

    execution: int
    inputs: Sequence[int]
    outputs: Sequence[int]
    contexts: Sequence[int]


def missing(runner: Runner, artifact_ids: Sequence[int]) -> StoreError:
    """Why nothing was published.

    Raises:
        NotFound: If one of the artifacts is not there.
    """
    require(runner, "artifact", artifact_ids)
    return Aborted("what was published came and went meanwhile; try again")


class Assembly:
    """A batch as it comes together. New artifacts are told apart as objects."""

    def __init__(self, known_artifacts: KnownArtifacts) -> None:
        self._known_artifacts = known_artifacts
        self.artifacts: list[Artifact] = []
        self.stored_artifacts: list[Artifact] = []
        """Those that were given with what was known of them, as they were given."""
        self.executions: list[Execution] = []
        self.contexts: list[Context] = []
        self.parts: list[Part] = []
        self._numbers: dict[int, int] = {}
        """The number of each stored artifact, by its id."""
        self._places: dict[int, int] = {}
        self._context_places: dict[tuple[str, str | None, str], int] = {}
        self._events: list[tuple[int, int, Event]] = []
        # Dicts are sets with an order.
        self._attributions: dict[tuple[int, int], None] = {}
        self._associations: dict[tuple[int, int], None] = {}

    @property
    def counts(self) -> dict[str, int]:
        """How many new nodes of each kind there are."""
        return {
            "artifact": len(self.artifacts),
            "execution": len(self.executions),
            "context": len(self.contexts),
        }

    @property
    def stored_ids(self) -> list[int]:
        """The stored artifacts that it refers to, by their numbers: the first is -1."""
        return list(self._numbers)

    def add(self, publication: ToPublish) -> None:
        """Put one more publication behind the others."""
        execution = len(self.executions)
        self.executions.append(publication.execution)
        inputs: list[int] = []
        outputs: list[int] = []
        for artifact, event in (
            *links_of(publication.inputs, EventType.INPUT),
            *links_of(publication.outputs, EventType.OUTPUT),
            *((artifact_or_id(artifact), event) for artifact, event in publication.events),
        ):
            number = self._artifact(artifact)
            if isinstance(artifact, Artifact) and artifact.id is not None:
                self.stored_artifacts.append(artifact)
            (inputs if event.type.is_input else outputs).append(number)
            self._events.append((number, execution, event))
        contexts = [self._context(context) for context in publication.contexts]
        for context in contexts:
            self._associations[execution, context] = None
            for number in (*inputs, *outputs):
                self._attributions[number, context] = None
        self.parts.append(Part(execution, inputs, outputs, contexts))

    def publications(
        self,
        artifact_ids: Sequence[int],
        execution_ids: Sequence[int],
        context_ids: Sequence[int],
    ) -> list[Published]:
        """What became of each publication, by the ids of the nodes here."""
        all_ids = [*artifact_ids, *reversed(self._numbers)]  # the first stored one is [-1]
        return [
            Published(
                execution_ids[part.execution],
                tuple(all_ids[number] for number in part.inputs),
                tuple(all_ids[number] for number in part.outputs),
                tuple(context_ids[place] for place in part.contexts),
            )
            for part in self.parts
        ]

    def batch(self) -> Batch:
        """All of it, for a writer that looks at what is there."""
        ids = list(self._numbers)

        def end(number: int) -> End:
            return At(number) if number >= 0 else ids[-1 - number]

        return Batch(
            artifacts=self.artifacts,
            executions=self.executions,
            contexts=self.contexts,
            events=[(end(number), At(place), event) for number, place, event in self._events],
            attributions=[(end(number), At(place)) for number, place in self._attributions],
            associations=[(At(place), At(context)) for place, context in self._associations],
        )

    def plan(
        self,
        nodes: Mapping[Kind, NodeRows[Any]],
        ids: Mapping[str, Sequence[int]],
        *,
        whole: bool = False,
    ) -> Plan:
        """What stores all of it, if it is new but for the artifacts that it refers to.

        Args:
            nodes: How the nodes of each kind are written.
            ids: The ids that the new nodes of each kind are to have.
            whole: Whether the answer is to have all that it can have.

        Raises:
            NotFound: If there is no type of a name.
            InvalidArgument: If a node or an event is one that the store does not take.
        """

        def rows(kind: Kind, new: Sequence[Any]) -> list[Row]:
            row = nodes[kind].row
            return [row(node, id_) for node, id_ in zip(new, ids[kind], strict=True)]

        ordinals = take_ordinals(len(self._events))
        return Plan(
            rows("artifact", self.artifacts),
            rows("execution", self.executions),
            rows("context", self.contexts),
            self.stored_ids,
            context_ids=(),
            events=[
                NewEvent(number, execution, event.type, event.path, _time(event), ordinal)
                for (number, execution, event), ordinal in zip(self._events, ordinals, strict=True)
            ],
            attributions=self._attributions,
            associations=self._associations,
            whole=whole,
        )

    def _artifact(self, artifact: Artifact | int) -> int:
        id_ = artifact if not isinstance(artifact, Artifact) else artifact.id
        if isinstance(artifact, Artifact) and id_ is None:
            id_ = self._known_artifacts.get(artifact)
        if id_ is not None:
            return self._numbers.setdefault(id_, -1 - len(self._numbers))
        assert isinstance(artifact, Artifact)
        place = self._places.setdefault(id(artifact), len(self.artifacts))
        if place == len(self.artifacts):
            self.artifacts.append(artifact)
        return place

    def _context(self, context: Context) -> int:
        key = (context.type, context.type_version, context.name)
        place = self._context_places.setdefault(key, len(self.contexts))
        if place == len(self.contexts):
            # One with an id is one that was read; publishing refers to it and changes nothing.
            self.contexts.append(context if context.id is None else copy_with(context, id=None))
        return place


def _time(event: Event) -> int | None:
    if event.time is None and event.type is not EventType.UNKNOWN:
        return None
    time: int | None = event_to_row(event)["time"]  # which refuses what cannot be
    return time
