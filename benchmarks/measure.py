"""Interleaved rounds and what they say: medians, spread, ratios.

A machine's speed changes from minute to minute, and a young server is two to four times slower
than a warm one. So the contestants of a comparison take turns, the first rounds do not count, and
what is reported is the ratio of two figures of the same round.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

__all__ = ["Figures", "Result", "Spread", "interleave", "rate", "round_trips", "same", "timer"]

T = TypeVar("T")


@dataclass(frozen=True)
class Spread:
    """The median of some figures, and the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of one or more values."""
        figures = sorted(values)
        return cls(median(figures), figures[0], figures[-1])


Figures = dict[str, list[float]]
"""By contestant, a figure a round."""


@dataclass
class Result:
    """What one workload showed."""

    workload: str
    unit: str
    """Of the figures; ``/s`` at its end means that more is better, else less is."""
    figures: Figures
    subject: str = "graphstore"
    """The contestant that the ratios are of."""
    goals: Mapping[str, float] = field(default_factory=dict)
    """By other contestant, how many times as fast the subject should be at least."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was checked, and what else is worth knowing."""

    @property
    def more_is_better(self) -> bool:
        """Whether the figures are rates."""
        return self.unit.endswith("/s")

    def ratio(self, other: str) -> Spread:
        """How many times as fast as `other` the subject was, round by round."""
        pairs = zip(self.figures[self.subject], self.figures[other], strict=True)
        if self.more_is_better:
            return Spread.of(ours / theirs for ours, theirs in pairs)
        return Spread.of(theirs / ours for ours, theirs in pairs)

    @property
    def misses(self) -> dict[str, float]:
        """The goals that were not met, with the median ratio that was."""
        ratios = {other: self.ratio(other).median for other in self.goals if other in self.figures}
        return {other: ratio for other, ratio in ratios.items() if ratio < self.goals[other]}

    def to_json(self) -> dict[str, Any]:
        """All of it, the figures of each round included."""
        others = [name for name in self.figures if name != self.subject]
        return {
            "workload": self.workload,
            "unit": self.unit,
            "figures": self.figures,
            "medians": {name: median(values) for name, values in self.figures.items()},
            "ratios": {
                name: vars(self.ratio(name)) for name in others if self.subject in self.figures
            },
            "goals": dict(self.goals),
            "facts": dict(self.facts),
        }


def interleave(
    contestants: Mapping[str, Callable[[], float]], *, rounds: int, warmup: int = 1
) -> Figures:
    """Let contestants take turns; each call does the work once and gives its figure.

    The order changes from round to round, so that none always follows the same other.
    """
    figures: Figures = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(-warmup, rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            gc.collect()
            figure = contestants[name]()
            if number >= 0:
                figures[name].append(figure)
    return figures


def timer(work: Callable[[], object], *, repeat: int = 1) -> Callable[[], float]:
    """A contestant: the milliseconds that one call of `work` takes, the mean of `repeat`."""

    def once() -> float:
        begin = perf_counter()
        for _ in range(repeat):
            work()
        return (perf_counter() - begin) * 1000 / repeat

    return once


def rate(number: int, work: Callable[[], object]) -> float:
    """How many a second, if one call of `work` does so many."""
    begin = perf_counter()
    work()
    return number / (perf_counter() - begin)


def same(asks: Mapping[str, Callable[[], T]]) -> T:
    """What all contestants answer.

    Raises:
        AssertionError: If their answers differ, or are empty: speed then says nothing.
    """
    answers = {name: ask() for name, ask in asks.items()}
    first = next(iter(answers.values()))
    if not first or any(answer != first for answer in answers.values()):
        text = "; ".join(f"{name}: {str(answer)[:500]}" for name, answer in answers.items())
        raise AssertionError(f"the answers differ, or are empty: {text}")
    return first


def round_trips(work: Callable[[], object]) -> int:
    """How often the driver waits for the server while `work` is done: once an exchange of Bolt.

    It tells by its log: messages that it sends are marked ``C:``, and answers ``S:``.
    """
    sides: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            sides.extend(side for side in ("C:", "S:") if f" {side} " in text)

    logger, keep = logging.getLogger("neo4j.io"), Keep()
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(keep)
    try:
        work()
    finally:
        logger.removeHandler(keep)
        logger.propagate = propagate
        logger.setLevel(level)
    return sum(before == "C:" and after == "S:" for before, after in pairwise(sides))
