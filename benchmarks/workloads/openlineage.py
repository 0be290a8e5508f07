"""OpenLineage's events by HTTP, beside `Store.publish`; and a history in order beside one shuffled.

A run is two events, a START with two inputs and a COMPLETE with two outputs, as each publish reads
two artifacts and makes two. The endpoint is a process of its own; its eight clients keep their
connections. Each event is awaited before its client sends the next.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from threading import Barrier
from time import perf_counter
from typing import Any
from uuid import UUID

from benchmarks.measure import Result, interleave
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.servers import serving
from benchmarks.workloads.publish import Writers, warm_up
from graphstore.interop.openlineage.events import parse
from graphstore.interop.openlineage.ingestion import TOGETHER, Ingestion

__all__ = ["Endpoint", "endpoint", "events", "results", "shuffled"]

_numbers = count(1)
_DATASETS = 20
"""Of a history: what is written over again and again."""
_NODES = """
MATCH (node:Artifact|Execution|Context) WHERE node._deleted IS NULL
RETURN labels(node) AS labels, node {.*, id: null, type_id: null, create_time: null,
  last_update_time: null, _by: null, _since: null, _recorded: null} AS says
"""
"""All that a node says, but for its ids and for when and by whom it was recorded."""
_EDGES = """
MATCH (one)-[edge:INPUT|OUTPUT|ASSOCIATED_WITH|ATTRIBUTED_TO|CHILD_OF]->(other)
RETURN coalesce(one.external_id, one.name) AS one, type(edge) AS type,
  coalesce(other.external_id, other.name) AS other, edge.path AS path, edge.time AS time
"""
_EMPTY = """
MATCH (node:Artifact|Execution|Context|Revision|GraphstoreDeletion)
CALL (node) { DETACH DELETE node } IN TRANSACTIONS OF 10000 ROWS
"""


def results(options: Options) -> Iterator[Result]:
    """Eight clients; and a history twice in any order."""
    with options.peers("ours") as (ours,):
        warm_up([ours])
        with closing(Endpoint(ours)) as served:
            yield endpoint(ours, served, clients=8, each=60, rounds=options.rounds)
    with options.peers("ours") as (ours,):
        yield shuffled(ours, options.nodes)


def events(run: int, second: float, inputs: Sequence[str], outputs: Sequence[str]) -> list[Any]:
    """The two events of a run."""

    def event(type_: str, at: float, **datasets: Sequence[str]) -> dict[str, Any]:
        minute, rest = divmod(at, 60)
        day, minute = divmod(int(minute), 24 * 60)
        time = f"2026-{day // 28 + 1:02}-{day % 28 + 1:02}T{minute // 60:02}:{minute % 60:02}"
        return {
            "eventType": type_,
            "eventTime": f"{time}:{rest:06.3f}Z",
            "producer": "https://example.org",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": str(UUID(int=run)), "facets": {"nominalTime": {"at": time}}},
            "job": {"namespace": "bench", "name": f"job {run % 10}"},
            **{
                side: [{"namespace": "db", "name": name} for name in names]
                for side, names in datasets.items()
            },
        }

    start = event("START", second, inputs=inputs, outputs=[])
    return [start, event("COMPLETE", second + 0.5, inputs=[], outputs=outputs)]


class Endpoint:
    """``graphstore serve --http`` on the store of a peer."""

    def __init__(self, ours: Graphstore) -> None:
        self._process, self.port = serving(ours.address, "--http")

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.communicate()


def endpoint(ours: Graphstore, served: Endpoint, *, clients: int, each: int, rounds: int) -> Result:
    """Events a second by HTTP, beside publishes a second, both by so many at once."""
    writers = Writers(ours, clients, each)

    def by_http() -> float:
        bodies = [
            [
                json.dumps(event)
                for number in [next(_numbers) for _ in range(each // 2)]
                for event in events(
                    number, number, [f"in {client} {number % 10}", "shared"], [f"out {number}", "x"]
                )
            ]
            for client in range(clients)
        ]
        before = _runs(ours)
        seconds = _send(served.port, bodies)
        assert _runs(ours) - before == clients * (each // 2)
        return clients * each / seconds

    contestants = {"endpoint": by_http, "store.publish": writers.round}
    figures = interleave(contestants, rounds=rounds, warmup=3)
    return Result(
        f"OpenLineage's endpoint, {clients} clients",
        "events/s",
        figures,
        subject="endpoint",
        goals={"store.publish": 0.7},
    )


def shuffled(ours: Graphstore, events_at_least: int) -> Result:
    """A history of events in order and once, and shuffled and twice: the graph is the same."""
    chance = random.Random(1)
    names = [f"d{number}" for number in range(_DATASETS)]
    history = [
        event
        for run in range(1, events_at_least // 2 + 1)
        for event in events(run, run / 4, chance.sample(names, 2), chance.sample(names, 1))
    ]
    twice = [*history, *history]
    chance.shuffle(twice)
    figures, graphs = {}, []
    for name, some in (("in order, once", history), ("shuffled, twice", twice)):
        ours.store.database.driver.execute_query("MATCH (n:Artifact) RETURN count(n)")
        with ours.store.database.driver.session() as session:
            session.run(_EMPTY).consume()
        ingestion = Ingestion(ours.store)
        begin = perf_counter()
        for first in range(0, len(some), TOGETHER):
            ingestion.put([parse(event) for event in some[first : first + TOGETHER]])
        figures[name] = [len(some) / (perf_counter() - begin)]
        graphs.append([_lines(ours, query) for query in (_NODES, _EDGES)])
    assert graphs[0] == graphs[1]
    nodes, edges = map(len, graphs[0])
    assert nodes > len(history) // 2 and edges > len(history)
    return Result(
        "OpenLineage's events in any order",
        "events/s",
        figures,
        subject="shuffled, twice",
        facts={
            "events": len(history),
            "nodes, the same in both": nodes,
            "edges, the same in both": edges,
        },
    )


def _lines(ours: Graphstore, query: str) -> list[str]:
    """What a query answers, a sorted line a row, whatever the order of keys."""
    rows = ours.store.database.driver.execute_query(query).records
    return sorted(json.dumps(row.data(), sort_keys=True, default=str) for row in rows)


def _runs(ours: Graphstore) -> int:
    query = "MATCH (run:Execution {type: 'openlineage.Run'}) RETURN count(run) AS count"
    return int(ours.store.database.driver.execute_query(query).records[0]["count"])


def _send(port: int, bodies: Sequence[Sequence[str]]) -> float:
    """Let each client send its events; answers the seconds until the last is answered."""
    barrier = Barrier(len(bodies) + 1)

    def send(some: Sequence[str]) -> None:
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            connection.connect()
            barrier.wait()
            for body in some:
                connection.request("POST", "/api/v1/lineage", body)
                response = connection.getresponse()
                answer = response.read()
                assert response.status == 201, answer

    with ThreadPoolExecutor(len(bodies)) as pool:
        sending = [pool.submit(send, some) for some in bodies]
        barrier.wait()
        begin = perf_counter()
        for one in sending:
            one.result()
        return perf_counter() - begin
