"""What became of a store since it was sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from graphstore.model.plain import Plain

__all__ = ["Problem", "RecordsReport"]

_KEPT = 1_000
"""Problems, and retractions, that are kept; all are counted."""

What = Literal["altered", "missing", "unsealed", "erased", "untimed", "leaves", "seal", "key"]


@dataclass(frozen=True)
class Problem(Plain):
    """Something that is not as it was sealed."""

    what: What
    """A record was ``altered``, is ``missing``, or is there ``unsealed`` though older than the
    seal; its salt is gone though nothing was deleted (``erased``); it says no time or id
    (``untimed``). Or the ``leaves`` of a seal, a ``seal`` itself, or a ``key`` is not what it
    must be."""
    record: str
    """Which: ``a45``, ``e44 OUTPUT a45 model``, ``type 12``, ``seal 3``."""
    text: str
    """All that is known of it, in a sentence."""
    seal: int | None = None
    """The number of the seal."""
    fields: tuple[str, ...] = ()
    """What of the record was altered, as far as that is known, by the keys in Neo4j."""

    def __str__(self) -> str:
        return self.text


@dataclass
class RecordsReport(Plain):
    """What a comparison of a store with its seals found."""

    seals: int = 0
    """How many there are."""
    files: int | None = None
    """With how many seals that are kept elsewhere they were compared; None if with no folder."""
    until: datetime | None = None
    """All that was recorded before this is sealed."""
    same: int = 0
    """Records that are what they were when they were sealed."""
    retracted: int = 0
    """Those of them that are events, and were taken back; that they were is a record, too."""
    retractions: list[str] = field(default_factory=list)
    """Of each when and by whom, a sentence; the first thousand."""
    deleted: int = 0
    """Records that were deleted since, of which nobody can say any more what they were."""
    erased: int = 0
    """Records that say that something in them was erased, and whose salts are gone: what they were
    nobody can say. Who can write to the database can make a record look so: it is to be known what
    was erased."""
    unsealed: int = 0
    """Nodes that were recorded or changed, and edges that were added, since the last seal: nothing
    is proven about these. It is no more than a million."""
    keys: tuple[str, ...] = ()
    """The public keys that signed the seals, in order."""
    problems: list[Problem] = field(default_factory=list)
    """In the order of seals; the first thousand."""
    problem_count: int = 0

    @property
    def passed(self) -> bool:
        """Whether something is sealed, and all that is sealed is as it was."""
        return self.seals > 0 and self.problem_count == 0

    def add_retracted(self, texts: list[str]) -> None:
        """Note events that were taken back."""
        self.retracted += len(texts)
        self.retractions += texts[: max(0, _KEPT - len(self.retractions))]

    def add(self, *problems: Problem) -> None:
        """Note problems."""
        self.problem_count += len(problems)
        self.problems += problems[: max(0, _KEPT - len(self.problems))]
