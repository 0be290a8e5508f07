"""Search: which nodes are called so, or are there, or have this digest.

Names, uris, external ids and digests are looked for by how they begin, which indexes answer in any
store at once, however large, and which costs writers nothing: the indexes are there for other
reasons. A word in the middle of a name is not found, nor is a value of a property: lists filter by
these (docs/filter.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from graphstore.database import Reader
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, brief
from graphstore.graph.answer import short_type, standing
from graphstore.model.nodes import Node, NodeRef
from graphstore.model.times import KnownAt
from graphstore.model.types import Kind
from graphstore.model.values import bound, check_text
from graphstore.questions.page import Answer, Part, Table
from graphstore.storage.rows import MODELS, node_from_row
from graphstore.storage.then import at
from graphstore.system.uris import local_path, spellings

__all__ = ["Found", "Hit", "search"]

Way = Literal["id", "name", "uri", "digest", "external id"]

_LONGEST = 1_000
"""Characters of a text that is looked for."""
_HEX = re.compile(r"[0-9a-fA-F]{6,64}")
_DIGEST = re.compile(r"[a-z][a-z0-9-]*:\S{4,}")
_CUT_OFF = "There is more that begins so: type more of it."


@dataclass(frozen=True)
class Hit:
    """A node that was found."""

    node: Node
    way: Way
    """By what: its id, how its name, its uri or its external id begins, or its digest."""

    def to_dict(self) -> dict[str, Any]:
        """It in JSON's types."""
        node = self.node
        return {
            "id": node.ref.short,
            "type": node.type,
            "name": node.name,
            "uri": getattr(node, "uri", None),
            "way": self.way,
        }


@dataclass(frozen=True)
class Found(Answer):
    """What a search found, the nearest to what was asked first."""

    text: str
    """What was looked for."""
    hits: tuple[Hit, ...]
    """Each node once: by its id, then whole names, then what begins so, the shortest first."""
    truncated: bool
    """Whether there is more that begins so."""

    def to_dict(self) -> dict[str, Any]:
        """It in JSON's types."""
        hits = [hit.to_dict() for hit in self.hits]
        return {"text": self.text, "hits": hits, "truncated": self.truncated}

    def __str__(self) -> str:
        lines = ["  ".join(filter(None, row)) for row in self._rows()] or ["nothing begins so"]
        return "\n".join([*lines, *([_CUT_OFF] if self.truncated else [])])

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                hit.node.ref.short,
                short_type(hit.node.type),
                standing(hit.node, short=True),
                hit.node.name or getattr(hit.node, "uri", None) or "",
                f"by its {hit.way}",
            )
            for hit in self.hits
        ]

    def _parts(self) -> tuple[str, Sequence[Part]]:
        table = Table(self._rows(), ["", "type", "state", "name or place", "found"])
        return f"What begins with {self.text}", [table, *([_CUT_OFF] if self.truncated else [])]


def search(database: Reader, text: str, *, limit: int = 20, as_of: KnownAt | None = None) -> Found:
    """Which nodes are called so, are there, or have this digest; see `graphstore.Store.search`."""
    text = text.strip()
    limit = bound("limit", limit)
    if len(text) > _LONGEST:
        raise InvalidArgument(f"a search has {_LONGEST:,} characters at most; found {len(text):,}")
    try:
        check_text(text)
    except ValueError as error:
        raise InvalidArgument(f"a search: expected {error}, found {brief(text)}") from None
    if not text or "\0" in text:
        return Found(text, (), False)
    reader = at(database, as_of)
    rows = reader.rows(
        QUERIES["answers.search"],
        begins=list(_begins(text)),
        digests=list(_digests(text)),
        limit=limit + 1,
    )
    hits: dict[NodeRef, Hit] = {}
    if NodeRef.reads(text) and (node := _by_id(reader, NodeRef.parse(text))) is not None:
        hits[node.ref] = Hit(node, "id")
    others = [Hit(_node(row["node"], row["kind"]), cast(Way, row["way"])) for row in rows]
    for hit in sorted(others, key=lambda hit: _rank(hit, text)):
        hits.setdefault(hit.node.ref, hit)
    return Found(text, tuple(hits.values())[:limit], len(hits) > limit)


def _by_id(reader: Reader, ref: NodeRef) -> Node | None:
    rows = reader.rows(QUERIES[f"{ref.kind}.get"], **{f"{ref.kind}_ids": [ref.id]})
    for row in rows:
        for node in row[f"{ref.kind}s"]:
            return _node(node, ref.kind)
    return None


def _node(row: Any, kind: Kind) -> Node:
    node: Node = node_from_row(row, MODELS[kind])  # type: ignore[type-var]
    return node


def _begins(text: str) -> Iterator[str]:
    """How what is looked for may begin: as it was typed, in the letters of either case, and a place
    in its other spellings."""
    ways = [text, text.lower(), text.capitalize(), text.upper()]
    path = local_path(text)
    if path is not None and path.is_absolute():
        ways += spellings(text)
    yield from dict.fromkeys(ways)


def _digests(text: str) -> Iterator[str]:
    """The digests that begin so, as artifacts have them before their places."""
    if _HEX.fullmatch(text):
        yield from (f"{kind}:{text.lower()}" for kind in ("sha256", "sha256-tree"))
        yield text
    elif _DIGEST.fullmatch(text):
        yield text


_WAYS = list(get_args(Way))


def _rank(hit: Hit, text: str) -> tuple[bool, int, int, int]:
    """What is called just so comes first, then the shorter; of those alike the newest."""
    value = {
        "name": hit.node.name,
        "uri": getattr(hit.node, "uri", None),
        "external id": hit.node.external_id,
    }.get(hit.way) or ""
    is_whole = value.casefold() == text.casefold()
    return not is_whole, _WAYS.index(hit.way), len(value), -hit.node.ref.id
