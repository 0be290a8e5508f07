"""Artifacts: what executions make and read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import fspath
from typing import Any, ClassVar

from graphstore.model.nodes import Artifact, ArtifactState
from graphstore.storage.nodes import Nodes
from graphstore.system.uris import Uri, spellings

__all__ = ["Artifacts"]


class Artifacts(Nodes[Artifact]):
    """The artifacts of a store."""

    _model: ClassVar[Any] = Artifact
    _states = ArtifactState

    def get_by_uri(self, uri: Uri) -> Sequence[Artifact]:
        """The artifacts whose thing is at this place, by id; empty if there is none.

        However the place is spelled, here and there: as a path or as a ``file:`` uri, say.
        """
        return self.list_by_uri([uri])

    def list_by_uri(self, uris: Iterable[Uri], *, exact: bool = False) -> Sequence[Artifact]:
        """The artifacts whose thing is at one of these places, in their order, then by id.

        Empty if there are none.

        Args:
            uris: The places.
            exact: Whether only what is spelled in the same way counts.
        """
        distinct_uris = list(dict.fromkeys(fspath(uri) for uri in uris))
        places = [[uri] if exact else spellings(uri) for uri in distinct_uris]
        return self._rows.read(
            self._database.rows(self._rows.query("get_by_uri"), places=places, exact=exact)
        )
