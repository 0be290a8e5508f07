"""`graphstore lineage`."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphstore.cli.common import (
    AsOf,
    console,
    format_of,
    old_option,
    print_table,
    renamed_value,
    then,
    with_store,
    write_or_print,
)
from graphstore.errors import InvalidArgument
from graphstore.graph.answer import LineageGraph, short_type, standing

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["Format", "lineage", "render"]

Format = Literal["tree", "table", "mermaid", "dot", "svg", "html", "json"]

_BY_ENDING: dict[str, Format] = {
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".json": "json",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".txt": "tree",
}


@with_store
def lineage(
    store: Store,
    node: Annotated[
        str, typer.Argument(help="Which: 45 or a45 for an artifact, e44 for an execution.")
    ],
    up: Annotated[bool, typer.Option("--up", help="What it was made from.")] = False,
    down: Annotated[bool, typer.Option("--down", help="What it reached.")] = False,
    max_hops: Annotated[
        int | None,
        typer.Option(help="Events to follow at most; two lead to an artifact's inputs.", min=0),
    ] = None,
    depth: Annotated[int | None, old_option("--depth", least=0)] = None,
    max_nodes: Annotated[int, typer.Option(help="Nodes at most, the nearest ones.", min=1)] = 1000,
    passed_on: Annotated[
        bool,
        typer.Option(
            "--passed-on",
            help="With who only passed something on: CACHED executions, and what resolvers chose.",
        ),
    ] = False,
    as_of: AsOf = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="How to answer; html is a page to explore, which needs nothing else.",
            show_default="what the ending of the output says, else tree",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file.")
    ] = None,
    fold: Annotated[
        bool,
        typer.Option(
            "--fold/--no-fold",
            help="Leave out of pictures the CACHED executions that only passed artifacts on.",
        ),
    ] = True,
    open_: Annotated[
        bool,
        typer.Option(
            "--open",
            help="Show the page in the browser; written to a temporary file, unless to --output.",
        ),
    ] = False,
) -> None:
    """Show what something was made from, and what it reached: both unless --up or --down."""
    format_ = _format("json" if json else format, output, open_)
    max_hops = renamed_value("--depth", depth, "--max-hops", max_hops)
    question = "both" if up == down else "upstream" if up else "downstream"
    ask = getattr(store.lineage, question)
    graph: LineageGraph = ask(
        node, max_hops=max_hops, max_nodes=max_nodes, passed_on=passed_on, as_of=then(store, as_of)
    )
    if format_ == "table":
        print_nodes(graph)
        return
    if open_ and output is None:
        output = Path(mkdtemp(prefix="graphstore-")) / "lineage.html"
    write_or_print(render(graph, format_, fold=fold), output)
    if open_ and output is not None and not webbrowser.open(output.resolve().as_uri()):
        raise InvalidArgument(f"no browser was found to open {output} with")


def _format(choice: Format | None, output: Path | None, open_: bool) -> Format:
    """What to write: what was asked for, else what the file's name says."""
    default: Format = "html" if open_ else "tree"
    format = format_of(output, choice, _BY_ENDING, default)
    if open_ and format != "html":
        raise InvalidArgument(f"--open shows a page (--format html), not {format}")
    return format


def render(graph: LineageGraph, format: Format, *, fold: bool = True) -> str:
    """A graph as text of some format; `fold` leaves out of pictures who only passed things on."""
    if format == "mermaid":
        return graph.to_mermaid(fold=fold)
    if format == "dot":
        return graph.to_dot(fold=fold)
    if format == "svg":
        return graph.to_svg(fold=fold)
    if format == "html":
        return graph.to_html(fold=fold)
    if format == "json":
        return graph.model_dump_json(indent=2, exclude_none=True)
    return str(graph)


def print_nodes(graph: LineageGraph) -> None:
    """Print the nodes of a graph as a table, nearest first."""
    print_table(
        ["id", "kind", "type", "state", "name or place"],
        [
            (
                node.ref.short,
                node.kind,
                short_type(node.type),
                standing(node),
                node.name or getattr(node, "uri", None) or "",
            )
            for node in graph.nodes()
        ],
        title=graph.title,
        empty="nothing",
    )
    if graph.truncated:
        console().print(f"Cut off: more lies behind {len(graph.frontier)} of these.")
