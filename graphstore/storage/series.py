"""Series: the metrics that runs and steps logged, a node for each.

``(:Execution)-[:LOGGED]->(:GraphstoreSeries {metric, key, steps, values, times, count, first, last,
min, max})``, and the same for the context of a run. `steps`, `values` and `times` are lists of one
length: what whoever logged it counts, the values, and milliseconds since the epoch. Each attempt
and each process that logs a metric has a series of its own (`key`); read, they are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphstore.database import AsOf, Reader, Row
from graphstore.database.queries import QUERIES
from graphstore.model.nodes import NodeRef
from graphstore.model.series import Series
from graphstore.storage.rows import to_millis

__all__ = ["read_last", "read_series", "series_from_row", "series_row"]


def series_row(series: Series) -> Row:
    """The properties of the node of a series."""
    return {
        "metric": series.metric,
        "key": series.key,
        "steps": list(series.steps),
        "values": list(series.values),
        "times": list(series.millis),
        "count": series.count,
        "first": series.first,
        "last": series.last,
        "min": series.min,
        "max": series.max,
    }


def series_from_row(row: Mapping[str, Any]) -> Series:
    """What `series_row` made the row of."""
    return Series(
        metric=row["metric"],
        steps=row["steps"],
        values=row["values"],
        millis=row["times"],
        count=row["count"],
        first=row["first"],
        last=row["last"],
        min=row.get("min"),
        max=row.get("max"),
        key=row["key"],
    )


def read_series(
    database: Reader, nodes: Sequence[NodeRef]
) -> Mapping[NodeRef, Mapping[str, Series]]:
    """The series of runs (contexts) and executions, by node and by metric, sorted by its name.

    One query. What several attempts or processes logged is one series, in the order of time. Nodes
    that have none are left out. As of a time it is what was logged by then, by the clocks of who
    logged it; without what was thinned since (`Series.until`).
    """
    end = to_millis("as_of", database.time) if isinstance(database, AsOf) else None
    rows = database.rows(QUERIES["series.list"], **_ids(nodes))
    parts: dict[NodeRef, dict[str, list[Series]]] = {}
    for row in rows:
        series = series_from_row(row["series"])
        then = series if end is None else series.until(end)
        if then is None:
            continue
        node = NodeRef("execution" if row["is_execution"] else "context", row["id"])
        parts.setdefault(node, {}).setdefault(then.metric, []).append(then)
    return _joined(parts)


def read_last(database: Reader, nodes: Sequence[NodeRef]) -> Mapping[NodeRef, Mapping[str, Series]]:
    """The same with no point of a series but its last, and that as its first; one query.

    For who needs no curves: a page of runs may have logged millions of points.
    """
    if isinstance(database, AsOf):
        return read_series(database, nodes)  # which point was the last then, its times tell
    ids = _ids(nodes)
    parts: dict[NodeRef, dict[str, list[Series]]] = {}
    for row in database.rows(QUERIES["series.last"], **ids):
        points = {"steps": [0], "values": [row["last"]], "times": [row["time"]]}
        one = series_from_row({**row, **points})
        node = NodeRef("execution" if row["is_execution"] else "context", row["id"])
        parts.setdefault(node, {}).setdefault(one.metric, []).append(one)
    return _joined(parts)


def _ids(nodes: Sequence[NodeRef]) -> dict[str, list[int]]:
    return {
        f"{kind}_ids": [node.id for node in nodes if node.kind == kind]
        for kind in ("execution", "context")
    }


def _joined(
    parts: Mapping[NodeRef, Mapping[str, list[Series]]],
) -> Mapping[NodeRef, Mapping[str, Series]]:
    return {
        node: {metric: _join(some) for metric, some in sorted(metrics.items())}
        for node, metrics in parts.items()
    }


def _join(parts: Sequence[Series]) -> Series:
    """One series of what several logged of a metric, by time."""
    if len(parts) == 1:
        return parts[0]
    parts = sorted(parts, key=lambda one: one.millis[0])
    points = sorted(
        (
            (millis, number, place, step, value)
            for number, part in enumerate(parts)
            for place, (millis, step, value) in enumerate(
                zip(part.millis, part.steps, part.values, strict=True)
            )
        ),
        key=lambda point: point[:3],
    )
    least = [part.min for part in parts if part.min is not None]
    most = [part.max for part in parts if part.max is not None]
    return Series(
        metric=parts[0].metric,
        steps=[point[3] for point in points],
        values=[point[4] for point in points],
        millis=[point[0] for point in points],
        count=sum(part.count for part in parts),
        first=points[0][4],
        last=points[-1][4],
        min=min(least, default=None),
        max=max(most, default=None),
        key=parts[0].key,
    )
