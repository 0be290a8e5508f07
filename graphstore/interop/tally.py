"""What became of what was read."""

from __future__ import annotations

from dataclasses import dataclass

from graphstore.model.plain import Plain

__all__ = ["Tally"]


@dataclass
class Tally(Plain):
    """What became of what was read of one kind: rows, nodes, edges."""

    read: int = 0
    created: int = 0
    """They are new in the store."""
    updated: int = 0
    """The store had an older copy of them."""
    unchanged: int = 0
    """The store had them, as they are or changed since; or they were deleted there, and stay so."""
    left_out: int = 0
    """They could not be kept; the problems say why."""

    @property
    def agrees(self) -> bool:
        """Whether all that was read is accounted for."""
        return self.created + self.updated + self.unchanged + self.left_out == self.read
