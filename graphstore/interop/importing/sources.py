"""Which source a history is of: the name that the store knows it by, whatever it is called now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphstore.database import Database
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.interop.importing.history import History
from graphstore.model.types import Kind

__all__ = ["SEPARATE", "Source", "kept", "properties_of", "source_of"]


SEPARATE = "separate"
"""Whether the contexts of a source are its own: a property of its node."""


def kept(kind: Kind) -> str:
    """The property that says up to which id the nodes of a kind have the ids of the source."""
    return f"kept_{kind}_ids"


@dataclass(frozen=True)
class Source:
    """Where a history comes from."""

    name: str
    """What the store knows it by."""
    before: Mapping[str, Any] | None
    """What the store noted of it; None if it is new."""


def source_of(database: Database, history: History, wish: str | None) -> Source:
    """The source that a history is of.

    Args:
        database: That of the store.
        history: The history, known by its first nodes.
        wish: The name that it is to have, if somebody said.

    Raises:
        InvalidArgument: If the name is empty.
        FailedPrecondition: If the store has another history by the name.
    """
    anchors = history.anchors()
    rows = database.rows(QUERIES["source.list"])
    sources = {row["source"]["name"]: row["source"] for row in rows}

    def same(source: Mapping[str, Any]) -> bool:
        common = [kind for kind in anchors if _key(kind) in source]
        return bool(common) and all(
            _begin_alike(source[_key(kind)], anchors[kind]) for kind in common
        )

    if wish is not None:
        if not wish.strip():
            raise InvalidArgument("the name of a source cannot be empty")
        if wish in sources and anchors and not same(sources[wish]):
            raise FailedPrecondition(
                f"{history.place} is no copy of the history {wish!r} in this store: its first rows"
                " differ; import it under another name"
            )
        return Source(wish, sources.get(wish))
    for name, source in sources.items():
        if same(source):
            return Source(str(name), source)
    name = re.sub(r"\s+", "-", history.name) or "history"
    names = (name if number == 1 else f"{name}-{number}" for number in range(1, len(sources) + 2))
    return Source(next(name for name in names if name not in sources), None)


def properties_of(history: History) -> dict[str, Any]:
    """What the node of a source says of its history: facts, and how it begins."""
    anchors = history.anchors()
    return {**history.facts, **{_key(kind): rows for kind, rows in anchors.items()}}


def _begin_alike(stored: str | Sequence[str], rows: Sequence[str]) -> bool:
    """Whether one of two histories may be the beginning of the other; older imports kept a row."""
    stored = [stored] if isinstance(stored, str) else stored
    return all(one == other for one, other in zip(stored, rows, strict=False))


def _key(kind: Kind) -> str:
    return f"first_{kind}"
