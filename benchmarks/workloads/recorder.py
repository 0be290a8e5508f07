"""Steps of a run, recorded with `with run.execution(...)`, beside `Store.publish` of the same.

A step is told to the store twice, as it begins and as it ends, so that one that was killed is known
of; a publish is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import perf_counter
from typing import Any

from benchmarks.measure import Result, interleave
from benchmarks.options import Options
from benchmarks.workloads.publish import Writers, check

__all__ = ["recorder", "results"]

_numbers = count(1)


def results(options: Options) -> Iterator[Result]:
    """One thread and eight."""
    with options.peers("ours") as (ours,):
        for threads in (1, 8):
            yield recorder(ours, threads=threads, each=160 // threads, rounds=options.rounds)


def recorder(ours: Any, *, threads: int, each: int, rounds: int) -> Result:
    """Steps a second, by so many threads of one run."""
    publishing = Writers(ours, threads, each, hot=True)
    artifacts = ours.store.artifacts.get_many(publishing.inputs[0][:2])

    def step(run: Any, number: int) -> None:
        with run.execution("Trainer", parameters={"steps": number}) as step:
            for artifact in artifacts:
                step.input("examples", artifact)
            for type_ in ("Model", "Evaluation"):
                step.output(type_.lower(), f"s3://bucket/{number}/{type_}", type=type_)

    def steps() -> float:
        before = ours.counts()
        with ours.store.run("recorder") as run, ThreadPoolExecutor(threads) as pool:
            begin = perf_counter()
            for future in [pool.submit(step, run, next(_numbers)) for _ in range(threads * each)]:
                future.result()
            seconds = perf_counter() - begin
        total = threads * each
        check(ours, before, {"executions": total, "artifacts": 2 * total, "events": 4 * total})
        return total / seconds

    with ours.store.run("recorder") as run:
        step(run, next(_numbers))  # the environment is stored by the first step
    contestants: dict[str, Callable[[], float]] = {
        "recorder": steps,
        "publish": publishing.round,
    }
    return Result(
        f"steps of {threads} thread{'s' * (threads != 1)} of one run",
        "steps/s",
        interleave(contestants, rounds=rounds),
        subject="recorder",
        facts={"counted after each round": "no step lost, halved or doubled"},
    )
