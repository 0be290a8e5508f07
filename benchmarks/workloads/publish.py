"""Publishing executions one by one, from one or more writers.

Each publish reads two artifacts of ten that its writer shares with nobody and makes two, in three
contexts. In the hot variant all writers share the contexts. Before any speed is believed, every
row is counted: nothing may be lost, halved or doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from time import perf_counter

from benchmarks.histories import Output, Record
from benchmarks.measure import Result, interleave
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.peers.raw import FIRST_RAW_ID, Raw, payload

__all__ = [
    "Work",
    "Writers",
    "check",
    "hot_against_separate",
    "publish",
    "results",
    "same_payload",
    "shared_input",
]

_numbers = count(1)
Roles = tuple[tuple[str, int], ...]
INPUTS: Roles = (("examples", 0), ("base_model", 0))
THIRD: Roles = (("environment", 0),)
Work = Sequence[Sequence[tuple[Record, Sequence[int]]]]
"""By writer, what to publish and which artifacts that reads."""


def results(options: Options) -> Iterator[Result]:
    """Writers of all peers."""
    with options.peers("ours", "raw", "mlmd", "neomodel", "py2neo") as peers:
        rounds, goals = options.rounds, {"raw driver": 0.9}
        warm_up(peers[:2])
        same_payload(peers[1])
        yield publish(peers, writers=1, each=200, rounds=rounds, goals=goals)
        yield publish(peers, writers=4, each=100, rounds=rounds)
        goals = {**goals, "MLMD on SQLite": 2.2, "neomodel": 10}
        yield publish(peers, writers=8, each=60, rounds=rounds, goals=goals)
        goals = {"MLMD on SQLite": 2.2}
        yield publish(peers, writers=8, each=60, rounds=rounds, hot=True, goals=goals)
        yield hot_against_separate(peers[0], writers=8, each=60, rounds=rounds)
        yield shared_input(peers[:2], writers=8, each=60, rounds=rounds)


def warm_up(peers: Sequence[Peer]) -> None:
    """Let a young server compile what it will do: it is several times slower until then."""
    writers = [Writers(peer, 1, 300) for peer in peers]
    for _ in range(8):
        for one in writers:
            one.round()


def record(contexts: str, number: int, inputs: Roles = INPUTS) -> Record:
    """A publish of some inputs and two outputs."""
    return Record(
        number,
        "Trainer",
        f"publish-{number}",
        {"learning_rate": 0.1, "steps": number, "user": "ada"},
        inputs,
        (
            Output(0, "Model", "model", f"s3://bucket/{number}/model", {"size": 1, "score": 0.5}),
            Output(0, "Evaluation", "run", f"s3://bucket/{number}/run", {"size": 2, "score": 0.25}),
        ),
        (
            ("Pipeline", f"pipeline-{contexts}"),
            ("PipelineRun", f"run-{contexts}"),
            ("Node", f"node-{contexts}"),
        ),
    )


def seed(number: int, outputs: int) -> Record:
    """An execution that makes artifacts to be read."""
    artifacts = tuple(
        Output(
            0, "Examples", f"examples_{n}", f"s3://bucket/{number}/{n}", {"size": n, "score": 0.1}
        )
        for n in range(outputs)
    )
    return Record(number, "ExampleGen", f"seed-{number}", {}, (), artifacts, ())


class Writers:
    """Some writers of one peer, its threads; each round they publish and everything is counted."""

    def __init__(
        self,
        peer: Peer,
        writers: int,
        each: int,
        *,
        hot: bool = False,
        shared: bool = False,
        third: str | None = None,
        steps: int | None = None,
    ) -> None:
        """Writers that have what they read.

        Args:
            peer: Whose.
            writers: How many.
            each: How much each publishes in a round.
            hot: Whether into the same contexts.
            shared: Whether all of them read the same two artifacts, and no others.
            third: Whether each publish reads a third artifact, ``shared`` by all writers or each
                writer's ``own``.
            steps: How many go into the same contexts, 9 at least; None for all of a round.
        """
        self.peer, self.writers, self.each = peer, writers, each
        self.hot, self.shared, self.third, self.steps = hot, shared, third, steps
        with peer.session() as session:
            self.inputs = [
                list(session.publish(seed(next(_numbers), 11), ())) for _ in range(writers)
            ]

    def round(self) -> float:
        """Publishes a second."""
        work = self.work()
        before = self.peer.counts()
        seconds = self.write(work)
        check(self.peer, before, self.expected())
        return self.writers * self.each / seconds

    def work(self) -> Work:
        """What is published in a round."""
        number = next(_numbers)
        return [
            [
                (
                    record(
                        f"{number}" if self.hot else f"{number}-{writer}{self._run_of(n)}",
                        next(_numbers),
                        INPUTS + THIRD * (self.third is not None),
                    ),
                    self._reads(writer, n),
                )
                for n in range(self.each)
            ]
            for writer in range(self.writers)
        ]

    def _run_of(self, n: int) -> str:
        """The end of the names of the contexts that a writer publishes into."""
        return "" if self.steps is None else f"-{n // self.steps}"

    def write(self, work: Work) -> float:
        """Let each writer publish its part; answers the seconds until the last one is done."""
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
            return perf_counter() - begin

    def _reads(self, writer: int, n: int) -> Sequence[int]:
        if self.shared:
            return self.inputs[0][:2]
        own = self.inputs[writer]
        reads = [own[n % 10], own[(n + 1) % 10]]
        if self.third is not None:
            reads.append((self.inputs[0] if self.third == "shared" else own)[10])
        return reads

    def expected(self) -> Mapping[str, int]:
        """The rows that a round adds."""
        publishes = self.writers * self.each
        runs = 1 if self.steps is None else -(-self.each // self.steps)
        contexts = 3 * runs * (1 if self.hot else self.writers)
        third = int(self.third is not None)
        # What is attributed to a round's contexts once each, of what a writer reads.
        reads = 2 if self.shared else min(self.each + 1, 10) + third
        return {
            "executions": publishes,
            "artifacts": 2 * publishes,
            "contexts": contexts,
            "events": (4 + third) * publishes,
            # Outputs always are; what all read is once for the contexts that all are in.
            "attributions": 3 * 2 * publishes
            + (contexts if self.shared else 3 * runs * self.writers) * reads,
            "associations": 3 * publishes,
        }


def check(peer: Peer, before: Mapping[str, int], expected: Mapping[str, int]) -> None:
    """Refuse a figure of a round that lost or doubled anything.

    Raises:
        AssertionError: If the rows that were added are not the ones expected.
    """
    after = peer.counts()
    gains = {name: after[name] - before[name] for name in expected}
    if gains != dict(expected) or after["duplicates"]:
        raise AssertionError(
            f"{peer.name} wrote {gains} with {after['duplicates']} duplicates, not {dict(expected)}"
        )


def same_payload(raw: Raw) -> None:
    """Refuse to compare with raw queries that write something else than graphstore wrote there.

    Raises:
        AssertionError: If nodes or relationships of one type have other properties.
    """
    ours = payload(raw.driver, raw.address, range(FIRST_RAW_ID))
    theirs = payload(raw.driver, raw.address, range(FIRST_RAW_ID, 2**53))
    if ours != theirs:
        raise AssertionError(f"graphstore alone writes {ours - theirs}, raw alone {theirs - ours}")


def publish(
    peers: Sequence[Peer],
    *,
    writers: int,
    each: int,
    rounds: int,
    hot: bool = False,
    shared: bool = False,
    goals: Mapping[str, float] | None = None,
    what: str = "publish",
) -> Result:
    """Publishes a second, from so many threads; the first peer is the one that is compared."""
    contestants: dict[str, Callable[[], float]] = {
        peer.name: Writers(peer, writers, each, hot=hot, shared=shared).round for peer in peers
    }
    where = "into one hot context" if hot else "into contexts of their own"
    if shared:
        where += ", with two shared inputs"
    return Result(
        f"{what}, {writers} writer{'s' * (writers != 1)}, {where}",
        "publishes/s",
        interleave(contestants, rounds=rounds),
        subject=peers[0].name,
        goals=goals or {},
        facts={"counted after each round": "no publish lost, halved or doubled"},
    )


def hot_against_separate(peer: Peer, *, writers: int, each: int, rounds: int) -> Result:
    """The same peer into one hot context and into separate ones."""
    figures = interleave(
        {
            "one hot context": Writers(peer, writers, each, hot=True).round,
            "separate contexts": Writers(peer, writers, each).round,
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


def shared_input(peers: Sequence[Peer], *, writers: int, each: int, rounds: int) -> Result:
    """All writers read one artifact besides, as all steps of a run read their environment.

    Its lock, which every publish takes until it ends, is what that costs: the second variant reads
    as many artifacts, of which no two writers read one.
    """
    contestants = {
        f"{peer.name}, {words}": Writers(peer, writers, each, third=third).round
        for peer in peers
        for third, words in (("shared", "one shared input"), ("own", "separate inputs"))
    }
    return Result(
        f"publish, {writers} writers, one shared input against separate inputs",
        "publishes/s",
        interleave(contestants, rounds=rounds),
        subject=next(iter(contestants)),
        facts={"counted after each round": "no publish lost, halved or doubled"},
    )
