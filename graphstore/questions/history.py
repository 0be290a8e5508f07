"""A pipeline over time: its runs, how they ended, how long they took and what they measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import fmean, median
from typing import Any

from graphstore.database import AsOf, Reader, Row, clock
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound
from graphstore.model.nodes import Context, Execution, ExecutionState, NodeRef
from graphstore.model.plain import in_json
from graphstore.model.refs import ContextLike, node_id
from graphstore.model.roles import PIPELINE_TYPES, RUN_TYPES, kinds_asked
from graphstore.model.series import Series
from graphstore.model.values import bound
from graphstore.questions.about.metrics import number
from graphstore.questions.about.runs import RunSummary, summary
from graphstore.questions.page import Answer, Part, Picture, Table
from graphstore.render.charts import Panel, curve_line, curves_svg, sparkline, svg
from graphstore.storage.nodes import require
from graphstore.storage.rows import millis, node_from_row, to_moment
from graphstore.storage.series import read_series
from graphstore.storage.then import not_found
from graphstore.storage.types import Types
from graphstore.system.renamed import renamed_options

__all__ = ["History", "PastRun", "Trend", "find_pipeline", "history"]

_PIPELINES_NAMED = 20
_METRICS_SHOWN = 4
"""In tables and pictures, unless one is named; the most common ones."""
_CURVES_SHOWN = 5
"""Runs whose curves are drawn, the last ones."""
_WEEK = timedelta(days=7)
_UNITS = ((7200.0, 3600.0, "h"), (120.0, 60.0, "min"), (0.0, 1.0, "s"))
_FAILED = ("FAILED", "ABANDONED")
_MARKS = {"COMPLETE": "✓", "FAILED": "✗", "CANCELED": "○", "RUNNING": "…", "ABANDONED": "✗"}


@dataclass(frozen=True)
class PastRun(RunSummary):
    """One run of the pipeline."""

    curves: Mapping[str, Series] = field(default_factory=dict)
    """What the run and its steps logged, by metric; of several of one name the longest."""


@dataclass(frozen=True)
class Trend:
    """A number on the last day with runs, and in the seven days before that day.

    Only runs that are COMPLETE count: one that failed took as long as it took to fail.
    """

    name: str
    """Which: ``seconds``, or the name of a metric."""
    recent: Sequence[float]
    """The numbers of that day, in the order of the runs."""
    before: Sequence[float]
    """Those of the week before."""

    @property
    def change(self) -> float | None:
        """By how much the median changed: 0.1 is a tenth more; None if there is no such thing."""
        now, then = _middle(self.recent)[0], _middle(self.before)[0]
        if now is None or not then:
            return None
        change = (now - then) / abs(then)
        return None if math.isnan(change) else change

    def to_dict(self) -> dict[str, Any]:
        """The trend in JSON's types; mean and median are of what is a number, `nan` is not."""

        def statistics(values: Sequence[float]) -> dict[str, Any]:
            half, mean = _middle(values)
            numbers = {"runs": len(values), "mean": mean, "median": half}
            odd = sum(map(math.isnan, values))
            return numbers | ({"nan": odd} if odd else {})

        plain: dict[str, Any] = in_json(
            {
                "recent": statistics(self.recent),
                "before": statistics(self.before),
                "change": self.change,
            }
        )
        return plain


