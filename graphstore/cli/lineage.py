"""`graphstore lineage`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphstore.cli.common import console, print_table, with_store, write_or_print
from graphstore.graph import LineageGraph, short_type
from graphstore.model.nodes import NodeRef

if TYPE_CHECKING:
    from graphstore.store import Store

__all__ = ["Format", "lineage", "rendered"]

Format = Literal["tree", "table", "mermaid", "dot", "svg", "json"]


@with_store
def lineage(
    store: Store,
    node: Annotated[
        str, typer.Argument(help="Which: 45 or a45 for an artifact, e44 for an execution.")
    ],
    up: Annotated[bool, typer.Option("--up", help="What it was made from.")] = False,
    down: Annotated[bool, typer.Option("--down", help="What it reached.")] = False,
    depth: Annotated[
        int | None,
        typer.Option(help="Events to follow at most; two lead to an artifact's inputs.", min=0),
    ] = None,
    max_nodes: Annotated[int, typer.Option(help="Nodes at most, the nearest ones.", min=1)] = 1000,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to answer.")] = "tree",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file.")
    ] = None,
) -> None:
    """Show what something was made from, and what it reached: both unless --up or --down."""
    question = "both" if up == down else "upstream" if up else "downstream"
    ask = getattr(store.lineage, question)
    graph: LineageGraph = ask(NodeRef.parse(node), max_hops=depth, max_nodes=max_nodes)
    format = "json" if json else format
    if format == "table":
        print_nodes(graph)
    else:
        write_or_print(rendered(graph, format), output)


def rendered(graph: LineageGraph, format: Format) -> str:
    """A graph as text of some format."""
    if format == "mermaid":
        return graph.to_mermaid()
    if format == "dot":
        return graph.to_dot()
    if format == "svg":
        return graph.to_svg()
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
                node.state.value if node.state else "",
                node.name or getattr(node, "uri", None) or "",
            )
            for node in graph.nodes()
        ],
        title=graph.title,
        empty="nothing",
    )
    if graph.truncated:
        console().print(f"Cut off: more lies behind {len(graph.frontier)} of these.")
