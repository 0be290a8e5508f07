"""Contexts: what executions and artifacts belong to, and what contexts are part of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from graphstore.database import Row, Transaction
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.model.edges import Association, Attribution, ParentContext
from graphstore.model.nodes import Context
from graphstore.model.refs import ArtifactLike, ContextLike, ExecutionLike, node_id, node_ids
from graphstore.model.times import KnownAt
from graphstore.model.types import Kind
from graphstore.model.values import bound
from graphstore.storage.nodes import Nodes, require
from graphstore.storage.then import at

__all__ = ["Contexts", "join", "refuse_cycles"]


class Contexts(Nodes[Context]):
    """The contexts of a store, and what belongs to them."""

    _model: ClassVar[Any] = Context

    def put_attributions(self, attributions: Iterable[Attribution]) -> None:
        """Make artifacts belong to contexts; what belongs already stays. All or none.

        Args:
            attributions: Which belongs to which; of those that are alike one counts.

        Raises:
            NotFound: If an artifact or a context is not there.
        """
        pairs = {(edge.artifact_id, edge.context_id) for edge in attributions}
        self._database.transact(
            "context.put_attributions",
            lambda transaction: join(transaction, "attributions", pairs),
        )

    def put_associations(self, associations: Iterable[Association]) -> None:
        """Make executions belong to contexts; what belongs already stays. All or none.

        Args:
            associations: Which belongs to which; of those that are alike one counts.

        Raises:
            NotFound: If an execution or a context is not there.
        """
        pairs = {(edge.execution_id, edge.context_id) for edge in associations}
        self._database.transact(
            "context.put_associations",
            lambda transaction: join(transaction, "associations", pairs),
        )

    def put_parents(self, parents: Iterable[ParentContext]) -> None:
        """Make contexts part of others; what is part already stays. All or none.

        Args:
            parents: Which is part of which; of those that are alike one counts.

        Raises:
            NotFound: If a context is not there.
            InvalidArgument: If a context would become part of itself, however far around.
        """
        pairs = {(edge.child_id, edge.parent_id) for edge in parents}

        def work(transaction: Transaction) -> None:
            join(transaction, "parents", pairs)
            refuse_cycles(transaction, (child for child, _ in pairs))

        self._database.transact("context.put_parents", work)

    def of_artifact(
        self, artifact: ArtifactLike, *, limit: int | None = None, as_of: KnownAt | None = None
    ) -> Sequence[Context]:
        """The contexts that an artifact belongs to, by id.

        Empty if there are none, or it is not there itself.

        Args:
            artifact: Which.
            limit: How many at most, 1 or more; None for all.
            as_of: What the store said at this time; None for now.

        Raises:
            InvalidArgument: If it names no artifact, or the limit is not valid.
        """
        asked = {"artifact_id": node_id(artifact, "artifact")}
        if limit is not None:
            asked["limit"] = bound("limit", limit)
        return self._contexts_of("list_by_artifact", as_of, **asked)

    def of_execution(
        self, execution: ExecutionLike, *, limit: int | None = None, as_of: KnownAt | None = None
    ) -> Sequence[Context]:
        """The contexts that an execution belongs to, by id.

        Empty if there are none, or it is not there itself.

        Args:
            execution: Which.
            limit: How many at most, 1 or more; None for all.
            as_of: What the store said at this time; None for now.

        Raises:
            InvalidArgument: If it names no execution, or the limit is not valid.
        """
        asked = {"execution_id": node_id(execution, "execution")}
        if limit is not None:
            asked["limit"] = bound("limit", limit)
        return self._contexts_of("list_by_execution", as_of, **asked)

    def parents(self, context: ContextLike, *, as_of: KnownAt | None = None) -> Sequence[Context]:
        """The contexts that a context is part of, by id; one step up.

        Empty if there are none, or it is not there itself. What the store said `as_of` a time; None
        for now.

        Raises:
            InvalidArgument: If it names no context.
        """
        id_ = node_id(context, "context")
        return self.parents_of([id_], as_of=as_of).get(id_, [])

    def children(self, context: ContextLike, *, as_of: KnownAt | None = None) -> Sequence[Context]:
        """The contexts that are part of a context, by id; one step down.

        Empty if there are none, or it is not there itself. What the store said `as_of` a time; None
        for now.

        Raises:
            InvalidArgument: If it names no context.
        """
        id_ = node_id(context, "context")
        return self.children_of([id_], as_of=as_of).get(id_, [])

    def parents_of(
        self, contexts: ContextLike | Iterable[ContextLike], *, as_of: KnownAt | None = None
    ) -> Mapping[int, Sequence[Context]]:
        """The contexts that each of some is part of, by the id of that; one step up, one query.

        What the store said `as_of` a time; None for now.

        Returns:
            Of each its parents, by id; those that are part of none are not among the keys.

        Raises:
            InvalidArgument: If one names no context.
        """
        return self._family("list_parents", contexts, as_of)

    def children_of(
        self, contexts: ContextLike | Iterable[ContextLike], *, as_of: KnownAt | None = None
    ) -> Mapping[int, Sequence[Context]]:
        """The contexts that are part of each of some, by the id of that; one step down, one query.

        What the store said `as_of` a time; None for now.

        Returns:
            Of each its children, by id; those without any are not among the keys.

        Raises:
            InvalidArgument: If one names no context.
        """
        return self._family("list_children", contexts, as_of)

    def _family(
        self,
        verb: str,
        contexts: ContextLike | Iterable[ContextLike],
        as_of: KnownAt | None,
    ) -> Mapping[int, Sequence[Context]]:
        ids = sorted(set(node_ids(contexts, "context")))
        rows = at(self._database, as_of).rows(self._rows.query(verb), context_ids=ids)
        return {row["context_id"]: self._rows.read([row]) for row in rows}

    def _contexts_of(self, verb: str, as_of: KnownAt | None, **ids: int) -> Sequence[Context]:
        return self._rows.read(at(self._database, as_of).rows(self._rows.query(verb), **ids))


_ENDS: Mapping[str, tuple[str, str]] = {
    "attributions": ("artifact", "context"),
    "associations": ("execution", "context"),
    "parents": ("child", "parent"),
}


def join(transaction: Transaction, edges: str, pairs: Collection[tuple[int, int]]) -> Row:
    """Join nodes by edges within a transaction; what is joined already stays.

    Args:
        transaction: Where.
        edges: ``attributions``, ``associations`` or ``parents``.
        pairs: The ids of the two ends: the artifact, execution or child comes first.

    Returns:
        The answer of the query.

    Raises:
        NotFound: If an end is not there.
    """
    if not pairs:
        return {}
    ends = _ENDS[edges]
    # In one order for everybody, lest two writers wait for each other.
    rows = [
        {f"{end}_id": id_ for end, id_ in zip(ends, pair, strict=True)}
        for pair in sorted(set(pairs))
    ]
    answer = transaction.one(QUERIES[f"context.put_{edges}"], **{edges: rows})
    if answer is None or answer["matched"] != len(rows):
        kinds: dict[str, Kind] = {"artifact": "artifact", "execution": "execution"}
        for end, ids in zip(ends, zip(*pairs, strict=True), strict=True):
            require(transaction, kinds.get(end, "context"), ids)
        raise FailedPrecondition("the database has no counter of context ids any more")
    return answer


def refuse_cycles(transaction: Transaction, context_ids: Iterable[int]) -> None:
    """Refuse contexts that have become part of themselves.

    Raises:
        InvalidArgument: For the first of them.
    """
    children = sorted(set(context_ids))
    for row in transaction.rows(QUERIES["context.find_cycle"], context_ids=children):
        raise InvalidArgument(f"context {row['id']} would become part of itself")
