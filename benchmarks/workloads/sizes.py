"""What a node and a relationship take on disk, and what that makes of a graph of 10^9 nodes.

Two histories of different length, each in a store of its own, which is stopped before its files are
looked at: the difference of the sizes, by the difference of the counts, leaves out what every store
has. The files of nodes and of relationships are Neo4j's own. Those of properties hold both kinds':
an event's share is what events take that are added in the end, with nothing else; the rest is the
nodes'. Indexes are on nodes, but for a few bytes of the index of relationship types.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.histories import history, rows_of
from benchmarks.measure import Result
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.servers import Address
from graphstore import local

__all__ = ["extrapolation", "results"]

KINDS = ("nodes", "relationships", "properties", "indexes", "transaction logs", "other")
EVENTS = 20_000
ADD_EVENTS = """
CREATE (artifact:Artifact), (execution:Execution)
WITH artifact, execution
UNWIND range(1, $events) AS number
CREATE (artifact)-[:INPUT {
  path: ['transformed_examples', '[0]'], ordinal: 1790000000000000000 + number,
  time: datetime({epochMillis: timestamp() + number})
}]->(execution)
"""


def results(options: Options) -> Iterator[Result]:
    """Bytes by kind of file; prints what larger graphs would take."""
    if options.uri is not None:
        print("sizes: the files of a server somewhere else cannot be looked at")
        return
    small, large = max(options.nodes // 10, 1000), options.nodes
    before, counts_before, _ = _measure(small)
    after, counts_after, of_events = _measure(large)
    nodes = counts_after["nodes"] - counts_before["nodes"]
    edges = counts_after["edges"] - counts_before["edges"]
    events = counts_after["events"] - counts_before["events"]
    growth = {kind: after[kind] - before[kind] for kind in KINDS}
    on_edges = of_events * events
    bytes_ = {
        "a node": growth["nodes"] / nodes,
        "its properties": (growth["properties"] - on_edges) / nodes,
        "its entries in indexes": growth["indexes"] / nodes,
        "a relationship": growth["relationships"] / edges,
        "its properties, events and others": on_edges / edges,
    }
    print(extrapolation(bytes_, edges / nodes))
    yield Result(
        f"disk, from {small:,} to {large:,} nodes",
        "bytes",
        {name: [figure] for name, figure in bytes_.items()},
        subject="",
        facts={
            "relationships a node": round(edges / nodes, 2),
            "properties of an event, bytes": round(of_events, 1),
            f"files of {small:,} nodes, bytes": before,
            f"files of {large:,} nodes, bytes": after,
        },
    )


def extrapolation(bytes_: Mapping[str, float], edges_a_node: float) -> str:
    """A table in Markdown of graphs up to 10^9 nodes; of a gigabyte as 10^9 bytes."""
    a_node = bytes_["a node"] + bytes_["its properties"]
    an_edge = bytes_["a relationship"] + bytes_["its properties, events and others"]
    lines = [
        "| nodes | relationships | nodes, GB | relationships, GB | indexes, GB"
        " | on disk, and in a page cache that holds all, GB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for power in range(6, 10):
        nodes = 10**power
        parts = [
            nodes * a_node,
            nodes * edges_a_node * an_edge,
            nodes * bytes_["its entries in indexes"],
        ]
        cells = [f"10^{power}", f"{nodes * edges_a_node:,.0f}"]
        cells += [f"{part / 1e9:,.1f}" for part in (*parts, sum(parts))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _measure(size: int) -> tuple[Mapping[str, int], Mapping[str, int], float]:
    """Bytes by kind of file of a history in a new store, what it holds, and the bytes that the
    properties of an event take."""
    name = f"sizes-{os.getpid()}-{size}"
    try:
        server = local.up(name, heap="2g", page_cache="1g")
        peer = Graphstore(Address(server.uri, server.user, server.password))
        peer.load(history(size))
        peer.close()
        local.down(name)  # which writes everything, and ends the files where they end
        bytes_ = _files(server.folder)
        server = local.up(name, heap="2g", page_cache="1g")
        peer = Graphstore(Address(server.uri, server.user, server.password))
        rows = rows_of(history(size))
        counts = peer.counts()
        if {kind: counts[kind] for kind in rows} != rows:
            raise AssertionError(f"the store holds {counts}, not {rows}")
        peer.store.database.driver.execute_query(ADD_EVENTS, events=EVENTS)
        peer.close()
        local.down(name)
        of_events = (_files(server.folder)["properties"] - bytes_["properties"]) / EVENTS
    finally:
        local.down(name)
        local.remove(name)
    totals = {
        "nodes": rows["artifacts"] + rows["executions"] + rows["contexts"],
        "edges": rows["events"] + rows["attributions"] + rows["associations"],
        "events": rows["events"],
    }
    return bytes_, totals, of_events


def _files(folder: Path) -> Mapping[str, int]:
    """The bytes of the files of a store that is stopped, by kind."""
    sizes = dict.fromkeys(KINDS, 0)
    for file in (folder / "data").rglob("*"):
        if file.is_file() and "neo4j" in file.relative_to(folder / "data").parts:
            sizes[_kind(file)] += file.stat().st_size
    return sizes


def _kind(file: Path) -> str:
    if "transactions" in file.parts:
        return "transaction logs"
    if "index" in file.parts or "scan" in file.name:
        return "indexes"
    for kind in ("node", "relationship", "property"):
        if file.name.startswith(f"neostore.{kind}"):
            return {"node": "nodes", "property": "properties"}.get(kind, f"{kind}s")
    return "other"
