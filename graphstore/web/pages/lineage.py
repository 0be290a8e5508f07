"""The lineage explorer: what something was made from and reached, to expand, filter and compare.

The picture is a page of its own (`graphstore.render.page`), shown within this one; what one sees is
in the address of both, which have the same parts.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from graphstore import answers, render
from graphstore.errors import InvalidArgument
from graphstore.graph.answer import LineageGraph, ends
from graphstore.lineage.walks import Within
from graphstore.model.nodes import Artifact, ArtifactState, ExecutionState, NodeRef
from graphstore.model.refs import reference, references
from graphstore.questions.diff import Diff
from graphstore.render.page import policy
from graphstore.web.calls import HEADERS
from graphstore.web.pages.frame import Asked, Behind, Page, View

__all__ = ["PAGES"]

Direction = Literal["upstream", "downstream", "both", "connected"]
_NODES, _MOST_NODES = 300, 2000
"""Nodes that are drawn, unless told, and at most."""
_STARTS, _EXPANDED = 20, 50
"""Things that one asks about, and that are expanded."""
_NEIGHBOURS = 1000
"""Nodes around all that are expanded."""
_LISTED = 200
_STATES = list(dict.fromkeys(one.value for of in (ArtifactState, ExecutionState) for one in of))


@dataclass(frozen=True)
class _Question:
    """What the address asks for."""

    of: tuple[NodeRef, ...]
    direction: Direction
    to: NodeRef | None
    other: NodeRef | None
    """Whose ancestry is drawn beside."""
    hops: int | None
    nodes: int
    expanded: tuple[NodeRef, ...]
    types: tuple[str, ...]
    states: tuple[str, ...]
    since: str
    before: str
    passed_on: bool

    @classmethod
    def read(cls, asked: Asked) -> _Question:
        """What stands in an address.

        Raises:
            InvalidArgument: If something of it cannot be right, or does not go together.
        """
        of = references(" ".join(asked.texts("of")).replace(",", " ").split())
        if len(of) > _STARTS:
            raise InvalidArgument(f"of: {_STARTS} things at most, found {len(of)}")
        kinds = {ref.kind for ref in of}
        if "context" in kinds and len(of) > 1:
            raise InvalidArgument(
                "of: one run by itself, or artifacts and executions; found"
                f" {' '.join(ref.short for ref in of)}"
            )
        direction = asked.text("direction") or "both"
        if direction not in get_args(Direction):
            raise InvalidArgument(
                f"direction={direction}: expected {', '.join(get_args(Direction))}"
            )
        to, other = asked.text("to"), asked.text("with")
        if to and other:
            raise InvalidArgument("to and with: paths to one thing, or a comparison; give one")
        if (to or other) and len(of) != 1:
            raise InvalidArgument("to and with go with one thing that is asked about")
        expanded = references(asked.texts("expand"), "artifact", "execution")
        if len(expanded) > _EXPANDED:
            raise InvalidArgument(f"expand: {_EXPANDED} at most, found {len(expanded)}")
        states = tuple(asked.texts("state"))
        for state in states:
            if state not in _STATES:
                raise InvalidArgument(f"state={state}: expected {', '.join(_STATES)}")
        return cls(
            tuple(dict.fromkeys(of)),
            cast(Direction, direction),
            reference(to, "artifact", "execution") if to else None,
            reference(other, "artifact") if other else None,
            asked.whole("hops", 0, least=0, most=10_000) if asked.text("hops") else None,
            asked.whole("nodes", _NODES, most=_MOST_NODES),
            tuple(dict.fromkeys(expanded)),
            tuple(asked.texts("type")),
            states,
            asked.text("since"),
            asked.text("before"),
            asked.text("passed_on") in ("1", "true", "on"),
        )

    def within(self, asked: Asked) -> Within:
        """Which nodes may be entered.

        Raises:
            NotFound: If there is no such type.
            InvalidArgument: If a time is none.
        """
        by_kind: dict[str, list[str]] = defaultdict(list)
        known = answers.list_types(asked.store)
        for name in self.types:
            kinds = {one.kind for one in known if one.name == name}
            if not kinds:
                asked.store.types.ids_of("artifact", [name])  # says what is similar
            for kind in kinds:
                by_kind[kind].append(name)
        artifact_states = [one for one in ArtifactState if one.value in self.states]
        execution_states = [one for one in ExecutionState if one.value in self.states]
        return Within(
            artifact_types=by_kind["artifact"] or None,
            execution_types=by_kind["execution"] or None,
            artifact_states=artifact_states or None,
            execution_states=execution_states or None,
            since=asked.time("since"),
            before=asked.time("before"),
        )


@dataclass(frozen=True)
class _Drawn:
    """What is to be drawn."""

    graph: LineageGraph
    diff: Diff | None


def explorer(asked: Asked) -> View:
    """The explorer; without `of` a form with help."""
    question = _Question.read(asked)
    facts: dict[str, Any] = {
        "question": question,
        "directions": get_args(Direction),
        "states": _STATES,
        "types": [one.name for one in answers.list_types(asked.store) if one.kind != "context"],
        "most": _MOST_NODES,
        "drawn": None,
    }
    if not question.of:
        return View("Lineage", "lineage.html", facts)
    drawn = _draw(asked, question)
    graph = drawn.graph
    nodes = list(graph.nodes())
    facts |= {
        "drawn": drawn,
        "graph": graph,
        "listed": nodes[:_LISTED],
        "count": len(nodes),
        "frontier": [ref.short for ref in graph.frontier],
        "expanded": [ref.short for ref in question.expanded],
        "marks": dict(_marks(drawn.diff)) if drawn.diff is not None else {},
        "filters": _filters(question),
        "asked_for": urlencode([pair for pair in asked.query.multi_items() if pair[1].strip()]),
    }
    return View(_title(question, graph), "lineage.html", facts, _behind(asked, question))


def picture(asked: Asked) -> Response:
    """The picture by itself, which the explorer shows within its page."""
    question = _Question.read(asked)
    if not question.of:
        raise InvalidArgument("of: say of what, e.g. of=a45")
    drawn = _draw(asked, question)
    drawing = drawn.graph.picture(fold=not question.passed_on)
    if drawn.diff is not None:
        drawing = _with_marks(drawing, drawn.diff)
    text = render.page(replace(drawing, title=_title(question, drawn.graph)), explore=True)
    headers = {
        "Content-Security-Policy": f"{policy()}; frame-ancestors 'self'",
        **HEADERS,
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(text, headers=headers)


def of_node(asked: Asked) -> Response:
    """From a node's address to the explorer."""
    ref = reference(asked.path["node"])
    query = [(name, value) for name, value in asked.query.multi_items() if name != "of"]
    return RedirectResponse(f"/lineage?{urlencode([('of', ref.short), *query])}", 303)


