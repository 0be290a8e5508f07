"""Finds what says that it is going on and is not: runs and steps whose process was killed."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from graphstore.database import Database, Row
from graphstore.database.queries import QUERIES
from graphstore.model.nodes import Context, Execution
from graphstore.model.plain import Plain
from graphstore.storage.rows import node_from_row
from graphstore.system.processes import ProcessId

__all__ = ["Abandoned", "Doctor", "Running"]


@dataclass(frozen=True)
class Running(Plain):
    """A run or a step that is RUNNING, as the store has it."""

    node: Execution | Context
    verdict: str
    """``gone``: its process ended without saying so; ``alive``; or ``unknown``: it cannot be told
    from this host."""
    reason: str
    """Why that is the verdict, for people."""


@dataclass(frozen=True)
class Abandoned(Plain):
    """How many were marked as given up."""

    executions: int
    runs: int


class Doctor:
    """Looks after what nobody will end any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def running(self, *, older_than: timedelta | None = None) -> Sequence[Running]:
        """All that is RUNNING, steps first, by id, each with whether its process still is.

        A process is known by its host, its number and the time it began; so only what began on this
        host can be judged by that. A run whose process is gone is not, as long as a step of it goes
        on: its workers may live longer than who began it.

        Args:
            older_than: Take for gone what cannot be told and began longer ago than this.

        Returns:
            Each step and run with a verdict (``alive``, ``gone`` or ``unknown``) and the reason;
            empty if nothing goes on.
        """
        rows = self._database.rows(QUERIES["doctor.running"])
        steps = {
            row["execution"]["id"]: _judge(node_from_row(row["execution"], Execution), older_than)
            for row in rows
            if row["execution"] is not None
        }
        runs = [
            _with_steps(
                _judge(node_from_row(row["run"], Context), older_than),
                [steps[id_] for id_ in sorted(row["step_ids"]) if id_ in steps],
            )
            for row in rows
            if row["run"] is not None
        ]
        return [*steps.values(), *runs]

    def abandon(self, suspects: Iterable[Running]) -> Abandoned:
        """Mark those that are gone: a step is FAILED, with ``Abandoned`` as its error, a run is
        ABANDONED. What has ended meanwhile, or goes on in another process, stays as it is.

        Args:
            suspects: What `running` answered; of these only those whose verdict is ``gone``.

        Returns:
            How many steps and how many runs were marked.
        """
        rows: dict[type, list[Row]] = {Execution: [], Context: []}
        for suspect in suspects:
            if suspect.verdict == "gone":
                node = suspect.node
                process = [node.properties.get(name, "") for name in _PROCESS]
                rows[type(node)].append(
                    {"id": node.id, "reason": suspect.reason, "process": process}
                )
        answer = self._database.one(
            QUERIES["doctor.abandon"],
            abandoned_executions=rows[Execution],
            abandoned_runs=rows[Context],
        )
        assert answer is not None
        return Abandoned(answer["executions"], answer["runs"])


_PROCESS = ("host", "pid", "began")


def _with_steps(run: Running, steps: Sequence[Running]) -> Running:
    """What to say of a run, by what is to be said of its steps that are RUNNING."""
    going_on = [step for step in steps if step.verdict != "gone"]
    if run.verdict != "gone" or not going_on:
        return run
    alive = [step for step in going_on if step.verdict == "alive"]
    step = (alive or going_on)[0]
    return Running(
        run.node, step.verdict, f"{run.reason}, but its step e{step.node.id}: {step.reason}"
    )


def _judge(node: Execution | Context, older_than: timedelta | None) -> Running:
    host, pid, began = (node.properties.get(name) for name in _PROCESS)
    since = node.start_time or node.create_time
    if host is None or pid is None or began is None:
        verdict, reason = "unknown", "it was recorded without saying in which process it runs"
    elif host != platform.node():
        verdict, reason = "unknown", f"it runs on {host}: ask there"
    elif ProcessId(pid, began).alive():
        return Running(node, "alive", f"process {pid} on {host} runs")
    else:
        return Running(node, "gone", f"process {pid} on {host} ended without saying so")
    if older_than is not None and since is not None and _age(since) > older_than:
        return Running(node, "gone", f"it began at {since:%Y-%m-%d %H:%M} UTC and never ended")
    return Running(node, verdict, reason)


def _age(since: datetime) -> timedelta:
    return datetime.now(timezone.utc) - since
