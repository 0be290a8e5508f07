"""What a metric was over the steps of a training: a curve, in as few points as show it.

The rule by which a curve is thinned. At most `POINTS` points are kept of a metric: when there are
more, every other one is dropped, and from then on only every second, fourth, eighth … point is
taken. Whatever is dropped, the first and the last point, those of the least and the greatest value
and the first that is no number (NaN or an infinity) are kept as they were said. `Series.count` says
how many there were.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from threading import Lock
from typing import NamedTuple
from uuid import uuid4

__all__ = ["POINTS", "Curve", "Curves", "Series"]

POINTS = 1000
"""Points of a metric that are kept at most, besides those that always are."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Series:
    """A metric of one run or step over its steps, in the order in which its values were said."""

    metric: str
    """What it is called."""
    steps: Sequence[int | float]
    """The step of each point, as whoever logged it counts."""
    values: Sequence[float]
    """The value at each; NaN and infinities as they were."""
    millis: Sequence[int]
    """When each was said, in milliseconds since the epoch."""
    count: int
    """How many values were said; more than there are points if it was thinned."""
    first: float
    last: float
    min: float | None
    """The least value that is a number; None if none is."""
    max: float | None
    """The greatest."""
    key: str = ""
    """Who logged it: one of a metric for each attempt and process."""

    @property
    def times(self) -> Sequence[datetime]:
        """When each point was said."""
        return [_EPOCH + timedelta(milliseconds=millis) for millis in self.millis]

    @property
    def thinned(self) -> bool:
        """Whether points were left out."""
        return self.count > len(self.values)

    def until(self, end: int) -> Series | None:
        """What had been said by a time, in milliseconds since the epoch.

        None if nothing had been, or nobody knows what: of a series that went on and was thinned
        since, the last point that was there then may be gone.
        """
        number = sum(1 for millis in self.millis if millis <= end)
        if number == len(self.millis):
            return self
        if not number or self.thinned:
            return None
        values = self.values[:number]
        numbers = [value for value in values if not math.isnan(value)]
        return replace(
            self,
            steps=self.steps[:number],
            values=values,
            millis=self.millis[:number],
            count=number,
            first=values[0],
            last=values[-1],
            min=min(numbers, default=None),
            max=max(numbers, default=None),
        )


class _Point(NamedTuple):
    number: int
    step: int | float
    value: float
    millis: int


class Curve:
    """One metric as it is logged: its points are thinned as they come."""

    def __init__(self) -> None:
        self.count, self._every = 0, 1
        self._points: list[_Point] = []
        self._special: dict[str, _Point] = {}

    @property
    def next_step(self) -> int | float:
        """The step of a value that is said without one: after that of the last."""
        return self._special["last"].step + 1 if self.count else 0

    def add(self, step: int | float, value: float, millis: int) -> None:
        """Add the value at a step, said at a time in milliseconds since the epoch."""
        point = _Point(self.count, step, value, millis)
        self.count += 1
        self._special.setdefault("first", point)
        self._special["last"] = point
        if not math.isfinite(value):
            self._special.setdefault("odd", point)
        if not math.isnan(value):
            for name, better in (("min", float.__lt__), ("max", float.__gt__)):
                best = self._special.get(name)
                if best is None or better(value, best.value):
                    self._special[name] = point
        if point.number % self._every == 0:
            self._points.append(point)
        if len(self._points) > POINTS:
            self._every *= 2
            self._points = [point for point in self._points if point.number % self._every == 0]

    def series(self, metric: str, key: str) -> Series:
        """The curve until now; there must be a point.

        Args:
            metric: What it is called.
            key: Who logged it: one of a metric for each attempt and process.
        """
        points = sorted({*self._points, *self._special.values()}, key=lambda point: point.number)
        steps = [point.step for point in points]
        if any(isinstance(step, float) for step in steps):
            steps = [float(step) for step in steps]
        least, most = self._special.get("min"), self._special.get("max")
        return Series(
            metric=metric,
            steps=steps,
            values=[point.value for point in points],
            millis=[point.millis for point in points],
            count=self.count,
            first=self._special["first"].value,
            last=self._special["last"].value,
            min=None if least is None else least.value,
            max=None if most is None else most.value,
            key=key,
        )


class Curves:
    """All metrics that one run or step logs; may be shared between threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, Lock()
        self._begin()

    def _begin(self) -> None:
        self._pid, self._key = os.getpid(), uuid4().hex
        self._curves: dict[str, Curve] = {}
        self._news: set[str] = set()

    def add(self, metric: str, step: int | float | None, value: float) -> None:
        """Log the value of a metric at a step; by default at the one after the last."""
        with self._lock:
            if self._pid != os.getpid():
                self._begin()  # after a fork: what the parent logged, the parent stores
            curve = self._curves.setdefault(metric, Curve())
            at = curve.next_step if step is None else step
            curve.add(at, value, int(self._clock() * 1000))
            self._news.add(metric)

    def take(self) -> tuple[Series, ...]:
        """All of each metric that was logged since this was last called."""
        with self._lock:
            if self._pid != os.getpid():
                return ()
            news, self._news = sorted(self._news), set()
            return tuple(self._curves[metric].series(metric, self._key) for metric in news)

    def put_back(self, series: Sequence[Series]) -> None:
        """What was taken could not be stored: it is to be taken again."""
        with self._lock:
            self._news |= {one.metric for one in series}

    def all(self) -> dict[str, Series]:
        """Every metric, by name."""
        with self._lock:
            return {
                metric: curve.series(metric, self._key)
                for metric, curve in sorted(self._curves.items())
            }