@dataclass(frozen=True)
class History(Answer):
    """The runs of a pipeline over time; it prints as a table with charts."""

    pipeline: Context
    """The pipeline."""
    on: datetime
    """Until when: later runs do not count."""
    runs: tuple[PastRun, ...]
    """The last runs, the oldest first."""
    found: int
    """How many runs there are until then."""
    metrics: tuple[str, ...]
    """The metrics to show: the one that was named, or all, the most common first."""
    day: date | None
    """The last day (UTC) with runs; None if there are none."""
    trends: tuple[Trend, ...]
    """Duration and metrics on that day against the week before, over all runs of those days."""

    @property
    def title(self) -> str:
        """What is shown, in one line."""
        name = f"{self.pipeline.name} ({self.pipeline.ref.short})"
        if not self.runs:
            return f"{name}: no runs until {_when(self.on)} UTC"
        count = f"{self.found} run{'s' * (self.found != 1)}"
        if len(self.runs) < self.found:
            count = f"the last {len(self.runs)} of {count}"
        return f"{name}: {count}"

    def to_dict(self) -> dict[str, Any]:
        """The history in JSON's types; times in ISO 8601."""
        data: dict[str, Any] = {
            "pipeline": {"id": self.pipeline.ref.short, "name": self.pipeline.name},
            "on": self.on.isoformat(),
            "found": self.found,
            "runs": [
                {
                    "id": run.context.ref.short,
                    "name": run.context.name,
                    "began": run.began.isoformat() if run.began else None,
                    "ended": run.ended.isoformat() if run.ended else None,
                    "seconds": run.seconds,
                    "outcome": run.outcome,
                    "gone": run.gone,
                    "steps": run.steps,
                    "cached": run.cached,
                    "failed": run.failed,
                    "metrics": dict(run.metrics),
                    "curves": {
                        name: {"steps": list(one.steps), "values": list(one.values)}
                        for name, one in run.curves.items()
                    },
                    "several": {
                        name: metric.to_dict()
                        for name, metric in run.values.items()
                        if metric.several
                    },
                }
                for run in self.runs
            ],
            "day": self.day.isoformat() if self.day else None,
            "trends": {trend.name: trend.to_dict() for trend in self.trends},
        }
        plain: dict[str, Any] = in_json(data)
        return plain

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, width: int = 120) -> str:
        """The history as plain text: a table, a line of characters for each number, the trends.

        Args:
            width: Characters in a line of a chart; of more runs the last are drawn.
        """
        if not self.runs:
            return self.title
        runs = _align(self._rows(), left=(0, 1, 6))
        trends = f"{self._trends_title()}\n{_align(self._trend_rows(), left=(0,))}"
        parts = [
            self.title,
            runs,
            self._warning,
            self._charts(width),
            self._curve_lines(width),
            trends,
        ]
        return "\n\n".join(filter(None, parts))

    def _curve_lines(self, width: int) -> str:
        """What the last runs logged, a line of characters each."""
        lines = [
            (
                f"{run.context.ref.short} {name}",
                curve_line(one.values, max(width - 60, 20)),
                f"{number(one.first)} to {number(one.last)}, {one.count} values",
            )
            for run in self.runs[-_CURVES_SHOWN:]
            for name, one in run.curves.items()
            if name in self.metrics[:_METRICS_SHOWN]
        ]
        return f"curves\n{_align(lines, left=(0, 1, 2))}" if lines else ""

    def _pictures(self) -> list[Picture]:
        """The curves of the last runs as pictures, one a metric."""
        return [
            Picture(
                curves_svg(
                    f"{name} over the steps",
                    {
                        run.context.ref.short: (run.curves[name].steps, run.curves[name].values)
                        for run in self.runs[-_CURVES_SHOWN:]
                        if name in run.curves
                    },
                )
            )
            for name in self.metrics[:_METRICS_SHOWN]
            if any(name in run.curves for run in self.runs[-_CURVES_SHOWN:])
        ]

    @property
    def _warning(self) -> str:
        """What is said of runs that were killed, and not marked yet: what `doctor` says of them."""
        ids = " ".join(run.context.ref.short for run in self.runs if run.gone)
        text = "is gone: its process ended without saying so. `graphstore doctor --mark` marks it"
        return f"RUNNING, it says, and {text}: {ids}" if ids else ""

    def to_svg(self) -> str:
        """Duration and metrics over the runs as a picture: SVG that needs nothing else."""
        _, unit, name = self._unit
        panels = [
            Panel(f"duration ({name})", [_per(r.seconds, unit) for r in self.runs], bars=True)
        ]
        panels += [
            Panel(metric, [run.metrics.get(metric) for run in self.runs])
            for metric in self.metrics[:_METRICS_SHOWN]
        ]
        days = {run.began.date() for run in self.runs if run.began}
        form = "%m-%d %H:%M" if len(days) > 1 else "%H:%M:%S"
        span = (
            " to ".join(day.isoformat() for day in sorted({min(days), max(days)})) if days else ""
        )
        return svg(
            f"{self.title}, {span}" if span else self.title,
            panels,
            [run.began.strftime(form) if run.began else "?" for run in self.runs],
            [run.outcome for run in self.runs],
            [f"{r.context.ref.short} {_when(r.began)} {r.outcome}" for r in self.runs],
        )

    def _parts(self) -> tuple[str, Iterable[Part]]:
        if not self.runs:
            return self.title, []
        head, *rows = self._rows()
        about, *trends = self._trend_rows()
        # The newest first: of a long table the end is what is not shown.
        table = Table(
            rows[::-1],
            head,
            tones=["bad" if r.outcome in _FAILED else "" for r in reversed(self.runs)],
        )
        return self.title, [
            Picture(self.to_svg()),
            table,
            *([self._warning] if self._warning else []),
            *self._pictures(),
            Table(trends, about, heading=self._trends_title()),
        ]

    @property
    def _unit(self) -> tuple[float, float, str]:
        # One that ended before it began, by the clocks of two machines, took less than nothing.
        longest = max([0.0, *(run.seconds or 0.0 for run in self.runs)])
        return next(unit for unit in _UNITS if longest >= unit[0])

    def _rows(self) -> list[tuple[str, ...]]:
        """The runs as rows of a table, its head first."""
        metrics = self.metrics[:_METRICS_SHOWN]
        return [
            ("run", "began (UTC)", "seconds", "steps", "cached", "failed", "outcome", *metrics),
            *(
                (
                    run.context.ref.short,
                    _when(run.began),
                    number(run.seconds),
                    str(run.steps),
                    str(run.cached),
                    str(run.failed),
                    run.outcome,
                    *(run.told(metric) for metric in metrics),
                )
                for run in self.runs
            ),
        ]

    def _charts(self, width: int) -> str:
        _, unit, name = self._unit
        metrics = self.metrics[:_METRICS_SHOWN]
        indent = max(map(len, ("duration", *metrics))) + 2
        runs = self.runs[-max(width - indent - 30, 10) :]
        marks = "".join(_MARKS.get(run.outcome, "?") for run in runs)
        lines = [f"{'outcome':{indent}}{marks}"]
        seconds = [_per(run.seconds, unit) for run in runs]
        numbers: list[tuple[str, list[float | None], str]] = [("duration", seconds, f" {name}")]
        numbers += [(metric, [run.metrics.get(metric) for run in runs], "") for metric in metrics]
        for label, values, of in numbers:
            odd = sum(value is not None and math.isnan(value) for value in values)
            comparable = [value for value in values if value is not None and not math.isnan(value)]
            span = (
                f"{number(min(comparable))} to {number(max(comparable))}{of}" if comparable else ""
            )
            span = " and ".join(filter(None, [span, f"{odd} NaN" if odd else ""])) or "none"
            line = sparkline(values, from_zero=label == "duration")
            lines.append(f"{label:{indent}}{line}  {span}")
        return "\n".join(lines)

    def _trend_rows(self) -> list[tuple[str, ...]]:
        """The trends as rows of a table, its head first."""
        rows: list[tuple[str, ...]] = [
            ("", "median", "mean", "runs", "before: median", "mean", "runs", "change")
        ]
        for trend in self.trends:
            if trend.name != "seconds" and trend.name not in self.metrics[:_METRICS_SHOWN]:
                continue
            change = "-" if trend.change is None else f"{trend.change:+.1%}"
            cells = (c for values in (trend.recent, trend.before) for c in _cells(values))
            rows.append((trend.name, *cells, change))
        return rows

    def _trends_title(self) -> str:
        assert self.day is not None
        since = self.day - _WEEK
        return f"{self.day}, the last day with runs, against the seven days from {since} (UTC):"


