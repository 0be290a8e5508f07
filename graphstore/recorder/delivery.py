"""Brings records into the store."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from graphstore.cache import FACTS
from graphstore.errors import InvalidProperty, NotFound
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.types import ArtifactType, ContextType, ExecutionType, Type
from graphstore.model.values import PropertyKind, check_value, describe
from graphstore.recorder.records import Record, RunRecord, StepRecord
from graphstore.repository.batch import At, Batch, BatchWriter, End, PutOptions
from graphstore.repository.publish import Publication, Publisher
from graphstore.repository.runs import RecordedRun, Runs
from graphstore.repository.types import Types

__all__ = ["PIPELINE", "RUN", "RUN_PROPERTIES", "Delivery"]

PIPELINE, RUN, ENVIRONMENT = "Pipeline", "PipelineRun", "Environment"
"""The types of what recording makes by itself."""

_STRING, _INT = PropertyKind.STRING, PropertyKind.INT

RUN_PROPERTIES: Mapping[str, PropertyKind] = {
    "status": _STRING,
    "user": _STRING,
    "host": _STRING,
    "pid": _INT,
    "began": PropertyKind.DOUBLE,
    "command_line": PropertyKind.STRUCT,
    "folder": _STRING,
    "ci": _STRING,
    "ci_actor": _STRING,
    "ci_job": _STRING,
    "ci_url": _STRING,
    "git_commit": _STRING,
    "git_branch": _STRING,
    "git_remote": _STRING,
    "git_dirty": PropertyKind.BOOLEAN,
    "git_diff": _STRING,
    "error_type": _STRING,
    "error_message": _STRING,
}
"""What a run says of itself; `pid` and `began` (seconds since the epoch) tell its process."""

_ENVIRONMENT_PROPERTIES: Mapping[str, PropertyKind] = {
    "python": _STRING,
    "implementation": _STRING,
    "platform": _STRING,
    "machine": _STRING,
    "distributions": PropertyKind.STRUCT,
    "accelerators": PropertyKind.STRUCT,
    "variables": PropertyKind.STRUCT,
}

N = TypeVar("N", Artifact, Execution, Context)


class Delivery:
    """Stores records, and the types that they need.

    What recording says of a node by itself is declared by the node's type, which grows for it.
    What a user says is in the node's custom properties; what of it the type declares, because
    somebody declared it, becomes a property.
    """

    def __init__(self, types: Types, publisher: Publisher, runs: Runs, writer: BatchWriter) -> None:
        self._types, self._publisher, self._runs = types, publisher, runs
        self._writer = writer

    def deliver(self, record: Record, *, late: bool = False) -> Publication | RecordedRun:
        """Store a record; the same record again changes nothing.

        Args:
            record: What to store.
            late: Whether nobody is there any more to be told of a wrong value: then what the type
                does not take is kept as a custom property.

        Raises:
            InvalidProperty: If a value is of another kind than its type declares, and not `late`.
        """
        if isinstance(record, RunRecord):
            return self._runs.record(
                self._settle(record.run, late),
                self._settle(record.pipeline, late),
                [self._settle(artifact, late) for artifact in record.artifacts],
            )
        # One object for one artifact, however many events it has.
        artifacts = {id(artifact): self._settle(artifact, late) for artifact, _ in record.events}
        return self._publisher.publish(
            self._settle(record.execution, late),
            events=[(artifacts[id(artifact)], event) for artifact, event in record.events],
            contexts=[self._settle(context, late) for context in record.contexts],
            reuse=True,
            look_up=record.look_up,
        )

    def deliver_late(self, records: Sequence[Record]) -> None:
        """Store what waited, in order: all or nothing, and as one after the other would.

        Args:
            records: One, or several of steps, which are stored by a few queries.
        """
        if len(records) == 1:
            self.deliver(records[0], late=True)
            return
        steps = _Steps()
        for record in records:
            assert isinstance(record, StepRecord)
            steps.add(
                self._settle(record.execution, late=True),
                [(self._settle(artifact, late=True), event) for artifact, event in record.events],
                [self._settle(context, late=True) for context in record.contexts],
            )
        self._writer.put(steps.batch(), _AS_PUBLISHED)

    def _settle(self, node: N, late: bool) -> N:
        """The node with each value where its type has a place for it."""
        if node.id is not None and not isinstance(node, Execution):
            return node  # it is only referred to
        type_ = self._type(node)
        properties, custom = {}, {}
        said = [(name, value, False) for name, value in node.properties.items()]
        said += [(name, value, True) for name, value in node.custom_properties.items()]
        for name, value, undeclared in said:
            if value is None:
                continue
            # A parameter may be called like what recording says by itself: then it stays custom.
            declared = not (undeclared and name in node.properties) and name in type_.properties
            try:
                if declared:
                    properties[name] = check_value(value, type_.properties[name])
                elif undeclared or late:
                    custom[name] = check_value(value)
                else:
                    names = ", ".join(sorted(type_.properties)) or "none"
                    raise ValueError(f"a property that the type declares ({names})")
            except ValueError as error:
                if not late:
                    raise InvalidProperty(node.type, name, str(error), describe(value)) from None
                custom[name] = value
        return node.evolve(properties=properties, custom_properties=custom)

    def _type(self, node: Artifact | Execution | Context) -> Type:
        """The type of a node, made or grown if need be."""
        needed: Type
        if isinstance(node, Execution):
            needed = ExecutionType(name=node.type, properties=dict(FACTS))
        elif isinstance(node, Context):
            own = RUN_PROPERTIES if node.type == RUN else {}
            needed = ContextType(name=node.type, properties=dict(own))
        else:
            own = _ENVIRONMENT_PROPERTIES if node.type == ENVIRONMENT else {}
            needed = ArtifactType(name=node.type, properties=dict(own))
        needed = needed.evolve(version=node.type_version)
        try:
            known = self._types.find(node.kind, node.type, node.type_version)
            if needed.properties.items() <= known.properties.items():
                return known
        except NotFound:
            pass
        return self._types.put(needed, can_add_fields=True, can_omit_fields=True)


_AS_PUBLISHED = PutOptions(
    reuse_artifacts=True,
    reuse_executions=True,
    reuse_contexts=True,
    # An artifact that is there is used as it is; what says more of it now may have come later.
    meaning=lambda stored, given: stored if isinstance(given, Artifact) else given,
)


class _Named(Generic[N]):
    """Nodes of one kind, each once."""

    def __init__(self) -> None:
        self.nodes: list[N] = []
        self._places: dict[Hashable, At] = {}

    def place(self, key: Hashable, node: N) -> At:
        """The place of what has this key: the node itself, if it is the first."""
        if key not in self._places:
            self._places[key] = At(len(self.nodes))
            self.nodes.append(node)
        return self._places[key]


class _Steps:
    """Records of steps as they become a batch.

    What they name by one external id is one: an artifact as it is named first, an execution as it
    is named last.
    """

    def __init__(self) -> None:
        self._artifacts = _Named[Artifact]()
        self._executions = _Named[Execution]()
        self._contexts = _Named[Context]()
        self._events: list[tuple[End, End, Event]] = []
        self._attributions: dict[tuple[End, End], None] = {}
        self._associations: dict[tuple[End, End], None] = {}

    def add(
        self,
        execution: Execution,
        events: Sequence[tuple[Artifact, Event]],
        contexts: Sequence[Context],
    ) -> None:
        """Add a step, with all that it read and made until then."""
        step = self._executions.place(_identity(execution), execution)
        self._executions.nodes[step.place] = execution
        into = [
            # One with an id is one that was read; recording refers to it and changes nothing.
            self._contexts.place((one.type, one.type_version, one.name), one.evolve(id=None))
            for one in contexts
        ]
        for artifact, event in events:
            end: End
            if artifact.id is not None:
                end = artifact.id
            else:
                end = self._artifacts.place(_identity(artifact), artifact)
            self._events.append((end, step, event))
            self._attributions |= dict.fromkeys((end, context) for context in into)
        self._associations |= dict.fromkeys((step, context) for context in into)

    def batch(self) -> Batch:
        """All of it, in the order in which it was added."""
        return Batch(
            artifacts=self._artifacts.nodes,
            executions=self._executions.nodes,
            contexts=self._contexts.nodes,
            events=self._events,
            attributions=list(self._attributions),
            associations=list(self._associations),
        )


def _identity(node: Artifact | Execution) -> Hashable:
    return node.external_id or ("object", id(node))
