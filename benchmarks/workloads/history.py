"""What was recorded, as a feed, beside plain reads; and what questions cost as of a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from time import sleep

from benchmarks.histories import history
from benchmarks.measure import Result, interleave, rate, timer
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.workloads.archives import read_all
from benchmarks.workloads.lineage import last_model
from graphstore.storage.changes import BEGINNING, settled_until

__all__ = ["feed", "results", "then"]

PAGE = 20_000
"""Records that whoever follows asks for at a time."""
SETTLED = 1.2
"""Seconds after which all that was written is settled."""
HOPS = 64


def results(options: Options) -> Iterator[Result]:
    """The feed of a whole store, and walks now and then."""
    with options.peers("ours") as (ours,):
        ids = ours.load(list(history(options.nodes)))
        sleep(SETTLED)
        time = settled_until(ours.store.database, BEGINNING)
        yield feed(ours, rounds=options.rounds)
        model = last_model(options.nodes, ids)
        yield then(ours, model, time, HOPS, rounds=options.rounds)
        yield then(ours, model, time, None, rounds=options.rounds)


def feed(ours: Graphstore, *, rounds: int) -> Result:
    """Records a second: all that was ever recorded, page by page; the same rows by the driver."""

    def follow() -> int:
        number, since = 0, None
        while page := ours.store.changes(since=since, limit=PAGE, settled=True):
            number += len(page)
            since = page.until
        return number

    records = follow()
    contestants: dict[str, Callable[[], float]] = {
        "graphstore": lambda: rate(records, follow),
        "raw reads": lambda: rate(records, lambda: read_all(ours)),
    }
    return Result(
        f"changes: a feed of {records:,} records",
        "records/s",
        interleave(contestants, rounds=rounds, warmup=1),
        goals={"raw reads": 0.7},
    )


def then(ours: Graphstore, model: int, time: datetime, hops: int | None, *, rounds: int) -> Result:
    """Milliseconds of a model's lineage as of a time at which all was there, and for now."""
    walk = partial(ours.store.lineage.upstream, model, max_hops=hops, max_nodes=10**9)
    now = walk()
    if walk(as_of=time) != now or not now.events:
        raise AssertionError("as of a time there is another lineage")
    contestants = {"graphstore": timer(partial(walk, as_of=time)), "for now": timer(walk)}
    size = len(now.artifacts) + len(now.executions)
    how_far = "unbounded" if hops is None else f"{hops} hops"
    return Result(
        f"lineage as of a time, whole, {how_far}: {size:,} nodes",
        "ms",
        interleave(contestants, rounds=rounds, warmup=3),
        goals={"for now": 0.8},
    )
