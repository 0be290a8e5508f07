"""How an error in a filter is told: what is wrong, where, and the line with a mark below it."""

from __future__ import annotations

from graphstore.errors import InvalidArgument

__all__ = ["mistake"]

_WIDTH = 72
"""Characters of a line that are shown; of a longer one those around the place."""


def mistake(text: str, at: int, why: str) -> InvalidArgument:
    """The error for the mistake at the position `at` of the filter `text`.

    Args:
        text: The whole filter.
        at: Where in it, from 0.
        why: What is wrong, and what would be right.
    """
    begin = text.rfind("\n", 0, at) + 1
    line, column = text.count("\n", 0, at) + 1, at - begin + 1
    where = f"column {column}" if "\n" not in text else f"line {line}, column {column}"
    return InvalidArgument(f"{why} ({where} of the filter)\n{_mark(text, begin, at)}")


def _mark(text: str, begin: int, at: int) -> str:
    end = text.find("\n", at)
    whole = text[begin : len(text) if end < 0 else end]
    column = at - begin
    offset = max(0, column - _WIDTH // 2) if len(whole) > _WIDTH else 0
    before = "..." if offset else ""
    after = "..." if len(whole) > offset + _WIDTH else ""
    # What is one character wide for us must be so on the screen, or the mark is elsewhere.
    line = before + "".join(c if c.isprintable() else " " for c in whole[offset : offset + _WIDTH])
    return f"  {line}{after}\n  {' ' * (column - offset + len(before))}^"
