"""Deletes the runs that a policy keeps no longer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from graphstore.database import Database
from graphstore.database.queries import QUERIES
from graphstore.deletion.deleting import carry_out, report_of
from graphstore.deletion.plan import Planner
from graphstore.deletion.policy import Policy, PolicyRule
from graphstore.deletion.report import DeletionReport
from graphstore.model.nodes import Context, NodeRef
from graphstore.model.plain import Plain
from graphstore.model.roles import PIPELINE_TYPES, RUN_TYPES
from graphstore.storage.contexts import Contexts
from graphstore.storage.rows import millis
from graphstore.system.batched import batched
from graphstore.system.progress import OnProgress, silent

__all__ = ["Kept", "RetentionReport", "retain"]


@dataclass(frozen=True)
class Kept(Plain):
    """What a policy makes of the runs of a pipeline."""

    pipeline: NodeRef
    name: str
    rule: str
    """The names that its rule is for."""
    goes: Sequence[NodeRef]
    """The runs that go, the last to begin first."""
    kept: Mapping[str, Sequence[NodeRef]]
    """Those that are kept, by why: ``last``, ``days``, ``deployed``, ``state``, ``running``."""

    def __str__(self) -> str:
        """``iris (c2): 12 of 30 runs; kept: 10 last, 8 deployed``."""
        total = len(self.goes) + sum(map(len, self.kept.values()))
        kept = ", ".join(f"{len(runs)} {why}" for why, runs in self.kept.items())
        return f"{self.name} ({self.pipeline.short}): {len(self.goes)} of {total} runs" + (
            f"; kept: {kept}" if kept else ""
        )


@dataclass(frozen=True)
class RetentionReport(Plain):
    """What a policy deleted or, of a dry run, would delete."""

    pipelines: Sequence[Kept]
    deletion: DeletionReport

    def __str__(self) -> str:
        """It in lines."""
        return "\n".join([*map(str, self.pipelines), str(self.deletion)])


@dataclass
class _Stands:
    """What runs are kept for, whatever their age: their executions."""

    deployed: set[int] = field(default_factory=set)
    """What is or was deployed stands on these."""
    live: set[int] = field(default_factory=set)


def retain(
    database: Database,
    contexts: Contexts,
    policy: Policy,
    *,
    reason: str | None = None,
    dry_run: bool = False,
    now: datetime | None = None,
    on_progress: OnProgress = silent,
) -> RetentionReport:
    """Delete the runs that a policy keeps no longer; see `graphstore.Store.retain`."""
    planner = Planner(database)
    stands = _Stands(
        _ever_deployed(database, planner),
        {ref.id for ref in planner.protected() if ref.kind == "execution"},
    )
    moment = now or datetime.now(timezone.utc)
    pipelines = [
        _judge(database, pipeline, rule, stands, moment)
        for pipeline in _pipelines(contexts)
        if (rule := policy.rule_of(pipeline.name)) is not None
    ]
    # A run of several pipelines goes if all of them let it go.
    kept = {run for one in pipelines for runs in one.kept.values() for run in runs}
    going = sorted({run for one in pipelines for run in one.goes} - kept)
    plan = planner.plan(going, force=True)  # what serves is kept above
    why = reason or policy.reason
    if dry_run:
        report = report_of(plan, plan.going, why, dry_run=True)
        return RetentionReport(pipelines, replace(report, shown_by=planner.shown_by(plan)))
    return RetentionReport(pipelines, carry_out(database, plan, why, on_progress=on_progress))


def _pipelines(contexts: Contexts) -> Iterator[Context]:
    for type_ in PIPELINE_TYPES:
        yield from contexts.iterate(type=type_)


def _ever_deployed(database: Database, planner: Planner) -> set[int]:
    """The executions that something which is or was deployed or pushed stands on."""
    row = database.one(QUERIES["deletion.deployments"])
    if row is None or not row["ids"]:
        return set()
    starts = [NodeRef("artifact", id_) for id_ in row["ids"]]
    return {ref.id for ref in planner.walk("upstream", starts) if ref.kind == "execution"}


def _judge(
    database: Database, pipeline: Context, rule: PolicyRule, stands: _Stands, now: datetime
) -> Kept:
    """Which runs of a pipeline go, and why the others are kept."""
    row = database.one(
        QUERIES["deletion.runs_of_pipelines"], context_ids=[pipeline.ref.id], types=list(RUN_TYPES)
    )
    assert row is not None
    goes, kept = list[NodeRef](), defaultdict[str, list[NodeRef]](list)
    rows = [
        run
        for answer in database.rows(QUERIES["deletion.runs"], ids=row["run_ids"])
        for run in answer["runs"]
    ]
    steps = _steps_of(database, [run[0] for run in rows])
    for place, (id_, _, began, outcome) in enumerate(rows):
        why = _why_kept(rule, place, millis(began), outcome, steps[id_], stands, now)
        (kept[why] if why else goes).append(NodeRef("context", id_))
    return Kept(pipeline.ref, pipeline.name, rule.pipeline, goes, dict(kept))


def _why_kept(
    rule: PolicyRule,
    place: int,
    began: datetime,
    outcome: str,
    steps: set[int],
    stands: _Stands,
    now: datetime,
) -> str:
    """Why a run is kept, which is the so-manieth from the last; empty if it is not."""
    if outcome in ("RUNNING", "NEW"):
        return "running"
    if place < rule.keep_last:
        return "last"
    if began > now - timedelta(days=rule.keep_days):
        return "days"
    if steps & (stands.deployed | stands.live if rule.keep_deployed else stands.live):
        return "deployed"
    if rule.states and outcome not in rule.states:
        return "state"
    return ""


def _steps_of(database: Database, runs: Sequence[int]) -> Mapping[int, set[int]]:
    """The executions of some runs, by run."""
    steps: dict[int, set[int]] = {id_: set() for id_ in runs}
    parameters: dict[str, Any] = {"types": list(RUN_TYPES), "with_deleted": False}
    for some in batched(runs, 1_000):
        for row in database.rows(QUERIES["deletion.executions_of"], context_ids=some, **parameters):
            for execution, own in row["executions"]:
                for run in own:
                    if run in steps:
                        steps[run].add(execution)
    return steps
