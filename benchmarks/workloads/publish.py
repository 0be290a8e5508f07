"""Publishing executions one by one, from one or more writers.

Each publish reads two artifacts of ten that its writer shares with nobody and makes two, in three
contexts. In the hot variant all writers share the contexts. Before any speed is believed, every
row is counted: nothing may be lost, halved or doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from time import perf_counter

from benchmarks.histories import Made, Record
from benchmarks.measure import Result, interleave
from benchmarks.peers import Peer

__all__ = ["check", "hot_against_separate", "publish"]

_numbers = count(1)
INPUTS = (("examples", 0), ("base_model", 0))


def record(contexts: str, number: int) -> Record:
    """A publish of two inputs and two outputs."""
    return Record(
        number,
        "Trainer",
        f"publish-{number}",
        {"learning_rate": 0.1, "steps": number, "user": "ada"},
        INPUTS,
        (
            Made(0, "Model", "model", f"s3://bucket/{number}/model", {"size": 1, "score": 0.5}),
            Made(0, "Evaluation", "run", f"s3://bucket/{number}/run", {"size": 2, "score": 0.25}),
        ),
        (
            ("Pipeline", f"pipeline-{contexts}"),
            ("PipelineRun", f"run-{contexts}"),
            ("Node", f"node-{contexts}"),
        ),
    )


def seed(number: int, outputs: int) -> Record:
    """An execution that makes artifacts to be read."""
    made = tuple(
        Made(0, "Examples", f"examples_{n}", f"s3://bucket/{number}/{n}", {"size": n, "score": 0.1})
        for n in range(outputs)
    )
    return Record(number, "ExampleGen", f"seed-{number}", {}, (), made, ())


class _Writers:
    """Some writers of one peer; each round they publish and everything is counted."""

    def __init__(self, peer: Peer, writers: int, each: int, hot: bool) -> None:
        self.peer, self.writers, self.each, self.hot = peer, writers, each, hot
        with peer.session() as session:
            self.inputs = [
                list(session.publish(seed(next(_numbers), 10), ())) for _ in range(writers)
            ]

    def round(self) -> float:
        """Publishes a second."""
        number = next(_numbers)
        work = [
            [
                (
                    record(f"{number}" if self.hot else f"{number}-{writer}", next(_numbers)),
                    [self.inputs[writer][n % 10], self.inputs[writer][(n + 1) % 10]],
                )
                for n in range(self.each)
            ]
            for writer in range(self.writers)
        ]
        before = self.peer.counts()
        barrier = Barrier(self.writers + 1)

        def write(items: Sequence[tuple[Record, Sequence[int]]]) -> None:
            with self.peer.session() as session:
                barrier.wait()
                for item in items:
                    session.publish(*item)

        with ThreadPoolExecutor(self.writers) as pool:
            writing = [pool.submit(write, items) for items in work]
            barrier.wait()
            begin = perf_counter()
            for one in writing:
                one.result()
            seconds = perf_counter() - begin
        check(self.peer, before, self.expected())
        return self.writers * self.each / seconds

    def expected(self) -> Mapping[str, int]:
        """The rows that a round adds."""
        publishes = self.writers * self.each
        contexts = 3 * (1 if self.hot else self.writers)
        return {
            "executions": publishes,
            "artifacts": 2 * publishes,
            "contexts": contexts,
            "events": 4 * publishes,
            # Inputs are attributed to a round's contexts once each, outputs always.
            "attributions": 3 * 2 * publishes + 3 * self.writers * min(self.each + 1, 10),
            "associations": 3 * publishes,
        }


def check(peer: Peer, before: Mapping[str, int], expected: Mapping[str, int]) -> None:
    """Refuse a figure of a round that lost or doubled anything.

    Raises:
        AssertionError: If the rows that were added are not the ones expected.
    """
    after = peer.counts()
    added = {name: after[name] - before[name] for name in expected}
    if added != dict(expected) or after["duplicates"]:
        raise AssertionError(
            f"{peer.name} wrote {added} with {after['duplicates']} duplicates, not {dict(expected)}"
        )


def publish(
    peers: Sequence[Peer],
    *,
    writers: int,
    each: int,
    rounds: int,
    hot: bool = False,
    goals: Mapping[str, float] | None = None,
) -> Result:
    """Publishes a second, from so many threads."""
    contestants: dict[str, Callable[[], float]] = {
        peer.name: _Writers(peer, writers, each, hot).round for peer in peers
    }
    where = "into one hot context" if hot else "into contexts of their own"
    return Result(
        f"publish, {writers} writer{'s' * (writers != 1)}, {where}",
        "publishes/s",
        interleave(contestants, rounds=rounds),
        goals=goals or {},
        facts={"counted after each round": "no publish lost, halved or doubled"},
    )


def hot_against_separate(peer: Peer, *, writers: int, each: int, rounds: int) -> Result:
    """The same peer into one hot context and into separate ones."""
    figures = interleave(
        {
            "one hot context": _Writers(peer, writers, each, True).round,
            "separate contexts": _Writers(peer, writers, each, False).round,
        },
        rounds=rounds,
    )
    return Result(
        f"{peer.name}: {writers} writers, hot against separate contexts",
        "publishes/s",
        figures,
        subject="one hot context",
        goals={"separate contexts": 0.8},
    )
