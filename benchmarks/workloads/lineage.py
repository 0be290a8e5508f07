"""Where a model came from, and what data reached, in graphs of several sizes.

All peers ask about the last model of one pipeline whose runs each started from the model of the
run before, and about the data of its first run. Before speeds are compared, so are the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.histories import history
from benchmarks.measure import Result, interleave, same, timer
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.peers.raw import Direction, Raw

if TYPE_CHECKING:
    from benchmarks.peers.mlmd import Mlmd

__all__ = [
    "Subject",
    "against_mlmd",
    "diamonds",
    "first_examples",
    "first_of_stream",
    "flat",
    "ids",
    "last_model",
    "results",
    "whole",
]

ALL = 10**9
DIRECTIONS: tuple[Direction, ...] = ("upstream", "downstream")
FOR_MLMD = 10**5
"""Nodes at most for ML Metadata's question: its answer is the same in a larger graph."""


@dataclass(frozen=True)
class Subject:
    """A graph, and the model that is asked about."""

    ours: Graphstore
    raw: Raw
    model: int
    """The last model of the first pipeline, that is asked where it came from."""
    examples: int
    """The first data of that pipeline, that are asked what they reached."""
    nodes: int

    def start(self, direction: Direction) -> int:
        """The artifact that is asked about."""
        return self.model if direction == "upstream" else self.examples


def results(options: Options) -> Iterator[Result]:
    """In graphs of several sizes, and most of it in the largest."""
    nodes, rounds = options.nodes, options.rounds
    with ExitStack() as stack:
        subjects = []
        for size in options.sizes:
            ours, raw, mlmd = stack.enter_context(options.peers("ours", "raw", "mlmd"))
            artifact_ids = ours.load(history(size))
            model, examples = last_model(size, artifact_ids), first_examples(size, artifact_ids)
            subjects.append(Subject(ours, raw, model, examples, size))
        largest = subjects[-1]
        yield diamonds(subjects[0].ours, {"30 diamonds": 30, "60 diamonds": 60}, rounds=rounds)
        yield flat(subjects, 64, rounds=rounds)
        for work in (ids, whole):
            for direction in DIRECTIONS:
                for hops in (4, 16, 64, None):
                    yield work(largest, hops, direction, rounds=rounds)
        yield first_of_stream(largest, rounds=rounds)
        if nodes > FOR_MLMD:
            return
        model = last_model(nodes, mlmd.load(history(nodes)))
        for full in (False, True):
            yield against_mlmd(largest, mlmd, model, 64, full=full, rounds=rounds)


def last_model(nodes: int, ids: Sequence[int]) -> int:
    """The last model of the first pipeline of a history, by what a peer calls it."""
    key = 0
    for record in history(nodes):
        if record.type == "Trainer" and record.name.startswith("pipeline-0/"):
            key = record.outputs[0].key
    return ids[key]


def first_examples(nodes: int, ids: Sequence[int]) -> int:
    """The first data of the first pipeline of a history, by what a peer calls it."""
    for record in history(nodes):
        if record.type == "ExampleGen" and record.name.startswith("pipeline-0/"):
            return ids[record.outputs[0].key]
    raise LookupError(f"no data among {nodes} nodes")


def ids(
    subject: Subject, hops: int | None, direction: Direction = "upstream", *, rounds: int
) -> Result:
    """Ids only: graphstore against the raw driver."""
    start = subject.start(direction)

    def by_ours() -> tuple[int, int]:
        answer = subject.ours.store.lineage.ids(direction, start, max_hops=hops)
        return len(answer.artifacts), len(answer.executions)

    def by_raw() -> tuple[int, int]:
        artifacts, executions = subject.raw.lineage_ids(start, hops, direction)
        return len(artifacts), len(executions)

    number = sum(same({"graphstore": by_ours, "raw driver": by_raw}))
    return Result(
        f"lineage {direction}, ids only, {_hops(hops)}: {number:,} of {subject.nodes:,} nodes",
        "ms",
        _turns({"graphstore": by_ours, "raw driver": by_raw}, hops, rounds),
        goals={"raw driver": 0.9},
    )


def whole(
    subject: Subject, hops: int | None, direction: Direction = "upstream", *, rounds: int
) -> Result:
    """All nodes and events, of which none is touched, against columns by the raw driver.

    What is touched becomes a model, which the raw driver makes of nothing.
    """
    start, ask = subject.start(direction), getattr(subject.ours.store.lineage, direction)

    def by_ours() -> tuple[int, int]:
        graph = ask(start, max_hops=hops, max_nodes=ALL)
        return len(graph.nodes()), len(graph.events)

    def by_raw() -> tuple[int, int]:
        nodes, events = subject.raw.lineage_columns(start, hops, direction)
        return len(nodes[0]), len(events[0])

    nodes, events = same({"graphstore": by_ours, "raw driver": by_raw})
    return Result(
        f"lineage {direction}, whole, {_hops(hops)}: {nodes:,} nodes, {events:,} events of"
        f" {subject.nodes:,}",
        "ms",
        _turns({"graphstore": by_ours, "raw columns": by_raw}, hops, rounds),
        goals={"raw columns": 0.6} if hops == 64 else {},
    )


