"""What became of an archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphstore.interop.tally import Tally
from graphstore.model.plain import Plain

__all__ = ["ArchiveReport", "LineReport"]

_KEPT = 1000
"""Problems that are kept; all are counted."""


@dataclass
class LineReport(Tally):
    """What became of the nodes or edges of one kind."""


@dataclass
class ArchiveReport(Plain):
    """What became of an archive."""

    path: Path
    source: str
    """The id of the store that the archive is of."""
    exact: bool
    """Whether the store was empty, and is a copy now: ids and all."""
    counts: dict[str, LineReport] = field(
        default_factory=lambda: {
            name: LineReport()
            for name in ("type", "context", "execution", "artifact", "edge", "attachment")
        }
    )
    """By kind of node; ``edge`` is events, attributions, associations and parents, ``attachment``
    is what hangs on a node, such as series of metrics."""
    problems: list[str] = field(default_factory=list)
    """What was left out or is kept in another way, one sentence each; the first thousand."""
    problem_count: int = 0

    @property
    def agrees(self) -> bool:
        """Whether all that was read is accounted for, and nothing was left out."""
        return all(one.agrees and not one.left_out for one in self.counts.values())

    def problem(self, text: str) -> None:
        """Note a problem that is not fatal."""
        self.problem_count += 1
        if len(self.problems) < _KEPT:
            self.problems.append(text)
