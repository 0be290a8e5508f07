"""Times that questions are asked about."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

__all__ = ["KnownAt", "Sealed"]


class Sealed(Protocol):
    """A seal, as far as it says a time."""

    @property
    def until(self) -> datetime:
        """What was recorded before this is in it."""


KnownAt = datetime | Sealed
"""When the store said what is asked for: an aware time, or a seal, which is the last moment that is
in it."""
