"""A node's page: an artifact, an execution or a context, and what it has to do with others.

Its address is its reference: ``/a45``, ``/e44``, ``/c2``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response

from graphstore.errors import FailedPrecondition
from graphstore.graph.answer import LineageGraph, short_type
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Execution, ExecutionState, Node, NodeRef
from graphstore.model.roles import RUN_TYPES, Role, guess_of, role_of
from graphstore.questions.about.facts import (
    ENVIRONMENT,
    began_of,
    code_of,
    parameters_of,
    seconds_of,
)
from graphstore.recording.cache import FACTS
from graphstore.recording.decisions import DEPLOYMENT
from graphstore.recording.digest import Check
from graphstore.render.charts import curve_line
from graphstore.web.calls import HEADERS
from graphstore.web.pages import files
from graphstore.web.pages.frame import Asked, Behind, Page, View
from graphstore.web.pages.run import run_view
from graphstore.web.pages.words import name_of

__all__ = ["PAGES"]

_NEIGHBOURS = 100
"""Events in each direction, and members, that a page shows; the rest is a list of its own."""
_CONTEXTS = 50
_READ_AT_MOST = 256 * 1024 * 1024
"""Bytes of a file that are read to say whether it is what it was."""
_CURVE = 20
_PASSED_ON = 5
"""Artifacts that a skipped step passed on of which the makers are asked for."""
_ERROR = ("type", "message", "traceback")
"""What is told of an error, each by its property."""
_TOLD_ELSEWHERE = frozenset(FACTS) - {"not_skipped", "inputs_changed"}


class _Reference(Convertor[str]):
    """The reference of a node in an address; anything else is another page."""

    regex = "[aec][0-9]{1,16}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _Artifact(_Reference):
    regex = "a[0-9]{1,16}"


register_url_convertor("node", _Reference())
register_url_convertor("artifact", _Artifact())


@dataclass(frozen=True)
class _End:
    """What an event joins a node to."""

    role: str
    type: str
    node: Artifact | Execution
    passed_on: bool
    """Whether the execution of the event handed on what another had made."""


def node(asked: Asked) -> View:
    """The page of the node whose reference the address is."""
    ref = NodeRef.parse(asked.path["ref"])
    return _VIEWS[ref.kind](asked, ref)


def _artifact(asked: Asked, ref: NodeRef) -> View:
    store, as_of = asked.store, asked.as_of
    graph = _around(asked, ref)
    artifact = graph.artifacts[ref.id]
    makers, more_makers = _ends(graph, lambda event: event.type.is_output)
    readers, more_readers = _ends(graph, lambda event: event.type.is_input)
    type_ = store.types.find("artifact", artifact.type, artifact.type_version)
    is_model = role_of(type_) is Role.MODEL
    guessed = not is_model and guess_of(type_) is Role.MODEL
    passport = None
    if (is_model or guessed) and artifact.deletion is None:
        passport = store.explain(ref, as_of=as_of, verify=False)
    facts = {
        "one": artifact,
        "is_guess": guessed,
        "passport": passport,
        **_deployed(asked, artifact),
        "may_decide": asked.may_decide and as_of is None,
        "curves": _curves(passport.curves) if passport else [],
        "makers": makers,
        "readers": readers,
        "cut": {"makers": more_makers, "readers": more_readers},
        "makers_filter": f"events_e.artifact_id = {ref.id} AND events_e.type IN ({_OUTPUTS})",
        "readers_filter": f"events_e.artifact_id = {ref.id} AND events_e.type IN ({_INPUTS})",
        **_contexts(asked, ref),
        "check": _checked(asked, artifact),
        "may_look": artifact.digest is not None and _may_read(asked, [artifact]),
        "preview": files.preview(artifact.uri or "", asked.roots)
        if artifact.deletion is None
        else None,
    }
    then = asked.then_python
    what = "explain" if passport else "artifacts.get"
    behind = Behind(
        f"store.{what}({ref.short!r}{then})",
        f"graphstore {'explain' if passport else 'show'} {ref.short}"
        + (asked.then_command if passport else ""),
        f"MATCH (artifact:Artifact {{id: {ref.id}}}) RETURN artifact",
    )
    return View(_title(artifact), "artifact.html", facts, behind)


def _execution(asked: Asked, ref: NodeRef) -> View:
    store = asked.store
    graph = _around(asked, ref)
    execution = graph.executions[ref.id]
    inputs, more_inputs = _ends(graph, lambda event: event.type.is_input)
    outputs, more_outputs = _ends(graph, lambda event: event.type.is_output)
    properties = execution.properties
    parameters = parameters_of(execution)
    began = began_of(execution)
    artifacts = [one.node for one in inputs if isinstance(one.node, Artifact)]
    may_look = (
        not more_inputs
        and execution.state is not ExecutionState.CACHED
        and _may_read(asked, artifacts)
    )
    rerun = None
    if asked.text("look") and may_look:
        rerun = store.can_rerun(ref, digest_limit=_READ_AT_MOST)
    facts = {
        "one": execution,
        "began": began,
        "seconds": seconds_of(began, execution.end_time, said=execution.start_time is not None),
        "parameters": parameters,
        "other": {
            name: value
            for name, value in _said(execution).items()
            if name not in parameters and name not in _TOLD_ELSEWHERE
        },
        "error": {name: properties.get(f"error_{name}") for name in _ERROR},
        "code": code_of(execution),
        "where": {name: properties[name] for name in ("host", "pid") if name in properties},
        "environments": [one for one in artifacts if short_type(one.type) == ENVIRONMENT],
        "inputs": inputs,
        "outputs": outputs,
        "cut": {"inputs": more_inputs, "outputs": more_outputs},
        "inputs_filter": f"events_e.execution_id = {ref.id} AND events_e.type IN ({_INPUTS})",
        "outputs_filter": f"events_e.execution_id = {ref.id} AND events_e.type IN ({_OUTPUTS})",
        **_contexts(asked, ref),
        "curves": [] if asked.as_of else _curves(store.series(ref)),
        **_skipping(asked, execution, outputs),
        "rerun": rerun,
        "may_look": may_look,
    }
    behind = Behind(
        f"store.executions.get({ref.short!r}{asked.then_python})\n"
        f"store.events.of_executions({ref.short!r}{asked.then_python})",
        f"graphstore show {ref.short}\ngraphstore can-rerun {ref.short}",
        f"MATCH (execution:Execution {{id: {ref.id}}}) RETURN execution",
    )
    return View(_title(execution), "execution.html", facts, behind)


def _context(asked: Asked, ref: NodeRef) -> View:
    store, as_of = asked.store, asked.as_of
    context = store.contexts.get(ref, as_of=as_of)
    if context.type in RUN_TYPES:
        return run_view(asked, context)
    # What a context is part of is a handful; what is part of it may be a hundred thousand runs.
    if as_of is None:
        page = store.contexts.list(
            filter=f"parent_contexts_p.id = {ref.id}", descending=True, limit=_NEIGHBOURS
        )
        children, more = list(page), page.next_page is not None
    else:
        all_ = store.contexts.children(ref, as_of=as_of)
        children, more = list(reversed(all_[-_NEIGHBOURS:])), len(all_) > _NEIGHBOURS
    options: dict[str, Any] = {
        "context": ref,
        "descending": True,
        "limit": _NEIGHBOURS,
        "as_of": as_of,
    }
    artifacts = store.artifacts.list(**options)
    executions = store.executions.list(**options)
    facts = {
        "one": context,
        "parents": store.contexts.parents(ref, as_of=as_of),
        "children": children,
        "artifacts": artifacts,
        "executions": executions,
        "cut": {
            "children": more,
            "artifacts": artifacts.next_page is not None,
            "executions": executions.next_page is not None,
        },
        "children_filter": f"parent_contexts_p.id = {ref.id}",
        "curves": [] if as_of else _curves(store.series(ref)),
        "shown": _NEIGHBOURS,
    }
    behind = Behind(
        f"store.contexts.get({ref.short!r}{asked.then_python})\n"
        f"store.executions.list(context={ref.short!r}, descending=True{asked.then_python})",
        f"graphstore show {ref.short}\n"
        f"graphstore executions --context {ref.short} --newest{asked.then_command}",
        f"MATCH (context:Context {{id: {ref.id}}}) RETURN context",
    )
    return View(_title(context), "context.html", facts, behind)


_VIEWS: Mapping[str, Callable[[Asked, NodeRef], View]] = {
    "artifact": _artifact,
    "execution": _execution,
    "context": _context,
}
_INPUTS = ", ".join(one.value for one in EventType if one.is_input)
_OUTPUTS = ", ".join(one.value for one in EventType if one.is_output)


def picture(asked: Asked) -> Response:
    """The picture at an artifact's uri, and nothing else that stands there.

    Raises:
        HTTPException: If there is none that may be shown.
    """
    artifact = asked.store.artifacts.get(asked.path["ref"], as_of=asked.as_of)
    content = None if artifact.deletion else files.image(artifact.uri or "", asked.roots)
    if content is None:
        raise HTTPException(404, f"There is no picture at {artifact.ref.short} to show.")
    headers = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Referrer-Policy": "no-referrer",
    }
    return Response(content[0], media_type=content[1], headers=headers)


def _title(node: Node) -> str:
    return f"{node.ref.short} {name_of(node)}"


def _around(asked: Asked, ref: NodeRef) -> LineageGraph:
    """A node and what its events join it to, so many in each direction."""
    return asked.store.lineage.both(
        ref, max_hops=1, max_nodes=_NEIGHBOURS + 2, passed_on=True, as_of=asked.as_of
    )


def _ends(graph: LineageGraph, which: Callable[[Event], bool]) -> tuple[list[_End], bool]:
    """What the events of a node in one direction join it to, by role, and whether there is more."""
    here = graph.starts[0]
    ends: list[_End] = []
    for event in graph.events:
        if which(event):
            other: Artifact | Execution = (
                graph.executions[event.execution_id or 0]
                if here.kind == "artifact"
                else graph.artifacts[event.artifact_id or 0]
            )
            by = graph.executions[event.execution_id or 0]
            passed_on = event.type.is_output and (
                by.state is ExecutionState.CACHED or event.type is EventType.INTERNAL_OUTPUT
            )
            ends.append(_End(event.role, event.type.value, other, passed_on))
    if here.kind == "artifact":
        ends.sort(key=lambda end: end.passed_on)  # who made it is first
    return ends[:_NEIGHBOURS], len(ends) > _NEIGHBOURS


def _contexts(asked: Asked, ref: NodeRef) -> dict[str, Any]:
    """What a node belongs to: an environment belongs to a hundred thousand runs."""
    contexts = asked.store.contexts
    alias = {"artifact": "artifacts_n", "execution": "executions_n"}[ref.kind]
    condition = f"{alias}.id = {ref.id}"
    if asked.as_of is None:
        page = contexts.list(filter=condition, limit=_CONTEXTS)
        belongs, more = list(page), page.next_page is not None
    else:
        of = contexts.of_artifact if ref.kind == "artifact" else contexts.of_execution
        all_ = of(ref, as_of=asked.as_of)
        belongs, more = list(all_[:_CONTEXTS]), len(all_) > _CONTEXTS
    return {"contexts": belongs, "cut_contexts": more, "contexts_filter": condition}


def _curves(series: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """Each metric over its steps, as a line of text."""
    few = islice(series.items(), _NEIGHBOURS)
    return [(name, one, curve_line(one.values, _CURVE)) for name, one in few]


def _said(node: Node) -> dict[str, Any]:
    return dict(sorted({**node.custom_properties, **node.properties}.items()))


def _may_read(asked: Asked, artifacts: Iterable[Artifact]) -> bool:
    """Whether all of these are files that this server may read, or nowhere: it asks no other
    server, and reads no file, because somebody recorded its address."""
    return all(
        not one.uri or files.within(one.uri, asked.roots) is not None for one in artifacts
    ) and bool(asked.roots)


def _checked(asked: Asked, artifact: Artifact) -> Check | None:
    """Whether the file is what it was, if that is asked for and may be told."""
    if not asked.text("look") or not _may_read(asked, [artifact]) or not artifact.uri:
        return None
    ((_, check),) = asked.store.verify([artifact], digest_limit=_READ_AT_MOST)
    return check


def _deployed(asked: Asked, artifact: Artifact) -> dict[str, Any]:
    """What is known of a deployment, and who retired it; None of anything else."""
    facts: dict[str, Any] = {"deployed": None, "retirement": None}
    if artifact.type == DEPLOYMENT:
        store, as_of = asked.store, asked.as_of
        for one in store.decisions.deployments(deployment=artifact, limit=1, as_of=as_of):
            facts["deployed"] = one
            if one.retired_by is not None:
                facts["retirement"] = store.executions.get(one.retired_by, as_of=as_of)
    return facts


def _skipping(asked: Asked, execution: Execution, outputs: Sequence[_End]) -> dict[str, Any]:
    """Whether a step was skipped, or what kept it from that; what a step that does the same would
    be skipped for; and of one that was skipped without a fingerprint whose work it passed on."""
    facts: dict[str, Any] = {"cache": None, "again": None, "done_by": []}
    if asked.as_of is not None:
        return facts
    store = asked.store
    with suppress(FailedPrecondition):
        facts["cache"] = store.cache.explain(execution)
    if execution.fingerprint is not None:
        # What it made is not looked at: its files are where whoever runs the step is.
        cached = store.cache.look_up(execution.fingerprint, verify=False)
        facts["again"] = cached and cached.execution
    elif execution.state is ExecutionState.CACHED:
        few = [end.node for end in outputs[:_PASSED_ON] if isinstance(end.node, Artifact)]
        makers = (one for artifact in few for one in store.lineage.producers(artifact))
        done_by = {one.execution.ref: one.execution for one in makers if not one.passed_on}
        facts["done_by"] = list(done_by.values())
    return facts


PAGES: Sequence[Page] = (Page("/{ref:node}", node), Page("/{ref:artifact}/file", picture))
