"""What became of a deletion, or would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from graphstore.deletion.rules import Effect, Rule
from graphstore.model.nodes import NodeRef
from graphstore.model.plain import Plain

__all__ = ["DeletionReport", "FileFate", "Part", "names_of"]

_NAMED = 10
"""Nodes of a part that its text names; the rest is counted."""


@dataclass(frozen=True)
class Part(Plain):
    """Nodes that one rule is about."""

    rule: Rule
    nodes: Sequence[NodeRef]
    because: Sequence[str] = ()
    """What the rule rests on, of some of the nodes: ``e5 was made from a3``."""

    def to_dict(self) -> dict[str, Any]:
        """It in JSON's types."""
        return {
            "rule": self.rule.name,
            "effect": self.rule.effect.value,
            "why": self.rule.words,
            "because": list(self.because),
            "nodes": [ref.short for ref in self.nodes],
        }

    def __str__(self) -> str:
        """``3 artifacts (a1, a2, a3): asked for``."""
        because = f" ({'; '.join(self.because[:_NAMED])})" if self.because else ""
        return f"{names_of(self.nodes)}: {self.rule.words}{because}"


@dataclass(frozen=True)
class FileFate(Plain):
    """What becomes of the file that lies at the uri of an artifact that goes."""

    artifact: NodeRef
    path: Path
    bytes: int
    goes: bool
    """Whether it is deleted, or would be if files are to go."""
    why: str = ""
    """Why it stays."""


@dataclass(frozen=True)
class DeletionReport(Plain):
    """What a deletion did or, of a dry run, would do."""

    dry_run: bool
    purge: bool
    """Whether what goes is removed from the graph; else tombstones of it are left."""
    goes: Sequence[Part]
    stays: Sequence[Part]
    refused: Sequence[Part] = ()
    """Why nothing would be deleted."""
    shown_by: int | None = None
    """How many artifacts and executions that stay have tombstones of this in their lineage,
    upstream; None if that was not asked for: in a dry run it is."""
    files: Sequence[FileFate] = ()
    """What lies at the uris of the artifacts that go, on this machine."""
    with_files: bool = False
    """Whether it deletes files; else those that could go stay, too."""
    reason: str | None = None

    @property
    def count(self) -> int:
        """How many nodes go."""
        return sum(len(part.nodes) for part in self.goes)

    @property
    def nodes(self) -> Sequence[NodeRef]:
        """The nodes that go: artifacts, executions and contexts, by id."""
        refs = (ref for part in self.goes for ref in part.nodes)
        return sorted(refs, key=lambda ref: (_ORDER[ref.kind], ref.id))

    @property
    def amounts(self) -> str:
        """How many nodes go, by kind: ``2 artifacts, 1 execution``."""
        return names_of(self.nodes, named=0)

    def hinders(self, *, force: bool = False) -> bool:
        """Whether it is refused; `force` is no way past what is impossible."""
        effects = {Effect.IMPOSSIBLE} if force else {Effect.IMPOSSIBLE, Effect.REFUSED}
        return any(part.rule.effect in effects for part in self.refused)

    def to_dict(self) -> dict[str, Any]:
        """It in JSON's types; nodes are texts like ``a45``."""
        return {**super().to_dict(), "count": self.count}

    def __str__(self) -> str:
        """It in sentences, a line each."""
        would = "would go" if self.dry_run else "went"
        what = " from the graph, for good" if self.purge else "; tombstones stay"
        lines = [f"{self.amounts} {would}{what}" if self.count else "nothing goes"]
        lines += [f"  {part}" for part in self.goes]
        # Without force nothing goes of what is refused.
        refused = "refused" if self.dry_run else "went all the same"
        for title, parts in (("stays", self.stays), (refused, self.refused)):
            lines += [f"{title}: {part}" for part in parts]
        if self.shown_by:
            lines.append(f"{self.shown_by} that stay have tombstones of this in their lineage")
        going = [one for one in self.files if one.goes]
        if going:
            size = sum(one.bytes for one in going)
            fate = would if self.with_files else "stay, unless files=True, --files"
            lines.append(f"{len(going)} file(s) with {size:,} bytes {fate}")
        if self.with_files:
            lines += [f"file stays: {one.path}: {one.why}" for one in self.files if not one.goes]
        return "\n".join(lines)


_ORDER = {"artifact": 0, "execution": 1, "context": 2}


def names_of(refs: Iterable[NodeRef], *, named: int = _NAMED) -> str:
    """Which nodes, by kind: how many of each, and the names of the first."""
    texts = []
    in_order = sorted(refs, key=lambda ref: (_ORDER[ref.kind], ref.id))
    for kind, some in groupby(in_order, key=lambda ref: ref.kind):
        nodes = list(some)
        names = ", ".join(ref.short for ref in nodes[:named])
        names += ", …" if named and len(nodes) > named else ""
        text = f"{len(nodes):,} {kind}{'s' * (len(nodes) != 1)}"
        texts.append(f"{text} ({names})" if names else text)
    return ", ".join(texts)
