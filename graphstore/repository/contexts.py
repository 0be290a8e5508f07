"""Contexts: what executions and artifacts belong to, and what contexts are part of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar

from graphstore.database import Transaction
from graphstore.errors import InvalidArgument
from graphstore.model.edges import Association, Attribution, ParentContext
from graphstore.model.nodes import Context
from graphstore.model.types import Kind
from graphstore.queries import QUERIES
from graphstore.repository.nodes import Nodes, require

__all__ = ["Contexts"]


class Contexts(Nodes[Context]):
    """The contexts of a store, and what belongs to them."""

    _model: ClassVar[Any] = Context

    def put_attributions(self, attributions: Iterable[Attribution]) -> None:
        """Make artifacts belong to contexts; what belongs already stays. All or none.

        Raises:
            NotFound: If an artifact or a context is not there.
        """
        pairs = {(edge.artifact_id, edge.context_id) for edge in attributions}
        self._database.transact(
            "context.put_attributions",
            lambda transaction: _join(transaction, "attributions", "artifact", "context", pairs),
        )

    def put_associations(self, associations: Iterable[Association]) -> None:
        """Make executions belong to contexts; what belongs already stays. All or none.

        Raises:
            NotFound: If an execution or a context is not there.
        """
        pairs = {(edge.execution_id, edge.context_id) for edge in associations}
        self._database.transact(
            "context.put_associations",
            lambda transaction: _join(transaction, "associations", "execution", "context", pairs),
        )

    def put_parents(self, parents: Iterable[ParentContext]) -> None:
        """Make contexts part of others; what is part already stays. All or none.

        Raises:
            NotFound: If a context is not there.
            InvalidArgument: If a context would become part of itself, however far around.
        """
        pairs = {(edge.child_id, edge.parent_id) for edge in parents}

        def work(transaction: Transaction) -> None:
            _join(transaction, "parents", "child", "parent", pairs)
            children = sorted({child for child, _ in pairs})
            for row in transaction.rows(self._query("find_cycle"), context_ids=children):
                raise InvalidArgument(f"context {row['id']} would become part of itself")

        self._database.transact("context.put_parents", work)

    def of_artifact(self, artifact_id: int) -> Sequence[Context]:
        """The contexts that an artifact belongs to, by id."""
        return self._related("list_by_artifact", artifact_id=artifact_id)

    def of_execution(self, execution_id: int) -> Sequence[Context]:
        """The contexts that an execution belongs to, by id."""
        return self._related("list_by_execution", execution_id=execution_id)

    def parents(self, context_id: int) -> Sequence[Context]:
        """The contexts that a context is part of, by id; one step up."""
        return self._related("list_parents", context_id=context_id)

    def children(self, context_id: int) -> Sequence[Context]:
        """The contexts that are part of a context, by id; one step down."""
        return self._related("list_children", context_id=context_id)

    def _related(self, verb: str, **ids: int) -> Sequence[Context]:
        return [self._read(row) for row in self._database.rows(self._query(verb), **ids)]


def _join(
    transaction: Transaction, edges: str, one: str, other: str, pairs: Collection[tuple[int, int]]
) -> None:
    """Join nodes by edges; in one order for everybody, lest two writers wait for each other."""
    if not pairs:
        return
    rows = [{f"{one}_id": left, f"{other}_id": right} for left, right in sorted(pairs)]
    answer = transaction.one(QUERIES[f"context.put_{edges}"], **{edges: rows})
    if answer is None or answer["matched"] != len(rows):
        kinds: dict[str, Kind] = {"artifact": "artifact", "execution": "execution"}
        for end, ids in zip((one, other), zip(*pairs, strict=True), strict=True):
            require(transaction, kinds.get(end, "context"), ids)
