"""The calls: each is a function of the store, whose parameters are those of the address.

Their names are those of the store's methods. What a text of an address says - a node, a time - is
read here; what is asked of the store is `graphstore.answers`, or a method of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Path, Query

from graphstore import answers
from graphstore.errors import InvalidArgument
from graphstore.lineage.walks import Stop, Within
from graphstore.model.nodes import ArtifactState, ExecutionState
from graphstore.model.refs import node_id, reference
from graphstore.model.times import KnownAt, moment, moment_or_day
from graphstore.model.values import members
from graphstore.recording.held import all_held
from graphstore.storage.lists import Page
from graphstore.storage.nodes import Nodes
from graphstore.store import Store
from graphstore.system.doubts import doubt

__all__ = ["CALLS", "Call"]

MOST = 1000
"""Nodes, runs or changes that one answer of a list has."""
MOST_NODES = 10_000
"""Nodes that a walk looks at."""
MOST_CHANGES = 10_000

Node = Annotated[str, Path(description="`a45` an artifact, `e44` an execution, `c2` a context.")]
ArtifactId = Annotated[str, Path(description="An artifact: `a45`, or `45`.")]
ExecutionId = Annotated[str, Path(description="An execution: `e44`, or `44`.")]
ContextId = Annotated[str, Path(description="A context: `c2`, or `2`.")]
AsOf = Annotated[
    str | None,
    Query(
        description="As the store had it at this time (UTC), `2026-01-31` or `2026-01-31T12:00`,"
        " or at a seal: `seal:3`."
    ),
]
On = Annotated[
    str | None,
    Query(description="On this day, at its end, or at this time (UTC)."),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="So many at most.")]
TypeName = Annotated[str | None, Query(description="Of this type, by its whole name.")]
States = Annotated[list[str], Query(description="In one of these states.")]
InContext = Annotated[str | None, Query(description="In this context: `c2`.")]
Since = Annotated[str | None, Query(description="Not created before this (UTC).")]
Before = Annotated[str | None, Query(description="Created before this.")]
Filter = Annotated[
    str | None,
    Query(description="Meeting this condition, e.g. `uri LIKE '%.csv'` (docs/filter.md)."),
]
OrderBy = Annotated[
    Literal["id", "create_time", "last_update_time"], Query(description="In this order.")
]
Newest = Annotated[bool, Query(description="The last first.")]
After = Annotated[
    str | None, Query(description="The page after the one whose `next_page` this is.")
]
Deleted = Annotated[bool, Query(description="What was deleted, too.")]
MaxNodes = Annotated[
    int, Query(ge=1, le=MOST_NODES, description="Nodes to look at, the nearest ones.")
]
MaxHops = Annotated[
    int | None,
    Query(ge=0, description="Events to follow at most; two lead to an artifact's inputs."),
]
PassedOn = Annotated[bool, Query(description="With who only passed something on.")]
Ids = Annotated[
    list[str], Query(min_length=1, max_length=MOST, description="Which; once for each of them.")
]


@dataclass(frozen=True)
class Call:
    """A call: where it is, what answers, and how it is listed."""

    path: str
    """Below ``/api``."""
    answer: Callable[..., Any]
    """Takes the store, and by name what the address says; answers what `in_json` takes."""
    group: str
    """What it is listed with."""
    command: str = ""
    """The command whose ``--json`` is the same; empty if there is none."""


def _then(store: Store, as_of: str | None) -> KnownAt | None:
    return None if as_of is None else store.seals.moment("as_of", as_of)


def _time(name: str, text: str | None) -> Any:
    return None if text is None else moment(name, text)


def nodes(store: Store, id: Ids, as_of: AsOf = None) -> Any:
    """Nodes of any kinds by their ids, in this order."""
    return answers.many(store, id, as_of=_then(store, as_of))


def node(store: Store, node: Node, as_of: AsOf = None) -> Any:
    """All that is stored of a node, what it belongs to, and its events, 1,000 of each.

    Where there are more, `events_truncated` and `contexts_truncated` are true: `/events` of the
    node has all, a page at a time.
    """
    return answers.show(store, node, limit=MOST, as_of=_then(store, as_of))


def events(
    store: Store, node: Node, limit: Limit = MOST, after: After = None, as_of: AsOf = None
) -> Any:
    """A page of the events of an artifact or an execution."""
    ref, then = reference(node, "artifact", "execution"), _then(store, as_of)
    if after is not None and not (after.isascii() and after.isdecimal() and len(after) < 16):
        raise InvalidArgument(f"{after!r} is no page token that a list gave")
    skip = int(after or 0)
    if ref.kind == "artifact":
        store.artifacts.get(ref, as_of=then)
        found = store.events.of_artifacts(ref, skip=skip, limit=limit + 1, as_of=then)
    else:
        store.executions.get(ref, as_of=then)
        found = store.events.of_executions(ref, skip=skip, limit=limit + 1, as_of=then)
    next_page = str(skip + limit) if len(found) > limit else None
    return {"items": found[:limit], "next_page": next_page}


def series(store: Store, node: Node) -> Any:
    """The metrics that an execution or a run logged, step by step."""
    return store.series(node)


def artifacts(
    store: Store,
    type: TypeName = None,
    state: States = [],
    context: InContext = None,
    at: Annotated[str | None, Query(description="At this path or uri.")] = None,
    since: Since = None,
    before: Before = None,
    filter: Filter = None,
    order_by: OrderBy = "id",
    newest: Newest = False,
    limit: Limit = 50,
    after: After = None,
    as_of: AsOf = None,
    deleted: Deleted = False,
) -> Any:
    """A page of the artifacts that meet every condition: datasets, models, evaluations."""
    return _page(
        store,
        store.artifacts,
        since,
        before,
        newest,
        as_of,
        type=type,
        states=state,
        context=context,
        uri=at,
        filter=filter,
        order_by=order_by,
        limit=limit,
        after=after,
        deleted=deleted,
    )


def executions(
    store: Store,
    type: TypeName = None,
    state: States = [],
    context: InContext = None,
    since: Since = None,
    before: Before = None,
    filter: Filter = None,
    order_by: OrderBy = "id",
    newest: Newest = False,
    limit: Limit = 50,
    after: After = None,
    as_of: AsOf = None,
    deleted: Deleted = False,
) -> Any:
    """A page of the executions that meet every condition: runs of components."""
    return _page(
        store,
        store.executions,
        since,
        before,
        newest,
        as_of,
        type=type,
        states=state,
        context=context,
        filter=filter,
        order_by=order_by,
        limit=limit,
        after=after,
        deleted=deleted,
    )


def contexts(
    store: Store,
    type: TypeName = None,
    since: Since = None,
    before: Before = None,
    filter: Filter = None,
    order_by: OrderBy = "id",
    newest: Newest = False,
    limit: Limit = 50,
    after: After = None,
    as_of: AsOf = None,
    deleted: Deleted = False,
) -> Any:
    """A page of the contexts that meet every condition: pipelines, runs, experiments."""
    return _page(
        store,
        store.contexts,
        since,
        before,
        newest,
        as_of,
        type=type,
        filter=filter,
        order_by=order_by,
        limit=limit,
        after=after,
        deleted=deleted,
    )


def _page(
    store: Store,
    nodes: Nodes[Any],
    since: str | None,
    before: str | None,
    newest: bool,
    as_of: str | None,
    *,
    context: str | None = None,
    **options: Any,
) -> Page[Any]:
    """What all lists read of an address, and the page that it asks for."""
    return answers.list_nodes(
        store,
        nodes,
        context=None if context is None else node_id(context, "context"),
        created_since=_time("since", since),
        created_before=_time("before", before),
        descending=newest,
        as_of=_then(store, as_of),
        **options,
    )


def context_artifacts(
    store: Store, context: ContextId, limit: Limit = 50, after: After = None, as_of: AsOf = None
) -> Any:
    """A page of the artifacts in a context."""
    return artifacts(store, context=context, limit=limit, after=after, as_of=as_of)


def context_executions(
    store: Store, context: ContextId, limit: Limit = 50, after: After = None, as_of: AsOf = None
) -> Any:
    """A page of the executions in a context."""
    return executions(store, context=context, limit=limit, after=after, as_of=as_of)


def context_children(
    store: Store, context: ContextId, limit: Limit = 50, after: After = None, as_of: AsOf = None
) -> Any:
    """A page of the contexts that are part of a context: a pipeline's runs."""
    id_ = node_id(context, "context")
    store.contexts.get(id_, as_of=_then(store, as_of))
    condition = f"parent_contexts_it.id = {id_}"
    return contexts(store, filter=condition, limit=limit, after=after, as_of=as_of)