def _draw(asked: Asked, question: _Question) -> _Drawn:
    """Ask the store."""
    store, as_of = asked.store, asked.as_of
    within = question.within(asked)
    if question.of[0].kind == "context":
        graph = store.lineage.run(question.of[0], max_nodes=question.nodes, as_of=as_of)
        return _Drawn(_expand(asked, question, graph), None)
    starts: Sequence[NodeRef] = question.of
    direction, diff = question.direction, None
    if question.other is not None:
        begin = reference(question.of[0], "artifact")
        diff = store.diff(begin, question.other, as_of=as_of)
        starts, direction = (begin, question.other), "upstream"
    graph = answers.lineage(
        store,
        starts,
        direction=direction,
        to=question.to,
        max_hops=question.hops,
        max_nodes=question.nodes,
        passed_on=question.passed_on,
        within=within,
        as_of=as_of,
    )
    return _Drawn(_expand(asked, question, graph), diff)


def _expand(asked: Asked, question: _Question, graph: LineageGraph) -> LineageGraph:
    """The graph with the neighbours of what is expanded."""
    if not question.expanded:
        return graph
    # A step further than is drawn, so that of each neighbour it is known whether more lies behind.
    around = asked.store.lineage.connected(
        question.expanded,
        max_hops=2,
        max_nodes=_NEIGHBOURS,
        passed_on=question.passed_on,
        as_of=asked.as_of,
    )
    expanded, old = set(question.expanded), {node.ref for node in graph.nodes()}
    near = set(expanded)
    neighbours: dict[NodeRef, set[NodeRef]] = defaultdict(set)
    for event in around.events:
        source, target = ends(event)
        neighbours[source].add(target)
        neighbours[target].add(source)
    for ref in expanded:
        near |= neighbours[ref]
    refs = old | near
    cut = set(around.frontier)
    beyond = {
        ref
        for ref in near
        # All neighbours of these are known, or the bound on nodes cut them.
        if not neighbours[ref] <= refs or ref in cut
    }
    beyond |= {ref for ref in graph.frontier if ref not in near}
    artifacts = dict(graph.artifacts)
    executions = dict(graph.executions)
    for node in around.nodes():
        if node.ref not in near:
            continue
        if isinstance(node, Artifact):
            artifacts.setdefault(node.ref.id, node)
        else:
            executions.setdefault(node.ref.id, node)
    joined = (event for event in around.events if refs.issuperset(ends(event)))
    order = [node.ref for node in (*artifacts.values(), *executions.values())]
    return LineageGraph.model_construct(
        question=graph.question,
        starts=graph.starts,
        artifacts=artifacts,
        executions=executions,
        events=tuple(dict.fromkeys((*graph.events, *joined))),
        frontier=tuple(ref for ref in order if ref in beyond),
    )


