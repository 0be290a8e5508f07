"""Answers that are put together of several questions: what commands print and HTTP tells alike.

What one call of the store answers needs nothing of this: it says itself what it is (`to_dict`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

from graphstore.errors import InvalidArgument
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Context, Node
from graphstore.model.plain import in_json
from graphstore.model.refs import NodeLike, reference, references
from graphstore.model.times import KnownAt

if TYPE_CHECKING:
    from graphstore.graph.answer import LineageGraph
    from graphstore.lineage.walks import Stop, Within
    from graphstore.recording.cache import CacheExplanation
    from graphstore.recording.digest import Check
    from graphstore.recording.doctor import Running
    from graphstore.storage.candidates import Candidates
    from graphstore.storage.changes import Changes
    from graphstore.storage.lists import Page
    from graphstore.storage.nodes import Nodes
    from graphstore.store import Store

__all__ = [
    "Choice",
    "Shown",
    "cache_in_json",
    "changes",
    "choose",
    "lineage",
    "list_nodes",
    "list_types",
    "many",
    "running_in_json",
    "show",
    "verified_in_json",
]

CHANGES_SINCE = timedelta(days=7)
"""How far back the changes of everything go, unless told."""


@dataclass(frozen=True)
class Shown:
    """A node, what it belongs to, and its events."""

    node: Node
    contexts: Sequence[Context]
    """What it belongs to; of a context what it is part of."""
    events: Sequence[Event]
    """Of a context none."""
    contexts_truncated: bool = False
    """Whether it belongs to more than these."""
    events_truncated: bool = False
    """Whether it has more events than these."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: the fields of the node, with ``contexts`` and ``events``; of what was cut
        off ``contexts_truncated`` and ``events_truncated``, which are true."""
        cut = {name: True for name in _TRUNCATED if getattr(self, name)}
        return {
            **self.node.to_dict(),
            "contexts": in_json(self.contexts),
            "events": in_json(self.events),
            **cut,
        }


_TRUNCATED = ("contexts_truncated", "events_truncated")


def show(
    store: Store, node: NodeLike, *, limit: int | None = None, as_of: KnownAt | None = None
) -> Shown:
    """All that is stored of a node.

    Args:
        store: The store.
        node: Which; a bare number is the id of an artifact.
        limit: How many events, and how many contexts, at most; None for all.
        as_of: What the store said at this time; None for now.

    Raises:
        NotFound: If it is not there.
        InvalidArgument: If it names no node.
    """
    ref = reference(node)
    more = None if limit is None else limit + 1
    contexts: Sequence[Context]
    events: Sequence[Event] = []
    found: Node
    if ref.kind == "artifact":
        found = store.artifacts.get(ref, as_of=as_of)
        contexts = store.contexts.of_artifact(ref, limit=more, as_of=as_of)
        events = store.events.of_artifacts(ref, limit=more, as_of=as_of)
    elif ref.kind == "execution":
        found = store.executions.get(ref, as_of=as_of)
        contexts = store.contexts.of_execution(ref, limit=more, as_of=as_of)
        events = store.events.of_executions(ref, limit=more, as_of=as_of)
    else:
        found = store.contexts.get(ref, as_of=as_of)
        contexts = store.contexts.parents(ref, as_of=as_of)
    return Shown(
        found,
        contexts[:limit],
        events[:limit],
        limit is not None and len(contexts) > limit,
        limit is not None and len(events) > limit,
    )


def lineage(
    store: Store,
    of: NodeLike | Iterable[NodeLike],
    *,
    direction: Literal["upstream", "downstream", "both", "connected"] = "both",
    to: NodeLike | None = None,
    max_hops: int | None = None,
    max_nodes: int = 1000,
    passed_on: bool = False,
    within: Within | None = None,
    stop: Stop | None = None,
    as_of: KnownAt | None = None,
) -> LineageGraph:
    """What something was made from, what it reached, both, or all paths between two things.

    Args:
        store: The store.
        of: Artifacts and executions; with `to` one.
        direction: Which way.
        to: The paths from `of` to this one only, along the flow of data.
        max_hops: Events to follow at most.
        max_nodes: Nodes at most, the nearest ones.
        passed_on: With who only passed something on.
        within: Which nodes may be entered; not with `to`.
        stop: Which are not followed further; not with `to`.
        as_of: What the store said at this time; None for now.

    Raises:
        NotFound: If there is no such node, type or context.
        InvalidArgument: If a bound is not valid, or conditions do not go together.
    """
    if to is not None:
        from graphstore.lineage.walks import Stop, Within

        if within not in (None, Within()) or stop not in (None, Stop()):
            raise InvalidArgument("paths between two things take no other conditions: leave them")
        (begin, *more) = references(of)
        if more:
            raise InvalidArgument("paths lead from one thing to another: give one to begin at")
        return store.lineage.between(
            begin, to, max_hops=max_hops, max_nodes=max_nodes, passed_on=passed_on, as_of=as_of
        )
    ask = {
        "upstream": store.lineage.upstream,
        "downstream": store.lineage.downstream,
        "both": store.lineage.both,
        "connected": store.lineage.connected,
    }[direction]
    return ask(
        of,
        max_hops=max_hops,
        max_nodes=max_nodes,
        passed_on=passed_on,
        within=within,
        stop=stop,
        as_of=as_of,
    )


def many(
    store: Store, nodes: Iterable[NodeLike], *, as_of: KnownAt | None = None
) -> Sequence[Node]:
    """Nodes of any kinds, in the order in which they are named.

    Raises:
        NotFound: If one is not there.
        InvalidArgument: If one names no node.
    """
    refs = references(nodes)
    repositories = (store.artifacts, store.executions, store.contexts)
    answers: dict[Any, Node] = {}
    for repository in repositories:
        if ids := [ref.id for ref in dict.fromkeys(refs) if ref.kind == repository.kind]:
            answers |= {one.ref: one for one in repository.get_many(ids, as_of=as_of)}
    return [answers[ref] for ref in refs]


def list_nodes(store: Store, nodes: Nodes[Any], **options: Any) -> Page[Any]:
    """A page of nodes, as `graphstore.storage.nodes.Nodes.list` has it.

    A type or a context that is not there is an error, and no empty page.

    Raises:
        NotFound: If there is no such type or context.
        InvalidArgument: If an option cannot be right.
    """
    if options.get("type"):
        store.types.ids_of(nodes.kind, [options["type"]])  # says what is similar if there is none
    if options.get("context") is not None:
        store.contexts.get(options["context"])
    page: Page[Any] = nodes.list(**options)
    return page


def list_types(
    store: Store,
    kind: Literal["artifact", "execution", "context"] | None = None,
    *,
    base_types: bool = False,
    as_of: KnownAt | None = None,
) -> Sequence[Any]:
    """The types of a kind, or of all, now or as of a time; without the base types (``mlmd.*``)
    unless asked for."""
    types = store.types.all(kind, as_of=as_of)
    return [one for one in types if base_types or not one.name.startswith("mlmd.")]


@dataclass(frozen=True)
class Choice:
    """An artifact that was chosen, and why."""

    artifact: Artifact
    why: dict[str, Any]
    """By ``blessing``, ``push``, ``value`` and ``evaluation`` what speaks for it; empty of what is
    only the latest."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: the fields of the artifact, and what speaks for it."""
        reasons = {
            name: one.to_dict() if isinstance(one, Artifact) else one
            for name, one in self.why.items()
            if one is not None
        }
        return {**self.artifact.to_dict(), **reasons}


