"""What several rows of a damaged file of ML Metadata have, and only one may."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from graphstore.interop.importing.history import NodeRow, SourceId

__all__ = ["Repeated"]


class Repeated:
    """Names and external ids that several rows of a damaged table have: the first one keeps it."""

    def __init__(
        self,
        table: str,
        *,
        names: Set[tuple[Any, ...]],
        external_ids: Set[tuple[Any, ...]],
        same_contexts: dict[SourceId, SourceId],
        problems: list[str],
    ) -> None:
        """What several rows of a table have.

        Args:
            table: Its name.
            names: The types and names that several rows have, by ``(type_id, name)``.
            external_ids: The external ids that several rows have, each as ``(external_id,)``.
            same_contexts: Here is noted as which context each of the same name counts, by id.
            problems: Here is noted, in words, what was changed.
        """
        self._table = table
        self._names, self._external_ids = names, external_ids
        self._same_contexts, self._problems = same_contexts, problems
        self._first: dict[tuple[Any, ...], SourceId] = {}
        self.any = bool(self._names or self._external_ids)
        """Whether there are any: there are none in a sound table, which has indexes against it."""

    def settle(self, node: NodeRow) -> NodeRow:
        """The node, with what an earlier one has as custom properties."""
        if node.id is None:
            return node
        if (key := (node.type_id, node.name)) in self._names:
            first = self._first.setdefault(key, node.id)
            if first != node.id and self._table == "Context":
                self._same_contexts[node.id] = first
                self._tell(
                    node, first, "type and name: taken for the same, its properties left out"
                )
                return node._replace(id=None)
            if first != node.id:
                self._tell(node, first, "type and name: its name is kept as a custom property")
                node.properties.append(("name", True, node.name or ""))
                node = node._replace(name=None)
        if (external := (node.external_id,)) in self._external_ids:
            assert node.id is not None
            first = self._first.setdefault(external, node.id)
            if first != node.id:
                self._tell(node, first, "external_id, which is kept as a custom property")
                node.properties.append(("external_id", True, node.external_id or ""))
                node = node._replace(external_id=None)
        return node

    def _tell(self, node: NodeRow, first: SourceId, what: str) -> None:
        table = self._table
        self._problems.append(f"{table} {node.id} and {table} {first} have the same {what}")
