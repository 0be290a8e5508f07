"""What is known of a lineage, in the words that all formats share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from graphstore.graph.answer import LineageGraph, standing
from graphstore.interop.identity import Identity
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Context, Execution, ExecutionState, Node, NodeRef
from graphstore.model.roles import RUN_TYPES
from graphstore.questions.about.facts import ENVIRONMENT, parameters_of
from graphstore.recording.digest import is_of_contents

__all__ = ["Agent", "Facts", "digest_of", "error_of", "is_made", "label", "notes_of"]

_NAMED = 10
"""Nodes that a sentence names."""


class Agent(NamedTuple):
    """Who did something, by name: nobody else is known to be the same."""

    role: str
    """``user``; ``actor`` of a decision; ``ci``, the program that started it; ``ci_actor``, for
    whom it did."""
    name: str

    @property
    def is_program(self) -> bool:
        """Whether it is one: of anybody else only the name is known."""
        return self.role == "ci"

    @property
    def key(self) -> str:
        """What tells it apart, in letters that any format takes."""
        kind = "program" if self.is_program else "user"
        return f"{kind}-{sha256(self.name.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Facts:
    """The lineage of something, and the contexts that it belongs to."""

    of: NodeRef
    graph: LineageGraph
    contexts: Mapping[int, Context]
    """By id, those that others are part of, too."""
    belongs: Mapping[NodeRef, Sequence[int]]
    """The ids of the contexts that an artifact or an execution belongs to."""
    parents: Mapping[int, Sequence[int]]
    """The ids of the contexts that a context is part of."""
    identity: Identity
    """Which store says this."""
    as_of: datetime | None
    """When it said so; None for now."""

    def store_of(self, ref: NodeRef) -> str:
        """The id of the store in which a node began: a copy's nodes are called as in the first."""
        return self.identity.origin(ref.kind, ref.id)

    def urn(self, ref: NodeRef) -> str:
        """What a node is called everywhere, ``urn:graphstore:store-4e…:a45``."""
        return f"urn:graphstore:{self.store_of(ref)}:{ref.short}"

    def nodes(self) -> Iterator[Node]:
        """Artifacts, executions, contexts."""
        yield from self.graph.nodes()
        yield from self.contexts.values()

    def run_of(self, execution: Execution) -> Context | None:
        """The run that it belongs to."""
        contexts = (self.contexts[id_] for id_ in self.belongs.get(execution.ref, ()))
        return next((one for one in contexts if one.type in RUN_TYPES), None)

    def agents_of(self, execution: Execution) -> Sequence[Agent]:
        """Who ran it, as its run says, and who decided."""
        run = self.run_of(execution)
        said = {} if run is None else run.properties
        names = {role: said.get(role) for role in ("user", "ci", "ci_actor")}
        names["actor"] = execution.properties.get("actor")
        return [Agent(role, name) for role, name in names.items() if isinstance(name, str) and name]

    def environments_of(self, execution: Execution) -> Sequence[Artifact]:
        """What it says that it ran in."""
        inputs = (self.graph.artifacts[e.artifact_id or 0] for e in self.inputs_of(execution))
        return [artifact for artifact in inputs if artifact.type == ENVIRONMENT]

    def inputs_of(self, execution: Execution) -> Sequence[Event]:
        """The events by which it read something, or said that it would."""
        return self.graph.inputs_of(execution.ref.id)

    def outputs_of(self, execution: Execution) -> Sequence[Event]:
        """The events by which it made something."""
        return [e for e in self.graph.outputs_of(execution.ref.id) if is_made(self.graph, e)]

    @property
    def missing(self) -> str:
        """What is not in it of what was asked for, in a sentence; empty if nothing."""
        frontier = self.graph.frontier
        if not frontier:
            return ""
        names = ", ".join(ref.short for ref in frontier[:_NAMED])
        more = ", …" if len(frontier) > _NAMED else ""
        return f"cut off: more lies behind {len(frontier):,} of these ({names}{more})"


def is_made(graph: LineageGraph, event: Event) -> bool:
    """Whether an event says that an execution made an artifact, rather than that it passed it on,
    or was to make it."""
    state = graph.executions[event.execution_id or 0].state
    return event.type is EventType.OUTPUT and state is not ExecutionState.CACHED


def notes_of(execution: Execution) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an execution says besides its parameters: declared properties, and custom ones."""
    own, custom = execution.properties, execution.custom_properties
    told = parameters_of(execution).keys() - (own.keys() & custom.keys())
    return _without(own, told), _without(custom, told)


def _without(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def label(node: Node) -> str:
    """What people call a node: its name, or else what it is and which; that it was deleted."""
    name = node.name or f"{node.type} {node.ref.short}"
    return f"{name} ({standing(node)})" if node.deletion is not None else name


def digest_of(artifact: Artifact) -> Mapping[str, str]:
    """The digest of its contents by its algorithm; empty if there is none.

    An entity tag, a version or samples are evidence, and no digest.
    """
    algorithm, separator, digits = (artifact.digest or "").partition(":")
    if not separator or not digits or not is_of_contents(algorithm + ":"):
        return {}
    return {algorithm: digits}


def error_of(execution: Execution) -> str | None:
    """What went wrong, in the words of the recorder or of TFX; None if nobody said."""
    own, custom = execution.properties, execution.custom_properties
    words: list[Any] = [own.get("error_type"), own.get("error_message")]
    if not any(words) and "parameter_names" not in own:
        words = [custom.get("error") or custom.get("__execution_result__")]
    return ": ".join(str(word) for word in words if word) or None
