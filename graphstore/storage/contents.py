"""What makes two artifacts one: the same type, at the same place, with the same contents.

Who reads a file that a step wrote reads that step's artifact, in whatever process and run. So each
artifact whose contents are known has on its node, under `CONTENTS`, what they are and where; and
what a step reads from outside names itself by that (`outside_id`), so that it can be looked for
without asking first.
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from graphstore.database.spelling import CONTENTS, PLACE
from graphstore.model.nodes import Artifact
from graphstore.system.uris import canonical

__all__ = [
    "OWN",
    "Wanted",
    "contents",
    "outside_id",
    "place",
    "place_and_contents",
]

OWN = "graphstore:"
"""How the external ids begin that recording makes up."""
_LONGEST = 4_000
"""Bytes of a text that is put into an index; of a longer one its digest is."""


class Wanted(NamedTuple):
    """Which artifacts can be what a step reads from outside."""

    contents: str
    """Their `CONTENTS`."""
    type: str | None
    """The name of their type; None if any will do."""


def place(artifact: Artifact) -> str:
    """The one spelling of where an artifact is; empty if it has no uri."""
    if artifact.place is not None:
        return artifact.place
    return canonical(artifact.uri, here=False) if artifact.uri else ""


def contents(artifact: Artifact) -> str | None:
    """What an artifact holds and where; None if one of them is not known."""
    where = place(artifact)
    if not where or not artifact.digest:
        return None
    text = f"{artifact.digest} {where}"
    return text if _fits(text) else _hash(text)


def place_and_contents(artifact: Artifact) -> dict[str, str]:
    """What a node says of an artifact by `PLACE` and `CONTENTS`."""
    properties: dict[str, str] = {}
    if artifact.uri:
        where, text = place(artifact), contents(artifact)
        if where != artifact.uri and _fits(where):
            properties[PLACE] = where
        if text is not None:
            properties[CONTENTS] = text
    return properties


def outside_id(artifact: Artifact, *, has_type: bool = True) -> str:
    """The external id of what is read from outside: the same for the same type, place, contents.

    Args:
        artifact: What is read.
        has_type: Whether its type was said; else any type is meant.
    """
    parts = [artifact.type if has_type else "", place(artifact), artifact.digest or ""]
    return OWN + _hash("\0".join(parts))


def lookup_of(artifact: Artifact) -> Wanted | None:
    """What can be the artifact that is read, if it is one from outside whose contents are known."""
    text = contents(artifact)
    if text is None or artifact.external_id is None:
        return None
    for has_type in (True, False):
        if artifact.external_id == outside_id(artifact, has_type=has_type):
            return Wanted(text, artifact.type if has_type else None)
    return None


def _fits(text: str) -> bool:
    """Whether an index can hold a text: paths may be long, or no UTF-8."""
    if text.isascii():
        return len(text) <= _LONGEST
    try:
        return len(text.encode()) <= _LONGEST
    except UnicodeEncodeError:
        return False


def _hash(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
