"""Trunks for boxes with very many arrows.

A dataset that five hundred runs have read would need five hundred parallel lines beside it: a gap
thousands of pixels wide, and minutes of routing. Such arrows share a trunk, which forks, and forks
again, until each has a line of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from graphstore.render.roles import Point

__all__ = ["FAN", "Edge", "Legs", "align", "with_junctions"]

FAN = 24
"""How many lines may leave or enter at one place."""

Edge = tuple[int, int]


@dataclass(frozen=True)
class Legs:
    """What is routed in place of the arrows."""

    junctions: int
    """How many nodes were added; their numbers follow those of the boxes."""
    largest: int
    """The most arrows that leave or enter one box."""
    legs: list[Edge]
    """The edges to route."""
    of_arrow: list[list[int]]
    """For each arrow the numbers of its legs, from source to target."""
    own: list[int | None]
    """For each arrow the leg that is no other's; None if it shares its whole way."""


def with_junctions(count: int, arrows: Sequence[Edge]) -> Legs:
    """Splits the arrows that crowd at one of the boxes.

    Args:
        count: How many boxes there are.
        arrows: The numbers of the boxes that they join. Loops stay as they are.
    """
    ways = [list(arrow) for arrow in arrows]
    total, largest = count, 0
    hubs: list[set[int]] = []
    for end, position in ((0, 1), (1, -1)):
        crowds: dict[int, list[list[int]]] = defaultdict(list)
        for number, arrow in enumerate(arrows):
            if arrow[0] != arrow[1]:
                crowds[arrow[end]].append([number])
        largest = max([largest, *map(len, crowds.values())])
        hubs.append({box for box, crowd in crowds.items() if len(crowd) > FAN})
        for box in sorted(hubs[-1]):
            crowd = crowds[box]
            while len(crowd) > FAN:
                crowd = [list(chain.from_iterable(part)) for part in _parts(crowd)]
                for bundle in crowd:
                    for number in bundle:
                        ways[number].insert(position, total)
                    total += 1
    legs, of_arrow, own = _legs(count, ways, hubs)
    return Legs(total - count, largest, legs, of_arrow, own)


def _parts(crowd: list[list[int]]) -> list[list[list[int]]]:
    """The crowd in runs of nearly the same length, none longer than a fan."""
    parts = -(-len(crowd) // FAN)
    bounds = [len(crowd) * part // parts for part in range(parts + 1)]
    return [crowd[start:end] for start, end in pairwise(bounds)]


def _legs(
    count: int, ways: list[list[int]], hubs: list[set[int]]
) -> tuple[list[Edge], list[list[int]], list[int | None]]:
    legs: list[Edge] = []
    trunks: dict[Edge, int] = {}
    of_arrow: list[list[int]] = []
    own: list[int | None] = []
    for way in ways:
        numbers: list[int] = []
        mine: int | None = None
        for start, end in pairwise(way):
            between_forks = (start >= count or start in hubs[0]) and (
                end >= count or end in hubs[1]
            )
            if between_forks and len(way) > 2:
                if (start, end) not in trunks:
                    trunks[start, end] = len(legs)
                    legs.append((start, end))
                numbers.append(trunks[start, end])
            else:
                mine = len(legs)
                legs.append((start, end))
                numbers.append(mine)
        of_arrow.append(numbers)
        own.append(mine)
    return legs, of_arrow, own


def align(
    lines: list[list[Point]],
    forks: Legs,
    count: int,
    middles: Sequence[Point],
    layers: Sequence[int],
) -> None:
    """Puts the lines that part or meet at a junction into one lane: the outermost of theirs.

    Args:
        lines: The lines of the legs, right-angled; changed in place.
        split: What was routed.
        count: How many boxes there are.
        middles: The middles of the boxes and junctions.
        layers: Their layers.
    """
    parting: dict[int, list[int]] = defaultdict(list)
    meeting: dict[int, list[int]] = defaultdict(list)
    for leg, (source, target) in enumerate(forks.legs):
        # Only where nothing but the gap lies between: further lines may have come round a box.
        if layers[target] == layers[source] + 1 and len(lines[leg]) > 2:
            if source >= count:
                parting[source].append(leg)
            if target >= count:
                meeting[target].append(leg)
    for junction, legs in parting.items():
        lane = min(lines[leg][1][0] for leg in legs)
        for leg in legs:
            lines[leg] = _along(middles[junction], lane, lines[leg][-1])
    for junction, legs in meeting.items():
        lane = max(lines[leg][-2][0] for leg in legs)
        for leg in legs:
            lines[leg] = _along(lines[leg][0], lane, middles[junction])


def _along(start: Point, lane: float, end: Point) -> list[Point]:
    return [start, (lane, start[1]), (lane, end[1]), end]