@renamed_options(last="limit")
def history(
    database: Reader,
    types: Types,
    pipeline: ContextLike,
    *,
    metric: str | None = None,
    limit: int = 100,
    on: datetime | date | None = None,
) -> History:
    """The runs of a pipeline over time; four queries.

    Args:
        database: Where to ask.
        types: Tell what is an evaluation.
        pipeline: Its name, or its context or the id of that.
        metric: Show this metric only.
        limit: How many runs at most, 1 or more, the last ones.
        on: A time, or a day, which is its end (UTC): as it was then. None for now.

    Returns:
        The runs, the oldest first, and their trend.

    Raises:
        NotFound: If there is no such pipeline.
        InvalidArgument: If it is no pipeline, if two have this name, if no run has the metric, or
            a value is not valid.
    """
    limit = bound("limit", limit)
    until = to_moment("on", clock(database) if on is None else on)
    context = find_pipeline(database, pipeline)
    rows = database.rows(
        QUERIES["answers.history"],
        context_id=context.ref.id,
        types=list(RUN_TYPES),
        on=until,
        limit=limit,
        **_kinds(types),
    )
    series = read_series(database, [ref for row in rows for ref in _refs(row)])
    is_now = not isinstance(database, AsOf)
    runs = [_run(row, until, series, is_now) for row in reversed(rows)]
    counts = Counter(name for run in runs for name in run.metrics)
    names = tuple(sorted(counts, key=lambda name: (-counts[name], name)))
    if metric is not None and runs:
        if metric not in names:
            hint = f"there are {', '.join(names)}" if names else "they have none at all"
            raise InvalidArgument(f"no run of {context.name!r} has the metric {metric!r}: {hint}")
        names = (metric,)
    days = [run.began.date() for run in runs if run.began]
    day = max(days, default=None)
    return History(
        context,
        until,
        tuple(runs[-limit:]),
        rows[0]["found"] if rows else 0,
        names,
        day,
        tuple(_trends(runs, day, names)) if day else (),
    )


def _kinds(types: Types) -> dict[str, Any]:
    kinds = kinds_asked(types.all("artifact"))
    return {name: kinds[name] for name in ("model_type_ids", "kind_type_ids")}


