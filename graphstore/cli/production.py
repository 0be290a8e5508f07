"""`graphstore production`: what serves, or served on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from graphstore.cli.common import (
    AsOf,
    Json,
    Limit,
    On,
    moment_or_day,
    print_json,
    print_table,
    say,
    then,
    when,
    with_store,
)
from graphstore.graph.answer import short_type

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["production"]


@with_store
def production(
    store: Store,
    on: On = None,
    as_of: AsOf = None,
    target: Annotated[str | None, typer.Option(help="At this target only.")] = None,
    limit: Limit = 1000,
    json: Json = False,
) -> None:
    """Show which models are in production, or were: what was deployed, and what TFX pushed."""
    known_at = then(store, as_of)
    models = store.production(
        on=moment_or_day("--on", on), as_of=known_at, target=target, limit=limit + 1
    )
    if len(models) > limit:
        say(f"the last {limit}; more were deployed, or pushed: ask for more", error=True)
        models = models[:limit]
    if json:
        print_json([one.to_dict() for one in models])
        return
    plans = []
    if on is None:
        deployments = store.decisions.deployments(target=target, limit=None, as_of=known_at)
        plans = [one for one in deployments if one.planned]
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
        empty="nothing was in production then" if on or as_of else "nothing is in production",
    )
    for one in sorted(plans, key=lambda one: (one.time is None, one.time)):
        what = f"{short_type(one.model.type)} {one.model.ref.short} at {one.target}"
        say(f"{one.fate}: {what} ({one.deployment.ref.short})")
