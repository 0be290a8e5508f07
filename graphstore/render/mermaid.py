"""A picture as Mermaid text, which GitHub, GitLab and many notebooks draw where it stands."""

from __future__ import annotations

import re
from collections import defaultdict

from graphstore.render.picture import Arrow, Box, Kind, Picture
from graphstore.render.style import ARROW, INK, look, name_of
from graphstore.render.text import clean, shorten

__all__ = ["mermaid"]

_SHAPES: dict[Kind, tuple[str, str]] = {
    "artifact": ("([", "])"),
    "execution": ("[", "]"),
    "context": ("{{", "}}"),
}
_LABEL_ROOM, _ROLE_ROOM, _TITLE_ROOM, _SIZE = 300, 140, 900, 14

# Everything but letters, digits and what surely means nothing is written by its number: comments
# (%%), directives (%%{), links (http:), icons (fa:) and Markdown are looked for inside quotes too,
# and so is `direction TB`, wherever on a line it stands.
_SPECIAL = re.compile(r"[^\w ./…·-]|(?<=direction) ")
_SPECIAL_IN_TITLE = re.compile(r'["\\%]')

# Some of it is looked for after the numbers have been read - formulas, a backslash and an n for a
# new line - so a space without width comes between. The ligature begins an entity in Mermaid's own
# spelling of them (`encodeEntities` in utils.ts).
_IN_BODY = str.maketrans({"$": "$\u200b", "\\": "\\\u200b", "\ufb02": "fl"})
# Mermaid cleans the title as HTML and then shows it as plain text, so that an escaped `<` would be
# seen as `&lt;` and one that is not takes the rest of the title with it.
_IN_TITLE = str.maketrans({"<": "\u2039", ">": "\u203a", "\ufb02": "fl"})


def mermaid(picture: Picture) -> str:
    """The picture as a Mermaid flowchart, left to right.

    Mermaid has no hover texts without scripts, so tooltips are left out. Of several arrows from a
    box to itself it draws the last. It draws at most 500 arrows and reads 50,000 characters, unless
    the page that shows it allows more (``maxEdges``, ``maxTextSize``); `svg` has no such bounds.

    Args:
        picture: What to draw.

    Returns:
        Lines that end with a newline: the title, one line a box, one an arrow, then the styles.
    """
    names = {box.key: f"n{number}" for number, box in enumerate(picture.boxes)}
    lines = [*_front_matter(picture), "flowchart LR"]
    lines += (f"  {names[box.key]}{_box(box)}" for box in picture.boxes)
    lines += (f"  {names[a.source]} {_line(a)} {names[a.target]}" for a in picture.arrows)
    lines += _styles(picture, names)
    return "\n".join(lines) + "\n"


def _front_matter(picture: Picture) -> list[str]:
    note = f" ({picture.note})" if picture.note else ""
    title = shorten(clean(picture.title + note), _TITLE_ROOM, _SIZE).translate(_IN_TITLE)
    if not title:
        return []
    safe_title = _SPECIAL_IN_TITLE.sub(lambda match: f"\\x{ord(match[0]):02x}", title)
    return ["---", f'title: "{safe_title}"', "---"]


def _text(text: str, room: float) -> str:
    short = shorten(clean(text), room, _SIZE).translate(_IN_BODY)
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", short)


def _box(box: Box) -> str:
    lines = [_text(line, _LABEL_ROOM) for line in (box.label, box.name, box.caption)]
    opening, closing = _SHAPES[box.kind]
    # A pair of quotes with nothing between is a syntax error.
    return f'{opening}"{"<br/>".join(filter(None, lines)) or " "}"{closing}'


def _line(arrow: Arrow) -> str:
    line = "-.->" if arrow.dashed else "-->"
    label = _text(arrow.label, _ROLE_ROOM)
    return f'{line}|"{label}"|' if label else line


def _styles(picture: Picture, names: dict[str, str]) -> list[str]:
    """A class for each look that occurs, and the boxes that have it."""
    members: dict[str, list[str]] = defaultdict(list)
    styles: dict[str, str] = {}
    for box in picture.boxes:
        colours = look(box)
        styles[name_of(box)] = f"fill:{colours.fill},stroke:{colours.line},color:{colours.ink}" + (
            f",stroke-dasharray:{colours.dashes}" if colours.dashes else ""
        )
        members[name_of(box)].append(names[box.key])
    # Last, since a later class overrides an earlier one.
    for box in picture.boxes:
        if box.emphasis:
            styles["emphasis"] = f"stroke:{INK},stroke-width:4px"
            members["emphasis"].append(names[box.key])
    lines = [f"  classDef {name} {style}" for name, style in styles.items()]
    lines += [f"  class {','.join(boxes)} {name}" for name, boxes in members.items()]
    if picture.arrows:
        lines.append(f"  linkStyle default stroke:{ARROW}")
    return lines
