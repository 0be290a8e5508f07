"""Contexts: what executions and artifacts belong to, and what contexts are part of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from graphstore.database import Transaction
from graphstore.errors import InvalidArgument
from graphstore.model.edges import Association, Attribution, ParentContext
from graphstore.model.nodes import Context
from graphstore.model.types import Kind
from graphstore.repository.nodes import Nodes, require
from graphstore.repository.rows import node_from_row

__all__ = ["Contexts"]


class Contexts(Nodes[Context]):
    """The contexts of a store, and what belongs to them."""

    _model: ClassVar[Any] = Context

    def put_attributions(self, attributions: Iterable[Attribution]) -> None:
        """Make artifacts belong to contexts; what belongs already stays. All or none.

        Raises:
            NotFound: If an artifact or a context is not there.
        """
        pairs = sorted({(edge.artifact_id, edge.context_id) for edge in attributions})
        self._put("put_attributions", ("artifact", "context"), pairs)

    def put_associations(self, associations: Iterable[Association]) -> None:
        """Make executions belong to contexts; what belongs already stays. All or none.

        Raises:
            NotFound: If an execution or a context is not there.
        """
        pairs = sorted({(edge.execution_id, edge.context_id) for edge in associations})
        self._put("put_associations", ("execution", "context"), pairs)

    def put_parents(self, parents: Iterable[ParentContext]) -> None:
        """Make contexts part of others; what is part already stays. All or none.

        Raises:
            NotFound: If a context is not there.
            InvalidArgument: If a context would become part of itself, however far around.
        """
        pairs = sorted({(edge.child_id, edge.parent_id) for edge in parents})
        self._put("put_parents", ("child", "parent"), pairs)

    def of_artifact(self, artifact_id: int) -> Sequence[Context]:
        """The contexts that an artifact belongs to, by id."""
        return self._of("list_by_artifact", artifact_id)

    def of_execution(self, execution_id: int) -> Sequence[Context]:
        """The contexts that an execution belongs to, by id."""
        return self._of("list_by_execution", execution_id)

    def parents(self, context_id: int) -> Sequence[Context]:
        """The contexts that a context is part of, by id; one step up."""
        return self._of("list_parents", context_id)

    def children(self, context_id: int) -> Sequence[Context]:
        """The contexts that are part of a context, by id; one step down."""
        return self._of("list_children", context_id)

    def _of(self, verb: str, id_: int) -> Sequence[Context]:
        rows = self._database.rows(self._query(verb), id=id_)
        return [node_from_row(row["context"], Context) for row in rows]

    def _put(self, verb: str, ends: tuple[str, str], pairs: Sequence[tuple[int, int]]) -> None:
        rows = [{f"{ends[0]}_id": one, f"{ends[1]}_id": other} for one, other in pairs]

        def work(transaction: Transaction) -> None:
            answer = transaction.one(self._query(verb), rows=rows)
            if answer is None or answer["matched"] != len(rows):
                for end, ids in zip(ends, zip(*pairs, strict=True), strict=True):
                    require(transaction, _KINDS[end], ids)
            if verb == "put_parents":
                cycle = transaction.rows(
                    self._query("find_cycle"), ids=[child for child, _ in pairs]
                )
                if cycle:
                    raise InvalidArgument(f"context {cycle[0]['id']} would become part of itself")

        if rows:
            self._database.transact(f"context.{verb}", work)


_KINDS: dict[str, Kind] = {
    "artifact": "artifact",
    "execution": "execution",
    "context": "context",
    "child": "context",
    "parent": "context",
}
