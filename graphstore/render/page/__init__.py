"""A picture as one page to explore in a browser: nothing to load, and no server behind it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from graphstore.render.grouping import group_boxes
from graphstore.render.layout import arrange, texts_of, touching
from graphstore.render.picture import Box, Picture
from graphstore.render.shapes import bend_path, curve_path
from graphstore.render.style import appearances, dashed_kinds, name_of_state, rules
from graphstore.render.text import clean, legible

__all__ = ["page", "policy"]

# Up to here a picture is drawn as it is, from here on as groups only; between, the reader chooses.
_FEW, _MANY = 60, 1_500
# The reader begins with groups from here on.
_CROWD = 600

# A property can hold megabytes, and a page holds thousands of them.
_LONGEST = 20_000


def page(picture: Picture, *, explore: bool = False) -> str:
    """The picture as HTML, in layers from left to right.

    It moves, zooms, can be searched, and shows what is known of a box that is chosen. A picture of
    many boxes is drawn in groups of those that are alike, and each box with what surrounds it on
    demand; all of the boxes are in the page. It follows the reader's choice of light and dark.
    Nothing is loaded, and the page's own policy forbids it. The same picture gives the same text.

    Args:
        picture: What to draw.
        explore: Whether it is shown by a server within a page of it: then each box leads to its
            own page, and to this picture with its neighbours, by the address.

    Returns:
        The file's text, to be written as UTF-8.

    Raises:
        MissingExtra: If graphlay is not installed (extra ``draw``).
    """
    title = clean(picture.title) or "Picture"
    data = _data(picture, title)
    if explore:
        data["explore"] = 1
    parts = {
        "title": escape(title),
        "policy": policy(),
        "style": _style(),
        "script": _script(),
        "data": _json(data),
    }
    # At once: what was put in is not looked at again.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _file("template.html"))


@cache
def policy() -> str:
    """What the page may do (Content-Security-Policy): run its own script, and load nothing."""
    return (
        f"default-src 'none'; script-src '{_hash(_script())}'; style-src '{_hash(_style())}';"
        " base-uri 'none'; form-action 'none'"
    )


@cache
def _script() -> str:
    return _file("layout.js") + _file("page.js")


@cache
def _file(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    choice, preference = ":root[data-theme=dark] ", ":root:not([data-theme=light]) "
    return (
        f"{rules()}\n{rules(choice, dark=True)}\n"
        f"@media (prefers-color-scheme:dark){{{rules(preference, dark=True)}}}\n"
        + _file("page.css")
    )


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _json(data: Any) -> str:
    """JSON that is safe inside an element ``script``, whatever stands in its strings."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(picture: Picture, title: str) -> dict[str, Any]:
    boxes = [_box(box) for box in picture.boxes]
    numbers = {box.key: number for number, box in enumerate(picture.boxes)}
    for box in picture.boxes:
        for part in box.folded:
            if part.key not in numbers:
                numbers[part.key] = len(boxes)
                boxes.append(_box(part))
        if box.folded:
            boxes[numbers[box.key]]["folded"] = [numbers[part.key] for part in box.folded]
    arrows = [
        [
            numbers[arrow.source],
            numbers[arrow.target],
            clean(arrow.label),
            clean(arrow.kind),
            int(arrow.dashed),
        ]
        for arrow in picture.arrows
    ]
    views = []
    count = len(picture.boxes)
    if count <= _MANY:
        views.append({"name": "All", **_view(picture, numbers)})
    of_groups = group_boxes(picture) if count > _FEW else None
    # Groups that are nearly as many as the boxes would be no help.
    if of_groups and (count > _MANY or len(of_groups.picture.boxes) * 2 <= count):
        for box in of_groups.picture.boxes:
            if box.key in of_groups.members:
                numbers[box.key] = len(boxes)
                members = [numbers[key] for key in of_groups.members[box.key]]
                boxes.append({**_box(box), "members": members})
        view = {"name": "Groups", **_view(of_groups.picture, numbers)}
        views.insert(0 if count > _CROWD else len(views), view)
    return {
        "title": title,
        "note": clean(picture.note),
        "boxes": boxes,
        "count": count,
        "arrows": arrows,
        "views": views,
        "legend": [
            [text, name_of_state(box), box.kind, int(box.emphasis), int(box.frontier)]
            for text, box in appearances(
                [*(replace(box, frontier=False) for box in picture.boxes), *picture.boxes]
            )
        ],
        "dashed": [clean(kind) for kind in dashed_kinds(picture.arrows)],
    }


def _box(box: Box) -> dict[str, Any]:
    label, name, caption = texts_of(box)
    whole = {"label": clean(box.label), "name": clean(box.name), "caption": clean(box.caption)}
    texts = {"label": label, "name": name, "caption": caption}
    about = {
        "state": clean(box.state or ""),
        "asked": int(box.emphasis),
        "cut": int(box.frontier),
        "facts": [[clean(name), _fact(value)] for name, value in box.tooltip],
        # What is drawn, where that is not the whole.
        "short": {part: text for part, text in texts.items() if text != whole[part]},
    }
    return {
        "key": clean(box.key),
        "kind": box.kind,
        "look": name_of_state(box),
        **whole,
        **{name: value for name, value in about.items() if value},
    }


def _fact(value: str) -> str:
    if len(value) <= _LONGEST:
        return legible(value)
    return f"{legible(value[:_LONGEST])}… ({len(value):,} characters)"


def _view(picture: Picture, numbers: dict[str, int]) -> dict[str, Any]:
    drawing = arrange(picture)
    shapes = {one.box.key: one for one in drawing.boxes}
    lines = []
    for route in drawing.routes:
        source, target = shapes[route.arrow.source], shapes[route.arrow.target]
        points = touching(route.line.points, source, target)
        path = bend_path(points) if route.line.routed else curve_path(points[0], points[-1])
        line: dict[str, Any] = {
            "s": numbers[route.arrow.source],
            "t": numbers[route.arrow.target],
            "d": path,
        }
        about = {
            "role": clean(route.arrow.label),
            "kind": clean(route.arrow.kind),
            "dashed": int(route.arrow.dashed),
            "pale": int(not route.line.routed),
        }
        line |= {name: value for name, value in about.items() if value}
        if route.label_at:
            x, y = route.label_at
            line |= {"short": route.label, "x": _round(x), "y": _round(y)}
        lines.append(line)
    return {
        "width": _round(drawing.width),
        "height": _round(drawing.height),
        "items": [
            [numbers[one.box.key], *map(_round, (one.x, one.y, one.width, one.height))]
            for one in drawing.boxes
        ],
        "lines": lines,
    }


def _round(value: float) -> float:
    return round(value, 1)
