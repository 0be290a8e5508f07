"""Artifacts by role, and the events that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from graphstore.errors import InvalidArgument
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact
from graphstore.model.values import describe

__all__ = ["ArtifactLike", "ByRole", "checked", "links_of"]

ArtifactLike = Artifact | int
"""A new artifact, or one that is stored: as it was read, or its id."""
ByRole = Mapping[str, ArtifactLike | Sequence[ArtifactLike]] | Sequence[ArtifactLike]
"""Artifacts by the part they played (``{"examples": [a, b], "base_model": m}``), or without one."""


def links_of(by_role: ByRole, type_: EventType) -> Iterator[tuple[ArtifactLike, Event]]:
    """Each artifact with the event that its role and its place in it make, as in TFX.

    Raises:
        InvalidArgument: If there is something else than artifacts and ids in it.
    """
    if not isinstance(by_role, Mapping):
        if isinstance(by_role, (Artifact, int, str)):
            raise InvalidArgument(
                "inputs and outputs are lists of artifacts, or maps of role to them"
            )
        for artifact in by_role:
            yield checked(artifact), Event(type=type_)
        return
    for role, artifacts in by_role.items():
        if isinstance(artifacts, (Artifact, int)):
            artifacts = [artifacts]
        if not isinstance(artifacts, Iterable) or isinstance(artifacts, str):
            checked(artifacts, role)
        for index, artifact in enumerate(artifacts):
            yield checked(artifact, role), _event(type_, role, index)


@lru_cache(maxsize=4096)  # a store has few roles, and as many events as it has
def _event(type_: EventType, role: str, index: int) -> Event:
    return Event(type=type_, path=(role, index))


def checked(artifact: Any, role: str = "") -> ArtifactLike:
    """The artifact, if it is one.

    Raises:
        InvalidArgument: If it is none.
    """
    if isinstance(artifact, bool) or not isinstance(artifact, (Artifact, int)):
        of = f" of role {role!r}" if role else ""
        raise InvalidArgument(
            f"an input or output{of} must be an Artifact or the id of one, not {describe(artifact)}"
        )
    return artifact
