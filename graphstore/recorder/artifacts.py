"""Artifacts as a recorder names them before a store has given them ids."""

from __future__ import annotations

import os
from hashlib import sha256
from uuid import uuid4

from graphstore.digest import digest, local_path
from graphstore.model.nodes import Artifact, ArtifactState

__all__ = ["as_input", "as_output"]


def as_input(artifact: Artifact, digest_limit: int | None) -> Artifact:
    """Something that a step reads; what comes from outside is known by what it is.

    The same type, uri and contents are one artifact: that is its external id. (TFX's importer, too,
    takes the artifact that has the uri unless told otherwise.)
    """
    if artifact.id is not None or artifact.external_id is not None:
        return artifact
    artifact = _locate(artifact)
    path = local_path(artifact.uri or "")
    if artifact.digest is None and path is not None:
        artifact = artifact.evolve(digest=digest(path, limit=digest_limit).value)
    if artifact.uri is None and artifact.digest is None:
        external_id = f"graphstore:{uuid4().hex}"
    else:
        said = "\0".join([artifact.type, artifact.uri or "", artifact.digest or ""])
        external_id = "graphstore:" + sha256(said.encode(errors="surrogatepass")).hexdigest()
    return artifact.evolve(external_id=external_id, state=artifact.state or ArtifactState.LIVE)


def as_output(artifact: Artifact) -> Artifact:
    """Something that a step makes: new, whatever it is."""
    artifact = _locate(artifact)
    if artifact.id is None and artifact.external_id is None:
        artifact = artifact.evolve(external_id=f"graphstore:{uuid4().hex}")
    return artifact


def _locate(artifact: Artifact) -> Artifact:
    """The artifact with a path that means the same in every folder."""
    path = local_path(artifact.uri or "")
    if path is None or artifact.uri is None or path.is_absolute() or ":" in artifact.uri[:8]:
        return artifact
    return artifact.evolve(uri=os.path.abspath(artifact.uri))