def context_parents(store: Store, context: ContextId, as_of: AsOf = None) -> Any:
    """The contexts that a context is part of."""
    then = _then(store, as_of)
    store.contexts.get(context, as_of=then)
    return store.contexts.parents(context, as_of=then)


def types(
    store: Store,
    kind: Annotated[
        Literal["artifact", "execution", "context"] | None, Query(description="Of this kind.")
    ] = None,
    all: Annotated[bool, Query(description="The base types (`mlmd.*`) too.")] = False,
    as_of: AsOf = None,
) -> Any:
    """The types, and the properties that they declare."""
    return answers.list_types(store, kind, base_types=all, as_of=_then(store, as_of))


def lineage(
    store: Store,
    of: Annotated[
        list[str], Query(min_length=1, max_length=100, description="Artifacts, executions.")
    ],
    direction: Annotated[
        Literal["upstream", "downstream", "both", "connected"],
        Query(description="What it was made from, what it reached, both, or all connected."),
    ] = "both",
    to: Annotated[
        str | None,
        Query(description="Only the paths from `of` to this one; with no other condition then."),
    ] = None,
    max_hops: MaxHops = None,
    max_nodes: MaxNodes = MOST,
    passed_on: PassedOn = False,
    artifact_type: Annotated[list[str], Query(description="Enter these artifacts only.")] = [],
    execution_type: Annotated[list[str], Query(description="Enter these executions only.")] = [],
    artifact_state: Annotated[list[str], Query(description="Likewise by state.")] = [],
    execution_state: Annotated[list[str], Query(description="Likewise by state.")] = [],
    context: InContext = None,
    since: Since = None,
    before: Before = None,
    stop_artifact_type: Annotated[list[str], Query(description="Go no further there.")] = [],
    stop_execution_type: Annotated[list[str], Query(description="Go no further there.")] = [],
    as_of: AsOf = None,
) -> Any:
    """What something was made from, and what it reached; or all paths between two things.

    Where a bound cut it, `frontier` has the nodes behind which more lies.
    """
    return answers.lineage(
        store,
        of,
        direction=direction,
        to=to,
        max_hops=max_hops,
        max_nodes=max_nodes,
        passed_on=passed_on,
        within=Within(
            artifact_types=artifact_type or None,
            execution_types=execution_type or None,
            artifact_states=members(ArtifactState, artifact_state, "states of artifacts") or None,
            execution_states=members(ExecutionState, execution_state, "states of executions")
            or None,
            context=context,
            since=_time("since", since),
            before=_time("before", before),
        ),
        stop=Stop(tuple(stop_artifact_type), tuple(stop_execution_type)),
        as_of=_then(store, as_of),
    )


