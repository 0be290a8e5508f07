"""`graphstore search`: which nodes are called so, are there, or have this digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from graphstore.cli.common import AsOf, Json, Limit, print_json, print_table, say, then, with_store
from graphstore.graph.answer import short_type, standing

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["search"]


@with_store
def search(
    store: Store,
    text: Annotated[
        str, typer.Argument(help="How a name, a uri, an external id or a digest begins; or an id.")
    ],
    limit: Limit = 20,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Find what is called so, is there, or has this digest."""
    found = store.search(text, limit=limit, as_of=then(store, as_of))
    if json:
        print_json(found.to_dict())
        return
    print_table(
        ["id", "type", "state", "name or place", "found by its"],
        [
            (
                hit.node.ref.short,
                short_type(hit.node.type),
                standing(hit.node, short=True),
                hit.node.name or getattr(hit.node, "uri", None) or "",
                hit.way,
            )
            for hit in found.hits
        ],
        empty="nothing begins so",
    )
    if found.truncated:
        say("there is more that begins so: type more of it", error=True)
