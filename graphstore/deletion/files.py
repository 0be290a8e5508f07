"""The files at the uris of artifacts that go: which of them may go, too.

Only a file on this machine goes, and only if it still is what was recorded - its digest is - and
no artifact that stays names it, or a folder above it. Folders stay: what was put there later is
nobody's to delete.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from graphstore.database import Database
from graphstore.database.queries import QUERIES
from graphstore.deletion.report import FileFate
from graphstore.model.nodes import Artifact, NodeRef
from graphstore.recording.digest import Inspector, Status, is_of_contents
from graphstore.storage.rows import node_from_row
from graphstore.system.batched import batched
from graphstore.system.uris import canonical, local_path

__all__ = ["fates_of", "remove"]

_AT_ONCE = 1_000


def fates_of(database: Database, ids: Iterable[int]) -> list[FileFate]:
    """What becomes of the files at the uris of artifacts that go, where there are any.

    Args:
        database: Where to ask.
        ids: The artifacts that go.
    """
    going, inspector = sorted(set(ids)), Inspector()
    fates: list[FileFate] = []
    for some in batched(going, _AT_ONCE):
        rows = database.rows(QUERIES["artifact.get"], artifact_ids=some)
        artifacts = [node_from_row(node, Artifact) for row in rows for node in row["artifacts"]]
        there = [(one, path) for one in artifacts if (path := _file(one)) is not None]
        named = _named_by_others(database, [path for _, path in there], going)
        for artifact, path in there:
            why = _why_it_stays(artifact, path, inspector)
            if not why and (other := named.get(str(path))) is not None:
                why = f"{NodeRef('artifact', other).short}, which stays, is there, too"
            size = path.stat().st_size if path.is_file() else 0
            fates.append(FileFate(artifact.ref, path, size, not why, why))
    return fates


def remove(fate: FileFate) -> FileFate:
    """Delete a file, if it goes; says if that cannot be."""
    if not fate.goes:
        return fate
    try:
        fate.path.unlink(missing_ok=True)
    except OSError as error:
        return FileFate(fate.artifact, fate.path, fate.bytes, False, error.strerror or str(error))
    return fate


def _file(artifact: Artifact) -> Path | None:
    """What lies at the uri of an artifact, on this machine; None if nothing does."""
    path = local_path(artifact.uri) if artifact.uri else None
    if path is None or not path.is_absolute() or not os.path.lexists(path):
        return None
    return path


def _why_it_stays(artifact: Artifact, path: Path, inspector: Inspector) -> str:
    if path.is_symlink():
        return "it is a link"
    if not path.is_file():
        return "it is a folder"
    if not artifact.digest or not is_of_contents(artifact.digest):
        return "no digest of its contents was recorded"
    result = inspector.check(artifact.uri or "", artifact.digest)
    if result.status is not Status.UNCHANGED:
        return f"whether it is what was recorded: {result.status.value} {result.reason}".rstrip()
    return ""


def _named_by_others(
    database: Database, paths: Sequence[Path], going: Sequence[int]
) -> dict[str, int]:
    """The files that an artifact which stays is at, or is a folder above; by path."""
    if not paths:
        return {}
    places = {
        str(path): list(
            dict.fromkeys(
                spelling
                for one in (path, *path.parents)
                for spelling in (str(one), canonical(one), one.as_uri())
            )
        )
        for path in paths
    }
    rows = database.rows(
        QUERIES["deletion.at_places"],
        uris=sorted({place for some in places.values() for place in some}),
        ids=going,
    )
    owners = {place: row["id"] for row in rows for place in row["places"]}
    return {
        path: owners[place]
        for path, some in places.items()
        for place in reversed(some)
        if place in owners
    }