def choose(
    store: Store,
    type: str,
    *,
    blessed: bool = False,
    pushed: bool = False,
    best: str | None = None,
    of: str | None = None,
    smallest: bool = False,
    limit: int = 1,
    **candidates: Any,
) -> Sequence[Choice]:
    """What to start from: the latest artifacts, the latest blessed or pushed, or the best.

    Args:
        store: The store.
        type: The type of the artifacts, by its whole name.
        blessed: Those that an Evaluator blessed.
        pushed: Those that were pushed.
        best: The best by this property.
        of: The property is that of evaluations of this type.
        smallest: Less is better.
        limit: How many at most.
        candidates: Of which, as `graphstore.storage.candidates.Candidates` has it.

    Raises:
        NotFound: If there is no such type, or nothing like that.
        InvalidArgument: If the options contradict each other.
    """
    if sum((blessed, pushed, best is not None)) > 1:
        raise InvalidArgument("of blessed, pushed and best give one")
    if best is None and (of is not None or smallest):
        raise InvalidArgument("of and smallest are about a metric: give best")
    given: Candidates = candidates  # type: ignore[assignment]
    if best is not None:
        scores = store.resolve.best(type, best, of=of, smallest=smallest, limit=limit, **given)
        return [Choice(s.artifact, {"value": s.value, "evaluation": s.evaluation}) for s in scores]
    if blessed:
        approvals = store.resolve.latest_blessed(type, limit=limit, **given)
        return [Choice(one.artifact, {"blessing": one.approvals[0]}) for one in approvals]
    if pushed:
        approvals = store.resolve.latest_pushed(type, limit=limit, **given)
        return [Choice(one.artifact, {"push": one.approvals[0]}) for one in approvals]
    return [Choice(node, {}) for node in store.resolve.latest(type, limit=limit, **given)]


def changes(
    store: Store,
    of: Collection[NodeLike] = (),
    *,
    since: datetime | None = None,
    descending: bool = False,
    limit: int | None = None,
    **options: Any,
) -> Changes:
    """What was recorded, changed, deleted and erased, as `Store.changes` has it; of everything,
    without `since`, in the last seven days, but for the last so many, whenever that was."""
    if since is None and not of and not (descending and limit):
        since = datetime.now(timezone.utc) - CHANGES_SINCE
    return store.changes(
        list(of) or None, since=since, descending=descending, limit=limit, **options
    )


def verified_in_json(results: Iterable[tuple[Artifact, Check]]) -> list[dict[str, Any]]:
    """What `Store.verify` found, as JSON has it."""
    return [
        {
            "id": artifact.id,
            "uri": artifact.uri,
            "status": check.status.value,
            "reason": check.reason,
        }
        for artifact, check in results
    ]


def running_in_json(suspects: Iterable[Running]) -> list[dict[str, Any]]:
    """What `Doctor.running` found, as JSON has it."""
    return [
        {"id": one.node.ref.short, "verdict": one.verdict, "reason": one.reason} for one in suspects
    ]


def cache_in_json(explanation: CacheExplanation) -> dict[str, Any]:
    """Why a step was skipped or could not be, as JSON has it."""
    nearest = explanation.nearest
    return {
        "execution": explanation.execution.id,
        "nearest": None if nearest is None else nearest.id,
        "hit": explanation.hit,
        "obstacle": explanation.obstacle,
        "evidence": explanation.evidence,
        "differences": [
            {"part": one.part, "was": one.was, "now": one.now} for one in explanation.differences
        ],
    }
