"""`graphstore latest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphstore.cli.common import (
    AsOf,
    Json,
    Limit,
    On,
    moment_or_day,
    nodes_to_json,
    old_option,
    print_json,
    print_table,
    renamed_value,
    then,
    when,
    with_store,
)
from graphstore.errors import InvalidArgument
from graphstore.graph.answer import short_type
from graphstore.model.nodes import Artifact

if TYPE_CHECKING:
    from graphstore.storage.candidates import Candidates
    from graphstore.store import Store

__all__ = ["latest"]


@with_store
def latest(
    store: Store,
    type: Annotated[str, typer.Argument(help="The type of the artifacts, by its whole name.")],
    blessed: Annotated[bool, typer.Option("--blessed", help="Blessed by an Evaluator.")] = False,
    pushed: Annotated[bool, typer.Option("--pushed", help="Pushed.")] = False,
    best: Annotated[
        str | None, typer.Option(help="Not the latest: the best by this property.")
    ] = None,
    of: Annotated[
        str | None, typer.Option(help="The property is that of evaluations of this type.")
    ] = None,
    smallest: Annotated[bool, typer.Option("--smallest", help="Less is better.")] = False,
    context: Annotated[
        list[str] | None, typer.Option(help="In this context, by its id; of several, in all.")
    ] = None,
    producer: Annotated[
        str | None, typer.Option(help="Made by an execution of this type, by its whole name.")
    ] = None,
    any_state: Annotated[
        bool, typer.Option("--any-state", help="In any state, not only LIVE.")
    ] = False,
    on: On = None,
    as_of: AsOf = None,
    limit: Limit = 1,
    number: Annotated[int | None, old_option("--number")] = None,
    json: Json = False,
) -> None:
    """Show what to start from: the latest artifact, the latest blessed or pushed, or the best."""
    limit = renamed_value("--number", number, "--limit", limit)
    if sum((blessed, pushed, best is not None)) > 1:
        raise InvalidArgument("of --blessed, --pushed and --best give one")
    if best is None and (of is not None or smallest):
        raise InvalidArgument("--of and --smallest are about a metric: give --best")
    candidates: Candidates = {
        "context": context or None,
        "producer": producer,
        "on": moment_or_day("--on", on),
        "as_of": then(store, as_of),
    }
    if any_state:
        candidates["states"] = None
    results: list[tuple[Artifact, dict[str, Any]]]
    if best is not None:
        by_score = store.resolve.best(
            type, best, of=of, smallest=smallest, limit=limit, **candidates
        )
        results = [(s.artifact, {"value": s.value, "evaluation": s.evaluation}) for s in by_score]
    elif blessed:
        approvals = store.resolve.latest_blessed(type, limit=limit, **candidates)
        results = [(a.artifact, {"blessing": a.approvals[0]}) for a in approvals]
    elif pushed:
        approvals = store.resolve.latest_pushed(type, limit=limit, **candidates)
        results = [(a.artifact, {"push": a.approvals[0]}) for a in approvals]
    else:
        results = [(node, {}) for node in store.resolve.latest(type, limit=limit, **candidates)]
    if json:
        print_json(
            [
                nodes_to_json([node])[0]
                | {
                    name: nodes_to_json([one])[0] if isinstance(one, Artifact) else one
                    for name, one in why.items()
                    if one is not None
                }
                for node, why in results
            ]
        )
        return
    reasons = [name for name, one in results[0][1].items() if one is not None] if results else []
    print_table(
        ["id", "type", "state", "name or place", "created (UTC)", *reasons],
        [
            (
                node.ref.short,
                short_type(node.type),
                node.state.value if node.state else "",
                node.name or node.uri or "",
                when(node.create_time),
                *(_short(why[name]) for name in reasons),
            )
            for node, why in results
        ],
        empty="no artifacts like that",
    )


def _short(one: Artifact | float) -> str:
    return one.ref.short if isinstance(one, Artifact) else str(one)
