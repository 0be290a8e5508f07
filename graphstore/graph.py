"""The answer to a lineage question: a part of the graph, to read, to draw and to pass on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from graphstore import render
from graphstore.errors import MissingExtra
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Execution, ExecutionState, Node, NodeRef
from graphstore.render.outline import outline

if TYPE_CHECKING:
    import networkx

__all__ = ["LineageGraph", "short_type"]

Question = Literal["upstream", "downstream", "both", "connected", "between", "run"]


class LineageGraph(BaseModel):
    """Artifacts, executions and the events between them: a part of the graph.

    It prints as an outline, shows itself as a picture in a notebook, and becomes Mermaid, DOT,
    SVG, JSON (`model_dump_json`) or a `networkx` graph.
    """

    model_config = ConfigDict(
        frozen=True,
        use_attribute_docstrings=True,
        ser_json_bytes="base64",
        ser_json_inf_nan="strings",
    )

    question: Question
    """What was asked."""
    starts: tuple[NodeRef, ...]
    """Of which nodes it was asked."""
    artifacts: dict[int, Artifact]
    """The artifacts by id, nearest to the start first."""
    executions: dict[int, Execution]
    """The executions by id, nearest to the start first."""
    events: tuple[Event, ...]
    """The events that lead from one of these nodes to another, as they were followed."""
    frontier: tuple[NodeRef, ...] = ()
    """The nodes behind which more lies, beyond the bounds of the question."""

    @property
    def truncated(self) -> bool:
        """Whether more lies beyond the bounds of the question."""
        return bool(self.frontier)

    def node(self, ref: NodeRef) -> Artifact | Execution:
        """One of the nodes.

        Raises:
            KeyError: If it is not part of the answer.
        """
        return self.artifacts[ref.id] if ref.kind == "artifact" else self.executions[ref.id]

    def nodes(self) -> Sequence[Artifact | Execution]:
        """Artifacts, then executions."""
        return [*self.artifacts.values(), *self.executions.values()]

    def of_type(self, name: str) -> Sequence[Artifact | Execution]:
        """The nodes of a type, by its name or the last dotted part of it, nearest first."""
        return [node for node in self.nodes() if name in (node.type, short_type(node.type))]

    def inputs_of(self, execution_id: int) -> Sequence[Event]:
        """The events by which an execution read artifacts, in the order they happened."""
        return [event for event in self._events_of[execution_id] if event.type.is_input]

    def outputs_of(self, execution_id: int) -> Sequence[Event]:
        """The events by which an execution made artifacts or passed them on, likewise."""
        return [event for event in self._events_of[execution_id] if event.type.is_output]

    def dependencies(self) -> Sequence[tuple[int, int]]:
        """Which executions depend on which: pairs of (earlier, later), each once, by id.

        One depends on another if it read an artifact that the other made or passed on.
        """
        makers: dict[int | None, set[int]] = defaultdict(set)
        for event in self.events:
            if event.type.is_output and event.execution_id is not None:
                makers[event.artifact_id].add(event.execution_id)
        return sorted(
            {
                (maker, event.execution_id)
                for event in self.events
                if event.type.is_input and event.execution_id is not None
                for maker in makers[event.artifact_id]
                if maker != event.execution_id
            }
        )

    @cached_property
    def _events_of(self) -> dict[int | None, list[Event]]:
        events = defaultdict(list)
        for event in self.events:
            events[event.execution_id].append(event)
        return events

    def to_mermaid(self) -> str:
        """The picture as text of Mermaid, which GitHub and many notebooks draw."""
        return render.mermaid(self.picture())

    def to_dot(self) -> str:
        """The picture as text of Graphviz."""
        return render.dot(self.picture())

    def to_svg(self) -> str:
        """The picture as SVG, without any program of the system.

        Raises:
            MissingExtra: If the extra ``draw`` is not installed.
        """
        return render.svg(self.picture())

    def to_networkx(self) -> networkx.MultiDiGraph[NodeRef]:
        """The graph in networkx: edges point the way the data flows, and carry the event.

        Its nodes are `NodeRef`, with the attribute `node`; its edges have `event` and `role`.

        Raises:
            MissingExtra: If the extra ``networkx`` is not installed.
        """
        try:
            import networkx
        except ImportError:
            raise MissingExtra("to_networkx", "networkx", "networkx") from None
        graph: networkx.MultiDiGraph[NodeRef] = networkx.MultiDiGraph()
        for node in self.nodes():
            graph.add_node(node.ref, node=node)
        for event in self.events:
            source, target = ends(event)
            graph.add_edge(
                source, target, key=(event.type, event.path), event=event, role=event.role
            )
        return graph

    def picture(self) -> render.Picture:
        """What the pictures are drawn from."""
        starts, frontier = set(self.starts), set(self.frontier)
        boxes = [
            render.Box(
                key=node.ref.short,
                label=short_type(node.type),
                kind=node.kind,
                state=node.state.value if node.state else None,
                caption=node.ref.short + (f" · {node.state.value}" if node.state else ""),
                tooltip=facts(node),
                emphasis=node.ref in starts,
                frontier=node.ref in frontier,
            )
            for node in self.nodes()
        ]
        arrows = [
            render.Arrow(
                source=source.short,
                target=target.short,
                label=event.role,
                kind=event.type.value,
                dashed=event.type not in (EventType.INPUT, EventType.OUTPUT),
            )
            for event in self.events
            for source, target in [ends(event)]
        ]
        note = f"cut off: more lies behind {len(frontier)} of these" if frontier else ""
        return render.Picture(boxes, arrows, title=self.title, note=note)

    @property
    def title(self) -> str:
        """What was asked and what was found, in one line."""
        of = ", ".join(map(str, self.starts[:3])) + (", …" if len(self.starts) > 3 else "")
        asked = {
            "upstream": f"What {of} was made from",
            "downstream": f"What {of} reached",
            "both": f"Lineage of {of}",
            "connected": f"What {of} is connected with",
            "between": f"From {' to '.join(map(str, self.starts))}",
            "run": "A run",
        }
        counts = {
            "artifact": len(self.artifacts),
            "execution": len(self.executions),
            "event": len(self.events),
        }
        found = ", ".join(f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items())
        return f"{asked[self.question]}: {found}"

    def __str__(self) -> str:
        """The graph as an outline, beginning at the start: what each node was made from, or what
        came of it, indented below it."""
        upward = self.question in ("upstream", "both", "connected")
        parts = [self.title]
        if upward:
            parts.append(self._outline(self.starts, against=True))
        if not upward or self.question == "both":
            starts = self.starts if self.question != "run" else self._sources()
            parts.append(self._outline(starts, against=False))
        if self.truncated:
            refs = ", ".join(ref.short for ref in self.frontier[:10])
            more = ", …" if len(self.frontier) > 10 else ""
            parts.append(f"Cut off: more lies behind {len(self.frontier)} of these ({refs}{more})")
        return "\n\n".join(part for part in parts if part)

    def _outline(self, starts: Sequence[NodeRef], *, against: bool) -> str:
        passed_on = self._passed_on() if against else {}
        leads: dict[NodeRef, list[tuple[str, NodeRef]]] = defaultdict(list)
        for event in self.events:
            source, target = ends(event)
            if source in passed_on.get(target, ()):
                continue
            one, other = (target, source) if against else (source, target)
            leads[one].append((f"{event.role or event.type.value.lower()}:", other))
        known = {node.ref for node in self.nodes()}

        def label(ref: NodeRef) -> str:
            line = _line(self.node(ref))
            if not (by := passed_on.get(ref)):
                return line
            names = ", ".join(one.short for one in by[:3]) + (", …" if len(by) > 3 else "")
            return f"{line}  (passed on by {len(by)} CACHED: {names})"

        return outline(
            [ref for ref in starts if ref in known], lambda ref: leads.get(ref, []), label
        )

    def _passed_on(self) -> dict[NodeRef, list[NodeRef]]:
        """The CACHED executions that passed an artifact on, where whoever made it is known too.

        An outline names them in the artifact's line: years of runs that were skipped would bury
        the one that was not.
        """
        cached = {e.ref for e in self.executions.values() if e.state is ExecutionState.CACHED}
        made: dict[NodeRef, dict[NodeRef, None]] = defaultdict(dict)
        for event in self.events:
            source, target = ends(event)
            if event.type.is_output:
                made[target][source] = None
        return {
            artifact: [by for by in makers if by in cached]
            for artifact, makers in made.items()
            if not cached.issuperset(makers)
        }

    def _sources(self) -> Sequence[NodeRef]:
        """The nodes that no event of the graph leads to."""
        targets = {ends(event)[1] for event in self.events}
        return [node.ref for node in self.nodes() if node.ref not in targets]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The picture in a notebook; Mermaid's text and the outline where it cannot be drawn."""
        bundle = {"text/plain": str(self), "text/vnd.mermaid": self.to_mermaid()}
        with suppress(MissingExtra):  # then the outline will do
            bundle["image/svg+xml"] = self.to_svg()
        return bundle


