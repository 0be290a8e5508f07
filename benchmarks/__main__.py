"""``python -m benchmarks``: graphstore beside the raw driver, ML Metadata, neomodel and py2neo.

    python -m benchmarks                      all of it, at 10^5 nodes: about half an hour
    python -m benchmarks --short              two minutes, ratios to the raw driver only
    python -m benchmarks --only publish,bulk  some of it
    python -m benchmarks --nodes 1000000 --only lineage

The figures of one contestant say little, since machines differ and are noisy: read the ratios. A
goal that is missed does not end the run; with --short a ratio far beyond its budget does.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.histories import history
from benchmarks.measure import Result
from benchmarks.peers import Peer
from benchmarks.peers.mlmd import Mlmd
from benchmarks.peers.ours import Graphstore
from benchmarks.peers.raw import Raw
from benchmarks.report import table, write_json
from benchmarks.servers import server
from benchmarks.workloads import bulk, lineage, publish, startup

WORKLOADS = ("startup", "publish", "bulk", "lineage")
SLACK = 0.5
"""In a short run a ratio may be this part of its goal before that is a failure: it finds what has
become much slower, on machines that are noisy."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and say whether a short run is within its budget."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="two minutes; fail if much slower")
    parser.add_argument("--only", default=",".join(WORKLOADS), help="of " + ", ".join(WORKLOADS))
    parser.add_argument("--nodes", type=int, default=100_000, help="in the graph of lineage")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--uri", help="a Neo4j to use, empty, with user and password in its address"
    )
    parser.add_argument("--json", type=Path, help="where to write all figures")
    asked = parser.parse_args(arguments)
    only = asked.only.split(",")
    if unknown := set(only) - set(WORKLOADS):
        parser.error(f"no workload is called {', '.join(sorted(unknown))}")
    logging.getLogger("neo4j").setLevel(logging.ERROR)  # the peers' queries are no news
    results: list[Result] = []
    for result in _short() if asked.short else _all(only, asked.nodes, asked.rounds, asked.uri):
        print(table([result]), flush=True)
        results.append(result)
    print("\n" + table(results))
    if asked.json:
        write_json(asked.json, results)
    return int(asked.short and any(_far_beyond(result) for result in results))


def _all(only: Sequence[str], nodes: int, rounds: int, uri: str | None) -> Iterator[Result]:
    if "startup" in only:
        yield startup.startup(rounds=rounds)
    if "publish" in only:
        with _peers(uri, everybody=True) as peers:
            goals = {"raw driver": 0.9}
            yield publish.publish(peers, writers=1, each=200, rounds=rounds, goals=goals)
            yield publish.publish(peers, writers=4, each=100, rounds=rounds)
            goals |= {"MLMD on SQLite": 2.2, "neomodel": 10}
            yield publish.publish(peers, writers=8, each=60, rounds=rounds, goals=goals)
            goals = {"MLMD on SQLite": 2.2}
            yield publish.publish(peers, writers=8, each=60, rounds=rounds, hot=True, goals=goals)
            yield publish.hot_against_separate(peers[0], writers=8, each=60, rounds=rounds)
    if "bulk" in only:
        with _peers(uri) as (ours, raw, *_):
            yield bulk.bulk(ours, raw, nodes=20_000, rounds=rounds)
    if "lineage" in only:
        yield from _lineage(nodes, rounds, uri)


def _lineage(nodes: int, rounds: int, uri: str | None) -> Iterator[Result]:
    with ExitStack() as stack:
        sizes = sorted({nodes // 100, nodes // 10, nodes})
        subjects = []
        for size in sizes:
            ours, raw, mlmd = stack.enter_context(_peers(uri))
            ids = ours.load(history(size))
            subjects.append(lineage.Subject(ours, raw, _last_model(size, ids), size))
        mlmd_ids = mlmd.load(history(nodes))
        largest = subjects[-1]
        yield lineage.diamonds(
            subjects[0].ours, {"30 diamonds": 30, "60 diamonds": 60}, rounds=rounds
        )
        yield lineage.flat(subjects, 64, rounds=rounds)
        for hops in (4, 16, 64, None):
            yield lineage.ids(largest, hops, rounds=rounds)
        for hops in (4, 16, 64, None):
            yield lineage.whole(largest, hops, rounds=rounds)
        yield lineage.streamed(largest, rounds=rounds)
        for full in (False, True):
            model = _last_model(nodes, mlmd_ids)
            yield lineage.against_mlmd(largest, mlmd, model, 64, full=full, rounds=rounds)


def _short() -> Iterator[Result]:
    with _peers(None) as (ours, raw, _):
        goals = {"raw driver": 0.9}
        peers: Sequence[Peer] = [ours, raw]
        yield publish.publish(peers, writers=1, each=100, rounds=5, goals=goals)
        yield publish.publish(peers, writers=8, each=30, rounds=5, goals=goals)
        ids = ours.load(history(10_000))
        subject = lineage.Subject(ours, raw, _last_model(10_000, ids), 10_000)
        yield lineage.ids(subject, None, rounds=7)
        yield lineage.whole(subject, 64, rounds=7)


def _far_beyond(result: Result) -> bool:
    beyond = {n: ratio for n, ratio in result.missed.items() if ratio < SLACK * result.goals[n]}
    for name, ratio in beyond.items():
        print(f"{result.workload}: {ratio:.2f} of {name}, and {result.goals[name]} is the goal")
    return bool(beyond)


def _last_model(nodes: int, ids: Sequence[int]) -> int:
    """The last model of the first pipeline, by what the peer calls it."""
    key = 0
    for record in history(nodes):
        if record.type == "Trainer" and record.name.startswith("pipeline-0/"):
            key = record.outputs[0].key
    return ids[key]


@contextmanager
def _peers(uri: str | None, *, everybody: bool = False) -> Iterator[list[Peer]]:
    """graphstore, the raw driver and MLMD, on a server and in a folder of their own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        address = stack.enter_context(server(uri))
        peers: list[Peer] = [Graphstore(address), Raw(address), Mlmd(folder / "mlmd.sqlite")]
        if everybody:
            from benchmarks.peers.neomodel_ import Neomodel
            from benchmarks.peers.py2neo_ import Py2neo

            peers += [Neomodel(address), Py2neo(address)]
        for peer in peers:
            stack.callback(peer.close)
        yield peers


if __name__ == "__main__":
    sys.exit(main())
