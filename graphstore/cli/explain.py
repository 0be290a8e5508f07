"""`graphstore explain`: a model's passport."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphstore.cli.common import (
    AsOf,
    format_of,
    json_text,
    then,
    with_store,
    write_or_print,
)

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["explain"]


Format = Literal["text", "markdown", "html", "json"]

_BY_ENDING: dict[str, Format] = {
    ".txt": "text",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}


@with_store
def explain(
    store: Store,
    id: Annotated[str, typer.Argument(help="A model, by id; e.g. a45.", show_default=False)],
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="As what; html is a page that needs nothing else.",
            show_default="what the ending of the output says, else text",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file, in place of the terminal.")
    ] = None,
    as_of: AsOf = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Say all that one asks of a model: who made it of what and how, why it, and where it is."""
    format_ = format_of(output, "json" if json else format, _BY_ENDING, "text")
    passport = store.explain(id, as_of=then(store, as_of))
    texts: dict[str, Callable[[], str]] = {
        "text": passport.__str__,
        "markdown": passport.to_markdown,
        "html": passport.to_html,
        "json": partial(json_text, passport),
    }
    text = texts[format_]()
    write_or_print(text.rstrip("\n"), output)