def explain(
    store: Store, artifact: ArtifactId, max_nodes: MaxNodes = MOST_NODES, as_of: AsOf = None
) -> Any:
    """A model's passport: who made it of what and how, why it was preferred, where it is."""
    return store.explain(artifact, max_nodes=max_nodes, as_of=_then(store, as_of))


def impact(
    store: Store, artifact: ArtifactId, max_nodes: MaxNodes = MOST_NODES, as_of: AsOf = None
) -> Any:
    """Which models, evaluations and deployments something got into, and whose."""
    return store.impact(artifact, max_nodes=max_nodes, as_of=_then(store, as_of))


def diff(
    store: Store,
    a: Annotated[str, Query(description="The artifact that was.")],
    b: Annotated[str, Query(description="The artifact that is.")],
    max_nodes: MaxNodes = MOST_NODES,
    as_of: AsOf = None,
) -> Any:
    """In what the ancestries of two artifacts differ, and where they first did."""
    return store.diff(a, b, max_nodes=max_nodes, as_of=_then(store, as_of))


def common_ancestors(
    store: Store,
    bad: Ids,
    good: Annotated[list[str], Query(max_length=MOST, description="Good ones.")] = [],
    max_nodes: MaxNodes = MOST_NODES,
    as_of: AsOf = None,
) -> Any:
    """What the bad ones were made from that the good ones were not."""
    then = _then(store, as_of)
    return store.common_ancestors(bad, good, max_nodes=max_nodes, as_of=then)


