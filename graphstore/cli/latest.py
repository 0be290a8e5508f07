"""`graphstore latest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from graphstore import answers
from graphstore.cli.common import (
    AsOf,
    Json,
    Limit,
    On,
    moment_or_day,
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
    results = answers.choose(
        store,
        type,
        blessed=blessed,
        pushed=pushed,
        best=best,
        of=of,
        smallest=smallest,
        limit=limit,
        **candidates,
    )
    if json:
        print_json(results)
        return
    first = results[0].why if results else {}
    reasons = [name for name, one in first.items() if one is not None]
    print_table(
        ["id", "type", "state", "name or place", "created (UTC)", *reasons],
        [
            (
                one.artifact.ref.short,
                short_type(one.artifact.type),
                one.artifact.state.value if one.artifact.state else "",
                one.artifact.name or one.artifact.uri or "",
                when(one.artifact.create_time),
                *(_short(one.why[name]) for name in reasons),
            )
            for one in results
        ],
        empty="no artifacts like that",
    )


def _short(one: Artifact | float) -> str:
    return one.ref.short if isinstance(one, Artifact) else str(one)
