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
    "name_of_state",
    "rules",
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


Looks = dict[str, Look]

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
    "first": Look("#ffe4c4", "#c2650a", "#552b02"),
    "second": Look("#cfefec", "#0f766e", "#073b37"),
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
    return _tone_of_state(box)


def _tone_of_state(box: Box) -> str:
    if box.mark is not None:
        return box.mark[0]
    return _TONE_OF_STATE.get((box.state or "").upper(), "")


def name_of(box: Box) -> str:
    """A name for the box's look: letters only, fit for a class in any of the formats."""
    return box.kind + _tone(box).capitalize()


def name_of_state(box: Box) -> str:
    """The same for its kind and state alone, for who marks by other means where it was cut."""
    return box.kind + _tone_of_state(box).capitalize()


def look(box: Box) -> Look:
    """The colours for the box."""
    return _LIGHT[name_of(box)]


def rules(prefix: str = "", *, dark: bool = False) -> str:
    """The looks as rules of CSS: a class for each name, which sets what a sheet can use.

    They are ``--fill``, ``--line``, ``--ink`` and ``--dashes``.

    Args:
        prefix: What stands before each class.
        dark: Colours for a dark ground.
    """
    return "".join(
        f"{prefix}.{name}{{--fill:{one.fill};--line:{one.line};--ink:{one.ink};"
        f"--dashes:{one.dashes or 'none'}}}"
        for name, one in (_DARK if dark else _LIGHT).items()
    )


def _looks(kinds: dict[str, Look], cached: dict[str, Look], tones: dict[str, Look]) -> Looks:
    """Every look by its name: a tone replaces the colours of a kind, but for what was cached."""
    looks = dict(kinds)
    looks |= {f"{kind}Cached": one for kind, one in cached.items()}
    looks |= {f"{kind}{tone.capitalize()}": one for kind in kinds for tone, one in tones.items()}
    return looks


_LIGHT = _looks(_KINDS, _CACHED, _TONES)
_DARK = _looks(
    {
        "artifact": Look("#3b3216", "#d0a23c", "#faedc8"),
        "execution": Look("#1d3350", "#6ba0dc", "#dfecfb"),
        "context": Look("#30274a", "#a78bd6", "#ebe3fa"),
    },
    {
        "artifact": Look("#231f13", "#d0a23c", "#faedc8", "5 3"),
        "execution": Look("#152231", "#6ba0dc", "#dfecfb", "5 3"),
        "context": Look("#1f1a2e", "#a78bd6", "#ebe3fa", "5 3"),
    },
    {
        "failed": Look("#51201d", "#ff7b70", "#ffdedb"),
        "active": Look("#173a26", "#4fc27a", "#d5f5e0"),
        "gone": Look("#262b32", "#75808d", "#b4bdc8"),
        "frontier": Look("#161b22", "#75808d", "#b4bdc8", "1.5 3"),
        "first": Look("#4a2a0c", "#f0a04b", "#ffe6cc"),
        "second": Look("#0c3a37", "#3fc0b5", "#d2f5f1"),
    },
)


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
        elif box.mark is not None:
            marks.setdefault(box.mark[1], Box("", "", box.kind, mark=box.mark))
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
