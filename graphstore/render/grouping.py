"""A picture with too many boxes to look at, drawn as groups of boxes that are alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from graphstore.render.junctions import Edge
from graphstore.render.picture import Arrow, Box, Picture
from graphstore.render.spine import layers
from graphstore.render.style import name_of_state

__all__ = ["MOST", "Grouped", "group_boxes"]

MOST = 150
"""Boxes of a grouped picture, about: few enough to be taken in, and laid out in a moment."""

_ASKED = 50


@dataclass(frozen=True)
class Grouped:
    """A picture of groups, and of boxes that are like no other."""

    picture: Picture
    members: dict[str, tuple[str, ...]]
    """The keys of the boxes in a group, by the key of the group's box."""


def group_boxes(picture: Picture, most: int = MOST) -> Grouped:
    """Draws boxes that are alike as one.

    Alike are boxes of one label and look - runs of one component that ended alike, what they made -
    that stand in the same layer. Where that makes too many groups, as in a history in which each
    model began where the last one ended, the boxes nearest to those that were asked about stay as
    they are, as many as a fifth of the bound lets in, and all behind them are alike by label, look
    and side alone. What was asked about stands alone, unless that is very much itself.

    Args:
        picture: What is too large.
        most: How many boxes to draw, about; where there are more labels than that, the rarer
            ones share groups.
    """
    numbers = {box.key: number for number, box in enumerate(picture.boxes)}
    edges = [(numbers[arrow.source], numbers[arrow.target]) for arrow in picture.arrows]
    edges = [edge for edge in edges if edge[0] != edge[1]]
    layer = layers(len(picture.boxes), edges)
    groups = _gather(picture, layer)
    if len(groups) > most:
        groups = _gather(picture, _far(picture, edges, most // 5), most=most // 2)
    return _draw(picture, groups)


def _gather(
    picture: Picture, places: Sequence[Hashable | None], *, most: int | None = None
) -> list[list[int]]:
    """The boxes that are alike in one place; alone where the place is None."""
    common = Counter((box.kind, box.label) for box in picture.boxes)
    labels = {label for label, _ in common.most_common(None if most is None else most // 8)}
    groups: dict[Hashable, list[int]] = defaultdict(list)
    emphases = sum(box.emphasis for box in picture.boxes)
    for number, (box, place) in enumerate(zip(picture.boxes, places, strict=True)):
        if place is None or (box.emphasis and emphases <= _ASKED):
            groups[number].append(number)
        else:
            label = box.label if (box.kind, box.label) in labels else None
            groups[place, label, name_of_state(box), box.frontier, box.emphasis].append(number)
    return list(groups.values())


def _far(picture: Picture, edges: Sequence[Edge], near: int) -> list[str | None]:
    """Which side of the question a box stands on; None for the nearest, of which so many fit."""
    count = len(picture.boxes)
    starts = [number for number, box in enumerate(picture.boxes) if box.emphasis] or [0]
    down: list[list[int]] = [[] for _ in range(count)]
    up: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        down[source].append(target)
        up[target].append(source)
    after, before = set(_walk(starts, down)), set(_walk(starts, up))
    places: list[str | None] = [
        "before" if number in before else "after" if number in after else "beside"
        for number in range(count)
    ]
    both = [[*one, *other] for one, other in zip(down, up, strict=True)]
    distances = _walk(starts, both)
    shells = Counter(distances.values())
    reach, room = -1, near
    while 0 < shells[reach + 1] <= room:
        reach += 1
        room -= shells[reach]
    for number, distance in distances.items():
        if distance <= reach:
            places[number] = None
    return places


def _walk(starts: Sequence[int], leading: Sequence[Sequence[int]]) -> dict[int, int]:
    """What can be reached, and in how many steps."""
    steps = dict.fromkeys(starts, 0)
    shell = list(starts)
    while shell:
        following: list[int] = []
        for number in shell:
            for other in leading[number]:
                if other not in steps:
                    steps[other] = steps[number] + 1
                    following.append(other)
        shell = following
    return steps


def _draw(picture: Picture, groups: Sequence[Sequence[int]]) -> Grouped:
    keys = {box.key for box in picture.boxes}
    boxes: list[Box] = []
    members: dict[str, tuple[str, ...]] = {}
    stands_for: dict[str, str] = {}
    for group in groups:
        alike = [picture.boxes[number] for number in group]
        box = alike[0]
        if len(alike) > 1:
            key = f"group of {box.key}"
            while key in keys:
                key += "'"
            keys.add(key)
            box = _group(key, alike)
            members[key] = tuple(one.key for one in alike)
        stands_for.update((one.key, box.key) for one in alike)
        boxes.append(box)
    counts = Counter(
        (stands_for[arrow.source], stands_for[arrow.target], arrow.label, arrow.kind, arrow.dashed)
        for arrow in picture.arrows
    )
    arrows = [
        Arrow(source, target, f"{label} ({count:,})".lstrip() if count > 1 else label, kind, dashed)
        for (source, target, label, kind, dashed), count in counts.items()
    ]
    return Grouped(Picture(boxes, arrows, title=picture.title, note=picture.note), members)


def _group(key: str, alike: Sequence[Box]) -> Box:
    first = alike[0]
    states = Counter(box.state for box in alike if box.state)
    labels = {box.label for box in alike}
    kind = f"{first.kind}s"
    caption = f"{len(alike):,} {kind}"
    if len(states) == 1:
        caption += f" · {next(iter(states))}"
    return Box(
        key=key,
        label=first.label if len(labels) == 1 else f"{len(labels)} types of {kind}",
        kind=first.kind,
        state=first.state,
        caption=caption,
        tooltip=[(state.lower(), f"{count:,}") for state, count in states.most_common()],
        emphasis=first.emphasis,
        frontier=first.frontier,
        mark=first.mark,
    )
