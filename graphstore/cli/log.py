"""`graphstore log`: what was recorded and changed, by whom and when."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphstore import answers
from graphstore.cli.common import Json, moment, print_json, print_table, say, with_store
from graphstore.graph.answer import short_type

if TYPE_CHECKING:
    from graphstore.storage.changes import Change
    from graphstore.store import Store

__all__ = ["log"]


@with_store
def log(
    store: Store,
    nodes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NODE]...", help="Of these only: a45, e44, c2."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            help="Not recorded before this (UTC): 2026-01-31 or 2026-01-31T12:00. By default seven"
            " days ago; of nodes, ever."
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Recorded before this.")] = None,
    by: Annotated[str | None, typer.Option(help="By this one only.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", help="About so many at most.", min=1)
    ] = None,
    newest: Annotated[
        bool,
        typer.Option("--newest", help="The last first; with --limit of any time."),
    ] = False,
    settled: Annotated[
        bool,
        typer.Option(
            "--settled",
            help="Only what is known for good; then 'until', in the JSON, is the 'since' to go on"
            " with.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Show what was recorded, changed, deleted and erased, by whom, from what to what, in order."""
    page = answers.changes(
        store,
        nodes or (),
        since=None if since is None else moment("--since", since),
        until=None if until is None else moment("--until", until),
        by=by,
        limit=limit,
        descending=newest,
        settled=settled,
    )
    if json:
        print_json(page.to_dict())
        return
    print_table(
        ["recorded (UTC)", "by", "", "what"],
        [(_time(one.time, one.estimated), one.by or "", one.what, _text(one)) for one in page],
        empty="nothing was recorded, changed, deleted or erased"
        + ("" if nodes or since or (newest and limit) else " in seven days"),
    )
    if any(one.estimated for one in page):
        say("~ the store noted no time then: it was at this time or later", error=True)


def _time(time: datetime, estimated: bool) -> str:
    text = time.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return f"~ {text}" if estimated else text


def _text(one: Change) -> str:
    """A change in a line."""
    why = f": {one.reason}" if one.reason else ""
    if one.other is not None:
        path = "".join(f" {step}" for step in one.path if isinstance(step, str))
        return f"{one.node.short} {one.type} {one.other.short}{path}{why}"
    if one.what in ("deleted", "erased"):
        return f"{one.node.short} {short_type(one.type)}".rstrip() + " purged" * one.purged + why
    name = f" {one.name}" if one.name else ""
    what = f"{one.node.short} {short_type(one.type)}{name}"
    if not one.values:
        return what
    changes = (
        f"{key.removeprefix('properties.').removeprefix('custom_properties.')}:"
        f" {_value(before)} → {_value(after)}"
        for key, (before, after) in one.values.items()
    )
    return f"{what}  {', '.join(changes)}"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, datetime):
        return _time(value, False)
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
