"""A picture laid out: which text each box holds, and where all of it stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from graphstore.render import shapes
from graphstore.render.engine import Line, plan
from graphstore.render.junctions import FAN
from graphstore.render.picture import Arrow, Box, Picture
from graphstore.render.roles import Point, Rect, place
from graphstore.render.text import clean, shorten, width

__all__ = [
    "CAPTION_SIZE",
    "LABEL_SIZE",
    "ROLE_SIZE",
    "Drawing",
    "Placed",
    "Route",
    "arrange",
    "role_size",
    "texts_of",
    "touching",
]

LABEL_SIZE, CAPTION_SIZE, ROLE_SIZE = 13.0, 11.0, 10.5

_NARROWEST, _WIDEST, _WIDEST_ROLE = 84.0, 216.0, 110.0
_PADDING = 14.0
_LOW, _HIGH, _HIGHER, _HIGHEST = 34.0, 46.0, 62.0, 220.0
# Arrows that meet at a side are told apart if it leaves each of them this much.
_PORT = 15.0


@dataclass(frozen=True)
class Placed:
    """A box in its place, with the text that fits into it; x and y are its middle."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    label: str
    name: str
    caption: str

    @property
    def rect(self) -> Rect:
        """Left, top, right, bottom."""
        x, y = self.width / 2, self.height / 2
        return self.x - x, self.y - y, self.x + x, self.y + y


@dataclass(frozen=True)
class Route:
    """An arrow's line, and where its label stands, if there was room for one."""

    arrow: Arrow
    line: Line
    label: str
    label_at: Point | None


@dataclass(frozen=True)
class Drawing:
    """The whole, from (0, 0) to (width, height)."""

    boxes: list[Placed]
    routes: list[Route]
    width: float
    height: float


def arrange(picture: Picture) -> Drawing:
    """Lays the picture out from left to right.

    Raises:
        MissingExtra: If graphlay is not installed.
    """
    sizes = _sizes(picture)
    numbers = {box.key: number for number, box in enumerate(picture.boxes)}
    roles = [shorten(clean(arrow.label), _WIDEST_ROLE, ROLE_SIZE) for arrow in picture.arrows]
    role_sizes = [role_size(role) if role else None for role in roles]
    engine_plan = plan(
        sizes,
        [(numbers[arrow.source], numbers[arrow.target]) for arrow in picture.arrows],
        role_sizes,
    )
    boxes = [
        _shape(box, middle, size)
        for box, middle, size in zip(picture.boxes, engine_plan.middles, sizes, strict=True)
    ]
    # Lines that are not routed are too many for labels, and those of loops have their place.
    paths = [line.points if line.routed else [] for line in engine_plan.lines]
    label_sizes = [
        size if line.routed and not line.label_at else None
        for line, size in zip(engine_plan.lines, role_sizes, strict=True)
    ]
    rects = [shape.rect for shape in boxes]
    places = place(rects, paths, label_sizes)
    # The engine gives a loop's label its place, but not its room: others may stand there.
    free = [
        line.label_at if line.label_at and size and _is_free(line.label_at, size, rects) else None
        for line, size in zip(engine_plan.lines, role_sizes, strict=True)
    ]
    routes = [
        Route(arrow, line, role, of_loop or spot)
        for arrow, line, role, of_loop, spot in zip(
            picture.arrows, engine_plan.lines, roles, free, places, strict=True
        )
    ]
    return Drawing(boxes, routes, engine_plan.width, engine_plan.height)


def _is_free(middle: Point, size: Point, rects: list[Rect]) -> bool:
    (x, y), (wide, high) = middle, (size[0] / 2, size[1] / 2)
    return not any(
        rect[0] < x + wide and x - wide < rect[2] and rect[1] < y + high and y - high < rect[3]
        for rect in rects
    )


def texts_of(box: Box) -> tuple[str, str, str]:
    """Label, name and caption as they are drawn: cut where they are too long for any box."""
    room = _WIDEST - 2 * _PADDING + 1
    return (
        shorten(clean(box.label), room, LABEL_SIZE, bold=True),
        shorten(clean(box.name), room, CAPTION_SIZE),
        shorten(clean(box.caption), room, CAPTION_SIZE),
    )


def role_size(role: str) -> Point:
    """Width and height of an arrow's label with some air around it."""
    return width(role, ROLE_SIZE) + 6, ROLE_SIZE + 4


def _sizes(picture: Picture) -> list[Point]:
    """Width and height of each box: one width for a kind, so that columns line up."""
    widths: dict[str, float] = {}
    for box in picture.boxes:
        text = max(
            width(clean(box.label)[:200], LABEL_SIZE, bold=True),
            width(clean(box.name)[:200], CAPTION_SIZE),
            width(clean(box.caption)[:200], CAPTION_SIZE),
        )
        fitting = round(min(max(text + 2 * _PADDING, _NARROWEST), _WIDEST))
        widths[box.kind] = max(widths.get(box.kind, 0.0), fitting)
    leaving = Counter(arrow.source for arrow in picture.arrows)
    entering = Counter(arrow.target for arrow in picture.arrows)
    lowest = _HIGH if any(box.caption for box in picture.boxes) else _LOW

    def height(box: Box) -> float:
        ports = min(max(leaving[box.key], entering[box.key]), FAN)
        return max(_HIGHER if box.name else lowest, min(_PORT * (ports + 1), _HIGHEST))

    return [(widths[box.kind], height(box)) for box in picture.boxes]


def _shape(box: Box, middle: Point, size: Point) -> Placed:
    # What is cut for the widest box fits into narrower ones, which are as wide as their text.
    return Placed(box, *middle, *size, *texts_of(box))


def touching(points: list[Point], source: Placed, target: Placed) -> list[Point]:
    """The line up to the shapes, which are narrower at their corners than the boxes laid out."""
    ends = []
    for (x, y), shape in ((points[0], source), (points[-1], target)):
        gap = shapes.inset(shape.box, shape.height, y - shape.y)
        on_side = abs(y - shape.y) < shape.height / 2
        ends.append((x + (gap if x < shape.x else -gap), y) if on_side else (x, y))
    return [ends[0], *points[1:-1], ends[1]]
