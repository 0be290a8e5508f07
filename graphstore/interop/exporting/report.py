"""What went out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphstore.interop.exporting.facts import Facts
from graphstore.interop.files import write_whole
from graphstore.model.plain import Plain

__all__ = ["Document", "Exported", "counts_of"]


@dataclass(frozen=True)
class Exported(Plain):
    """What of a lineage went out."""

    artifacts: int
    executions: int
    contexts: int
    deleted: int
    """How many of these were deleted, and of which it is said that they were."""
    missing: str
    """What of the lineage is not in it, in a sentence, as it says itself; empty if nothing."""

    def __str__(self) -> str:
        kinds = ("artifact", "execution", "context")
        counts = [getattr(self, f"{kind}s") for kind in kinds]
        words = [
            f"{count:,} {kind}{'s' * (count != 1)}"
            for kind, count in zip(kinds, counts, strict=True)
            if count
        ]
        return ", ".join(words)


@dataclass(frozen=True)
class Document(Exported):
    """A document of it."""

    text: str

    def write(self, path: str | Path) -> None:
        """Write it to a file, which appears when it is whole; what was there is replaced.

        Raises:
            FailedPrecondition: If that cannot be written.
        """
        write_whole(Path(path), self.text)


def counts_of(facts: Facts) -> dict[str, Any]:
    """How much there is of a lineage, as `Exported` says it."""
    return {
        "artifacts": len(facts.graph.artifacts),
        "executions": len(facts.graph.executions),
        "contexts": len(facts.contexts),
        "deleted": sum(node.deletion is not None for node in facts.nodes()),
        "missing": facts.missing,
    }
