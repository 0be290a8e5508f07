"""Events, attributions, associations and parents: the relationships of the graph."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from graphstore.model.base import Model
from graphstore.model.refs import ArtifactId, ContextId, ExecutionId

__all__ = ["Association", "Attribution", "Event", "EventType", "ParentContext", "PathStep"]


class EventType(str, Enum):
    """How an execution used an artifact; ML Metadata's `Event.Type`.

    All but UNKNOWN, which has no direction and is never stored, are types of relationships.
    """

    UNKNOWN = "UNKNOWN"
    DECLARED_OUTPUT = "DECLARED_OUTPUT"
    """It promised to make it (part of its signature)."""
    DECLARED_INPUT = "DECLARED_INPUT"
    """It asked to read it (part of its signature)."""
    INPUT = "INPUT"
    """It read it."""
    OUTPUT = "OUTPUT"
    """It made it."""
    INTERNAL_INPUT = "INTERNAL_INPUT"
    """The orchestrator read it on the execution's behalf."""
    INTERNAL_OUTPUT = "INTERNAL_OUTPUT"
    """The orchestrator passed it on, e.g. a resolver what it chose."""
    PENDING_OUTPUT = "PENDING_OUTPUT"
    """It will make it, if all goes well."""

    @property
    def is_input(self) -> bool:
        """Whether data flows from the artifact to the execution."""
        return self in (EventType.INPUT, EventType.DECLARED_INPUT, EventType.INTERNAL_INPUT)

    @property
    def is_output(self) -> bool:
        """Whether data flows from the execution to the artifact."""
        return self is not EventType.UNKNOWN and not self.is_input


PathStep = int | str
"""A key or an index."""


class Event(Model):
    """That an execution read or made an artifact.

    Two ends, a type and a path make an event: one dataset may be an execution's training data and
    its test data. Events point the way the data flows::

        (:Artifact)-[:INPUT {path, time}]->(:Execution)-[:OUTPUT {path, time}]->(:Artifact)
    """

    type: EventType
    """What the execution did with the artifact."""
    path: tuple[PathStep, ...] = ()
    """The part that the artifact played, e.g. ``("examples", 0)``: the first of the examples."""
    time: datetime | None = None
    """When it happened (UTC, milliseconds); when it was recorded, if nobody says otherwise."""
    artifact_id: ArtifactId | None = None
    """The artifact; given by itself, its id, or ``"a45"``."""
    execution_id: ExecutionId | None = None
    """The execution; given by itself, its id, or ``"e7"``."""

    @property
    def role(self) -> str:
        """The part that the artifact played, without indexes, e.g. ``base_model``; '' if none."""
        return ".".join(step for step in self.path if isinstance(step, str))


class Attribution(Model):
    """That an artifact belongs to a context: (:Artifact)-[:ATTRIBUTED_TO]->(:Context)."""

    artifact_id: ArtifactId
    context_id: ContextId


class Association(Model):
    """That an execution belongs to a context: (:Execution)-[:ASSOCIATED_WITH]->(:Context)."""

    execution_id: ExecutionId
    context_id: ContextId


class ParentContext(Model):
    """That a context is part of another: (:Context)-[:CHILD_OF]->(:Context)."""

    child_id: ContextId
    parent_id: ContextId
