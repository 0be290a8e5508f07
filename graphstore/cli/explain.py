"""`graphstore explain`: a model's passport."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphstore.cli.common import (
    AsOf,
    MaxNodes,
    format_of,
    json_text,
    print_json,
    say,
    then,
    with_store,
    write_or_print,
)

if TYPE_CHECKING:
    from graphstore.model.times import KnownAt
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
    dossier: Annotated[
        Path | None,
        typer.Option(
            help="Make this folder, for a regulator: a page to print by the points of Annex IV of"
            " the AI Act, with PROV, SLSA and a crate beside it.",
            show_default=False,
        ),
    ] = None,
    max_nodes: MaxNodes = 10_000,
    as_of: AsOf = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Say all that one asks of a model: who made it of what and how, why it, and where it is."""
    if dossier is not None:
        _write_dossier(store, id, dossier, then(store, as_of), json=json)
        return
    format_ = format_of(output, "json" if json else format, _BY_ENDING, "text")
    passport = store.explain(id, max_nodes=max_nodes, as_of=then(store, as_of))
    texts: dict[str, Callable[[], str]] = {
        "text": passport.__str__,
        "markdown": passport.to_markdown,
        "html": passport.to_html,
        "json": partial(json_text, passport),
    }
    text = texts[format_]()
    write_or_print(text.rstrip("\n"), output)


def _write_dossier(
    store: Store, id: str, folder: Path, as_of: KnownAt | None, *, json: bool
) -> None:
    from graphstore.interop.dossier import write_dossier

    written = write_dossier(store, id, folder, as_of=as_of)
    if json:
        print_json(written.to_dict())
        return
    beside = ", ".join(written.files) or "nothing"
    say(f"wrote {written.page}, with {beside} beside it", error=True)
    for name, why in written.left_out.items():
        say(f"not there: {name}: {why}", error=True)
    say(f"{len(written.unknown)} things are not known; the page begins with them", error=True)
