"""`graphstore impact`, `diff` and `common-ancestors`: where bad data went, what made models bad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from graphstore.cli.common import AsOf, Json, MaxNodes, print_json, say, then, with_store

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["common_ancestors", "diff", "impact"]


class _Answer(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


@with_store
def impact(
    store: Store,
    id: Annotated[str, typer.Argument(help="An artifact, by id; e.g. a1.", show_default=False)],
    max_nodes: MaxNodes = 10_000,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Show which models, evaluations and deployments something got into, and whose."""
    _print(store.impact(id, max_nodes=max_nodes, as_of=then(store, as_of)), json)


@with_store
def diff(
    store: Store,
    a: Annotated[str, typer.Argument(help="The artifact that was, by id.", show_default=False)],
    b: Annotated[str, typer.Argument(help="The artifact that is.", show_default=False)],
    max_nodes: MaxNodes = 10_000,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Show in what two artifacts' ancestries differ, and where they first did."""
    answer = store.diff(a, b, max_nodes=max_nodes, as_of=then(store, as_of))
    _print(answer, json)


@with_store
def common_ancestors(
    store: Store,
    bad: Annotated[
        list[str],
        typer.Argument(
            help="Bad ones: a45 an artifact, e44 an execution, c3 a run.", show_default=False
        ),
    ],
    good: Annotated[
        list[str] | None,
        typer.Option("--good", help="A good one; may be given several times."),
    ] = None,
    max_nodes: MaxNodes = 10_000,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Show what the bad ones were made from that the good ones were not."""
    known_at = then(store, as_of)
    answer = store.common_ancestors(bad, good or (), max_nodes=max_nodes, as_of=known_at)
    _print(answer, json)


def _print(answer: _Answer, json: bool) -> None:
    if json:
        print_json(answer.to_dict())
    else:
        say(answer)
