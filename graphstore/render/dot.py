"""A picture as DOT text, for Graphviz and whatever else reads it."""

from __future__ import annotations

from collections.abc import Iterable

from graphstore.render import hover
from graphstore.render.picture import Arrow, Box, Kind, Picture
from graphstore.render.style import ARROW, INK, look
from graphstore.render.text import clean, shorten

__all__ = ["dot"]

_SHAPES: dict[Kind, str] = {"artifact": "box", "execution": "box", "context": "octagon"}
_DASHES = {"": "", "5 3": ",dashed", "1.5 3": ",dotted"}
_LABEL_ROOM, _ROLE_ROOM, _TITLE_ROOM = 260, 140, 900

# Graphviz reads backslashes and HTML entities inside quotes too - backslashes in a tooltip twice,
# once for line breaks and once for names (\N).
_IN_LABEL = str.maketrans({"\\": "\\\\", '"': "&quot;", "&": "&amp;"})
_IN_TOOLTIP = str.maketrans({"\\": "\\" * 4, '"': "&quot;", "&": "&amp;"})


def dot(picture: Picture) -> str:
    """The picture as a Graphviz digraph, left to right.

    Args:
        picture: What to draw.

    Returns:
        Lines that end with a newline: one statement a line, one a box, one an arrow.
    """
    names = {box.key: f"n{number}" for number, box in enumerate(picture.boxes)}
    boxes = {box.key: box for box in picture.boxes}
    title = [shorten(clean(line), _TITLE_ROOM, 15) for line in (picture.title, picture.note)]
    lines = [
        "digraph {",
        f"  graph [rankdir=LR, nodesep=0.3, ranksep=0.5, {_font(15)}]",
        f"  graph [labelloc=t, label={_label(title)}]",
        f'  node [height=0.5, margin="0.16,0.06", {_font(12)}]',
        f'  edge [color="{ARROW}", fontcolor="{INK}", arrowsize=0.7, {_font(10)}]',
    ]
    lines += (f"  {names[box.key]} [{_box(box)}]" for box in picture.boxes)
    lines += (
        f"  {names[arrow.source]} -> {names[arrow.target]} [{_arrow(arrow, boxes)}]"
        for arrow in picture.arrows
    )
    return "\n".join([*lines, "}"]) + "\n"


def _font(size: int) -> str:
    return f'fontname="Helvetica,Arial,sans-serif", fontsize={size}'


def _label(lines: Iterable[str]) -> str:
    return '"' + "\\n".join(line.translate(_IN_LABEL) for line in lines if line) + '"'


def _tooltip(lines: Iterable[str]) -> str:
    return '"' + "\\n".join(line.translate(_IN_TOOLTIP) for line in lines) + '"'


def _box(box: Box) -> str:
    colours = look(box)
    label = [shorten(clean(line), _LABEL_ROOM, 12) for line in (box.label, box.name, box.caption)]
    corners = ",rounded" if box.kind == "artifact" else ""
    return (
        f"label={_label(label)}, shape={_SHAPES[box.kind]},"
        f' style="filled{corners}{_DASHES[colours.dashes]}", fillcolor="{colours.fill}",'
        f' color="{INK if box.emphasis else colours.line}", fontcolor="{colours.ink}",'
        f" penwidth={3 if box.emphasis else 1.2}, tooltip={_tooltip(hover.of_box(box))}"
    )


def _arrow(arrow: Arrow, boxes: dict[str, Box]) -> str:
    label = shorten(clean(arrow.label), _ROLE_ROOM, 10)
    tooltip = _tooltip(hover.of_arrow(arrow, boxes[arrow.source], boxes[arrow.target]))
    style = ", style=dashed" if arrow.dashed else ""
    return f"label={_label([label])}, tooltip={tooltip}, labeltooltip={tooltip}{style}"
