"""Deleting whole pipelines from a large graph, beside the driver's own deletes.

The floor is what somebody writes who wants to be rid of nodes: their ids, known beforehand, in
batches of ten thousand, with DETACH DELETE. graphstore finds out what goes with what, keeps what a
live deployment stands on, and tells what went; here that is forced, since every model was pushed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from benchmarks.histories import history
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore

__all__ = ["deletion", "results"]

WARMUP = 1
"""Rounds that do not count: the server is compiled by then."""
SHARE = 10
"""A round deletes one of so many parts of the graph at most: 10^5 of 10^6 nodes, say."""
RAW_BATCH = 10_000

IDS = """
MATCH (:Context {id: $id})<-[:ASSOCIATED_WITH]-(execution:Execution)
OPTIONAL MATCH (execution)-[:OUTPUT]->(artifact:Artifact)
RETURN collect(DISTINCT execution.id) AS ids,
  collect(DISTINCT artifact.id) AS artifact_ids
"""
RUNS = """
MATCH (:Context {id: $id})<-[:ASSOCIATED_WITH]-()-[:ASSOCIATED_WITH]->(run:PipelineRun)
RETURN collect(DISTINCT run.id) AS ids
"""
DELETE = "UNWIND $ids AS id MATCH (node:%s {id: id}) DETACH DELETE node"


def results(options: Options) -> Iterator[Result]:
    """Tombstones and purges."""
    with options.peers("ours") as (ours,):
        yield deletion(ours, nodes=options.nodes, rounds=min(3, options.rounds))


def deletion(ours: Graphstore, *, nodes: int, rounds: int) -> Result:
    """Nodes a second."""
    number = 3 * (rounds + WARMUP)
    ours.load(list(history(nodes, pipelines=max(number, SHARE))))
    pipelines = iter([one.ref.id for one in ours.store.contexts.iterate(type="Pipeline")])
    sizes: list[int] = []

    def by_ours(purge: bool) -> float:
        pipeline = f"c{next(pipelines)}"
        size = ours.store.delete(pipeline, force=True, purge=purge, dry_run=True).count
        sizes.append(size)
        return rate(size, lambda: ours.store.delete(pipeline, force=True, purge=purge))

    def by_raw() -> float:
        driver, id_ = ours.store.database.driver, next(pipelines)
        row = driver.execute_query(IDS, id=id_).records[0]
        runs = driver.execute_query(RUNS, id=id_).records[0]["ids"]
        ids = {"Artifact": row["artifact_ids"], "Execution": row["ids"], "Context": [*runs, id_]}

        def delete() -> None:
            for label, some in ids.items():
                each = iter(some)
                while part := list(islice(each, RAW_BATCH)):
                    driver.execute_query(DELETE % label, ids=part)

        return rate(sum(map(len, ids.values())), delete)

    contestants: dict[str, Callable[[], float]] = {
        "graphstore": lambda: by_ours(False),
        "graphstore, purge": lambda: by_ours(True),
        "raw deletes": by_raw,
    }
    figures = interleave(contestants, rounds=rounds, warmup=WARMUP)
    return Result(
        f"deletion of pipelines of {max(sizes):,} nodes, of {nodes:,}",
        "nodes/s",
        figures,
        goals={"raw deletes": 0.5},
    )