def against_mlmd(
    subject: Subject, mlmd: Mlmd, mlmd_model: int, hops: int, *, full: bool, rounds: int
) -> Result:
    """MLMD's question through MLMD's client: nodes and events, or all that it knows of them."""
    from benchmarks.peers.mlmd import Mlmd

    front = subject.ours.mlmd()
    mask = None if full else ["artifacts", "executions", "events"]

    def asker(store: object, model: int) -> Callable[[], tuple[int, int, int]]:
        def ask() -> tuple[int, int, int]:
            graph = Mlmd.upstream(store, model, hops, mask)
            return len(graph.artifacts), len(graph.executions), len(graph.events)

        return ask

    contestants = {
        "graphstore's MLMD front": asker(front, subject.model),
        "MLMD on SQLite": asker(mlmd.store, mlmd_model),
    }
    artifacts, executions, events = same(contestants)
    what = "with contexts and types" if full else "nodes and events"
    return Result(
        f"get_lineage_subgraph, {hops} hops, {what}: {artifacts + executions} nodes,"
        f" {events} events",
        "ms",
        _turns(contestants, hops, rounds),
        subject="graphstore's MLMD front",
        goals={"MLMD on SQLite": 6 if full else 3},
    )


def flat(subjects: Sequence[Subject], hops: int, *, rounds: int) -> Result:
    """The same question of graphs of several sizes, asked in turn."""

    def ask(subject: Subject) -> Callable[[], object]:
        return lambda: subject.ours.store.lineage.upstream(
            subject.model, max_hops=hops, max_nodes=ALL
        )

    figures = interleave(
        {f"{subject.nodes:,} nodes": timer(ask(subject), repeat=5) for subject in subjects},
        rounds=rounds,
        warmup=10,
    )
    slowest = f"{subjects[-1].nodes:,} nodes"
    smallest = f"{subjects[0].nodes:,} nodes"
    return Result(
        f"lineage, whole, {hops} hops, in graphs of several sizes",
        "ms",
        figures,
        subject=slowest,
        goals={smallest: 1 / 1.5},
    )


def first_of_stream(subject: Subject, *, rounds: int) -> Result:
    """How long until the first node of a large answer, in round trips; and how many come."""

    def first() -> float:
        begin = perf_counter()
        stream = subject.ours.store.lineage.stream("upstream", subject.model)
        next(iter(stream))
        seconds = perf_counter() - begin
        stream.close()
        return seconds * 1000

    def round_trip() -> float:
        begin = perf_counter()
        for _ in range(20):
            subject.ours.store.artifacts.get(subject.model)
        return (perf_counter() - begin) * 1000 / 20

    number = sum(1 for _ in subject.ours.store.lineage.stream("upstream", subject.model))
    return Result(
        f"the first of {number:,} streamed nodes, against a point read",
        "ms",
        interleave({"first node": first, "point read": round_trip}, rounds=rounds),
        subject="first node",
        goals={"point read": 0.01},
    )


def diamonds(ours: Graphstore, sizes: Mapping[str, int], *, rounds: int) -> Result:
    """Diamonds in a row, with 2^n paths, against a line of as many nodes."""
    subjects = {name: ours.diamonds(number) for name, number in sizes.items()}
    longest = max(sizes.values())
    line = ours.line(3 * longest)
    asks: dict[str, Callable[[], object]] = {
        name: partial(ours.store.lineage.upstream, start, max_nodes=ALL)
        for name, start in subjects.items()
    }
    asks["line"] = lambda: ours.store.lineage.upstream(line, max_nodes=ALL)
    largest = max(sizes, key=lambda name: sizes[name])
    return Result(
        f"{longest} diamonds in a row against a line of {3 * longest} executions and artifacts",
        "ms",
        interleave({name: timer(ask, repeat=5) for name, ask in asks.items()}, rounds=rounds),
        subject=largest,
        goals={"line": 0.5},
    )


def _turns(
    asks: Mapping[str, Callable[[], object]], hops: int | None, rounds: int
) -> dict[str, list[float]]:
    """Bounded questions take milliseconds, and want a server that has met them often."""
    often = {"repeat": 1, "warmup": 2} if hops is None else {"repeat": 10, "warmup": 5}
    contestants = {name: timer(ask, repeat=often["repeat"]) for name, ask in asks.items()}
    return interleave(contestants, rounds=rounds, warmup=often["warmup"])


def _hops(hops: int | None) -> str:
    return "unbounded" if hops is None else f"{hops} hops"
