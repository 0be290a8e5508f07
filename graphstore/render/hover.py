"""What is shown when the pointer rests on a part of a picture."""

from __future__ import annotations

from graphstore.render.picture import Arrow, Box, Tooltip
from graphstore.render.text import clean

__all__ = ["of_arrow", "of_box"]

# A property can hold megabytes; nobody reads them in a tooltip, and a picture has many.
_LONGEST = 2_000


def of_box(box: Box) -> list[str]:
    """The lines for a box: label and name whole, the caption, the state, the tooltip."""
    state = "" if not box.state or box.state in box.caption else f"state: {box.state}"
    return _lines([box.label, box.name, box.caption, state], box.tooltip)


def of_arrow(arrow: Arrow, source: Box, target: Box) -> list[str]:
    """The lines for an arrow: what it joins, its kind and role, the tooltip."""
    ends = (clean(box.label)[:200] for box in (source, target))
    return _lines([" → ".join(ends), arrow.kind, arrow.label], arrow.tooltip)


def _lines(head: list[str], pairs: Tooltip) -> list[str]:
    texts = [*head, *(f"{name}: {value}" for name, value in pairs)]
    short = (text if len(text) <= _LONGEST else text[:_LONGEST] + "…" for text in texts)
    return [line for line in map(clean, short) if line]
