"""Publishing from several processes, each with a peer of its own.

The processes live as long as the comparison: they open their stores one after another before
anything is measured, get their work, and start at once. What they wrote is counted as it is for
threads.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier as BarrierType
from time import perf_counter
from typing import Any

from benchmarks.measure import Result, interleave
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.peers.raw import FIRST_RAW_ID
from benchmarks.workloads.publish import Work, Writers

__all__ = ["ProcessWriters", "processes", "results"]

IDS_A_PROCESS = 10**8
"""What the raw driver gives a process for each kind; graphstore's own ids are leased."""
PATIENCE = 120
"""Seconds after which a process that does not come is given up."""


def results(options: Options) -> Iterator[Result]:
    """Of 4 and 8 processes."""
    with options.peers("ours", "raw", "mlmd") as (ours, raw, mlmd):
        places = {ours: raw.address, raw: raw.address, mlmd: mlmd.file}
        for writers, each, goals in (
            (4, 100, {}),
            (8, 60, {"raw driver": 0.9, "MLMD on SQLite": 2.2}),
        ):
            yield from processes(
                places, writers=writers, each=each, rounds=options.rounds, goals=goals
            )


def processes(
    places: Mapping[Peer, Any],
    *,
    writers: int,
    each: int,
    rounds: int,
    goals: Mapping[str, float] | None = None,
) -> Iterator[Result]:
    """Publishes a second, from so many processes of each peer, into separate contexts and hot ones.

    `places` says where each peer writes; the goals are those of the separate contexts.
    """
    with ExitStack() as stack:
        groups = {}
        for peer, place in places.items():
            groups[peer.name] = ProcessWriters(peer, place, writers, each)
            stack.callback(groups[peer.name].close)
        for hot in (False, True):
            for group in groups.values():
                group.hot = hot
            where = "into one hot context" if hot else "into contexts of their own"
            yield Result(
                f"publish, {writers} processes, {where}",
                "publishes/s",
                interleave(
                    {name: group.round for name, group in groups.items()}, rounds=rounds, warmup=2
                ),
                goals={} if hot else goals or {},
                facts={"counted after each round": "no publish lost, halved or doubled"},
            )


@dataclass(frozen=True)
class _Opening:
    """How a process opens its peer."""

    name: str
    place: Any
    """The address of the server, or MLMD's file."""
    first_raw_id: int

    def open(self) -> Any:
        if self.name == "graphstore":
            from benchmarks.peers.ours import Graphstore

            return Graphstore(self.place)
        if self.name == "raw driver":
            from benchmarks.peers.raw import Raw

            Raw.begin_at(self.first_raw_id)
            return Raw(self.place)
        from benchmarks.peers.mlmd import Mlmd

        return Mlmd(self.place)


class ProcessWriters(Writers):
    """As its base class, and its writers are processes."""

    _count = 0

    def __init__(self, peer: Peer, place: Any, writers: int, each: int) -> None:
        super().__init__(peer, writers, each)
        context = get_context("spawn")  # a forked driver shares its parent's sockets
        self._barrier = context.Barrier(writers + 1)
        self._processes, self._pipes = [], list[Connection]()
        for _ in range(writers):
            ProcessWriters._count += 1
            first = FIRST_RAW_ID + ProcessWriters._count * IDS_A_PROCESS
            pipe, other = context.Pipe()
            opening = _Opening(peer.name, place, first)
            process = context.Process(
                target=_write, args=(opening, other, self._barrier), daemon=True
            )
            process.start()
            other.close()
            self._processes.append(process)
            self._pipes.append(pipe)
            self._wait_for(pipe)  # that it is open

    def write(self, work: Work) -> float:
        for pipe, items in zip(self._pipes, work, strict=True):
            pipe.send(items)
        self._barrier.wait(PATIENCE)
        begin = perf_counter()
        for pipe in self._pipes:
            self._wait_for(pipe)
        return perf_counter() - begin

    def _wait_for(self, pipe: Connection) -> None:
        """Wait until a process says that it is done.

        Raises:
            AssertionError: If it fails, or does not say anything for long.
        """
        if not pipe.poll(PATIENCE):
            raise AssertionError(f"a process of {self.peer.name} does not answer")
        if error := pipe.recv():
            raise AssertionError(f"a process of {self.peer.name} failed: {error}")

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(10)
            if process.is_alive():
                process.terminate()


def _write(opening: _Opening, pipe: Connection, barrier: BarrierType) -> None:
    """What a process does until nobody has any more work for it."""
    logging.getLogger("neo4j").setLevel(logging.ERROR)
    try:
        peer = opening.open()
        pipe.send(None)
        while True:
            items: Sequence[Any] = pipe.recv()
            with peer.session() as session:
                barrier.wait(PATIENCE)
                for item in items:
                    session.publish(*item)
            pipe.send(None)
    except EOFError:
        peer.close()
    except Exception as error:
        barrier.abort()
        pipe.send(repr(error))
