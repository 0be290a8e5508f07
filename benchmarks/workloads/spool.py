"""Delivering what runs left on the disk while the store was away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.measure import Result, interleave
from benchmarks.options import Options
from benchmarks.servers import server
from graphstore import Artifact, Context, Event, EventType, Execution, ExecutionState, Store
from graphstore.recording import spool
from graphstore.recording.records import RunRecord, StepRecord, dump

__all__ = ["flush", "results"]

RECORDS = 2_000

_tags = count(1)


def results(options: Options) -> Iterator[Result]:
    """Records of steps a second, by a flush."""
    with server(options.uri) as address, Store.open(address.uri, auth=address.auth) as store:
        yield flush(store, records=RECORDS, rounds=options.rounds)


def flush(store: Store, *, records: int, rounds: int) -> Result:
    """A flush of one run's steps in batches, and one by one; each step has two records."""

    def delivery_rate(batch: int) -> float:
        with _own_folder():
            _leave(store.address, f"run-{next(_tags)}", records // 2)
            usual, spool.BATCH = spool.BATCH, batch
            try:
                begin = perf_counter()
                delivery = store.flush()
                seconds = perf_counter() - begin
            finally:
                spool.BATCH = usual
        if delivery != spool.Flushed(records + 1, waiting=0):
            raise AssertionError(f"not all was delivered: {delivery}")
        return records / seconds

    usual = spool.BATCH
    figures = interleave(
        {"in batches": lambda: delivery_rate(usual), "one by one": lambda: delivery_rate(1)},
        rounds=rounds,
    )
    execution_count = sum(1 for _ in store.executions.iterate(type="Trainer"))
    if execution_count != 2 * (rounds + 1) * (records // 2):
        raise AssertionError(f"{execution_count} executions are stored: some were lost or doubled")
    return Result(f"flush of {records} records", "records/s", figures, subject="in batches")


@contextmanager
def _own_folder() -> Iterator[None]:
    """A spool of its own, and not the user's."""
    before = os.environ.get("GRAPHSTORE_HOME")
    with TemporaryDirectory() as folder:
        os.environ["GRAPHSTORE_HOME"] = folder
        try:
            yield
        finally:
            del os.environ["GRAPHSTORE_HOME"]
            if before is not None:
                os.environ["GRAPHSTORE_HOME"] = before


def _leave(address: str, tag: str, steps: int) -> None:
    """Leave a run on the disk: trainers in a row, each warm-started from the one before."""
    contexts = (Context(type="PipelineRun", name=tag), Context(type="Pipeline", name="pipeline"))
    file = spool.SpoolFile.new(address)
    file.append(RunRecord(*contexts), address)
    with Path(file.path).open("a", encoding="utf-8") as stream:
        base: Artifact | None = None
        for number in range(steps):
            data = Artifact(type="Examples", external_id=f"{tag}-data-{number // 10}")
            inputs = [(data, Event(type=EventType.INPUT, path=("data", 0)))]
            if base is not None:
                inputs.append((base, Event(type=EventType.INPUT, path=("base", 0))))
            base = Artifact(
                type="Model",
                uri=f"models/{number}",
                external_id=f"{tag}-model-{number}",
                custom_properties={"accuracy": 0.5},
            )
            output = (base, Event(type=EventType.OUTPUT, path=("model", 0)))
            step = Execution(
                type="Trainer",
                external_id=f"{tag}-{number}",
                state=ExecutionState.RUNNING,
                custom_properties={"rate": 0.1, "number": number},
            )
            complete_step = step.evolve(state=ExecutionState.COMPLETE)
            stream.write(dump(StepRecord(step, tuple(inputs), contexts)) + "\n")
            stream.write(dump(StepRecord(complete_step, (*inputs, output), contexts)) + "\n")
