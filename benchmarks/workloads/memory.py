"""How much memory a client takes for answers of several sizes.

Each figure is the peak of a process of its own, which opens a store, asks one question, and drops
what it gets as it comes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks.histories import copies, history
from benchmarks.measure import Result, interleave
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.servers import Address
from benchmarks.workloads.lineage import last_model

__all__ = ["memory", "results"]


def results(options: Options) -> Iterator[Result]:
    """Of histories of several sizes, side by side on one server."""
    with options.peers("ours", "raw") as (ours, raw):
        models = {}
        for size in sorted({options.nodes // 100, options.nodes // 10, options.nodes}):
            ids = ours.load(copies(history(size), f"memory-{size}"))
            models[size] = last_model(size, ids)
        yield memory(ours, raw.address, list(models.values()), rounds=min(options.rounds, 3))


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
            answer = _child(address, question, model)
            nodes[name] = int(answer["nodes"])
            return float(answer["megabytes"])

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

    def title(name: str) -> str:
        return f"{name}: {nodes[name]:,} nodes" if nodes[name] else name

    return Result(
        "memory of the client",
        "MB",
        {title(name): values for name, values in figures.items()},
        subject=title("stream, large"),
        goals={title("stream, small"): 1 / 1.5},
    )


def _child(address: Address, question: str, model: int) -> Mapping[str, int | float]:
    """What a process of its own says of itself. The password is not for the list of processes."""
    request = {"uri": address.uri, "auth": address.auth, "question": question, "model": model}
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers.one_question"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(f"the process that asked failed: {result.stderr[-2000:]}")
    answer: dict[str, int | float] = json.loads(result.stdout)
    return answer
