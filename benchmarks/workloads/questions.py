"""The questions that graphstore is for, in graphs of several sizes: what they cost, in round trips.

No peer has them. What they are about is as large in each graph: an early model, whose ancestry is
that of its first runs; the last runs of a pipeline. So what they cost must not grow with the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.histories import Record, history
from benchmarks.measure import Result, interleave, round_trips, same, timer
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.workloads.reads import History, load
from graphstore import Artifact, Execution, ToPublish

__all__ = ["Subject", "question", "results", "subjects"]

EARLY = 20
"""The run whose model is asked about, or the last but one of the smallest graph: the next run reads
it too."""
BACK = 5
"""Runs from the end, of what is asked how far it got."""
FINGERPRINTS_A_NODE = 1 / 20


@dataclass(frozen=True)
class Subject:
    """A graph, and what is asked about in it."""

    ours: Graphstore
    nodes: int
    early: int
    """The model of an early run."""
    late: int
    """The model of a run near the end."""
    models: tuple[int, int]
    """Two early ones."""
    runs: tuple[int, int]
    """The contexts of two early runs."""
    fingerprint: str


def results(options: Options) -> Iterator[Result]:
    """Each question, in all graphs in turn."""
    with ExitStack() as stack:
        all_ = subjects(options, stack)
        asks: dict[str, Callable[[Subject], tuple[object, int]]] = {
            "passport": _passport,
            "comparison of two models": lambda one: _comparison(one, one.models),
            "comparison of two runs": lambda one: _comparison(one, _runs(one)),
            "impact": _impact,
            "cache look-up": _look_up,
            "cache look-up of what nobody did": _look_up_in_vain,
        }
        for name, ask in asks.items():
            yield question(name, ask, all_, rounds=options.rounds)


def subjects(options: Options, stack: ExitStack) -> list[Subject]:
    """Graphs of several sizes, the smallest first, each on a server that the stack stops."""
    histories = [list(history(size)) for size in options.sizes]
    early = min(EARLY, len(_models(histories[0])) - 2)
    made = []
    for records, nodes in zip(histories, options.sizes, strict=True):
        (ours,) = stack.enter_context(options.peers("ours"))
        made.append(_subject(ours, nodes, records, load(ours, records), early))
    return made


def question(
    name: str,
    ask: Callable[[Subject], tuple[object, int]],
    subjects: Sequence[Subject],
    *,
    rounds: int,
) -> Result:
    """One question, of each graph in turn, against a point read in the largest.

    Args:
        name: Of the question.
        ask: Asks it; answers what must be alike in all graphs, and how many things that was.
        subjects: The graphs, the smallest first.
        rounds: That count.
    """
    asks = {f"{one.nodes:,} nodes": partial(ask, one) for one in subjects}
    _, size = same(asks)
    largest = subjects[-1]

    def point_read() -> object:
        return largest.ours.store.artifacts.get(largest.early)

    trips = round_trips(partial(ask, largest))
    contestants = {one: timer(work, repeat=5) for one, work in asks.items()}
    contestants["point read"] = timer(point_read, repeat=20)
    names = list(asks)
    return Result(
        f"{name}: {size} things in {trips} round trip{'s' * (trips != 1)}",
        "ms",
        interleave(contestants, rounds=rounds, warmup=3),
        subject=names[-1],
        goals={names[0]: 1 / 1.5} if len(names) > 1 else {},
        facts={"answers compared": "alike in all graphs", "round trips": trips},
    )


def _passport(one: Subject) -> tuple[object, int]:
    passport = one.ours.store.explain(one.early)
    maker, run = passport.maker, passport.run
    assert maker is not None and run is not None
    ancestors = len(passport.lineage.nodes())
    facts = (
        maker.name,
        run.name,
        dict(passport.hyperparameters),
        len(passport.base_models),
        len(passport.evaluations),
        len(passport.raw_inputs),
        ancestors,
    )
    return facts, ancestors


def _comparison(one: Subject, subjects: Sequence[Any]) -> tuple[object, int]:
    comparison = one.ours.store.compare(*subjects)
    # Values hold ids and times of each graph's own; which facts there are is alike.
    facts = sorted((fact.group, fact.name) for fact in comparison.facts)
    return facts, len(facts)


def _runs(one: Subject) -> Sequence[Any]:
    return [f"c{id_}" for id_ in one.runs]


def _impact(one: Subject) -> tuple[object, int]:
    impact = one.ours.store.impact(one.late)
    counts = [
        len(impact.models),
        len(impact.evaluations),
        len(impact.deployments),
        impact.truncated,
    ]
    return counts, sum(counts[:3])


def _look_up(one: Subject) -> tuple[object, int]:
    entry = one.ours.store.cache.look_up(one.fingerprint)
    assert entry is not None
    return sorted(entry.outputs), len(entry.outputs)


def _look_up_in_vain(one: Subject) -> tuple[object, int]:
    return one.ours.store.cache.look_up("sha256:none") is None, 0


def _subject(
    ours: Graphstore, nodes: int, records: Sequence[Record], ids: History, early: int
) -> Subject:
    models = _models(records)
    two = models[early - 1], models[early]
    runs = [next(c for c in one.contexts if c[0] == "PipelineRun") for one in two]
    late = models[max(0, len(models) - 1 - BACK)]
    return Subject(
        ours=ours,
        nodes=nodes,
        early=ids.artifacts[two[1].outputs[0].key],
        late=ids.artifacts[late.outputs[0].key],
        models=(ids.artifacts[two[0].outputs[0].key], ids.artifacts[two[1].outputs[0].key]),
        runs=(ids.contexts(runs[0]), ids.contexts(runs[1])),
        fingerprint=_fingerprints(ours, max(10, int(nodes * FINGERPRINTS_A_NODE))),
    )


def _models(records: Sequence[Record]) -> list[Record]:
    """The Trainers of the first pipeline, which each made a model."""
    return [one for one in records if one.type == "Trainer" and one.name.startswith("pipeline-0/")]


def _fingerprints(ours: Graphstore, number: int) -> str:
    """Record executions with a fingerprint each; answers that of one in the middle."""
    publications = (
        ToPublish(
            Execution(type="Transform", state="COMPLETE", fingerprint=f"sha256:{place:064x}"),
            outputs={"transformed_examples": [Artifact(type="Examples", state="LIVE")]},
        )
        for place in range(number)
    )
    for _ in ours.store.publish_many(publications):
        pass
    return f"sha256:{number // 2:064x}"
