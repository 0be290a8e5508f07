"""What steps read by id: what threads ask for at one moment is read by one query."""

from __future__ import annotations

from collections.abc import Sequence

from graphstore.database import Row
from graphstore.errors import NotFound
from graphstore.model.nodes import Artifact
from graphstore.storage.artifacts import Artifacts
from graphstore.storage.writing.group_commit import GroupCommit

__all__ = ["ArtifactsById"]


class ArtifactsById:
    """Reads artifacts for threads that share it.

    Who asks while a query is under way is answered by the next, which begins after that: so each
    gets what was there when it asked, or what is newer.
    """

    def __init__(self, artifacts: Artifacts) -> None:
        """
        Args:
            artifacts: Those of the store.
        """
        self._artifacts = artifacts
        self._group = GroupCommit(self)

    def read(self, ids: Sequence[int]) -> list[Artifact]:
        """The artifacts with these ids, in this order.

        Raises:
            NotFound: If there is none with one of the ids.
        """
        answer = self._group.ask(ids)
        assert answer is not None  # that is of writes that were refused
        artifacts: dict[int, Artifact] = answer["by_id"]
        for id_ in ids:
            if id_ not in artifacts:
                raise NotFound("artifact", "id", id_)
        return [artifacts[id_] for id_ in ids]

    def rows(self, item: Sequence[int]) -> int:
        """See `Executor`."""
        return len(item)

    def go_together(self, items: Sequence[Sequence[int]]) -> bool:
        """See `Executor`: reads do not touch each other."""
        return True

    def execute(self, items: Sequence[Sequence[int]]) -> Sequence[Row]:
        """See `Executor`: each is answered by all that was read, as far as it is there."""
        ids = sorted({id_ for ids in items for id_ in ids})
        artifacts = self._artifacts.get_many(ids, missing_ok=True)
        return [{"by_id": {one.ref.id: one for one in artifacts}}] * len(items)
