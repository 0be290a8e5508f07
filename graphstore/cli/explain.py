"""`graphstore explain`: a model's passport."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphstore.cli.common import with_store, write_or_print
from graphstore.errors import InvalidArgument
from graphstore.model.nodes import NodeRef

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["explain"]


@with_store
def explain(
    store: Store,
    id: Annotated[str, typer.Argument(help="A model, by id; e.g. a45.", show_default=False)],
    format: Annotated[
        Literal["text", "markdown", "html"],
        typer.Option("--format", "-f", help="As what; html is a page that needs nothing else."),
    ] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file, in place of the terminal.")
    ] = None,
) -> None:
    """Say all that one asks of a model: who made it of what and how, why it, and where it is."""
    ref = NodeRef.parse(id)
    if ref.kind != "artifact":
        raise InvalidArgument(f"{ref} is no artifact; see `graphstore show {ref.short}`")
    passport = store.explain(ref.id)
    text = {
        "text": passport.__str__,
        "markdown": passport.to_markdown,
        "html": passport.to_html,
    }[format]()
    write_or_print(text.rstrip("\n"), output)
