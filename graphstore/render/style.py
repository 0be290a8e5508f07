"""How kinds and states look, in every format.

Kinds follow the PROV drawings: what there is, is yellow; what happened is a blue rectangle. A state
changes the colour or the border and never the shape, so that the kind stays visible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphstore.render.picture import Arrow, Box

__all__ = [
    "ARROW",
    "INK",
    "QUIET",
    "WARNING",
    "Look",
    "appearances",
    "dashed_kinds",
    "look",
    "name_of",
]

INK = "#1f2933"
QUIET = "#52606d"
ARROW = "#6b7785"
WARNING = "#9a5b00"


@dataclass(frozen=True)
class Look:
    """Colours of a box."""

    fill: str
    line: str
    ink: str
    dashes: str = ""
    """As SVG's ``stroke-dasharray``; empty for a solid border."""


_KINDS = {
    "artifact": Look("#fdf3d0", "#c2952b", "#3f3006"),
    "execution": Look("#dfebfa", "#4a7db8", "#10294a"),
    "context": Look("#efe9f6", "#8a70b3", "#2f2148"),
}
_CACHED = {
    "artifact": Look("#fffcf3", "#c2952b", "#3f3006", "5 3"),
    "execution": Look("#f6faff", "#4a7db8", "#10294a", "5 3"),
    "context": Look("#fbf9fd", "#8a70b3", "#2f2148", "5 3"),
}
_TONES = {
    "failed": Look("#fde3e0", "#c8322b", "#6b120d"),
    "active": Look("#dff3e4", "#2f8a52", "#0d3a1f"),
    "gone": Look("#f0f1f3", "#9aa2ad", "#555d69"),
    "frontier": Look("#ffffff", "#9aa2ad", "#555d69", "1.5 3"),
}
_TONE_OF_STATE = {
    "CACHED": "cached",
    "FAILED": "failed",
    "NEW": "active",
    "RUNNING": "active",
    "PENDING": "active",
    "CANCELED": "gone",
    "ABANDONED": "gone",
    "MARKED_FOR_DELETION": "gone",
    "DELETED": "gone",
}


def _tone(box: Box) -> str:
    if box.frontier:
        return "frontier"
    return _TONE_OF_STATE.get((box.state or "").upper(), "")


def name_of(box: Box) -> str:
    """A name for the box's look: letters only, fit for a class in any of the formats."""
    return box.kind + _tone(box).capitalize()


def look(box: Box) -> Look:
    """The colours for the box."""
    tone = _tone(box)
    if tone == "cached":
        return _CACHED[box.kind]
    return _TONES.get(tone, _KINDS[box.kind])


def appearances(boxes: Iterable[Box]) -> list[tuple[str, Box]]:
    """What a legend has to explain: a text, and a box to draw beside it.

    One entry for each kind, then one for each state that has a look of its own; only of what
    occurs. Emphasis and frontier come last.
    """
    kinds: dict[str, Box] = {}
    states: dict[str, Box] = {}
    marks: dict[str, Box] = {}
    for box in boxes:
        kinds.setdefault(box.kind, Box("", "", box.kind))
        if box.frontier:
            marks.setdefault("cut off here", Box("", "", box.kind, frontier=True))
        elif _tone(box) and box.state:
            text = box.state.lower().replace("_", " ")
            states.setdefault(text, Box("", "", box.kind, state=box.state))
        if box.emphasis:
            marks.setdefault("asked about", Box("", "", box.kind, emphasis=True))
    entries = [(kind, kinds[kind]) for kind in _KINDS if kind in kinds]
    return entries + sorted(states.items()) + sorted(marks.items())


def dashed_kinds(arrows: Iterable[Arrow]) -> list[str]:
    """The kinds of the dashed arrows, as a legend spells them, in order."""
    kinds = {arrow.kind for arrow in arrows if arrow.dashed and arrow.kind}
    return sorted(kind.lower().replace("_", " ") for kind in kinds)
