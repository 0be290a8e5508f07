"""How much memory a client takes for answers of several sizes.

Each figure is the peak of a process of its own, which opens a store, asks one question, and drops
what it gets as it comes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.asked import Asked
from benchmarks.histories import history, renamed
from benchmarks.measure import Result, interleave
from benchmarks.peers.ours import Graphstore
from benchmarks.servers import Address
from benchmarks.workloads.lineage import last_model

__all__ = ["memory", "results"]


def results(asked: Asked) -> Iterator[Result]:
    """Of histories of several sizes, side by side on one server."""
    with asked.peers("ours", "raw") as (ours, raw):
        models = {}
        for size in sorted({asked.nodes // 100, asked.nodes // 10, asked.nodes}):
            ids = ours.load(renamed(history(size), f"memory-{size}"))
            models[size] = last_model(size, ids)
        yield memory(ours, raw.address, list(models.values()), rounds=min(asked.rounds, 3))


def memory(ours: Graphstore, address: Address, models: Sequence[int], *, rounds: int) -> Result:
    """Megabytes: lineage of models streamed, in ids, and whole, from the smallest to the largest.

    Args:
        ours: Where they are.
        address: Where that is.
        models: With ever more ancestors.
        rounds: That count; the answers are of one size each time.
    """
    sizes = [len(ours.store.lineage.ids("upstream", model).artifacts) for model in models]
    if sizes != sorted(set(sizes)):
        raise AssertionError(f"the answers do not grow: {sizes} artifacts")
    nodes: dict[str, int] = {}

    def peak(name: str, question: str, model: int) -> Callable[[], float]:
        def ask() -> float:
            found = _child(address, question, model)
            nodes[name] = int(found["nodes"])
            return float(found["megabytes"])

        return ask

    contestants = {"opened, nothing asked": peak("opened, nothing asked", "nothing", 0)}
    for question in ("stream", "ids", "whole"):
        for place, model in zip(("small", "middle", "large"), models, strict=True):
            name = f"{question}, {place}"
            contestants[name] = peak(name, question, model)
    figures = interleave(contestants, rounds=rounds, warmup=0)
    if (
        nodes["stream, large"] != nodes["ids, large"]
        or nodes["ids, large"] != nodes["whole, large"]
    ):
        raise AssertionError(f"the answers differ: {nodes}")

    def named(name: str) -> str:
        return f"{name}: {nodes[name]:,} nodes" if nodes[name] else name

    return Result(
        "memory of the client",
        "MB",
        {named(name): values for name, values in figures.items()},
        subject=named("stream, large"),
        goals={named("stream, small"): 1 / 1.5},
    )


def _child(address: Address, question: str, model: int) -> Mapping[str, int | float]:
    """What a process of its own says of itself. The password is not for the list of processes."""
    asked = {"uri": address.uri, "auth": address.auth, "question": question, "model": model}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers.one_question"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the process that asked failed: {done.stderr[-2000:]}")
    answer: dict[str, int | float] = json.loads(done.stdout)
    return answer
