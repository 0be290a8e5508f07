"""What became of a history that came in."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphstore.interop.tally import Tally
from graphstore.model.plain import Plain

__all__ = ["ImportReport", "TableReport"]

MOST_PROBLEMS = 1000
"""Problems that are kept as sentences; the others are counted."""


@dataclass
class TableReport(Tally):
    """What became of the rows of one table."""

    in_store: int | None = None
    """What the database counts of this source afterwards; None for what sources share."""

    @property
    def agrees(self) -> bool:
        """Whether every row that was read is accounted for, in the database too."""
        total = self.created + self.updated + self.unchanged
        count = total if self.in_store is None else self.in_store
        return total + self.left_out == self.read and count >= total  # events may have been added


@dataclass
class ImportReport(Plain):
    """What became of a history."""

    source: str
    """The name that the store knows the history by."""
    place: str
    """Where it was read: a path, or an address without its password."""
    tables: dict[str, TableReport] = field(default_factory=dict)
    """What became of its rows, by the names that its own tables have."""
    problems: list[str] = field(default_factory=list)
    """Rows that were left out or kept in another way, one sentence each; the first thousand."""
    problem_count: int = 0
    translated: int = 0
    """Values that are ids of nodes, and are those of the store now; properties that end in
    ``_in_source`` have the original."""
    like_ids: dict[str, int] = field(default_factory=dict)
    """Other whole numbers that equal the id of a node there, which has another id here: how many,
    by ``execution.epochs``. They are as they were; nobody knows whether they are ids."""

    @property
    def agrees(self) -> bool:
        """Whether every row that was read is accounted for, in the database too."""
        return all(table.agrees for table in self.tables.values())

    def problem(self, text: str) -> None:
        """Note a problem that is not fatal."""
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(text)
