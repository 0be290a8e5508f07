"""A graph as an indented outline, for terminals and for `print`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from graphstore.printable import one_line

__all__ = ["outline"]

K = TypeVar("K", bound=Hashable)

_WIDEST = 120  # characters of indentation


def outline(
    roots: Iterable[K],
    children: Callable[[K], Sequence[tuple[str, K]]],
    label: Callable[[K], str],
) -> str:
    """What can be reached from the roots, each thing once, indented below what leads to it.

    Args:
        roots: Where to begin.
        children: What a thing leads to, in order, and a word on how.
        label: A thing in one line.

    Returns:
        The lines, joined. A thing that leads on and stands further up already is followed by
        ``(above)`` in place of what it leads to.
    """
    lines: list[str] = []
    above: set[K] = set()
    # A stack of our own: lineage can be deeper than Python's.
    stack = [("", "", "", root) for root in reversed(list(roots))]
    while stack:
        indent, branch, how, thing = stack.pop()
        below = children(thing)
        again = thing in above and bool(below)
        above.add(thing)
        lines.append(f"{indent}{branch}{one_line(how + label(thing))}{' (above)' if again else ''}")
        if again:
            continue
        deeper = indent + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        if len(deeper) > _WIDEST:
            # A chain of thousands would be mostly indentation, and quadratic in its length.
            deeper = "⋯" + deeper[-_WIDEST + 1 :]
        for number, (word, child) in enumerate(reversed(below)):
            twig = "├─ " if number else "└─ "
            stack.append((deeper, twig, f"{word} " if word else "", child))
    return "\n".join(lines)
