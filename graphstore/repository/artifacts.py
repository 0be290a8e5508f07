"""Artifacts: what executions make and read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from graphstore.model.nodes import Artifact, ArtifactState
from graphstore.repository.nodes import Nodes

__all__ = ["Artifacts"]


class Artifacts(Nodes[Artifact]):
    """The artifacts of a store."""

    _model: ClassVar[Any] = Artifact
    _states = ArtifactState
    _mask_fields = Nodes._mask_fields | frozenset(["uri", "state"])

    def get_by_uri(self, uri: str) -> Sequence[Artifact]:
        """The artifacts whose thing is at this place, by id; none if the list is empty."""
        return self.list_by_uri([uri])

    def list_by_uri(self, uris: Iterable[str]) -> Sequence[Artifact]:
        """The artifacts whose thing is at one of these places, in their order, then by id."""
        places = list(dict.fromkeys(uris))
        return self._read(self._database.rows(self._query("get_by_uri"), uris=places))
