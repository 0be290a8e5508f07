"""`graphstore delete`, `retain` and `erase`: nodes, and what goes with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphstore.cli.common import Json, print_json, say, with_store
from graphstore.errors import InvalidArgument
from graphstore.system.progress import late_bar

if TYPE_CHECKING:
    from graphstore.deletion import DeletionReport, ErasureReport, RetentionReport
    from graphstore.store import Store

__all__ = ["delete", "erase", "retain"]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing: only say what would go.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Reason = Annotated[str | None, typer.Option(help="Why; it stays with the tombstones.")]
Purge = Annotated[
    bool,
    typer.Option(
        "--purge",
        help="Remove from the graph, too, if nothing that stays was made from it; else tombstones"
        " are left.",
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Also what goes on still, and what a live deployment stands on."),
]
Files = Annotated[
    bool,
    typer.Option(
        "--files",
        help="The files at their uris, too: those on this machine that are as they were recorded.",
    ),
]


@with_store
def delete(
    store: Store,
    nodes: Annotated[
        list[str],
        typer.Argument(
            metavar="NODE...",
            help="Artifacts, executions, runs, pipelines: a45, e44, c2. A run takes its executions"
            " along, and what only they made; a pipeline its runs.",
        ),
    ],
    reason: Reason = None,
    purge: Purge = False,
    force: Force = False,
    files: Files = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Delete nodes, and what goes with them. It cannot be undone."""
    plan = store.delete(nodes, reason=reason, purge=purge, files=files, dry_run=True)
    if dry_run or not plan.count:
        tell(plan, json)
        raise typer.Exit(1 if plan.hinders(force=force) else 0)
    if not plan.hinders(force=force) and not yes:
        tell(plan, False, error=True)
        ask(f"Delete {plan.amounts}? It cannot be undone.")
    with late_bar() as on_progress:
        report = store.delete(
            nodes, reason=reason, purge=purge, force=force, files=files, on_progress=on_progress
        )
    tell(report, json)


@with_store
def retain(
    store: Store,
    policy: Annotated[
        Path, typer.Option(help="The policy: a file of TOML (docs/deletion.md).", exists=True)
    ],
    reason: Reason = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Delete the runs that a policy keeps no longer. It cannot be undone."""
    plan = store.retain(policy, reason=reason, dry_run=True)
    if not dry_run and plan.deletion.count:
        if not yes:
            tell(plan, False, error=True)
            ask(f"Delete {plan.deletion.amounts}? It cannot be undone.")
        with late_bar() as on_progress:
            plan = store.retain(policy, reason=reason, on_progress=on_progress)
    tell(plan, json)


@with_store
def erase(
    store: Store,
    nodes: Annotated[
        list[str] | None, typer.Argument(metavar="[NODE]...", help="Nodes: a45, e44, c2.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(
            help="A text, such as a person's name, to write over wherever it stands; can be given"
            " several times."
        ),
    ] = None,
    reason: Reason = None,
    force: Force = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Erase a person's data: of nodes, or a value wherever it stands. It cannot be undone."""
    values = value or []
    if dry_run or not yes:
        plan = store.erase(nodes or (), values=values, reason=reason, dry_run=True)
        if dry_run:
            tell(plan, json)
            return
        tell(plan, False, error=True)
        ask("Erase this? It cannot be undone.")
    with late_bar() as on_progress:
        report = store.erase(
            nodes or (), values=values, reason=reason, force=force, on_progress=on_progress
        )
    tell(report, json)
    say(
        "Neo4j's files keep what was written over until the place is used again: docs/deletion.md"
        " says how to be rid of that",
        error=True,
    )
    if report.left:
        raise typer.Exit(1)


def ask(question: str) -> None:
    """Ask, and end unless the answer is yes.

    Raises:
        InvalidArgument: If nobody is there to be asked.
    """
    if not sys.stdin.isatty():
        raise InvalidArgument("nobody is there to be asked: say --yes, or leave it")
    typer.confirm(question, abort=True, err=True)


def tell(
    report: DeletionReport | ErasureReport | RetentionReport, json: bool, *, error: bool = False
) -> None:
    """Print what went, or would."""
    if json:
        print_json(report.to_dict())
    else:
        say(report, error=error)
