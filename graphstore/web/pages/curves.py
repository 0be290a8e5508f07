"""Metrics over steps, as charts take them: no more points than a screen shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphstore.model.series import Series

__all__ = ["WIDTH", "charts_of", "thin"]

WIDTH = 600
"""Pixels that a curve is wide at most; each has two points, the least and the greatest there."""
_BUDGET = 24_000
"""Points of one chart, however many curves share it."""
_FEWEST = 60

Point = tuple[float, float | None]


def charts_of(curves: Iterable[tuple[str, str, Mapping[str, Series]]]) -> list[dict[str, Any]]:
    """A chart for each metric, by name, with the curves of all that logged it.

    Args:
        curves: Who logged something: which it is (``c2``), what people call it, and what it logged.

    Returns:
        For each metric its name, its curves - `id`, `name`, `points`, and what a table says of
        each -, how many points there are in all, and how many of them are drawn.
    """
    by_metric: dict[str, list[tuple[str, str, Series]]] = {}
    for id_, name, series in curves:
        for metric, one in series.items():
            by_metric.setdefault(metric, []).append((id_, name, one))
    return [_chart(metric, some) for metric, some in sorted(by_metric.items())]


def _chart(metric: str, curves: Sequence[tuple[str, str, Series]]) -> dict[str, Any]:
    most = max(_FEWEST, min(2 * WIDTH, _BUDGET // len(curves)))
    lines: list[dict[str, Any]] = [
        {
            "id": id_,
            "name": name,
            "points": thin(one.steps, one.values, most),
            "count": one.count,
            "first": one.first,
            "last": one.last,
            "min": one.min,
            "max": one.max,
            "odd": sum(1 for value in one.values if not math.isfinite(value)),
        }
        for id_, name, one in curves
    ]
    return {
        "metric": metric,
        "curves": lines,
        "count": sum(one.count for _, _, one in curves),
        "drawn": sum(len(line["points"]) for line in lines),
    }


def thin(steps: Sequence[float], values: Sequence[float], most: int) -> list[Point]:
    """Points of a curve in their order, `most` at most: of each stretch the least and the greatest.

    So no peak is lost, and neither are the first point and the last. What is no number is a gap:
    None.

    Args:
        steps: Where each value is.
        values: As many values.
        most: How many points there may be, 4 or more.
    """
    total = len(values)
    if total <= most:
        return [_point(step, value) for step, value in zip(steps, values, strict=True)]
    stretches = (most - 2) // 2
    chosen = {0, total - 1}
    for part in range(stretches):
        begin, end = part * total // stretches, (part + 1) * total // stretches
        places = [place for place in range(begin, end) if math.isfinite(values[place])]
        if not places:
            chosen.add(begin)
            continue
        chosen.add(min(places, key=values.__getitem__))
        chosen.add(max(places, key=values.__getitem__))
    return [_point(steps[place], values[place]) for place in sorted(chosen)]


def _point(step: float, value: float) -> Point:
    return step, value if math.isfinite(value) else None
