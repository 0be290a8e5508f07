"""A picture as one SVG file: no scripts, no fonts, nothing to load."""

from __future__ import annotations

from collections import Counter
from xml.sax.saxutils import escape, quoteattr

from graphstore.render import hover, shapes
from graphstore.render.layout import (
    CAPTION_SIZE,
    LABEL_SIZE,
    ROLE_SIZE,
    Placed,
    Route,
    arrange,
    role_size,
    touching,
)
from graphstore.render.legend import legend
from graphstore.render.picture import Picture
from graphstore.render.shapes import number
from graphstore.render.style import ARROW, INK, QUIET, WARNING, look
from graphstore.render.text import clean, shorten, width

__all__ = ["svg"]

_MARGIN, _TITLE_SIZE, _NOTE_SIZE = 24.0, 16.0, 12.0
# A picture of one box still needs room for its title, but a title is no reason for a wide picture.
_NARROWEST, _WIDEST_TITLE = 260.0, 640.0
# Where the first line of a box stands, beside its middle, if there are so many lines.
_FIRST_LINE = {1: 4.5, 2: -3.0, 3: -11.0}


def svg(picture: Picture) -> str:
    """The picture as SVG, in layers from left to right.

    The same picture gives the same text, byte for byte. The ground is white, so that it can be
    read on a dark page too. Text is laid out for Helvetica, Arial or Liberation Sans, which are
    equally wide; no font comes with the file.

    Args:
        picture: What to draw.

    Returns:
        The file's text, to be written as UTF-8.

    Raises:
        MissingExtra: If graphlay is not installed (extra ``draw``).
    """
    drawing = arrange(picture)
    title, note = clean(picture.title), clean(picture.note)
    heading = max(width(title, _TITLE_SIZE, bold=True), width(note, _NOTE_SIZE))
    inner = max(drawing.width, _NARROWEST, min(heading, _WIDEST_TITLE))
    head, top = _head(title, note, inner)
    left = _MARGIN + (inner - drawing.width) / 2
    foot, foot_height = legend(picture, _MARGIN, top + drawing.height + _MARGIN, inner)
    wide = inner + 2 * _MARGIN
    high = top + drawing.height + (foot_height + _MARGIN if foot_height else 0) + _MARGIN
    boxes = {shape.box.key: shape for shape in drawing.boxes}
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{number(wide)}"'
            f' height="{number(high)}" viewBox="0 0 {number(wide)} {number(high)}"'
            f' font-family="Helvetica, Arial, Liberation Sans, sans-serif" fill="{INK}">',
            f"<title>{escape(title or 'Picture')}</title>",
            f"<desc>{escape(_description(picture, note))}</desc>",
            f"<defs>{shapes.HEAD}</defs>",
            f'<rect width="{number(wide)}" height="{number(high)}" rx="6" fill="#ffffff"/>',
            *head,
            *([] if drawing.boxes else [_nothing(top)]),
            f'<g transform="translate({number(left)} {number(top)})">',
            f'<g fill="none" stroke="{ARROW}" stroke-width="1.3">',
            *(_arrow(route, boxes) for route in drawing.routes),
            "</g>",
            # Boxes after the arrows: where a line comes too near to one, the box stays readable.
            '<g text-anchor="middle">',
            *map(_box, drawing.boxes),
            "</g>",
            f'<g text-anchor="middle" fill="{QUIET}">',
            *filter(None, map(_role, drawing.routes)),
            "</g>",
            "</g>",
            f'<g fill="{QUIET}" stroke-width="1.3">',
            *foot,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _head(title: str, note: str, room: float) -> tuple[list[str], float]:
    """Title and note, and where the drawing begins."""
    elements, y = [], _MARGIN
    if title:
        y += _TITLE_SIZE
        short = shorten(title, room, _TITLE_SIZE, bold=True)
        elements.append(shapes.text(_MARGIN, y, short, _TITLE_SIZE, bold=True))
    if note:
        y += _NOTE_SIZE + 6
        short = shorten(note, room, _NOTE_SIZE)
        elements.append(shapes.text(_MARGIN, y, short, _NOTE_SIZE, more=f' fill="{WARNING}"'))
    return elements, y + _MARGIN if elements else y


def _nothing(y: float) -> str:
    return shapes.text(_MARGIN, y, "Nothing to draw.", _NOTE_SIZE, more=f' fill="{QUIET}"')


def _description(picture: Picture, note: str) -> str:
    """What a screen reader says of the picture."""
    kinds = Counter(box.kind for box in picture.boxes)
    counts = [f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(kinds.items())]
    arrows = len(picture.arrows)
    counts.append(f"{arrows} arrow{'' if arrows == 1 else 's'} between them")
    summary = ", ".join(counts) if kinds else "nothing to draw"
    return f"{summary}; {note}" if note else summary


def _hover(lines: list[str]) -> str:
    return f"<title>{escape(chr(10).join(lines))}</title>" if lines else ""


def _box(shape: Placed) -> str:
    box, x, y = shape.box, shape.x, shape.y
    lines = [
        (shape.label, LABEL_SIZE),
        (shape.name, CAPTION_SIZE),
        (shape.caption, CAPTION_SIZE),
    ]
    rows = [line for number, line in enumerate(lines) if line[0] or number == 0]
    top = y + _FIRST_LINE[len(rows)]
    ink = f' fill="{look(box).ink}"'
    return "".join(
        [
            f'<g data-key={quoteattr(clean(box.key))} data-kind="{box.kind}">',
            _hover(hover.of_box(box)),
            shapes.body(box, shape.x, shape.y, shape.width, shape.height),
            *(
                shapes.text(x, top + 16 * number, line, size, bold=number == 0, more=ink)
                for number, (line, size) in enumerate(rows)
            ),
            "</g>",
        ]
    )


def _arrow(route: Route, boxes: dict[str, Placed]) -> str:
    source, target = boxes[route.arrow.source], boxes[route.arrow.target]
    hover_text = _hover(hover.of_arrow(route.arrow, source.box, target.box))
    points, dashed = touching(route.line.points, source, target), route.arrow.dashed
    line = (
        shapes.arrow(points, dashed=dashed)
        if route.line.routed
        else shapes.curve(*points, dashed=dashed)
    )
    ends = (quoteattr(clean(shape.box.key)) for shape in (source, target))
    return "<g data-source={} data-target={}>{}{}</g>".format(*ends, hover_text, line)


def _role(route: Route) -> str:
    """The role on a piece of white, which stops the line behind it."""
    if route.label_at is None:
        return ""
    x, y = route.label_at
    wide, high = role_size(route.label)
    return (
        f'<rect x="{number(x - wide / 2)}" y="{number(y - high / 2)}" width="{number(wide)}"'
        f' height="{number(high)}" fill="#ffffff"/>'
    ) + shapes.text(x, y + 3.5, route.label, ROLE_SIZE)
