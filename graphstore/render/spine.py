"""Which layer each box belongs to, and which arrows decide it in a very dense picture."""

from __future__ import annotations

from collections.abc import Sequence

from graphstore.render.junctions import Edge

__all__ = ["layers", "spine"]


def spine(count: int, arrows: Sequence[Edge]) -> list[int]:
    """The numbers of a few arrows that keep every box in its layer, in order.

    For each box the arrow from its furthest predecessor: a layout of these alone still runs every
    arrow of the picture from left to right, save those that close a circle. Boxes that would be
    left without an arrow bring their first one.

    Args:
        count: How many boxes there are.
        arrows: The numbers of the boxes that they join; no loops.
    """
    leaving = _leaving(count, arrows)
    _, best = _layers(arrows, leaving)
    ends = {end for number in best.values() for end in arrows[number]}
    alone = (numbers[0] for box, numbers in enumerate(leaving) if numbers and box not in ends)
    return sorted({*best.values(), *alone})


def layers(count: int, arrows: Sequence[Edge]) -> list[int]:
    """The layer of each box, from 0: behind all that lead to it, where no circle forbids it.

    Args:
        count: How many boxes there are.
        arrows: The numbers of the boxes that they join; no loops.
    """
    return _layers(arrows, _leaving(count, arrows))[0]


def _leaving(count: int, arrows: Sequence[Edge]) -> list[list[int]]:
    leaving: list[list[int]] = [[] for _ in range(count)]
    for number, (source, _) in enumerate(arrows):
        leaving[source].append(number)
    return leaving


def _layers(
    arrows: Sequence[Edge], leaving: Sequence[Sequence[int]]
) -> tuple[list[int], dict[int, int]]:
    """The layer of each box, and the arrow that put it there, but for those of the first."""
    order = _from_left_to_right(arrows, leaving)
    position = {box: place for place, box in enumerate(order)}
    ranks = [0] * len(leaving)
    best: dict[int, int] = {}
    for box in order:
        for number in leaving[box]:
            target = arrows[number][1]
            if position[target] > position[box] and ranks[target] <= ranks[box]:
                ranks[target], best[target] = ranks[box] + 1, number
    return ranks, best


def _from_left_to_right(arrows: Sequence[Edge], leaving: Sequence[Sequence[int]]) -> list[int]:
    """The boxes, sources before targets where no circle forbids it: a depth-first search."""
    targets = {target for _, target in arrows}
    visits: set[int] = set()
    order: list[int] = []
    for root in sorted(range(len(leaving)), key=lambda box: (box in targets, box)):
        if root in visits:
            continue
        visits.add(root)
        # A stack of our own: lineage can be deeper than Python's.
        stack = [(root, iter(leaving[root]))]
        while stack:
            box, rest = stack[-1]
            for number in rest:
                target = arrows[number][1]
                if target not in visits:
                    visits.add(target)
                    stack.append((target, iter(leaving[target])))
                    break
            else:
                order.append(box)
                stack.pop()
    return order[::-1]