def find_pipeline(database: Reader, pipeline: ContextLike) -> Context:
    """The pipeline of this name or id.

    Raises:
        NotFound: If there is none.
        InvalidArgument: If two have this name, or if it is a run.
    """
    if isinstance(pipeline, str):
        query = QUERIES["answers.pipelines"]
        types = list(PIPELINE_TYPES)
        rows = database.rows(query, types=types, name=pipeline, limit=2)
        if not rows:
            try:
                ref = NodeRef.parse(pipeline, default="context")
            except InvalidArgument:
                raise _unknown(database, pipeline) from None
            return find_pipeline(database, ref)
        pipelines = [node_from_row(row["context"], Context) for row in rows]
        if len(pipelines) > 1:
            ids = " and ".join(f"{one.ref.short} ({one.type})" for one in pipelines)
            raise InvalidArgument(f"{pipeline!r} is the name of {ids}: say which by its id")
        return pipelines[0]
    id_ = node_id(pipeline, "context")
    require(database, "context", [id_])
    row = database.rows(QUERIES["context.get"], context_ids=[id_])[0]
    context = node_from_row(row["contexts"][0], Context)
    if context.type in RUN_TYPES:
        raise InvalidArgument(
            f"{context.ref.short} is a run ({context.type}), no pipeline; `compare` puts runs side"
            " by side"
        )
    return context


def _unknown(database: Reader, name: str) -> NotFound:
    rows = database.rows(
        QUERIES["answers.pipelines"], types=list(PIPELINE_TYPES), limit=_PIPELINES_NAMED
    )
    names = [repr(row["context"]["name"]) for row in rows]
    hint = f"there are {', '.join(names)}" if names else "there are none in this store"
    return not_found(database, "pipeline", "name", name, hint)


def _refs(row: Row) -> list[NodeRef]:
    """A run and its steps."""
    steps = [NodeRef("execution", one[0]) for one in row["executions"]]
    return [NodeRef("context", row["run"]["id"]), *steps]


def _curves(all_series: Sequence[Mapping[str, Series]]) -> dict[str, Series]:
    """One curve a metric: of several the longest."""
    curves: dict[str, Series] = {}
    for series in all_series:
        for name, one in series.items():
            if name not in curves or one.count > curves[name].count:
                curves[name] = one
    return curves


def _run(
    row: Row, until: datetime, series_of: Mapping[NodeRef, Mapping[str, Series]], is_now: bool
) -> PastRun:
    own = [series_of[ref] for ref in _refs(row) if ref in series_of]
    told = summary(
        node_from_row(row["run"], Context),
        [_step(*one) for one in row["executions"]],
        row["numbers"],
        (one for series in own for one in series.values()),
        until=until,
        is_now=is_now,
    )
    return PastRun(**vars(told), curves=_curves(own))


def _step(id_: int, type_: str, state: str | None, *times: int | None) -> Execution:
    """A step of a run, with what the query says of it."""
    start, end, create_time, update_time = (millis(time) if time else None for time in times)
    return Execution.model_construct(
        id=id_,
        type=type_,
        state=ExecutionState(state) if state else None,
        start_time=start,
        end_time=end,
        create_time=create_time,
        last_update_time=update_time,
    )


def _trends(runs: Sequence[PastRun], day: date, metrics: Iterable[str]) -> Iterable[Trend]:
    complete = [run for run in runs if run.outcome == "COMPLETE" and run.began is not None]
    recent = [run for run in complete if run.began and run.began.date() == day]
    before = [run for run in complete if run.began and day - _WEEK <= run.began.date() < day]

    def of(some: Sequence[PastRun], name: str) -> tuple[float, ...]:
        values = (r.seconds if name == "seconds" else r.metrics.get(name) for r in some)
        return tuple(value for value in values if value is not None)

    yield Trend("seconds", of(recent, "seconds"), of(before, "seconds"))
    for name in metrics:
        if name != "seconds":
            yield Trend(name, of(recent, name), of(before, name))


def _per(seconds: float | None, unit: float) -> float | None:
    return None if seconds is None else seconds / unit


def _when(time: datetime | None) -> str:
    return "" if time is None else time.strftime("%Y-%m-%d %H:%M:%S")


def _middle(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Median and mean of what is a number among the values; None if nothing is."""
    numbers = [value for value in values if not math.isnan(value)]
    if not numbers:
        return None, None
    # Infinities of both signs have no mean.
    return median(numbers), sum(numbers) / len(numbers) if not all(
        map(math.isfinite, numbers)
    ) else fmean(numbers)


def _cells(values: Sequence[float]) -> tuple[str, str, str]:
    """Median, mean and count as cells of a table."""
    odd = sum(map(math.isnan, values))
    half, mean = _middle(values)
    return number(half), number(mean), f"{len(values)} ({odd} NaN)" if odd else str(len(values))


def _align(rows: Sequence[Sequence[str]], *, left: Sequence[int]) -> str:
    """Rows as lines; all columns but those in `left` end alike."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
