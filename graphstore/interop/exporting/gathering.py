"""Asks for a lineage and all that is said of it, in a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from graphstore.database import Reader, Row
from graphstore.database.queries import QUERIES
from graphstore.graph.answer import LineageGraph
from graphstore.interop.exporting.facts import Facts
from graphstore.interop.identity import Identity
from graphstore.lineage.walks import Lineage
from graphstore.model.nodes import Artifact, Context, NodeRef
from graphstore.model.refs import NodeLike, reference
from graphstore.model.times import KnownAt
from graphstore.storage.rows import known_at, node_from_row
from graphstore.store import Store
from graphstore.system.batched import batched

__all__ = ["MAX_NODES", "gather"]

MAX_NODES = 100_000
"""Nodes of a lineage that goes out, if nobody says otherwise."""
_AT_ONCE = 1_000


def gather(
    store: Store,
    of: NodeLike,
    *,
    max_hops: int | None = None,
    max_nodes: int = MAX_NODES,
    passed_on: bool = False,
    as_of: KnownAt | None = None,
    beside: Sequence[NodeRef] = (),
) -> Facts:
    """What is known of how something came to be.

    Args:
        store: Whom to ask.
        of: An artifact, with all that it was made from; an execution, with what it made and all
            that this was made from; or a context, a run say: its executions, with what they read
            and made.
        max_hops: Events to follow at most; None for no bound.
        max_nodes: Artifacts and executions at most, the nearest ones.
        passed_on: Whether to follow who only passed something on, too, as `Lineage.upstream` does.
        as_of: What the store said at this time; None for now.
        beside: Executions that are not in the lineage, whose contexts are asked for, too.

    Raises:
        NotFound: If there is no such node.
        InvalidArgument: If a bound is not valid.
    """
    ref = reference(of)
    lineage = store.lineage.at(as_of)
    graph = _walk(lineage, ref, max_hops, max_nodes, passed_on)
    contexts: dict[int, Context] = {}
    parents: dict[int, Sequence[int]] = {}
    belongs: dict[NodeRef, list[int]] = defaultdict(list)
    for row in _contexts(lineage.database, graph, ref, beside):
        context = node_from_row(row["context"], Context)
        contexts[context.ref.id] = context
        parents[context.ref.id] = row["parent_ids"]
        for artifact_id in row["artifact_ids"]:
            belongs[NodeRef("artifact", artifact_id)].append(context.ref.id)
        for execution_id in row["execution_ids"]:
            belongs[NodeRef("execution", execution_id)].append(context.ref.id)
    return Facts(
        of=ref,
        graph=graph,
        contexts=dict(sorted(contexts.items())),
        belongs={node: sorted(set(ids)) for node, ids in belongs.items()},
        parents=parents,
        identity=Identity.of(store.database),
        as_of=None if as_of is None else known_at(as_of),
    )


def _walk(
    lineage: Lineage, ref: NodeRef, max_hops: int | None, max_nodes: int, passed_on: bool
) -> LineageGraph:
    if ref.kind == "context":
        return lineage.run(ref, max_nodes=max_nodes)
    starts = [ref]
    if ref.kind == "execution":
        made = lineage.downstream(ref, max_hops=1, passed_on=True, max_nodes=max_nodes)
        starts += [node.ref for node in made.nodes() if isinstance(node, Artifact)]
    return lineage.upstream(starts, max_hops=max_hops, max_nodes=max_nodes, passed_on=passed_on)


def _contexts(
    database: Reader, graph: LineageGraph, of: NodeRef, beside: Sequence[NodeRef]
) -> Iterable[Row]:
    """The contexts of a lineage, and those that they are part of, level by level."""
    missing = {of.id} if of.kind == "context" else set()
    present: set[int] = set()
    executions = {*graph.executions, *(ref.id for ref in beside)}
    asked = [
        *({"artifact_ids": some} for some in batched(graph.artifacts, _AT_ONCE)),
        *({"execution_ids": some} for some in batched(sorted(executions), _AT_ONCE)),
    ]
    while asked or missing:
        asked += [{"context_ids": some} for some in batched(sorted(missing), _AT_ONCE)]
        for chosen in asked:
            ids = {"artifact_ids": [], "execution_ids": [], "context_ids": [], **chosen}
            for row in database.rows(QUERIES["lineage.contexts"], **ids):
                present.add(row["context"]["id"])
                missing.update(row["parent_ids"])
                yield row
        present |= {id_ for one in asked for id_ in one.get("context_ids", ())}
        missing, asked = missing - present, []
