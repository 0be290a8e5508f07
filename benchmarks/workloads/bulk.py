"""Recording a whole history at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.histories import Record, history
from benchmarks.measure import Result, interleave
from benchmarks.peers.mlmd import Mlmd
from benchmarks.peers.ours import Graphstore
from benchmarks.peers.raw import Raw

__all__ = ["bulk"]

_rounds = count(1)


def renamed(records: Sequence[Record], tag: str) -> list[Record]:
    """The same records under names of their own, so that they can be recorded again."""
    return [
        Record(
            one.key,
            one.type,
            f"{tag}/{one.name}",
            one.properties,
            one.inputs,
            one.outputs,
            tuple((type_, f"{tag}/{name}") for type_, name in one.contexts),
        )
        for one in records
    ]


def bulk(ours: Graphstore, raw: Raw, *, nodes: int, rounds: int) -> Result:
    """Records a second: graphstore's bulk publish, raw batches, MLMD's bulk and single calls."""
    records = list(history(nodes))
    singles = records[: max(200, len(records) // 20)]

    def by_ours() -> float:
        some = renamed(records, f"bulk-{next(_rounds)}")
        return _rate(len(some), lambda: ours.load(some))

    def by_raw() -> float:
        number = next(_rounds)
        some = renamed(records, f"bulk-{number}")
        first_id = 2 * 10**9 + number * 10**7
        return _rate(len(some), lambda: raw.load(some, first_id=first_id))

    def by_mlmd() -> float:
        with TemporaryDirectory() as folder:
            peer = Mlmd(Path(folder) / "bulk.sqlite")
            return _rate(len(records), lambda: peer.load(records))

    def by_mlmd_singles() -> float:
        with TemporaryDirectory() as folder:
            peer = Mlmd(Path(folder) / "singles.sqlite")
            return _rate(len(singles), lambda: _one_by_one(peer, singles))

    contestants: dict[str, Callable[[], float]] = {
        "graphstore": by_ours,
        "raw driver": by_raw,
        "MLMD's bulk calls": by_mlmd,
        "MLMD, one by one": by_mlmd_singles,
    }
    before = ours.counts()
    figures = interleave(contestants, rounds=rounds)
    added = ours.counts()["executions"] - before["executions"]
    if added != len(records) * (rounds + 1):
        raise AssertionError(f"{added} executions were stored, not {len(records) * (rounds + 1)}")
    return Result(
        f"bulk publish, {len(records)} executions",
        "executions/s",
        figures,
        goals={"raw driver": 0.8, "MLMD's bulk calls": 1.4, "MLMD, one by one": 10},
    )


def _rate(number: int, work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return number / (perf_counter() - begin)


def _one_by_one(peer: Mlmd, records: Sequence[Record]) -> None:
    ids: dict[int, int] = {}
    for record in records:
        made = peer.publish(record, [ids[key] for _, key in record.inputs])
        ids.update(zip((one.key for one in record.outputs), made, strict=True))
