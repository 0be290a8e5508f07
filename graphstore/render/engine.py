"""The layered layout of graphlay, made to finish on whatever picture it is given."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from graphstore.errors import MissingExtra
from graphstore.render.junctions import Edge, Legs, align, with_junctions
from graphstore.render.roles import Point
from graphstore.render.spine import spine

__all__ = ["Line", "Plan", "plan"]

# From here on the engine is told to be quick; below, its best takes less than a second.
_MANY_BOXES = 1_500
# More tangled pictures are a thicket whatever one does, and would take the engine minutes to hours.
# Both bounds are measured. The first is of arrows beyond one a box; the second of layers that
# arrows pass on their way.
_TANGLE, _PASSED_LAYERS = 2_500, 12_000

# How wide the gap beside a box with very many arrows may become.
_WIDEST_FAN = 400.0

# Right-angled lines, because with slanted ones the engine crosses boxes and is slower. The room for
# labels is always left: the engine would find them places beside other arrows' lines.
_OPTIONS = {
    "direction": "leftright",
    "labels": {"reservation": "always"},
    "limits": {"max_dummies": _PASSED_LAYERS},
    "spacing": {
        "layer_gap": 48.0,
        "node_gap": 24.0,
        "isolated_gap": 24.0,
        "edge_label_margin": 20.0,
        "bundle_lane_gap": 15.0,
    },
    "self_loops": {"gap": 22.0},
}


@dataclass(frozen=True)
class Line:
    """An arrow's way from border to border."""

    points: list[Point]
    routed: bool = True
    """False for one that goes straight to its target, behind whatever stands in between."""
    label_at: Point | None = None
    """The place below a loop; the labels of other lines are placed later."""


@dataclass(frozen=True)
class Plan:
    """Where everything goes; the upper left corner is (0, 0)."""

    middles: list[Point]
    lines: list[Line]
    width: float
    height: float


def plan(sizes: Sequence[Point], arrows: Sequence[Edge], labels: Sequence[Point | None]) -> Plan:
    """Lays out boxes of these sizes from left to right, and the arrows between them.

    Where there are too many arrows to route, a few of them decide where the boxes stand, and the
    others are not routed.

    Args:
        sizes: Widths and heights.
        arrows: The numbers of the boxes that they join.
        labels: The sizes of the arrows' labels, for which room is left.

    Raises:
        MissingExtra: If graphlay is not installed.
    """
    try:
        from graphlay import GraphlayError
    except ImportError as error:
        raise MissingExtra("drawing a picture", "draw", "graphlay") from error
    every = range(len(arrows))
    if len(arrows) <= len(sizes) + _TANGLE:
        # What is wrong with all arrows but for their number is wrong with a few of them too, so
        # nothing is hidden here.
        with suppress(GraphlayError):
            return _plan(sizes, arrows, labels, every)
    loops = [number for number in every if arrows[number][0] == arrows[number][1]]
    others = [number for number in every if arrows[number][0] != arrows[number][1]]
    few = spine(len(sizes), [arrows[number] for number in others])
    return _plan(sizes, arrows, labels, [*loops, *(others[number] for number in few)])


def _plan(
    sizes: Sequence[Point],
    arrows: Sequence[Edge],
    labels: Sequence[Point | None],
    numbers: Sequence[int],
) -> Plan:
    import graphlay

    forks = with_junctions(len(sizes), [arrows[number] for number in numbers])
    room = {
        leg: _size(label)
        for number, leg in zip(numbers, forks.own, strict=True)
        if (label := labels[number]) and leg is not None
    }
    nodes = [*sizes, *[(1.0, 1.0)] * forks.junctions]
    graph = {
        "nodes": [{"size": _size(size)} for size in nodes],
        "edges": [
            {"source": source, "target": target}
            | ({"label_size": room[leg]} if leg in room else {})
            for leg, (source, target) in enumerate(forks.legs)
        ],
    }
    layout = graphlay.layout(graph, options=_options(len(nodes), forks)).to_dict()
    left, top = _point(layout["bounds"]["min"])
    right, bottom = _point(layout["bounds"]["max"])

    def shift(point: dict[str, float]) -> Point:
        x, y = _point(point)
        return x - left, y - top

    middles = [shift(node["center"]) for node in layout["nodes"]]
    legs = [[shift(point) for point in edge["points"]] for edge in layout["edges"]]
    # A box without arrows is in no layer.
    layers = [node["rank"] or 0 for node in layout["nodes"]]
    align(legs, forks, len(sizes), middles, layers)
    lines = [_direct(arrow, middles, sizes) for arrow in arrows]
    for number, of_arrow, own in zip(numbers, forks.of_arrow, forks.own, strict=True):
        anchor = layout["edges"][own]["label_anchor"] if own is not None else None
        loop = arrows[number][0] == arrows[number][1]
        lines[number] = Line(
            _join([legs[leg] for leg in of_arrow]),
            label_at=shift(anchor) if loop and anchor else None,
        )
    return Plan(middles[: len(sizes)], lines, right - left, bottom - top)


def _options(count: int, forks: Legs) -> dict[str, Any]:
    routing: dict[str, Any] = {"style": "orthogonal", "port_sides": "facing_only"}
    if forks.junctions:
        # The lines of a fork will run in one lane, but the engine keeps one free for each.
        routing["lane_gap"] = min(max(_WIDEST_FAN / forks.largest, 1.0), 8.0)
    options = {**_OPTIONS, "routing": routing}
    if count >= _MANY_BOXES:
        options["effort"] = "fast"
        # Finer places for the ends of lines: with thousands of boxes, most of the time goes there.
        options["tuning"] = {"routing": {"port_relax_rounds": 0, "overlap_repair_rounds": 0}}
    return options


def _join(legs: list[list[Point]]) -> list[Point]:
    """One line of the legs, without the points at the junctions, which are no bends."""
    points = legs[0]
    for leg in legs[1:]:
        points = points[:-1] + leg[1:]
    return points


def _direct(arrow: Edge, middles: Sequence[Point], sizes: Sequence[Point]) -> Line:
    """From the right side of the source to the left side of the target."""
    (from_x, from_y), (to_x, to_y) = (middles[box] for box in arrow)
    start, end = from_x + sizes[arrow[0]][0] / 2, to_x - sizes[arrow[1]][0] / 2
    return Line([(start, from_y), (end, to_y)], routed=False)


def _size(size: Point) -> dict[str, float]:
    return {"width": size[0], "height": size[1]}


def _point(point: dict[str, Any]) -> Point:
    return point["x"], point["y"]
