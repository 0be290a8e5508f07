"""The few shapes that a drawing is made of, as SVG elements."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import hypot, sqrt

from graphstore.render.picture import Box
from graphstore.render.roles import Point
from graphstore.render.style import ARROW, INK, look
from graphstore.render.text import is_measured, width

__all__ = ["HEAD", "arrow", "bend_path", "body", "curve", "curve_path", "inset", "number", "text"]

_ROUND, _CUT, _SHARP, _BEND = 14.0, 9.0, 2.0, 7.0

HEAD = (
    '<marker id="graphstore-head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8"'
    ' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
    f'<path d="M0 1L9.5 5L0 9z" fill="{ARROW}"/></marker>'
)
"""The arrow's head, for ``<defs>``; two pictures in one page may both bring it."""


def number(value: float) -> str:
    """The number as short as a tenth of a pixel allows."""
    short = f"{value:.1f}".removesuffix(".0")
    return "0" if short == "-0" else short


def text(
    x: float, y: float, content: str, size: float, *, bold: bool = False, more: str = ""
) -> str:
    """A line of text; the content is clean, and escaped here.

    Where the width is a guess, the viewer is told to keep to it, so that nothing sticks out.
    """
    if not content:
        return ""
    weight = ' font-weight="600"' if bold else ""
    fit = (
        ""
        if is_measured(content)
        else f' textLength="{number(width(content, size, bold=bold))}"'
        ' lengthAdjust="spacingAndGlyphs"'
    )
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{weight}{fit}{more}>'
        f"{escape(content, quote=False)}</text>"
    )


def body(box: Box, x: float, y: float, wide: float, high: float) -> str:
    """The box without its text, around the middle (x, y)."""
    colours = look(box)
    paint = (
        f' fill="{colours.fill}" stroke="{INK if box.emphasis else colours.line}"'
        f' stroke-width="{number(_border(box))}"'
    )
    if colours.dashes:
        paint += f' stroke-dasharray="{colours.dashes}"'
    left, top = x - wide / 2, y - high / 2
    if box.kind == "context":
        corner = _corner(box, high)
        corners = [
            (left + corner, top), (left + wide - corner, top), (left + wide, top + corner),
            (left + wide, top + high - corner), (left + wide - corner, top + high),
            (left + corner, top + high), (left, top + high - corner), (left, top + corner),
        ]  # fmt: skip
        return f'<polygon points="{" ".join(map(_pair, corners))}"{paint}/>'
    return (
        f'<rect x="{number(left)}" y="{number(top)}" width="{number(wide)}"'
        f' height="{number(high)}" rx="{number(_corner(box, high))}"{paint}/>'
    )


def inset(box: Box, high: float, offset: float) -> float:
    """How far the outer edge of the box has drawn back, so far above or below its middle."""
    size = _corner(box, high)
    into = min(max(abs(offset) - (high / 2 - size), 0.0), size)
    back = into if box.kind == "context" else size - sqrt(size * size - into * into)
    return back - _border(box) / 2


def _border(box: Box) -> float:
    return 2.8 if box.emphasis else 1.3


def _corner(box: Box, high: float) -> float:
    """How much of the side the corner takes."""
    if box.kind == "context":
        return min(_CUT, high / 3)
    return min(_ROUND, high / 2) if box.kind == "artifact" else _SHARP


def arrow(points: Sequence[Point], *, dashed: bool) -> str:
    """A line through the points with round bends and a head at its end."""
    return _arrow(bend_path(points), dashed)


def curve(start: Point, end: Point, *, dashed: bool) -> str:
    """An arrow that leaves to the right and arrives from the left; pale, as it may cross much."""
    return _arrow(curve_path(start, end), dashed, ' stroke-opacity="0.45"')


def _arrow(path: str, dashed: bool, more: str = "") -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<path d="{path}"{dashes}{more} marker-end="url(#graphstore-head)"/>'


def curve_path(start: Point, end: Point) -> str:
    """The path of a line that leaves to the right and arrives from the left."""
    reach = max((end[0] - start[0]) / 2, 40.0)
    bends = [start, (start[0] + reach, start[1]), (end[0] - reach, end[1]), end]
    return f"M{_pair(bends[0])}C{' '.join(map(_pair, bends[1:]))}"


def bend_path(points: Sequence[Point]) -> str:
    """The path of a line through the points, with round bends."""
    parts = [f"M{_pair(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        parts.append(f"L{_pair(_towards(corner, before))}")
        parts.append(f"Q{_pair(corner)} {_pair(_towards(corner, after))}")
    parts.append(f"L{_pair(points[-1])}")
    return "".join(parts)


def _towards(start: Point, end: Point) -> Point:
    """A point a bend's radius from the start, or half way where there is less room."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy)
    part = min(_BEND / length, 0.5) if length else 0.0
    return start[0] + dx * part, start[1] + dy * part


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
