"""Pages and API over HTTP: what they add to the questions that they show, and whom they hold up.

The server is a process of its own, as `graphstore serve --http` is. What is measured is an answer
of HTTP, whole: what a browser does with it after that is not in it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime, timezone
from functools import partial
from http.client import HTTPConnection, RemoteDisconnected
from subprocess import Popen
from threading import Event
from time import sleep
from urllib.parse import urlencode
from urllib.request import urlopen

from benchmarks.histories import history
from benchmarks.measure import Result, interleave, timer
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.servers import serving
from benchmarks.workloads.lineage import first_examples, last_model
from benchmarks.workloads.publish import Writers, warm_up
from benchmarks.workloads.questions import Subject, subjects
from graphstore.serving.addresses import Address
from graphstore.web import Options as ServerOptions
from graphstore.web import Server

__all__ = ["Pages", "answers", "readers", "results", "runs", "search", "young"]

READERS = 50
WRITERS = 4
STEPS = 10
THINKING = 7.0
"""Seconds that a person looks at a page before going on, on average: the think time of TPC-W."""


class Pages:
    """``graphstore serve --http`` on the store of a peer, and one connection to it."""

    def __init__(self, ours: Graphstore) -> None:
        self._process: Popen[str]
        self._process, self.port = serving(ours.address, "--http")
        self._connection = self.connect()
        while not json.loads(self.get("/health"))["warm"]:
            sleep(0.1)

    def connect(self) -> HTTPConnection:
        """Another connection."""
        return HTTPConnection("127.0.0.1", self.port, timeout=120)

    def get(self, path: str, connection: HTTPConnection | None = None) -> bytes:
        """What stands at an address."""
        way = connection or self._connection
        ask = partial(way.request, "GET", path, headers={"accept": "text/html, application/json"})
        ask()
        try:
            answer = way.getresponse()
        except RemoteDisconnected:  # it was idle for longer than is waited: browsers ask again
            ask()
            answer = way.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body[:500])
        return body

    def close(self) -> None:
        """Stop it."""
        self._connection.close()
        self._process.terminate()
        self._process.communicate()


def results(options: Options) -> Iterator[Result]:
    """A young server; what the API adds; the first page of runs in graphs of several sizes; a
    search; readers."""
    yield young(options)
    with ExitStack() as stack:
        served = [
            (one, stack.enter_context(closing(Pages(one.ours)))) for one in subjects(options, stack)
        ]
        largest, pages = served[-1]
        yield from answers(largest, pages, rounds=options.rounds)
        yield runs(served, rounds=options.rounds)
        yield search(largest, pages, rounds=options.rounds)
        yield readers(largest, pages, rounds=options.rounds)


def young(options: Options) -> Result:
    """First and third visits of pages of two young servers, of which one had warmed up: a figure a
    page in place of a round."""
    nodes = options.sizes[0]
    figures: dict[str, list[float]] = {}
    for is_warm in (False, True):
        with ExitStack() as stack:
            (ours,) = stack.enter_context(options.peers("ours"))
            ids = ours.load(history(nodes))
            model, examples = last_model(nodes, ids), first_examples(nodes, ids)
            run = ours.store.runs(limit=1)[0].context.ref.short
            address = Address.parse("127.0.0.1:0")
            server = Server(ours.store, ServerOptions(address=address, warm_up=is_warm))
            stack.enter_context(server)
            while is_warm and not json.loads(_read(f"{server.url}health"))["warm"]:
                sleep(0.1)
            first, _, third = (
                [timer(partial(_read, server.url + path[1:]))() for path in paths]
                for paths in [_paths(model, examples, run)] * 3
            )
        figures["first, warmed up" if is_warm else "first"] = first
        if is_warm:
            figures["third"] = third
    return Result(
        f"{len(first)} pages of a young server, at {nodes:,} nodes",
        "ms",
        figures,
        subject="first, warmed up",
        goals={"third": 1 / 1.5},
    )


def _paths(model: int, examples: int, run: str) -> Sequence[str]:
    of_nodes = (f"/a{model}", f"/a{examples}", f"/a{examples}/impact", f"/lineage?of=a{model}")
    return ("/", "/runs", f"/{run}", "/models", *of_nodes, "/changes", "/types", "/artifacts")


def _read(url: str) -> bytes:
    with urlopen(url, timeout=120) as answer:
        body: bytes = answer.read()
    return body


def answers(one: Subject, pages: Pages, *, rounds: int) -> Iterator[Result]:
    """The same answer from the API and in Python, both as JSON."""
    store = one.ours.store
    first, second = (f"c{id_}" for id_ in one.runs)
    asks: dict[str, tuple[str, Callable[[], object]]] = {
        "passport": (f"/api/v1/explain/a{one.early}", lambda: store.explain(one.early).to_dict()),
        "impact": (f"/api/v1/impact/a{one.late}", lambda: store.impact(one.late).to_dict()),
        "comparison of two runs": (
            f"/api/v1/compare?of={first}&of={second}",
            lambda: store.compare(first, second).to_dict(),
        ),
    }
    for name, (path, ask) in asks.items():
        by_http = json.loads(pages.get(path))
        in_python = json.loads(json.dumps(ask()))
        if by_http != in_python:
            raise AssertionError(f"{path} does not answer what Python does")
        contestants = {
            "API": timer(partial(pages.get, path), repeat=10),
            "Python": timer(lambda ask=ask: json.dumps(ask()), repeat=10),  # type: ignore[misc]
        }
        yield Result(
            f"{name} by the API, at {one.nodes:,} nodes",
            "ms",
            interleave(contestants, rounds=rounds, warmup=3),
            subject="API",
            goals={"Python": 1 / 1.3},
        )


def runs(served: Sequence[tuple[Subject, Pages]], *, rounds: int) -> Result:
    """The first page of runs, of the whole store, in each graph in turn."""
    contestants = {
        f"{one.nodes:,} nodes": timer(partial(pages.get, "/runs"), repeat=5)
        for one, pages in served
    }
    names = list(contestants)
    return Result(
        "the first page of runs",
        "ms",
        interleave(contestants, rounds=rounds, warmup=3),
        subject=names[-1],
        goals={names[0]: 1 / 2} if len(names) > 1 else {},
    )


def search(one: Subject, pages: Pages, *, rounds: int) -> Result:
    """What the box answers while one types a name, against a point read by the API."""
    contestants = {
        "search": timer(partial(pages.get, "/search?q=pipeline-0/run-0000"), repeat=10),
        "point read": timer(partial(pages.get, f"/api/v1/nodes/a{one.early}"), repeat=10),
    }
    return Result(
        f"a search as one types, at {one.nodes:,} nodes",
        "ms",
        interleave(contestants, rounds=rounds, warmup=3),
        subject="search",
        goals={"point read": 1 / 3},
    )


def readers(one: Subject, pages: Pages, *, rounds: int) -> Result:
    """Publishes a second, alone and while readers look at pages, each one after the other."""
    warm_up([one.ours])
    # For long enough that each reader comes twice, into runs of so many steps as pipelines have.
    writers = Writers(one.ours, WRITERS, 1000, steps=STEPS)
    # The log from here on: all that is before was loaded at a few moments, which it shows whole.
    log = "/changes?" + urlencode({"since": datetime.now(timezone.utc).isoformat()})
    paths = ("/", "/runs", f"/a{one.early}", f"/a{one.late}/impact", f"/c{one.runs[0]}", log)
    for path in paths:  # Neo4j plans what it is first asked, which is not what is measured here
        pages.get(path)

    def beside() -> float:
        end = Event()
        with ThreadPoolExecutor(READERS) as pool:
            reading = [pool.submit(read, number, end) for number in range(READERS)]
            try:
                pace = writers.round()
            finally:
                end.set()
            for one in reading:
                one.result()  # a reader that failed fails the figure
        return pace

    def read(number: int, end: Event) -> None:
        thinking = random.Random(number)
        with closing(pages.connect()) as connection:
            place = number
            while not end.wait(min(thinking.expovariate(1 / THINKING), 10 * THINKING)):
                pages.get(paths[place % len(paths)], connection)
                place += 1

    return Result(
        f"store.publish by {WRITERS} writers, beside {READERS} readers of pages",
        "publishes/s",
        interleave({"beside readers": beside, "alone": writers.round}, rounds=rounds, warmup=1),
        subject="beside readers",
        goals={"alone": 0.8},
    )
