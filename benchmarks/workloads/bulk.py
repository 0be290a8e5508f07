"""Recording a whole history at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.histories import Record, copies, history, rows_of
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.peers.raw import Raw
from benchmarks.workloads.publish import check, same_payload

if TYPE_CHECKING:
    from benchmarks.peers.mlmd import Mlmd

__all__ = ["bulk", "results"]

WARMUP = 3
"""Rounds that do not count: the server is compiled by then."""

_rounds = count(1)


def results(options: Options) -> Iterator[Result]:
    """A history recorded again and again."""
    with options.peers("ours", "raw") as (ours, raw):
        yield bulk(ours, raw, nodes=20_000, rounds=options.rounds)


def bulk(ours: Graphstore, raw: Raw, *, nodes: int, rounds: int, mlmd: bool = True) -> Result:
    """Records a second: graphstore's bulk publish, raw batches, MLMD's bulk and single calls."""
    records = list(history(nodes))
    singles = records[: max(200, len(records) // 20)]

    def by_ours() -> float:
        some = copies(records, f"bulk-{next(_rounds)}")
        return rate(len(some), lambda: ours.load(some))

    def by_raw() -> float:
        number = next(_rounds)
        some = copies(records, f"bulk-{number}")
        first_id = 2 * 10**9 + number * 10**7
        return rate(len(some), lambda: raw.load(some, first_id=first_id))

    def by_mlmd() -> float:
        from benchmarks.peers.mlmd import Mlmd

        with TemporaryDirectory() as folder:
            peer = Mlmd(Path(folder) / "bulk.sqlite")
            return rate(len(records), lambda: peer.load(records))

    def by_mlmd_singles() -> float:
        from benchmarks.peers.mlmd import Mlmd

        with TemporaryDirectory() as folder:
            peer = Mlmd(Path(folder) / "singles.sqlite")
            return rate(len(singles), lambda: _one_by_one(peer, singles))

    contestants: dict[str, Callable[[], float]] = {
        "graphstore": by_ours,
        "raw driver": by_raw,
    }
    if mlmd:
        contestants |= {"MLMD's bulk calls": by_mlmd, "MLMD, one by one": by_mlmd_singles}
    before = {peer: peer.counts() for peer in (ours, raw)}
    figures = interleave(contestants, rounds=rounds, warmup=WARMUP)
    rows = {name: number * (rounds + WARMUP) for name, number in rows_of(records).items()}
    for peer in (ours, raw):
        check(peer, before[peer], rows)
    same_payload(raw)
    return Result(
        f"bulk publish, {len(records)} executions",
        "executions/s",
        figures,
        goals={"raw driver": 0.8, "MLMD's bulk calls": 1.4, "MLMD, one by one": 10},
        facts={
            "counted in the end": "no row lost or doubled",
            "compared in the end": "the payload",
        },
    )


def _one_by_one(peer: Mlmd, records: Sequence[Record]) -> None:
    ids: dict[int, int] = {}
    for record in records:
        output_ids = peer.publish(record, [ids[key] for _, key in record.inputs])
        ids.update(zip((one.key for one in record.outputs), output_ids, strict=True))
