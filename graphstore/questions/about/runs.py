"""A run in a few words: when it ran, how it ended, how many steps it had and what they measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphstore.graph.answer import short_type
from graphstore.model.nodes import Artifact, Context, Execution, ExecutionState
from graphstore.model.series import Series
from graphstore.questions.about.facts import is_gone, outcome_of, seconds_of, span_of
from graphstore.questions.about.metrics import Metric, metrics_of
from graphstore.storage.rows import node_from_row

__all__ = ["RunSummary", "prefixes", "summary"]


@dataclass(frozen=True)
class RunSummary:
    """A run, and what its steps tell of it."""

    context: Context
    """The run itself."""
    began: datetime | None
    """When it began, as it says, or else when its first step did."""
    ended: datetime | None
    """When it ended, as it says, or else when its last step did; None if it goes on."""
    seconds: float | None
    """How long it took, or has taken so far."""
    outcome: str
    """How it ended: COMPLETE, FAILED, ...; RUNNING if it goes on."""
    steps: int
    """How many steps it has."""
    cached: int
    """How many of them were skipped."""
    failed: int
    """How many of them failed."""
    metrics: Mapping[str, float]
    """The numbers that what it made says of itself, by the rule of `questions.about.metrics`:
    a model's own, else the last recorded."""
    values: Mapping[str, Metric]
    """The same, each with those that it was chosen from."""
    gone: bool
    """Whether it says that it is RUNNING, and its process has ended, as seen from this machine."""

    def told(self, metric: str) -> str:
        """A metric as people read it, with how many there are if there are several."""
        return str(self.values[metric]) if metric in self.values else "-"


def summary(
    run: Context,
    executions: Sequence[Execution],
    numbers: Iterable[Mapping[str, Any]],
    series: Iterable[Series],
    *,
    until: datetime,
    is_now: bool,
) -> RunSummary:
    """What is told of a run.

    Args:
        run: The run.
        executions: Its steps.
        numbers: What they made, the last recorded last: maps of `own`, `pairs` and `create_time`,
            as the queries answer them.
        series: What the run and its steps logged; the last point of each is enough.
        until: Until when: what had not ended then goes on.
        is_now: Whether it is told as of now, and not as of a time that is past.
    """
    first, last = span_of(executions)
    began, ended = run.start_time or first or run.create_time, run.end_time or last
    outcome = outcome_of(run, executions)
    # Whether its process is there is known of now only.
    is_killed = is_now and outcome == "RUNNING" and is_gone(run)
    says = run.deletion is not None or run.properties.get("status") not in (None, "RUNNING")
    if outcome == "RUNNING" or (ended is None and not says) or (ended and ended > until):
        outcome, ended = "RUNNING" if executions or run.start_time else outcome, None
    if outcome == "ABANDONED":
        ended = run.end_time  # when a step was marked is not when it ended
    end = ended or (until if outcome == "RUNNING" and not is_killed else None)
    was_said = run.start_time is not None or any(one.start_time for one in executions)
    seconds = seconds_of(began, end, said=was_said)
    states = Counter(execution.state for execution in executions)
    values = metrics_of(((_artifact(item), item["own"]) for item in numbers), series)
    return RunSummary(
        run,
        began,
        ended,
        None if seconds is None else round(seconds, 3),
        outcome,
        len(executions),
        states[ExecutionState.CACHED],
        states[ExecutionState.FAILED],
        {name: metric.value for name, metric in values.items()},
        values,
        is_killed,
    )


def _artifact(item: Mapping[str, Any]) -> Artifact:
    return node_from_row({**dict(item["pairs"]), "create_time": item["create_time"]}, Artifact)


def prefixes(executions: Iterable[Execution]) -> list[str]:
    """What stands before the name of what each of a run's steps was told: ``Trainer.``; of the
    second of a component ``Trainer#2.``.

    Args:
        executions: The steps, by their ids.
    """
    counts: Counter[str] = Counter()
    names = []
    for execution in executions:
        component = short_type(execution.type)
        counts[component] += 1
        again = f"#{counts[component]}" if counts[component] > 1 else ""
        names.append(f"{component}{again}.")
    return names
