"""What is drawn: boxes and arrows, whatever they stand for.

The writers (`mermaid`, `dot`, `svg`) know this and nothing of lineage or Neo4j. Any text may stand
in a field: the writers clean, cut and escape it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from graphstore.errors import InvalidArgument

__all__ = ["Arrow", "Box", "Kind", "Mark", "Picture", "Tooltip"]

Kind = Literal["artifact", "execution", "context"]

Mark = tuple[Literal["first", "second"], str]
"""A colour of its own, and what a legend says that it means."""

Tooltip = Sequence[tuple[str, str]]
"""Names and values, shown when the pointer rests on a box or an arrow, in this order."""

_KINDS = ("artifact", "execution", "context")


@dataclass(frozen=True)
class Box:
    """A node of the picture."""

    key: str
    """What arrows call it; unique in a picture, never shown."""
    label: str
    """Its name, cut in the middle where it is too long for the box."""
    kind: Kind
    """Decides shape and colour."""
    state: str | None = None
    """As in ML Metadata, e.g. ``CACHED`` or ``FAILED``; one that we do not know changes nothing."""
    caption: str = ""
    """The last, smaller line, e.g. ``#45 · LIVE``."""
    tooltip: Tooltip = ()
    """More about it; the whole label is shown above it."""
    emphasis: bool = False
    """Whether the question was about this one."""
    frontier: bool = False
    """Whether the picture was cut here: what lies behind it is not drawn."""
    name: str = ""
    """A line between label and caption, for what has a name beside its label."""
    folded: Sequence[Box] = ()
    """Boxes that are not drawn, since this one speaks for them; a page lists them."""
    mark: Mark | None = None
    """What tells it from others in this picture, where that matters more than its state."""

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise InvalidArgument(
                f"the kind of a box is {' or '.join(_KINDS)}, found {self.kind!r}"
            )
        object.__setattr__(self, "tooltip", tuple(self.tooltip))
        object.__setattr__(self, "folded", tuple(self.folded))


@dataclass(frozen=True)
class Arrow:
    """An edge of the picture, drawn the way it points."""

    source: str
    """Key of the box that it leaves."""
    target: str
    """Key of the box that it enters; it may be the source."""
    label: str = ""
    """Its role, e.g. ``base_model``; written beside the line."""
    kind: str = ""
    """What it means, e.g. ``DECLARED_INPUT``; in the tooltip, and in the legend if it is dashed."""
    dashed: bool = False
    """Whether it is drawn as the weaker kind of relation."""
    tooltip: Tooltip = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tooltip", tuple(self.tooltip))


@dataclass(frozen=True)
class Picture:
    """Boxes and the arrows between them.

    Several arrows may join the same two boxes, and arrows may run in circles.

    Raises:
        InvalidArgument: If two boxes have one key, or an arrow's end is no box.
    """

    boxes: Sequence[Box]
    arrows: Sequence[Arrow] = ()
    title: str = ""
    note: str = ""
    """What the reader must know about the whole, e.g. ``truncated at 500 nodes``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "boxes", tuple(self.boxes))
        object.__setattr__(self, "arrows", tuple(self.arrows))
        keys: set[str] = set()
        for box in self.boxes:
            if box.key in keys:
                raise InvalidArgument(f"two boxes of the picture have the key {box.key!r}")
            keys.add(box.key)
        for arrow in self.arrows:
            for end in (arrow.source, arrow.target):
                if end not in keys:
                    raise InvalidArgument(
                        f"the arrow {arrow.source!r} -> {arrow.target!r} needs a box"
                        f" with the key {end!r}"
                    )
