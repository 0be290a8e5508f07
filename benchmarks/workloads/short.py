"""The short form: graphstore and the raw driver alone, small, in less than two minutes."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.histories import history
from benchmarks.measure import Result
from benchmarks.options import Options
from benchmarks.peers.readers import GraphstoreReader, RawReader
from benchmarks.workloads import bulk, front, lineage, publish, reads, recorder

__all__ = ["results"]

NODES = 10_000


def results(options: Options) -> Iterator[Result]:
    """Ratios to the raw driver, with the goals of the long form; sizes and rounds are its own."""
    with options.peers("ours", "raw") as (ours, raw):
        goals = {"raw driver": 0.9}
        yield publish.publish([ours, raw], writers=1, each=100, rounds=5, goals=goals)
        yield publish.publish([ours, raw], writers=8, each=30, rounds=5, goals=goals)
        yield bulk.bulk(ours, raw, nodes=5_000, rounds=3, mlmd=False)
        records = list(history(NODES))
        graph = reads.load(ours, records)
        subject = lineage.Subject(
            ours,
            raw,
            model=lineage.last_model(NODES, graph.artifacts),
            examples=lineage.first_examples(NODES, graph.artifacts),
            nodes=NODES,
        )
        yield lineage.ids(subject, None, rounds=7)
        yield lineage.whole(subject, 64, rounds=7)
        # What the raw driver reads it leaves as maps; a validated model of each is what takes long.
        readers = {
            ours.name: GraphstoreReader(ours.store, graph.keys),
            raw.name: RawReader(raw, graph.keys, reads.type_ids(ours)),
        }
        histories = {name: graph for name in readers}
        for name, goal in (("artifact", 0.7), ("artifacts", 0.3)):
            yield reads.reads(name, readers, histories, records, rounds=7, goals={raw.name: goal})
    # On a store of their own: of the other all payloads are compared with those of the raw driver.
    with options.peers("ours") as (ours,):
        yield from front.front(ours, (), each=30, rounds=3)
        yield recorder.recorder(ours, threads=8, each=10, rounds=3)