def compare(
    store: Store,
    of: Ids,
    metric: Annotated[
        str | None, Query(description="In the order of this metric, the best first.")
    ] = None,
    smallest: Annotated[bool, Query(description="Less is better.")] = False,
    only_differences: Annotated[bool, Query(description="Without what does not differ.")] = False,
    limit: Annotated[int, Query(ge=2, le=MOST, description="So many at most.")] = 100,
    as_of: AsOf = None,
) -> Any:
    """Models, steps or runs side by side, and in what they differ."""
    if smallest and metric is None:
        raise InvalidArgument("smallest is about a metric: give metric")
    comparison = store.compare(
        *of, metric=metric, smallest=smallest, limit=limit, as_of=_then(store, as_of)
    )
    return comparison.only_differences() if only_differences else comparison


def history(
    store: Store,
    pipeline: Annotated[str, Query(description="The pipeline: its name, or its id, `c1`.")],
    metric: Annotated[str | None, Query(description="This metric only.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="The last so many runs.")] = 20,
    on: On = None,
    as_of: AsOf = None,
) -> Any:
    """The runs of a pipeline over time: outcome, duration, metrics, and their trend."""
    return store.history(
        pipeline,
        metric=metric,
        limit=limit,
        on=moment_or_day("on", on),
        as_of=_then(store, as_of),
    )


def production(
    store: Store,
    target: Annotated[str | None, Query(description="At this target only.")] = None,
    on: On = None,
    limit: Limit = MOST,
    as_of: AsOf = None,
) -> Any:
    """Which models are in production, or were: what was deployed, and what TFX pushed, the last
    first."""
    then = _then(store, as_of)
    models = store.production(
        on=moment_or_day("on", on), as_of=then, target=target, limit=limit + 1
    )
    if len(models) > limit:
        doubt(f"these are the last {limit}; more were deployed, or pushed", stacklevel=2)
    return models[:limit]


def deployments(
    store: Store,
    target: Annotated[str | None, Query(description="At this target only.")] = None,
    model: Annotated[str | None, Query(description="Of this model only: `a45`.")] = None,
    live: Annotated[
        bool | None, Query(description="Only what is live, or only what is not.")
    ] = None,
    limit: Limit = 50,
    after: After = None,
    as_of: AsOf = None,
) -> Any:
    """A page of the deployments that were recorded, the newest first, with their models."""
    return store.decisions.deployments(
        target=target, model=model, live=live, limit=limit, after=after, as_of=_then(store, as_of)
    )


def changes(
    store: Store,
    of: Annotated[list[str], Query(max_length=MOST, description="Of these nodes only.")] = [],
    since: Annotated[
        str | None,
        Query(
            description="Not recorded before this (UTC); by default seven days ago, of nodes ever."
            " To follow a store, the `until` of the answer before."
        ),
    ] = None,
    until: Annotated[str | None, Query(description="Recorded before this.")] = None,
    by: Annotated[str | None, Query(description="By this one only.")] = None,
    limit: Annotated[
        int, Query(ge=1, le=MOST_CHANGES, description="About so many at most.")
    ] = MOST,
    newest: Annotated[
        bool, Query(description="The last first, of any time; not with `settled`.")
    ] = False,
    settled: Annotated[bool, Query(description="Only what is known for good.")] = False,
) -> Any:
    """What was recorded, changed, deleted and erased, by whom, from what to what, in order.

    With `settled`, `until` of the answer is the `since` of the next call, which loses and repeats
    nothing.
    """
    return answers.changes(
        store,
        of,
        since=_time("since", since),
        until=_time("until", until),
        by=by,
        limit=limit,
        descending=newest,
        settled=settled,
    )


def latest(
    store: Store,
    type: Annotated[str, Query(description="The type of the artifacts, by its whole name.")],
    blessed: Annotated[bool, Query(description="Blessed by an Evaluator.")] = False,
    pushed: Annotated[bool, Query(description="Pushed.")] = False,
    best: Annotated[
        str | None, Query(description="Not the latest: the best by this property.")
    ] = None,
    of: Annotated[
        str | None, Query(description="The property is that of evaluations of this type.")
    ] = None,
    smallest: Annotated[bool, Query(description="Less is better.")] = False,
    context: Annotated[list[str], Query(description="In all of these contexts.")] = [],
    producer: Annotated[str | None, Query(description="Made by an execution of this type.")] = None,
    any_state: Annotated[bool, Query(description="In any state, not only LIVE.")] = False,
    on: On = None,
    limit: Limit = 1,
    as_of: AsOf = None,
) -> Any:
    """What to start from: the latest artifact, the latest blessed or pushed, or the best."""
    candidates: dict[str, Any] = {
        "context": context or None,
        "producer": producer,
        "on": moment_or_day("on", on),
        "as_of": _then(store, as_of),
        **({"states": None} if any_state else {}),
    }
    return answers.choose(
        store,
        type,
        blessed=blessed,
        pushed=pushed,
        best=best,
        of=of,
        smallest=smallest,
        limit=limit,
        **candidates,
    )


def verify(
    store: Store,
    id: Annotated[list[str], Query(min_length=1, max_length=100, description="Artifacts.")],
) -> Any:
    """Whether artifacts still are what they were. A team's server looks below its roots only."""
    return answers.verified_in_json(store.verify(id))


def can_rerun(store: Store, execution: ExecutionId) -> Any:
    """Whether a step can be run again on the server's machine: what it needs, is it there?"""
    return store.can_rerun(execution)


def cache(store: Store, execution: ExecutionId) -> Any:
    """Why a step was skipped, or which part of it kept it from being."""
    return answers.cache_in_json(store.cache.explain(execution))


def doctor(
    store: Store,
    older_than: Annotated[
        float | None,
        Query(ge=0, description="Take for gone what began so many hours ago and cannot be told."),
    ] = None,
) -> Any:
    """Runs and steps that say that they go on, and whether their process still is there."""
    hours = None if older_than is None else timedelta(hours=older_than)
    return {"running": answers.running_in_json(store.doctor.running(older_than=hours))}


def spool(store: Store) -> Any:
    """What the server's machine keeps on its disk for this store, since it did not answer."""
    return [one for one in all_held() if one.in_store(store.address)]


def seals(store: Store) -> Any:
    """The seals of the store, in order: what was recorded, signed."""
    return store.seals.list()


CALLS = (
    Call("/v1/nodes", nodes, "Nodes"),
    Call("/v1/nodes/{node}", node, "Nodes", "show"),
    Call("/v1/nodes/{node}/events", events, "Nodes"),
    Call("/v1/nodes/{node}/series", series, "Nodes"),
    Call("/v1/artifacts", artifacts, "Nodes", "artifacts"),
    Call("/v1/executions", executions, "Nodes", "executions"),
    Call("/v1/contexts", contexts, "Nodes", "contexts"),
    Call("/v1/contexts/{context}/artifacts", context_artifacts, "Nodes", "artifacts --context"),
    Call("/v1/contexts/{context}/executions", context_executions, "Nodes", "executions --context"),
    Call("/v1/contexts/{context}/children", context_children, "Nodes"),
    Call("/v1/contexts/{context}/parents", context_parents, "Nodes"),
    Call("/v1/types", types, "Nodes", "types"),
    Call("/v1/lineage", lineage, "Lineage", "lineage"),
    Call("/v1/explain/{artifact}", explain, "Lineage", "explain"),
    Call("/v1/impact/{artifact}", impact, "Lineage", "impact"),
    Call("/v1/diff", diff, "Lineage", "diff"),
    Call("/v1/common-ancestors", common_ancestors, "Lineage", "common-ancestors"),
    Call("/v1/compare", compare, "Runs", "compare"),
    Call("/v1/history", history, "Runs", "history"),
    Call("/v1/production", production, "Runs", "production"),
    Call("/v1/deployments", deployments, "Runs"),
    Call("/v1/latest", latest, "Runs", "latest"),
    Call("/v1/can-rerun/{execution}", can_rerun, "Runs", "can-rerun"),
    Call("/v1/cache/{execution}", cache, "Runs", "cache"),
    Call("/v1/changes", changes, "The store", "log"),
    Call("/v1/verify", verify, "The store", "verify"),
    Call("/v1/doctor", doctor, "The store", "doctor"),
    Call("/v1/spool", spool, "The store", "spool list"),
    Call("/v1/seals", seals, "The store"),
)
