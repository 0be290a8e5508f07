"""`graphstore production`: what serves, or served on a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from graphstore.cli.common import Json, moment, print_json, print_table, say, when, with_store
from graphstore.graph.answer import short_type

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["production"]


@with_store
def production(
    store: Store,
    on: Annotated[
        str | None,
        typer.Option(
            help="On this day, at its end, or at this time (UTC): 2026-01-31 or 2026-01-31T12:00."
        ),
    ] = None,
    target: Annotated[str | None, typer.Option(help="At this target only.")] = None,
    json: Json = False,
) -> None:
    """Show which models are in production, or were: what was deployed, and what TFX pushed."""
    models = store.production(on=None if on is None else _moment(on), target=target)
    if json:
        print_json([one.to_dict() for one in models])
        return
    plans = []
    if on is None:
        plans = [one for one in store.decisions.deployments(target=target) if one.planned]
    print_table(
        ["target", "model", "since (UTC)", "by", "deployment", "reason"],
        [
            (
                one.target or "",
                f"{short_type(one.model.type)} {one.model.ref.short}"
                + (f" ({one.model.deletion})" if one.model.deletion else ""),
                when(one.since),
                one.actor or "",
                one.artifact.ref.short
                + (f" ({one.artifact.deletion})" if one.artifact.deletion else ""),
                one.reason or "",
            )
            for one in models
        ],
        empty="nothing was in production then" if on else "nothing is in production",
    )
    for one in sorted(plans, key=lambda one: (one.time is None, one.time)):
        what = f"{short_type(one.model.type)} {one.model.ref.short} at {one.target}"
        say(f"{one.fate}: {what} ({one.deployment.ref.short})")


def _moment(text: str) -> datetime | date:
    """A time, or a day: all of that."""
    time = moment("--on", text)
    return time.date() if len(text) <= len("2026-01-31") else time
