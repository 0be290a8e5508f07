"""Lines by the batch: what one transaction writes, in the rows that queries take."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphstore.database.literals import properties_from_json
from graphstore.interop.archive.file import ArchiveFile, Line

__all__ = ["Batch", "Edge", "ahead", "batches_of", "edge_rows", "edges_of", "hanging_rows"]

T = TypeVar("T")

NODES, EDGES = 1_000, 20_000
"""Nodes, and edges of theirs, a transaction: enough that commits do not count, few enough for a
small heap."""
HEAVY = 10_000_000
"""Bytes of lines a transaction: those of a few nodes may be large."""

_KINDS = ("artifact", "execution", "context", "type")


@dataclass(frozen=True)
class Edge:
    """An edge of a line."""

    type: str
    way: str
    """``to`` or ``from`` the other end."""
    kind: str
    """Of the other end."""
    id: int
    """Of the other end, in the archive."""
    properties: dict[str, Any]


@dataclass
class Batch:
    """Some lines of one kind."""

    first: int
    """The number of the first line of them among those of the kind, from 0."""
    lines: list[Line] = field(default_factory=list)


@contextmanager
def batches_of(file: ArchiveFile, kind: str) -> Iterator[Iterator[Batch]]:
    """The lines of a kind by the batch, each made while the one before it is in use."""
    with closing(ahead(batches(file.read(kind)))) as some:
        yield some


def batches(lines: Generator[tuple[Line, int], None, None]) -> Generator[Batch, None, None]:
    """Lines, given with their bytes, by as many as one transaction takes."""
    batch, edges, size = Batch(0), 0, 0
    with closing(lines):
        for line, length in lines:
            batch.lines.append(line)
            edges += len(line.get("edges", ())) + len(line.get("attachments", ()))
            size += length
            if len(batch.lines) >= NODES or edges >= EDGES or size >= HEAVY:
                yield batch
                batch, edges, size = Batch(batch.first + len(batch.lines)), 0, 0
    if batch.lines:
        yield batch


def edges_of(line: Line) -> list[Edge]:
    """The edges of a line."""
    edges = []
    for edge in line.get("edges", ()):
        way = "to" if "to" in edge else "from"
        kind, id_ = edge[way]
        properties = properties_from_json(edge["properties"]) if "properties" in edge else {}
        edges.append(Edge(edge["type"], way, kind, id_, properties))
    return edges


def edge_rows(edges: Iterable[tuple[Any, Edge, int]]) -> dict[str, list[Any]]:
    """Edges as queries take them, by the kind of the other end and the way that they lead.

    Args:
        edges: Of each what stands for the end that it goes with, itself, and the other end's id.
    """
    rows: dict[str, list[Any]] = {f"{kind}_{way}": [] for kind in _KINDS for way in ("to", "from")}
    for one, edge, id_ in edges:
        rows[f"{edge.kind}_{edge.way}"].append([one, id_, edge.type, edge.properties])
    return rows


def hanging_rows(attachments: Iterable[tuple[Any, Line]]) -> dict[str, list[Any]]:
    """What hangs on nodes as queries take it, by the way of its edge.

    Args:
        attachments: Of each what stands for the node that it hangs on, and itself.
    """
    rows: dict[str, list[Any]] = {"to": [], "from": [], "over": []}
    for one, attachment in attachments:
        rows[attachment["direction"]].append(
            [
                one,
                attachment["labels"],
                properties_from_json(attachment["properties"]),
                attachment["type"],
                properties_from_json(attachment["edge_properties"]),
            ]
        )
    return rows


def ahead(items: Generator[T, None, None]) -> Generator[T, None, None]:
    """The same items, each made while the one before it is in use."""
    context = copy_context()

    def following() -> T | None:
        return next(items, None)

    with closing(items), ThreadPoolExecutor(1, "graphstore-archive") as thread:
        future = thread.submit(context.run, following)
        while (item := future.result()) is not None:
            future = thread.submit(context.run, following)
            yield item
