"""The metric of a step, a run or a model, where several values of one name were recorded.

The rule, the same in `history`, `compare`, `resolve.best`, `explain` and the Cypher questions: a
model's **own** value - what the artifact says of itself - goes first, else the value that was
recorded **last** counts. Of a model these others are what its evaluations found; of a step what
else it made, the evaluations of that, and what it logged (`Step.log`); of a run all that its steps
made or passed on, and what it and its steps logged. The last is told by when the artifacts were
created, or the value was logged, then by the ordinals of the events that they came out by, then by
their ids. If there are several models, their own values are several, and the last of them counts.

NaN and the infinities are values: one that is own, or last, is the metric. Where the best is asked
for, NaN comes after every number, and what has no metric last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graphstore.model.nodes import Artifact
from graphstore.model.series import Series

__all__ = ["Metric", "metrics_of", "number", "numbers_of"]

# Numbers that artifacts have, and that measure nothing.
_NOT_MEASURED = {"baseline_model_id", "blessed", "create_time", "current_model_id", "is_external"}
_NOT_MEASURED |= {"pushed", "pushed_version", "span", "version"}


@dataclass(frozen=True)
class Metric:
    """A metric by that rule, and which other values it stands before."""

    value: float
    """The value that counts."""
    own: bool
    """Whether a model says it of itself."""
    count: int
    """How many values of that kind - own, or others - were recorded."""
    low: float
    """The smallest of them, NaN only if there are no numbers among them."""
    high: float
    """The largest of them."""

    @property
    def several(self) -> bool:
        """Whether not all of them are the same."""
        alike = self.low == self.high == self.value or math.isnan(self.low)
        return self.count > 1 and not alike

    def __str__(self) -> str:
        if not self.several:
            return number(self.value)
        return f"{number(self.value)} ({number(self.low)}..{number(self.high)}, {self.count})"

    def to_dict(self) -> dict[str, Any]:
        """The values in few words; JSON has them by `graphstore.model.plain.in_json`."""
        return {"last": self.value, "count": self.count, "min": self.low, "max": self.high}


def metrics_of(
    sources: Iterable[tuple[Artifact, bool]], series: Iterable[Series] = ()
) -> dict[str, Metric]:
    """The metrics that artifacts and series give, by name.

    Args:
        sources: The artifacts in the order in which they were recorded, the last one last; each
            with whether what it says is a model's own.
        series: What was logged, in any order.
    """
    by_name: dict[str, list[tuple[int, Metric]]] = {}
    for artifact, own in sources:
        at = int(artifact.create_time.timestamp() * 1000) if artifact.create_time else 0
        for name, value in numbers_of(artifact).items():
            by_name.setdefault(name, []).append((at, Metric(value, own, 1, value, value)))
    for one in series:
        low, high = (math.nan if bound is None else bound for bound in (one.min, one.max))
        summary = Metric(one.last, False, one.count, low, high)
        by_name.setdefault(one.metric, []).append((one.millis[-1], summary))
    return {
        name: _join([metric for _, metric in sorted(values, key=lambda value: value[0])])
        for name, values in by_name.items()
    }


def _join(values: Sequence[Metric]) -> Metric:
    """Values in the order in which they were recorded as one metric: own ones, if there are any."""
    values = [one for one in values if one.own] or values
    bounds = [bound for one in values for bound in (one.low, one.high)]
    numbers = [bound for bound in bounds if not math.isnan(bound)] or bounds
    count = sum(one.count for one in values)
    return Metric(values[-1].value, values[-1].own, count, min(numbers), max(numbers))


def numbers_of(artifact: Artifact) -> dict[str, float]:
    """The numbers that an artifact says of itself, by name; declared ones go before custom ones.

    Neither true and false, nor numbers that are known to measure nothing: spans, ids.
    """
    return {
        name: value
        for name, value in {**artifact.custom_properties, **artifact.properties}.items()
        if isinstance(value, (int, float))
        and not isinstance(value, bool)
        and name not in _NOT_MEASURED
    }


def number(value: float | None) -> str:
    """A number as people read it: six digits; a dash where nothing was recorded."""
    if value is None:
        return "-"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return f"{value:.6g}"
