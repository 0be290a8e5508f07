"""The line below a drawing that says what its shapes and colours mean."""

from __future__ import annotations

from graphstore.render import shapes
from graphstore.render.picture import Box, Picture
from graphstore.render.style import ARROW, appearances, dashed_kinds
from graphstore.render.text import clean, shorten, width

__all__ = ["legend"]

_SIZE, _ROW, _GAP = 11.0, 24.0, 20.0
_SAMPLE_WIDTH, _SAMPLE_HEIGHT = 26.0, 15.0
# A picture can have many kinds of weaker arrows, and they look alike.
_KINDS_ROOM = 240.0


def legend(picture: Picture, left: float, top: float, room: float) -> tuple[list[str], float]:
    """What occurs in the picture, in as many rows as the room needs.

    Returns:
        The elements, and the height that they take.
    """
    entries: list[tuple[str, Box | None]] = [*appearances(picture.boxes)]
    if kinds := ", ".join(filter(None, map(clean, dashed_kinds(picture.arrows)))):
        entries.append((shorten(kinds, _KINDS_ROOM, _SIZE), None))
    elements: list[str] = []
    x, y = left, top + _ROW / 2
    for text, sample in entries:
        wide = _SAMPLE_WIDTH + 7 + width(text, _SIZE)
        if x > left and x + wide > left + room:
            x, y = left, y + _ROW
        elements.append(_sample(sample, x, y))
        elements.append(shapes.text(x + _SAMPLE_WIDTH + 7, y + 4, text, _SIZE))
        x += wide + _GAP
    return elements, y + _ROW / 2 - top if entries else 0.0


def _sample(box: Box | None, x: float, y: float) -> str:
    if box is None:
        line = shapes.arrow([(x, y), (x + _SAMPLE_WIDTH, y)], dashed=True)
        return f'<g fill="none" stroke="{ARROW}">{line}</g>'
    return shapes.body(box, x + _SAMPLE_WIDTH / 2, y, _SAMPLE_WIDTH, _SAMPLE_HEIGHT)
