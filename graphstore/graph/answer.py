"""The answer to a lineage question: a part of the graph, to read, to draw and to pass on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict

from graphstore.errors import MissingExtra
from graphstore.graph.columns import Events, NodeList, NodesById, OrColumns
from graphstore.model.base import Model
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Execution, ExecutionState, Node, NodeRef
from graphstore.printable import Printable
from graphstore.storage.rows import path_order

if TYPE_CHECKING:
    import neo4j_viz
    import networkx
    import py2neo

    from graphstore import render
    from graphstore.graph.arrow import LineageTables

__all__ = ["LineageGraph", "short_type", "standing"]

Question = Literal["upstream", "downstream", "both", "connected", "between", "run"]


class LineageGraph(Printable, Model):
    """Artifacts, executions and the events between them: a part of the graph.

    It prints as an outline, shows itself as a picture in a notebook, and becomes Mermaid, DOT,
    SVG, a page to explore, JSON (`model_dump_json`) or a `networkx` graph.

    What the store answers keeps what the database sent, and makes a model of a node or an event
    when that is touched: one of `artifacts` by its id, all of them by going through them.
    """

    model_config = ConfigDict(ser_json_bytes="base64", ser_json_inf_nan="strings")

    question: Question
    """What was asked."""
    starts: tuple[NodeRef, ...]
    """Of which nodes it was asked."""
    artifacts: Annotated[
        Mapping[int, Artifact], OrColumns(dict[int, Artifact], NodesById, Artifact)
    ]
    """The artifacts by id, nearest to the start first."""
    executions: Annotated[
        Mapping[int, Execution], OrColumns(dict[int, Execution], NodesById, Execution)
    ]
    """The executions by id, nearest to the start first."""
    events: Annotated[Sequence[Event], OrColumns(tuple[Event, ...], Events)]
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
        return NodeList(self.artifacts, self.executions)

    def refs(self) -> Sequence[NodeRef]:
        """Which nodes they are: artifacts, then executions; no model is made of any."""
        return [
            *(NodeRef("artifact", id_) for id_ in self.artifacts),
            *(NodeRef("execution", id_) for id_ in self.executions),
        ]

    def of_type(self, name: str) -> Sequence[Artifact | Execution]:
        """The nodes of a type, by its name or the last dotted part of it, nearest first."""
        return [node for node in self.nodes() if name in (node.type, short_type(node.type))]

    def inputs_of(self, execution_id: int) -> Sequence[Event]:
        """The events by which an execution read artifacts, by their times, then their paths."""
        return [event for event in self._events_of[execution_id] if event.type.is_input]

    def outputs_of(self, execution_id: int) -> Sequence[Event]:
        """The events by which an execution made artifacts or passed them on, by their times, then
        their paths."""
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
        for event in sorted(self.events, key=_order):
            events[event.execution_id].append(event)
        return events

    def to_dict(self) -> dict[str, Any]:
        """The graph in JSON's types, with the nodes by their ids and whether it was cut off."""
        refs = {name: [list(ref) for ref in getattr(self, name)] for name in ("starts", "frontier")}
        return {**super().to_dict(), **refs, "truncated": self.truncated}

    def to_mermaid(self, *, fold: bool = True) -> str:
        """The picture as text of Mermaid, which GitHub and many notebooks draw.

        Args:
            fold: Whether to leave out CACHED executions that only passed artifacts on.
        """
        from graphstore import render

        return render.mermaid(self.picture(fold=fold))

    def to_dot(self, *, fold: bool = True) -> str:
        """The picture as text of Graphviz.

        Args:
            fold: Whether to leave out CACHED executions that only passed artifacts on.
        """
        from graphstore import render

        return render.dot(self.picture(fold=fold))

    def to_svg(self, *, fold: bool = True) -> str:
        """The picture as SVG, without any program of the system.

        Args:
            fold: Whether to leave out CACHED executions that only passed artifacts on.

        Raises:
            MissingExtra: If the extra ``draw`` is not installed.
        """
        from graphstore import render

        return render.svg(self.picture(fold=fold))

    def to_html(self, *, fold: bool = True) -> str:
        """The picture as a page to explore in a browser: one file that loads nothing.

        It can be moved, zoomed and searched; a click on a node shows its properties, its
        neighbours, and what lies upstream and downstream of it. Where there are too many nodes
        to look at, it draws groups of those that are alike.

        Args:
            fold: Whether to leave out CACHED executions that only passed artifacts on; the page
                lists them.

        Raises:
            MissingExtra: If the extra ``draw`` is not installed.
        """
        from graphstore import render

        return render.page(self.picture(fold=fold))

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

    def to_arrow(self) -> LineageTables:
        """The graph as tables of Apache Arrow: artifacts, executions and events.

        `graphstore.graph.arrow` says what their columns are. pandas, Polars and DuckDB read them.

        Raises:
            MissingExtra: If the extra ``arrow`` is not installed.
        """
        from graphstore.graph.arrow import tables

        return tables(self.artifacts.values(), self.executions.values(), self.events)

    def to_py2neo(self) -> py2neo.Subgraph:
        """The graph as py2neo has it: labels, keys and relationships as in the database.

        Of events, their types, paths and times.

        py2neo can merge it into another one, where it finds nodes by kind and id. Two things are
        py2neo's own: it merges events of one type between the same two nodes into one, whatever
        their paths, and it may write a time a nanosecond too early.

        Raises:
            MissingExtra: If the extra ``py2neo`` is not installed.
        """
        from graphstore.graph.py2neo import subgraph

        pairs = ((event, ends(event)) for event in self.events)
        return subgraph(self.nodes(), [(a, event, b) for event, (a, b) in pairs])

    def to_neo4j_viz(self, *, fold: bool = True) -> neo4j_viz.VisualizationGraph:
        """The picture for neo4j-viz, which draws it in a notebook, to drag and to search.

        In layers from left to right, as the other pictures are::

            viz = graph.to_neo4j_viz()
            viz.render(layout="hierarchical", layout_options={"direction": "right"})

        Args:
            fold: Whether to leave out CACHED executions that only passed artifacts on.

        Raises:
            MissingExtra: If the extra ``viz`` is not installed.
        """
        from graphstore.render.neo4j_viz import neo4j_viz

        return neo4j_viz(self.picture(fold=fold))

    def picture(self, *, fold: bool = True) -> render.Picture:
        """What the pictures are drawn from.

        Args:
            fold: Leave out CACHED executions that did nothing but pass artifacts on whose maker
                is drawn; the artifact says how many. Where years of runs were skipped, they would
                bury the one that was not.
        """
        from graphstore import render

        by_artifact = self._fold() if fold else {}
        absent = {by for several in by_artifact.values() for by in several}
        boxes = [
            self._box(node.ref, by_artifact.get(node.ref, []))
            for node in self.nodes()
            if node.ref not in absent
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
            if absent.isdisjoint((source, target))
        ]
        notes = []
        if self.frontier:
            notes.append(f"cut off: more lies behind {len(self.frontier)} of these")
        if absent:
            them = "execution that only passed artifacts on is"
            if len(absent) > 1:
                them = "executions that only passed artifacts on are"
            notes.append(f"{len(absent)} CACHED {them} not drawn")
        return render.Picture(boxes, arrows, title=self.title, note="; ".join(notes))

    def _box(self, ref: NodeRef, passed_on_by: Sequence[NodeRef]) -> render.Box:
        """A node as it is drawn, with the executions that are folded into it."""
        from graphstore import render

        node, count = self.node(ref), len(passed_on_by)
        about, caption = facts(node), [ref.short, *([word] if (word := standing(node)) else [])]
        if count:
            caption.append(f"passed on by {count}")
            names = ", ".join(one.short for one in passed_on_by[:20]) + (
                ", …" if count > 20 else ""
            )
            about.append(("passed on by", f"{count} CACHED: {names}"))
        return render.Box(
            key=ref.short,
            label=short_type(node.type),
            kind=node.kind,
            state=standing(node, short=True) or None,
            caption=" · ".join(caption),
            tooltip=about,
            emphasis=ref in self._starts,
            frontier=ref in self._frontier,
            # An execution's name is mostly a number that an orchestrator gave it.
            name=node.name or "" if isinstance(node, Artifact) else "",
            folded=[self._box(one, ()) for one in passed_on_by],
        )

    @cached_property
    def _starts(self) -> frozenset[NodeRef]:
        return frozenset(self.starts)

    @cached_property
    def _frontier(self) -> frozenset[NodeRef]:
        return frozenset(self.frontier)

    @property
    def title(self) -> str:
        """What was asked and what was found, in one line."""
        of = ", ".join(map(str, self.starts[:3])) + (", …" if len(self.starts) > 3 else "")
        questions = {
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
        amounts = ", ".join(f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items())
        return f"{questions[self.question]}: {amounts}"

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
        from graphstore.render.outline import outline

        passed_on = self._passed_on() if against else {}
        leads: dict[NodeRef, list[tuple[str, NodeRef]]] = defaultdict(list)
        for event in self.events:
            source, target = ends(event)
            if source in passed_on.get(target, ()):
                continue
            one, other = (target, source) if against else (source, target)
            leads[one].append((f"{event.role or event.type.value.lower()}:", other))
        refs = set(self.refs())

        def label(ref: NodeRef) -> str:
            line = _line(self.node(ref))
            if not (by := passed_on.get(ref)):
                return line
            names = ", ".join(one.short for one in by[:3]) + (", …" if len(by) > 3 else "")
            return f"{line}  (passed on by {len(by)} CACHED: {names})"

        return outline(
            [ref for ref in starts if ref in refs], lambda ref: leads.get(ref, []), label
        )

    def _passed_on(self) -> dict[NodeRef, list[NodeRef]]:
        """The CACHED executions that passed an artifact on, where whoever made it is known too.

        An outline names them in the artifact's line: years of runs that were skipped would bury
        the one that was not.
        """
        cached_refs = {e.ref for e in self.executions.values() if e.state is ExecutionState.CACHED}
        makers_of: dict[NodeRef, dict[NodeRef, None]] = defaultdict(dict)
        for event in self.events:
            source, target = ends(event)
            if event.type.is_output:
                makers_of[target][source] = None
        return {
            artifact: [by for by in makers if by in cached_refs]
            for artifact, makers in makers_of.items()
            if not cached_refs.issuperset(makers)
        }

    def _fold(self) -> dict[NodeRef, list[NodeRef]]:
        """The executions that a picture leaves out, by each artifact that they passed on.

        They are CACHED, were not asked about, passed on nothing whose maker is not known, and read
        nothing that would stand alone without them.
        """
        outputs: dict[NodeRef, list[NodeRef]] = defaultdict(list)
        inputs: dict[NodeRef, list[NodeRef]] = defaultdict(list)
        for event in self.events:
            source, target = ends(event)
            (inputs[target] if event.type.is_input else outputs[source]).append(
                source if event.type.is_input else target
            )
        passed_on = {artifact: set(by) for artifact, by in self._passed_on().items()}
        idle = {
            ref
            for ref, artifacts in outputs.items()
            if ref not in self._starts
            and all(ref in passed_on.get(artifact, ()) for artifact in artifacts)
        }
        neighbours = {
            artifact
            for several in (outputs, inputs)
            for ref, artifacts in several.items()
            if ref not in idle
            for artifact in artifacts
        }
        by_artifact: dict[NodeRef, dict[NodeRef, None]] = defaultdict(dict)
        for ref in (execution.ref for execution in self.executions.values()):
            if ref in idle and neighbours.issuperset(inputs[ref]):
                for artifact in outputs[ref]:
                    by_artifact[artifact][ref] = None
        return {artifact: list(by) for artifact, by in by_artifact.items()}

    def _sources(self) -> Sequence[NodeRef]:
        """The nodes that no event of the graph leads to."""
        targets = {ends(event)[1] for event in self.events}
        return [ref for ref in self.refs() if ref not in targets]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The picture in a notebook; Mermaid's text and the outline where it cannot be drawn."""
        bundle = {"text/plain": str(self), "text/vnd.mermaid": self.to_mermaid()}
        with suppress(MissingExtra):  # then the outline will do
            bundle["image/svg+xml"] = self.to_svg()
        return bundle


def _line(node: Artifact | Execution) -> str:
    """A node in one line of an outline."""
    parts = [f"{short_type(node.type)} {node.ref.short}"]
    if word := standing(node):
        parts.append(word)
    if isinstance(node, Artifact) and node.uri:
        parts.append(node.uri)
    elif node.name:
        parts.append(repr(node.name))
    return "  ".join(parts)


def standing(node: Node, *, short: bool = False) -> str:
    """How a node stands: its state, or that it was deleted, when, by whom and why (`short`:
    ``DELETED``); empty if it says nothing."""
    if node.deletion is not None:
        return "DELETED" if short else str(node.deletion)
    state = getattr(node, "state", None)
    return state.value if state else ""


def facts(node: Node) -> list[tuple[str, str]]:
    """What is known of a node, as names and texts, in the order in which people ask for it."""
    facts: list[tuple[str, object]] = [("type", node.type), ("name", node.name)]
    facts.append(("deletion", node.deletion))
    facts.append(("uri", getattr(node, "uri", None)))
    facts += sorted(node.properties.items()) + sorted(node.custom_properties.items())
    facts += [
        ("digest", getattr(node, "digest", None)),
        ("external id", node.external_id),
        ("started", getattr(node, "start_time", None)),
        ("ended", getattr(node, "end_time", None)),
        ("created", node.create_time),
        ("updated", node.last_update_time if node.last_update_time != node.create_time else None),
        ("source", node.source),
        ("source id", node.source_id),
    ]
    return [(name, show(value)) for name, value in facts if value not in (None, "")]


def show(value: object) -> str:
    """A value as a person reads it."""
    return value if isinstance(value, str) else str(value)


def short_type(name: str) -> str:
    """The last dotted part of a type's name: ``Trainer`` of TFX's long one."""
    return name.rpartition(".")[2] or name


def _order(event: Event) -> tuple[Any, ...]:
    """What to sort the events of an execution by: no query of lineage promises an order."""
    time = event.time
    return time is not None, time, path_order(event.path), event.artifact_id, event.type.value


def ends(event: Event) -> tuple[NodeRef, NodeRef]:
    """The nodes that an event joins, the way the data flows."""
    assert event.artifact_id is not None and event.execution_id is not None
    artifact = NodeRef("artifact", event.artifact_id)
    execution = NodeRef("execution", event.execution_id)
    return (artifact, execution) if event.type.is_input else (execution, artifact)
