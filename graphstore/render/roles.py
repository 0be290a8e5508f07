"""Where the arrows' labels stand: on their own line, clear of everything else.

The layout engine reserves room for labels but may put one beside another arrow. Here a label never
leaves its line; where none of the places on it is free, the label is left to the tooltip.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

__all__ = ["Point", "Rect", "place"]

Point = tuple[float, float]
Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_CELL = 128.0
# What a label leaves free at a line's start, at each bend, and before the arrow's head.
_TAIL, _BEND, _HEAD = 3.0, 8.0, 12.0
# Beside an upright line a label may hang to one side, where a box leaves no room on the other.
_ASIDE = 0.3
_FRACTIONS = (0.5, 0.25, 0.75, 0.0, 1.0)
_TAKEN, _TRUNK = -1, -2


def place(
    boxes: Sequence[Rect], lines: Sequence[Sequence[Point]], sizes: Sequence[Point | None]
) -> list[Point | None]:
    """The middle of each label, in the order of the lines.

    Args:
        boxes: What labels must not touch.
        lines: The arrows, as points from source to target.
        sizes: Width and height of each line's label; None if it has none.
    """
    grid = _Grid()
    for box in boxes:
        grid.add(box, _TAKEN)
    owners: dict[tuple[Point, Point], int] = {}
    for number, line in enumerate(lines):
        for piece in pairwise(line):
            owners[piece] = number if piece not in owners else _TRUNK
    for piece, owner in owners.items():
        grid.add(_around(*piece), owner)
    # Short lines first: they have the fewest places.
    order = sorted(range(len(lines)), key=lambda number: (_length(lines[number]), number))
    places: list[Point | None] = [None] * len(lines)
    for number in order:
        size = sizes[number]
        if size is None:
            continue
        spot = places[number] = _best(grid, number, lines[number], size)
        if spot:
            grid.add(_rect(spot, size), _TAKEN)
    return places


def _best(grid: _Grid, number: int, line: Sequence[Point], size: Point) -> Point | None:
    best, least = None, float("inf")
    for place, cost in _candidates(line, size):
        if cost >= least:
            continue
        # Neighbours may use the air that the size brings.
        owners = grid.owners_in(_rect(place, (size[0] - 4, size[1] - 2)))
        if _TAKEN in owners:
            continue
        # A label hides the line behind it: a crossing there is worse than a little overhang.
        cost += 40.0 * len(owners - {number})
        if cost < least:
            best, least = place, cost
    return best


def _candidates(line: Sequence[Point], size: Point) -> Iterator[tuple[Point, float]]:
    """Places along the line, and what each costs before its surroundings are known."""
    for index, (start, end) in enumerate(pairwise(line)):
        head = _HEAD if index == len(line) - 2 else _BEND
        tail = _TAIL if index == 0 else _BEND
        along = 0 if abs(end[0] - start[0]) >= abs(end[1] - start[1]) else 1
        way = end[along] - start[along]
        free = abs(way) - head - tail - size[along]
        # A label across an upright line reads as well; along a level one it looks calmer.
        base = 15.0 * along + (10.0 - 2.0 * free if free < 0 else 0.0)
        for fraction in _FRACTIONS if free > 0 else _FRACTIONS[:1]:
            distance = tail + size[along] / 2 + free * fraction
            part = distance / abs(way) if way else 0.5
            x, y = start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
            cost = base + 4.0 * abs(fraction - 0.5)
            yield (x, y), cost
            if along:
                yield (x + size[0] * _ASIDE, y), cost + 5.0
                yield (x - size[0] * _ASIDE, y), cost + 5.0


class _Grid:
    """Rectangles with an owner, found by where they are."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Rect, int]]] = defaultdict(list)

    def add(self, rect: Rect, owner: int) -> None:
        for cell in _cells(rect):
            self._cells[cell].append((rect, owner))

    def owners_in(self, rect: Rect) -> set[int]:
        """The owners of all that overlaps the rectangle."""
        left, top, right, bottom = rect
        return {
            owner
            for cell in _cells(rect)
            for other, owner in self._cells.get(cell, ())
            if other[0] < right and left < other[2] and other[1] < bottom and top < other[3]
        }


def _cells(rect: Rect) -> Iterator[tuple[int, int]]:
    for column in range(int(rect[0] // _CELL), int(rect[2] // _CELL) + 1):
        for row in range(int(rect[1] // _CELL), int(rect[3] // _CELL) + 1):
            yield column, row


def _around(start: Point, end: Point) -> Rect:
    """A line as wide as it is drawn."""
    return (
        min(start[0], end[0]) - 1,
        min(start[1], end[1]) - 1,
        max(start[0], end[0]) + 1,
        max(start[1], end[1]) + 1,
    )


def _rect(middle: Point, size: Point) -> Rect:
    return (
        middle[0] - size[0] / 2,
        middle[1] - size[1] / 2,
        middle[0] + size[0] / 2,
        middle[1] + size[1] / 2,
    )


def _length(line: Sequence[Point]) -> float:
    return sum(abs(b[0] - a[0]) + abs(b[1] - a[1]) for a, b in pairwise(line))
