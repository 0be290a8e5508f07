"""Artifacts by role, and the events that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact
from graphstore.model.refs import ArtifactLike, is_one, items, node_id

__all__ = ["ByRole", "artifact_or_id", "links_of"]

ByRole = Mapping[str, ArtifactLike | Iterable[ArtifactLike]] | Iterable[ArtifactLike]
"""Artifacts by the part they played (``{"examples": [a, b], "base_model": m}``), or without one."""


def links_of(by_role: ByRole, type_: EventType) -> Iterator[tuple[Artifact | int, Event]]:
    """Each artifact with the event that its role and its place in it make, as in TFX.

    Raises:
        InvalidArgument: If there is something else than artifacts and ids in it.
    """
    if not isinstance(by_role, Mapping):
        if is_one(by_role):
            raise InvalidArgument(
                "inputs and outputs are lists of artifacts, or maps of role to them"
            )
        for artifact in by_role:
            yield artifact_or_id(artifact), Event(type=type_)
        return
    for role, of_role in by_role.items():
        for index, artifact in enumerate(items(of_role)):
            yield artifact_or_id(artifact, role), _event(type_, role, index)


@lru_cache(maxsize=4096)  # a store has few roles, and as many events as it has
def _event(type_: EventType, role: str, index: int) -> Event:
    return Event(type=type_, path=(role, index))


def artifact_or_id(artifact: Any, role: str = "") -> Artifact | int:
    """An artifact that is new, or as it was read; of all else that names one, its id.

    Raises:
        InvalidArgument: If it names none.
    """
    if isinstance(artifact, Artifact):
        return artifact
    try:
        return node_id(artifact, "artifact")
    except InvalidArgument as error:
        of = f" of role {role!r}" if role else ""
        raise InvalidArgument(f"an input or output{of}: {error}") from None
