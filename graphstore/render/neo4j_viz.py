"""A picture for neo4j-viz: Neo4j's own drawing of graphs for notebooks, to drag and to search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphstore.errors import MissingExtra
from graphstore.render.picture import Box, Picture
from graphstore.render.style import ARROW, appearances, look
from graphstore.render.text import clean

if TYPE_CHECKING:
    from neo4j_viz import VisualizationGraph

__all__ = ["neo4j_viz"]

_WEAK = "#b8c0ca"
_SIZE, _ASKED_ABOUT = 36, 48


def neo4j_viz(picture: Picture) -> VisualizationGraph:
    """The picture as a `neo4j_viz.VisualizationGraph`.

    A node's id is the key of its box, its colour that of the kind and state in the other pictures,
    and its properties are what their tooltips tell. What the question was about is larger, and what
    is dashed elsewhere is pale. Title and note are left out: there is no room for them.

    Raises:
        MissingExtra: If neo4j-viz is not installed (extra ``viz``).
    """
    try:
        from neo4j_viz import Node, Relationship, VisualizationGraph
    except ImportError:
        raise MissingExtra("to_neo4j_viz", "viz", "neo4j-viz") from None
    graph = VisualizationGraph(
        nodes=[
            Node(
                id=box.key,
                caption=clean(f"{box.key} {box.label}"),  # what is too long loses its end
                color=_colour(box),
                size=_ASKED_ABOUT if box.emphasis else _SIZE,
                properties={
                    "kind": box.kind,
                    **({"state": box.state} if box.state else {}),
                    **dict(box.tooltip),
                },
            )
            for box in picture.boxes
        ],
        relationships=[
            Relationship(
                id=f"r{number}",
                source=arrow.source,
                target=arrow.target,
                caption=clean(arrow.label or arrow.kind),
                color=_WEAK if arrow.dashed else ARROW,
                properties={
                    **({"event": arrow.kind} if arrow.kind else {}),
                    **dict(arrow.tooltip),
                },
            )
            for number, arrow in enumerate(picture.arrows)
        ],
    )
    graph.set_legend(
        nodes=[(text, _colour(box)) for text, box in appearances(picture.boxes) if not box.emphasis]
    )
    return graph


def _colour(box: Box) -> str:
    """Strong, since a circle is small and has no border; pale for what was only passed on."""
    style = look(box)
    passed_on = bool(style.dashes) and not box.frontier
    return look(Box("", "", box.kind)).fill if passed_on else style.line
