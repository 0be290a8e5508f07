"""Lineage over a store's tables, on engines that hold more than one machine does.

    graphstore export parquet tables
    python examples/lineage_on_engines.py tables a45
    python examples/lineage_on_engines.py tables a45 a46 --downstream --engine spark

Prints a line a node: what the artifact or execution that is named was made from or, downstream,
what it reached. The answer is that of ``store.lineage.upstream(…, max_hops=None, passed_on=True)``.

DuckDB and networkx come by ``pip install duckdb networkx pyarrow``, Spark by
``pip install pyspark``, which needs Java 17 or later.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

Reached = set[tuple[str, str]]
"""Pairs of a node that was named and one that it leads to, itself too: ``("a45", "e44")``."""


def duckdb(tables: Path, starts: Sequence[str], downstream: bool = False) -> Reached:
    """By recursive SQL, which DuckDB runs out of core."""
    import duckdb

    here, there = ("src", "dst") if downstream else ("dst", "src")
    query = f"""
        WITH RECURSIVE reached(start, node) AS (
            SELECT unnest($starts), unnest($starts)
            UNION
            SELECT start, {there} FROM reached JOIN read_parquet($events) ON {here} = node
        )
        SELECT start, node FROM reached"""
    parameters = {"starts": list(starts), "events": str(tables / "events" / "*.parquet")}
    return set(duckdb.execute(query, parameters).fetchall())


def networkx(tables: Path, starts: Sequence[str], downstream: bool = False) -> Reached:
    """In this process's memory."""
    import networkx
    import pyarrow.parquet

    events = pyarrow.parquet.read_table(tables / "events", columns=["src", "dst"]).to_pydict()
    graph: networkx.DiGraph[str] = networkx.DiGraph(zip(events["src"], events["dst"], strict=True))
    graph.add_nodes_from(starts)
    walk: Callable[[networkx.DiGraph[str], str], set[str]] = (
        networkx.descendants if downstream else networkx.ancestors
    )
    return {(start, node) for start in starts for node in walk(graph, start) | {start}}


def spark(tables: Path, starts: Sequence[str], downstream: bool = False) -> Reached:
    """By joins, a step of the walk each, until one finds nothing new."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.appName("graphstore lineage").getOrCreate()
    here, there = ("src", "dst") if downstream else ("dst", "src")
    events = session.read.parquet(str(tables / "events"))
    events = events.selectExpr(f"{here} AS node", f"{there} AS next").distinct().persist()
    new = session.createDataFrame([(one, one) for one in starts], ["start", "node"]).distinct()
    reached = new = new.localCheckpoint()
    while not new.isEmpty():
        steps = new.join(events, "node").selectExpr("start", "next AS node").distinct()
        # Without checkpoints the plan of each step would have those of all before it.
        new = steps.join(reached, ["start", "node"], "left_anti").localCheckpoint()
        reached = reached.union(new).localCheckpoint()
    return {(row["start"], row["node"]) for row in reached.collect()}


ENGINES: dict[str, Callable[[Path, Sequence[str], bool], Reached]] = {
    "duckdb": duckdb,
    "networkx": networkx,
    "spark": spark,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Lineage over a store's tables.")
    parser.add_argument("tables", type=Path, help="what 'graphstore export parquet' wrote")
    parser.add_argument("nodes", nargs="+", help="artifacts and executions: a45, e44")
    parser.add_argument("--downstream", action="store_true", help="what they reached")
    parser.add_argument("--engine", choices=ENGINES, default="duckdb")
    arguments = parser.parse_args()
    reached = ENGINES[arguments.engine](arguments.tables, arguments.nodes, arguments.downstream)
    for start, node in sorted(reached):
        print(json.dumps({"of": start, "node": node}))


if __name__ == "__main__":
    main()
