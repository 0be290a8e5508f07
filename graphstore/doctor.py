"""Finds what says that it is going on and is not: runs and steps whose process was killed."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from graphstore.database import Database, Row
from graphstore.model.nodes import Context, Execution
from graphstore.processes import ProcessId
from graphstore.queries import QUERIES
from graphstore.repository.rows import node_from_row

__all__ = ["Abandoned", "Doctor", "Running"]


@dataclass(frozen=True)
class Running:
    """A run or a step that is RUNNING, as the store has it."""

    node: Execution | Context
    verdict: str
    """``gone``: its process ended without saying so; ``alive``; or ``unknown``: it cannot be told
    from this host."""
    reason: str
    """Why that is the verdict, for people."""


@dataclass(frozen=True)
class Abandoned:
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
        host can be judged by that.

        Args:
            older_than: Take for gone what cannot be told and began longer ago than this.
        """
        return [
            _judge(node_from_row(row["execution"], Execution), older_than)
            if row["execution"] is not None
            else _judge(node_from_row(row["run"], Context), older_than)
            for row in self._database.rows(QUERIES["doctor.running"])
        ]

    def abandon(self, suspects: Iterable[Running]) -> Abandoned:
        """Mark those that are gone: a step is FAILED, with ``Abandoned`` as its error, a run is
        ABANDONED. What has ended meanwhile stays as it is."""
        rows: dict[type, list[Row]] = {Execution: [], Context: []}
        for suspect in suspects:
            if suspect.verdict == "gone":
                rows[type(suspect.node)].append({"id": suspect.node.id, "reason": suspect.reason})
        answer = self._database.one(
            QUERIES["doctor.abandon"],
            abandoned_executions=rows[Execution],
            abandoned_runs=rows[Context],
        )
        assert answer is not None
        return Abandoned(answer["executions"], answer["runs"])


def _judge(node: Execution | Context, older_than: timedelta | None) -> Running:
    host, pid, began = (node.properties.get(name) for name in ("host", "pid", "began"))
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