def _marks(diff: Diff) -> dict[str, tuple[Literal["first", "second"], str, str]]:
    """Of what only one of two ancestries has: whose it is, what a legend says, and how it differs.

    What both have, by the same node or the same contents, has no mark.
    """
    one, other = diff.a.ref.short, diff.b.ref.short
    marks: dict[str, tuple[Literal["first", "second"], str, str]] = {}
    shared: set[NodeRef] = set()
    of_a: dict[NodeRef, list[str]] = defaultdict(list)
    of_b: dict[NodeRef, list[str]] = defaultdict(list)
    for position in diff.positions:
        a = None if position.a is None else position.a.ref
        b = None if position.b is None else position.b.ref
        if position.status == "same":
            shared |= {ref for ref in (a, b) if ref is not None}
            continue
        says = "; ".join(map(str, position.differences)) or position.status
        if a is not None:
            of_a[a].append(says)
        if b is not None:
            of_b[b].append(says)
    both = shared | (of_a.keys() & of_b.keys())
    for sides, tone, name in ((of_a, "first", one), (of_b, "second", other)):
        for ref, texts in sides.items():
            if ref not in both:
                says = "\n".join(dict.fromkeys(texts))
                marks[ref.short] = (
                    cast(Literal["first", "second"], tone),
                    f"only {name} has it so",
                    says,
                )
    return marks


def _with_marks(drawing: render.Picture, diff: Diff) -> render.Picture:
    marks = _marks(diff)
    first = {node.ref.short for one in diff.first for node in (one.a, one.b) if node}
    boxes = []
    for box in drawing.boxes:
        if (mark := marks.get(box.key)) is not None:
            tone, text, says = mark
            about = [("difference", says), *box.tooltip]
            if box.key in first:
                about.insert(0, ("first", "here the two first differ"))
                box = replace(box, caption=f"{box.caption} · first difference")
            box = replace(box, mark=(tone, text), tooltip=about)
        boxes.append(box)
    return replace(drawing, boxes=boxes)


def _title(question: _Question, graph: LineageGraph) -> str:
    if question.other is not None:
        return f"What {question.of[0].short} and {question.other.short} were made from"
    return graph.title.partition(": ")[0]


def _filters(question: _Question) -> list[str]:
    """What is not as it is by itself, for people."""
    told = []
    if question.hops is not None:
        told.append(f"{question.hops} hop{'s' * (question.hops != 1)}")
    told += question.types
    told += question.states
    if question.since:
        told.append(f"since {question.since}")
    if question.before:
        told.append(f"before {question.before}")
    if question.passed_on:
        told.append("with what only passed things on")
    return told


def _behind(asked: Asked, question: _Question) -> Behind | None:
    """The same walk elsewhere, without what is expanded."""
    then = asked.text("as_of")
    starts = [ref.short for ref in question.of]
    if question.other is not None:
        pair = [starts[0], question.other.short]
        python = f"store.diff({pair[0]!r}, {pair[1]!r})"
        return Behind(python, f"graphstore diff {' '.join(pair)}") if not then else None
    if question.of[0].kind == "context":
        return Behind(f"store.lineage.run({starts[0]!r}, max_nodes={question.nodes})")
    options = [f"max_nodes={question.nodes}"]
    if question.hops is not None:
        options.append(f"max_hops={question.hops}")
    if question.passed_on:
        options.append("passed_on=True")
    of = repr(starts[0]) if len(starts) == 1 else repr(starts)
    if question.to is not None:
        python = f"store.lineage.between({of}, {question.to.short!r}, {', '.join(options)})"
        return Behind(python) if not then else None
    if question.types or question.states or question.since or question.before or then:
        return None
    python = f"store.lineage.{question.direction}({of}, {', '.join(options)})"
    command = cypher = ""
    if len(starts) == 1 and question.direction != "connected":
        flag = {"upstream": " --up", "downstream": " --down"}.get(question.direction, "")
        command = f"graphstore lineage {shlex.quote(starts[0])}{flag} --max-nodes {question.nodes}"
        if question.hops is not None:
            command += f" --max-hops {question.hops}"
        if question.passed_on:
            command += " --passed-on"
        label = question.of[0].kind.capitalize()
        hops = f"{{0,{question.hops if question.hops is not None else 12}}}"
        arrows = {
            "upstream": f"<-[:INPUT|OUTPUT]-{hops}",
            "downstream": f"-[:INPUT|OUTPUT]->{hops}",
        }
        arrow = arrows.get(question.direction, "")
        if arrow:
            cypher = (
                f"MATCH path = (:{label} {{id: {question.of[0].id}}}){arrow}()\n"
                f"RETURN path LIMIT {question.nodes}"
            )
    return Behind(python, command, cypher)


PAGES = (
    Page("/lineage", explorer),
    Page("/lineage/picture", picture),
    Page("/{node}/lineage", of_node),
)
