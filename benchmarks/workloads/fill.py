"""Plain puts, one or a hundred in a call: types, artifacts, what belongs where, events.

These are the writes of ML Metadata's own benchmark, with its skewed popularity: of all edges, a few
contexts and a few artifacts have most. After the rounds every row is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from benchmarks.chance import Chance
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers.fillers import GraphstoreFiller, MlmdFiller, RawFiller
from benchmarks.workloads.publish import check

__all__ = ["fill", "results"]

NODES = 2_000
CONTEXTS = 100
CALLS = {1: 60, 100: 10}
"""By how many things a call puts, how many calls make a figure."""
EDGES = ("attributions", "events")
WARMUP = 2

_numbers = count(1)


class _Filling:
    """One contestant, and what it has put so far."""

    def __init__(self, peer: Any, filler: Any) -> None:
        self.peer, self.filler = peer, filler
        names = [f"filled-{number}" for number in range(NODES)]
        # Contexts and artifacts are popular by their places; executions are not.
        self.ids = {
            "artifacts": filler.artifacts(names),
            "executions": filler.executions(names),
            "contexts": filler.contexts(names[:CONTEXTS]),
        }
        self.before = peer.counts() | {"types": filler.number_of_types()}

    def put(self, what: str, things: Sequence[Any]) -> None:
        """Put some things in one call; edges are given by the places of their ends."""
        if what in EDGES:
            other = self.ids["contexts" if what == "attributions" else "executions"]
            artifacts = self.ids["artifacts"]
            things = [(artifacts[artifact], other[end]) for artifact, end in things]
        getattr(self.filler, what)(things)

    def check(self, expected: Mapping[str, int]) -> None:
        """Refuse the figures if rows were lost or doubled."""
        types = self.filler.number_of_types() - self.before["types"]
        if types != expected["types"]:
            raise AssertionError(f"{self.peer.name} put {types} types, not {expected['types']}")
        rows = {name: number for name, number in expected.items() if name != "types"}
        check(self.peer, self.before, rows)


class _Plan:
    """What all contestants put, the same things in the same calls; nothing twice."""

    def __init__(self) -> None:
        self._chance = Chance(11)
        self._pairs: dict[str, set[tuple[int, int]]] = {what: set() for what in EDGES}

    def things(self, what: str, number: int) -> Sequence[Any]:
        """So many new things."""
        if what not in EDGES:
            prefix = "Filled" if what == "types" else "fill-"
            return [f"{prefix}{next(_numbers)}" for _ in range(number)]
        pairs = self._pairs[what]
        edges: list[tuple[int, int]] = []
        while len(edges) < number:
            if what == "attributions":  # popular contexts
                (end,) = self._chance.some(range(CONTEXTS), 1)
                (artifact,) = self._chance.any(range(NODES), 1)
            else:  # popular artifacts
                (artifact,) = self._chance.some(range(NODES), 1)
                (end,) = self._chance.any(range(NODES), 1)
            if (artifact, end) not in pairs:
                pairs.add((artifact, end))
                edges.append((artifact, end))
        return edges


def results(options: Options) -> Iterator[Result]:
    """One and many things a call."""
    with options.peers("ours", "raw", "mlmd") as (ours, raw, mlmd):
        contestants = {
            peer.name: _Filling(peer, filler)
            for peer, filler in (
                (ours, GraphstoreFiller(ours.store)),
                (raw, RawFiller(raw)),
                (mlmd, MlmdFiller(mlmd.store, mlmd.type_ids)),
            )
        }
        plan, totals = _Plan(), dict.fromkeys(("types", "artifacts", *EDGES), 0)
        for what in totals:
            for each, calls in CALLS.items():
                yield fill(contestants, plan, totals, what, each, calls, rounds=options.rounds)


def fill(
    contestants: Mapping[str, _Filling],
    plan: _Plan,
    totals: dict[str, int],
    what: str,
    each: int,
    calls: int,
    *,
    rounds: int,
) -> Result:
    """Things a second, so many in a call; `totals` counts what was put so far, and is kept so."""
    # A list a round, those of the warm-up included; the contestants take it in their turns.
    work = [[plan.things(what, each) for _ in range(calls)] for _ in range(rounds + WARMUP)]

    def contestant(filling: _Filling) -> Callable[[], float]:
        turns = iter(work)

        def put_all() -> None:
            for things in next(turns):
                filling.put(what, things)

        return lambda: rate(each * calls, put_all)

    figures = interleave(
        {name: contestant(filling) for name, filling in contestants.items()},
        rounds=rounds,
        warmup=WARMUP,
    )
    totals[what] += each * calls * (rounds + WARMUP)
    for filling in contestants.values():
        filling.check(totals)
    return Result(
        f"fill {what}, {each} in a call",
        f"{what}/s",
        figures,
        facts={"counted after the rounds": "nothing lost or doubled"},
    )
