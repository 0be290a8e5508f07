"""Deletes nodes: plans, refuses, and does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from graphstore.database import Database
from graphstore.deletion import rules
from graphstore.deletion.files import fates_of, remove
from graphstore.deletion.lease import held
from graphstore.deletion.plan import Plan, Planner
from graphstore.deletion.report import DeletionReport, Part
from graphstore.deletion.rules import Effect
from graphstore.deletion.writing import Writing
from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.model.nodes import NodeRef
from graphstore.system.progress import OnProgress, silent

__all__ = ["carry_out", "delete"]

_LONGEST_REASON = 8_000
"""Characters."""


def delete(
    database: Database,
    refs: Sequence[NodeRef],
    *,
    reason: str | None = None,
    purge: bool = False,
    force: bool = False,
    files: bool = False,
    dry_run: bool = False,
    on_progress: OnProgress = silent,
) -> DeletionReport:
    """Delete nodes, and what goes with them; see `graphstore.Store.delete`."""
    if reason is not None and len(reason) > _LONGEST_REASON:
        raise InvalidArgument(f"a reason has {_LONGEST_REASON:,} characters at most")
    planner = Planner(database)
    plan = planner.plan(refs, purge=purge, force=force and not dry_run)
    if dry_run:
        shown_by = 0 if purge else planner.shown_by(plan)
        return replace(
            report_of(plan, plan.going, reason, dry_run=True),
            files=fates_of(database, plan.ids("artifact")),
            shown_by=shown_by,
            with_files=files,
        )
    refuse(plan, force=force)
    return carry_out(database, plan, reason, files=files, on_progress=on_progress)


def refuse(plan: Plan, *, force: bool) -> None:
    """Refuse a plan that must not be carried out.

    Raises:
        FailedPrecondition: It says why, and names some of the nodes.
    """
    effects = (Effect.IMPOSSIBLE,) if force else (Effect.IMPOSSIBLE, Effect.REFUSED)
    refusals = plan.refusals(*effects)
    if not refusals:
        return
    hints = []
    if any(part.rule.effect is Effect.REFUSED for part in refusals):
        hints.append("what must go all the same can be forced (force=True, --force)")
    if any(part.rule.effect is Effect.IMPOSSIBLE for part in refusals):
        hints.append("tombstones can be left in place of what was purged (without purge)")
    reasons = "; ".join(map(str, refusals))
    raise FailedPrecondition(f"nothing was deleted: {reasons}; {'; '.join(hints)}")


def carry_out(
    database: Database,
    plan: Plan,
    reason: str | None,
    *,
    files: bool = False,
    on_progress: OnProgress = silent,
) -> DeletionReport:
    """Do what a plan says, and tell what became of it.

    Raises:
        FailedPrecondition: If another deletion goes on, or somebody has begun to use what was to be
            purged. What went by then is gone.
    """
    fates = {one.artifact: one for one in fates_of(database, plan.ids("artifact"))} if files else {}

    def remove_files(gone: Collection[NodeRef]) -> None:
        # After the transaction: a file is never gone while its artifact stays.
        for ref in fates.keys() & set(gone):
            fates[ref] = remove(fates[ref])

    with held(database) as holder:
        writing = Writing(database, holder, reason, on_progress, remove_files)
        gone = writing.purge(plan) if plan.purge else writing.bury(plan)
    report = report_of(plan, gone, reason, dry_run=False)
    went = [one for ref, one in fates.items() if ref in gone]
    return replace(report, files=went, with_files=files)


def report_of(
    plan: Plan, gone: Collection[NodeRef], reason: str | None, *, dry_run: bool
) -> DeletionReport:
    """What a plan comes to, of which these went, or would."""
    went = [
        Part(part.rule, nodes)
        for part in plan.parts(Effect.GOES)
        if (nodes := [ref for ref in part.nodes if ref in gone])
    ]
    left = sorted(ref for ref in plan.going if ref not in gone)
    stays = [*plan.parts(Effect.STAYS), *([Part(rules.MEANWHILE, left)] if left else [])]
    refused = plan.refusals(Effect.REFUSED, Effect.IMPOSSIBLE)
    return DeletionReport(dry_run, plan.purge, went, stays, refused, reason=reason)
