"""Artifacts as a recorder names them before a store has given them ids."""

from __future__ import annotations

import os
from uuid import uuid4

from graphstore.model.base import copy_with
from graphstore.model.nodes import Artifact, ArtifactState
from graphstore.storage.contents import outside_id
from graphstore.system.uris import canonical, local_path

__all__ = ["UNTYPED", "as_input", "as_output", "with_place"]

UNTYPED = "Artifact"
"""The type of what is read by its uri alone, and that nobody has said a type of."""


def as_input(artifact: Artifact, *, typed: bool = True) -> Artifact:
    """Something that a step reads; what comes from outside is known by what it is.

    The same type, place and contents are one artifact: that is its external id, and by that the
    store finds whichever step made it (`graphstore.storage.contents`). Where nothing is known of
    its contents it is the place, whatever stands there. (TFX's importer, too, takes the artifact
    that has the uri unless told otherwise.)

    Args:
        artifact: What is read, with the digest of what stands there now (`Recording.look_at`).
        typed: Whether its type was said; else it is the artifact of any type.
    """
    if artifact.id is not None or artifact.external_id is not None:
        return artifact
    artifact = with_place(artifact)
    if artifact.uri is None and artifact.digest is None:
        external_id = f"graphstore:{uuid4().hex}"
    else:
        external_id = outside_id(artifact, has_type=typed)
    return copy_with(artifact, external_id=external_id, state=artifact.state or ArtifactState.LIVE)


def as_output(artifact: Artifact) -> Artifact:
    """Something that a step makes: new, whatever it is."""
    artifact = with_place(artifact)
    if artifact.id is None and artifact.external_id is None:
        artifact = copy_with(artifact, external_id=f"graphstore:{uuid4().hex}")
    return artifact


def with_place(artifact: Artifact) -> Artifact:
    """The artifact with a path that means the same in every folder, and with where that leads."""
    if not artifact.uri:
        return artifact
    uri, where = artifact.uri, canonical(artifact.uri)
    path = local_path(uri)
    if path is not None and not path.is_absolute() and ":" not in uri[:8]:
        uri = os.path.abspath(uri)
    return copy_with(artifact, uri=uri, place=where if where != uri else None)
