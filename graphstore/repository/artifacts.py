"""Artifacts: what executions make and read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graphstore.model.nodes import Artifact, ArtifactState
from graphstore.repository.nodes import Nodes
from graphstore.repository.rows import node_from_row

__all__ = ["Artifacts"]


class Artifacts(Nodes[Artifact]):
    """The artifacts of a store."""

    _model: ClassVar[Any] = Artifact
    _states = ArtifactState
    _mask_fields = Nodes._mask_fields | frozenset(["uri", "state"])

    def get_by_uri(self, uri: str) -> Sequence[Artifact]:
        """The artifacts whose thing is at this place, by id; none if the list is empty."""
        rows = self._database.rows(self._query("get_by_uri"), uri=uri)
        return [node_from_row(row["artifact"], Artifact) for row in rows]