def _line(node: Artifact | Execution) -> str:
    """A node in one line of an outline."""
    parts = [f"{short_type(node.type)} {node.ref.short}"]
    if node.state:
        parts.append(node.state.value)
    if isinstance(node, Artifact) and node.uri:
        parts.append(node.uri)
    elif node.name:
        parts.append(repr(node.name))
    return "  ".join(parts)


def facts(node: Node) -> list[tuple[str, str]]:
    """What is known of a node, as names and texts, in the order in which people ask for it."""
    facts: list[tuple[str, object]] = [("type", node.type), ("name", node.name)]
    facts.append(("uri", getattr(node, "uri", None)))
    facts += sorted(node.properties.items()) + sorted(node.custom_properties.items())
    facts += [("created", node.create_time), ("source", node.source)]
    return [(name, show(value)) for name, value in facts if value not in (None, "")]


def show(value: object) -> str:
    """A value as a person reads it."""
    return value if isinstance(value, str) else str(value)


def short_type(name: str) -> str:
    """The last dotted part of a type's name: ``Trainer`` of TFX's long one."""
    return name.rpartition(".")[2] or name


def ends(event: Event) -> tuple[NodeRef, NodeRef]:
    """The nodes that an event joins, the way the data flows."""
    assert event.artifact_id is not None and event.execution_id is not None
    artifact = NodeRef("artifact", event.artifact_id)
    execution = NodeRef("execution", event.execution_id)
    return (artifact, execution) if event.type.is_input else (execution, artifact)
