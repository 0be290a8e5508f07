"""Times that questions are asked about."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Protocol

from graphstore.errors import InvalidArgument

__all__ = ["KnownAt", "Sealed", "moment", "moment_or_day", "when"]


class Sealed(Protocol):
    """A seal, as far as it says a time."""

    @property
    def until(self) -> datetime:
        """What was recorded before this is in it."""


KnownAt = datetime | Sealed
"""When the store said what is asked for: an aware time, or a seal, which is the last moment that is
in it."""


def moment(name: str, text: str) -> datetime:
    """The time that a text says; a day is its beginning, and a time without a zone in UTC.

    Args:
        name: What it is asked for as, for the error: ``--since``.
        text: ``2026-01-31``, ``2026-01-31T12:00``.

    Raises:
        InvalidArgument: If it says none.
    """
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise InvalidArgument(
            f"{name} takes a day or a time, e.g. 2026-01-31 or 2026-01-31T12:00; found {text!r}"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def moment_or_day(name: str, text: str | None) -> datetime | date | None:
    """The time that a text says, or the day: all of that; None for none.

    Raises:
        InvalidArgument: If it says neither.
    """
    if text is None:
        return None
    time = moment(name, text)
    return time.date() if len(text) <= len("2026-01-31") else time


def when(time: datetime | None) -> str:
    """A time as a person reads it, in UTC to the second; empty for none."""
    return "" if time is None else time.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
