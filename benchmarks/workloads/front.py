"""MLMD's PutExecution by graphstore's front, beside `Store.publish` and ML Metadata itself.

The front is asked in process, and over gRPC in a process of its own. Whoever comes from MLMD writes
so: an execution, two artifacts that it read, two that it made, three contexts. What is read was
resolved before, once, as in TFX. Rows are counted as for `publish`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from benchmarks.measure import Result
from benchmarks.options import Options
from benchmarks.workloads.publish import publish, warm_up

__all__ = ["front", "results"]


def results(options: Options) -> Iterator[Result]:
    """One writer and eight, and eight that read the same."""
    from benchmarks.peers.mlmd import Served

    with options.peers("ours", "mlmd") as (ours, mlmd):
        warm_up([ours])
        with closing(Served(ours)) as served:
            yield from front(ours, [served, mlmd], each=60, rounds=options.rounds)


def front(ours: Any, others: Sequence[Any], *, each: int, rounds: int) -> Iterator[Result]:
    """PutExecutions a second, by one writer and by eight into contexts that they share; these
    read artifacts of their own, and the same two."""
    from benchmarks.peers.mlmd import Front

    peers = [Front(ours), ours, *others]
    for peer in (peers[0], *others):
        peer.artifacts_by_id = {}
    mlmd = {other.name for other in others} & {"MLMD on SQLite"}
    goals = {"graphstore": 0.85, **dict.fromkeys(mlmd, 0.9)}
    yield publish(peers, writers=1, each=each, rounds=rounds, goals=goals, what="PutExecution")
    goals = dict.fromkeys(mlmd, 2.0)
    for shared in (False, True):
        yield publish(
            peers,
            writers=8,
            each=each,
            rounds=rounds,
            hot=True,
            shared=shared,
            goals=goals,
            what="PutExecution",
        )
