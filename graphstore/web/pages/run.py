"""A run: its steps, how long they took, what came out, what failed, what was skipped and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from starlette.responses import Response

from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.graph.answer import LineageGraph, short_type
from graphstore.model.nodes import Context, Execution, NodeRef
from graphstore.model.refs import reference
from graphstore.model.roles import PIPELINE_TYPES, RUN_TYPES
from graphstore.questions.about.facts import (
    ENVIRONMENT,
    began_of,
    code_of,
    is_gone,
    outcome_of,
    parameters_of,
    seconds_of,
    span_of,
)
from graphstore.storage.rows import known_at
from graphstore.storage.series import read_series
from graphstore.web.calls import HEADERS
from graphstore.web.pages.curves import charts_of
from graphstore.web.pages.frame import Asked, Behind, Page, View
from graphstore.web.pages.words import name_of

__all__ = ["PAGES", "run_view"]

_NODES = 2000
"""Of one run that are looked at."""
_DRAWN = 200
"""Of these that are drawn."""
_OUTPUTS = 200
"""Artifacts in the table of what came out."""
_ERRORS = {"error_type", "error_message", "error_traceback"}
_CODE = (
    *("user", "host", "folder", "command_line", "ci", "ci_actor", "ci_job", "ci_url"),
    *("git_commit", "git_branch", "git_remote", "git_dirty"),
)
"""What a run says of who ran what where."""


def run_view(asked: Asked, context: Context) -> View:
    """The page of a run.

    Args:
        asked: What is asked, and of which moment.
        context: The run, as it was then.

    Raises:
        NotFound: If it is not there.
    """
    store, as_of = asked.store, asked.as_of
    graph = store.lineage.run(context, max_nodes=_NODES, as_of=as_of)
    steps = sorted(graph.executions.values(), key=_order)
    parents = store.contexts.parents(context, as_of=as_of)
    children = store.contexts.children(context, as_of=as_of)
    reader = store.lineage.at(as_of).database
    nodes: list[Context | Execution] = [context, *steps]
    series = read_series(reader, [one.ref for one in nodes])
    outcome = outcome_of(context, steps)
    began, ended = _span(context, steps, outcome)
    moment = datetime.now(timezone.utc) if as_of is None else known_at(as_of)
    gone = outcome == "RUNNING" and as_of is None and is_gone(context)
    going = outcome == "RUNNING" and as_of is None and not gone
    until = ended or (None if gone else moment)
    facts = {
        "run": context,
        "outcome": outcome,
        "is_gone": gone,
        "is_going": going,
        "began": began,
        "ended": ended,
        "seconds": _seconds(nodes, began, until),
        "steps": _bars(steps, began, until),
        "errors": [one for one in (*nodes[1:], context) if _ERRORS & one.properties.keys()],
        "pipelines": [one for one in parents if one.type in PIPELINE_TYPES],
        "parents": [one for one in parents if one.type not in PIPELINE_TYPES],
        "nested": [one for one in children if one.type in RUN_TYPES],
        "inside": [one for one in children if one.type not in RUN_TYPES],
        "outputs": _outputs(graph, steps),
        "environments": [
            one for one in graph.artifacts.values() if short_type(one.type) == ENVIRONMENT
        ],
        "code": {n: v for n in _CODE if (v := context.properties.get(n)) is not None},
        "git_diff": context.properties.get("git_diff"),
        "versions": [(step, version) for step in steps if (version := code_of(step))],
        "parameters": [(step, told) for step in steps if (told := parameters_of(step))],
        "charts": charts_of(
            (one.ref.short, short_type(one.type), series[one.ref])
            for one in nodes
            if one.ref in series
        ),
        "why": _why(asked, steps),
        "is_cut": graph.truncated,
        "most": {"nodes": _NODES, "drawn": _DRAWN, "outputs": _OUTPUTS},
    }
    ref = context.ref.short
    behind = Behind(
        python=f"store.lineage.run({ref!r})\nstore.series({ref!r})",
        command=f"graphstore executions --context {ref}",
        cypher=(
            f"MATCH (run:Context {{id: {context.id}}})<-[:ASSOCIATED_WITH]-(step:Execution)\n"
            "OPTIONAL MATCH (step)-[made:OUTPUT]->(artifact:Artifact)\n"
            "RETURN run, step, made, artifact"
        ),
    )
    return View(name_of(context), "run.html", facts, behind)


def picture(asked: Asked) -> Response:
    """The steps of a run as a picture of boxes and arrows."""
    context = reference(asked.path["ref"], "context")
    graph = asked.store.lineage.run(context, max_nodes=_DRAWN, as_of=asked.as_of)
    # Browsers run no script of what they show as an image; opened by itself it shall not, either.
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    headers = {**HEADERS, "Content-Security-Policy": policy}
    return Response(graph.to_svg(), media_type="image/svg+xml", headers=headers)


@dataclass(frozen=True)
class _Step:
    """A step, and where its bar lies."""

    node: Execution
    began: datetime | None
    seconds: float | None
    left: float
    """Where the bar begins, in parts of a hundred of the whole run."""
    width: float


def _order(step: Execution) -> tuple[float, int]:
    began = began_of(step)
    return began.timestamp() if began else 0.0, step.id or 0


def _span(
    run: Context, steps: Sequence[Execution], outcome: str
) -> tuple[datetime | None, datetime | None]:
    """When it began and ended, as `questions.history` tells it."""
    first, last = span_of(steps)
    ended = run.end_time if outcome == "ABANDONED" else run.end_time or last
    return run.start_time or first or run.create_time, None if outcome == "RUNNING" else ended


def _seconds(
    nodes: Sequence[Context | Execution], began: datetime | None, until: datetime | None
) -> float | None:
    return seconds_of(began, until, said=any(one.start_time for one in nodes))


def _bars(
    steps: Sequence[Execution], began: datetime | None, until: datetime | None
) -> list[_Step]:
    """The steps, each with a bar on one time line."""
    spans = []
    for step in steps:
        first, last = span_of([step])
        going = step.state is not None and step.state.value in ("RUNNING", "NEW")
        spans.append((step, first, last or (until if going else None)))
    times = [t for _, first, last in spans for t in (first, last) if t is not None]
    start, end = min([*times, *filter(None, [began])], default=None), max(times, default=None)
    whole = (end - start).total_seconds() if start and end else 0.0
    bars = []
    for step, first, last in spans:
        seconds = _seconds([step], first, last)
        left = (first - start).total_seconds() / whole * 100 if whole and first and start else 0.0
        width = max(0.0, seconds or 0.0) / whole * 100 if whole else 0.0
        bars.append(_Step(step, first, seconds, round(left, 2), round(max(width, 0.4), 2)))
    return bars


def _outputs(graph: LineageGraph, steps: Sequence[Execution]) -> list[tuple[Execution, str, Any]]:
    """What each step made or passed on: the step, the role, and the artifact."""
    return [
        (step, "/".join(map(str, event.path)), graph.artifacts[event.artifact_id])
        for step in steps
        if step.id is not None
        for event in graph.outputs_of(step.id)
        if event.artifact_id is not None and event.artifact_id in graph.artifacts
    ]


def _why(asked: Asked, steps: Sequence[Execution]) -> tuple[NodeRef, str] | None:
    """Why the step that the address names was skipped, or was not."""
    if not (text := asked.text("why")):
        return None
    ref = reference(text, "execution")
    if ref.id not in {step.id for step in steps}:
        raise InvalidArgument(f"why={text}: this run has no step {ref.short}")
    try:
        return ref, str(asked.store.cache.explain(ref))
    except FailedPrecondition as error:
        return ref, str(error)


PAGES = (Page("/{ref}/picture.svg", picture),)
