"""Moving a history of ML Metadata in.

All peers start from one history. graphstore's importer reads it from ML Metadata's file, so that
reading and converting it is part of its time; the others have it in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.histories import Record, copies, history, rows_of
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers.mlmd import Mlmd, copy_with_tag
from benchmarks.peers.offline import Offline, Seconds
from benchmarks.peers.ours import Graphstore
from benchmarks.peers.raw import BULK, Raw, run_whole
from benchmarks.workloads.publish import check, same_payload
from graphstore.interop.mlmd_import import import_mlmd

__all__ = ["WARMUP", "importing", "move", "offline", "results"]

WARMUP = 3
"""Rounds that do not count: the server is compiled by then."""

_rounds = count(1)


def results(options: Options) -> Iterator[Result]:
    """Into a store that runs, and by Neo4j's own tool into one that does not."""
    with options.peers("ours") as (ours,), closing(RawRows(ours.address)) as raw:
        yield importing(ours, raw, nodes=options.nodes // 5, rounds=options.rounds)
    if options.uri is None:
        for nodes in options.sizes[1:]:
            # Of the largest, one round after the one that does not count: they are long.
            rounds = 1 if nodes >= 10**6 else min(options.rounds, 3)
            with options.peers("ours") as (ours,):
                yield offline(ours, nodes=nodes, rounds=rounds)


class RawRows(Raw):
    """Raw batches with the payload of an import: where a node comes from, and no order of events
    but that of their times."""

    def load(self, records: Iterable[Record], *, batch: int = 1_000, first_id: int = 0) -> int:
        number, records = 0, iter(records)
        with self.driver.session(database=self.address.database) as session:
            while some := list(islice(records, batch)):
                parameters = self._batch(some, first_id)
                parameters |= {"source": f"raw-{first_id}", "first_id": first_id}
                session.execute_write(run_whole, IMPORT, parameters)
                number += len(some)
        return number


def _import() -> str:
    """The raw query for batches, with an import's payload."""
    text = BULK
    for phrase, instead, times in (
        ("SET artifact = row", f"SET artifact = row, {_source('artifact')}", 1),
        ("SET execution = row", f"SET execution = row, {_source('execution')}", 1),
        ("context.id = row.id", f"context.id = row.id, {_source('context')}", 1),
    ):
        if text.count(phrase) != times:
            raise AssertionError(f"the raw query does not say {phrase!r} {times} times any more")
        text = text.replace(phrase, instead)
    return text


def _source(node: str) -> str:
    return f"{node}.source = $source, {node}.source_id = row.id - $first_id, {node}._recorded = now"


IMPORT = _import()


def importing(ours: Graphstore, raw: RawRows, *, nodes: int, rounds: int) -> Result:
    """Rows a second: graphstore's import, raw batches, MLMD's bulk and single calls."""
    records = list(history(nodes))
    rows = rows_of(records)
    singles = records[: max(200, len(records) // 20)]

    with TemporaryDirectory() as name:
        folder = Path(name)
        file = _file(folder / "history.sqlite", records)

        def by_ours() -> float:
            tag = f"import-{next(_rounds)}"
            mine = copy_with_tag(file, folder / f"{tag}.sqlite", tag)
            try:
                return rate(sum(rows.values()), lambda: move(ours, mine))
            finally:
                mine.unlink()

        def by_raw() -> float:
            number = next(_rounds)
            some = copies(records, f"import-{number}")
            first_id = 4 * 10**9 + number * 10**8
            return rate(sum(rows.values()), lambda: raw.load(some, first_id=first_id))

        def by_mlmd() -> float:
            peer = Mlmd(folder / f"{next(_rounds)}.sqlite")
            try:
                return rate(sum(rows.values()), lambda: peer.load(records))
            finally:
                peer.file.unlink()

        def by_mlmd_singles() -> float:
            peer = Mlmd(folder / f"{next(_rounds)}.sqlite")
            try:
                return rate(sum(rows_of(singles).values()), lambda: _one_by_one(peer, singles))
            finally:
                peer.file.unlink()

        contestants: dict[str, Callable[[], float]] = {
            "graphstore": by_ours,
            "raw batches": by_raw,
            "MLMD's bulk calls": by_mlmd,
            "MLMD, one by one": by_mlmd_singles,
        }
        before = ours.counts()
        figures = interleave(contestants, rounds=rounds, warmup=WARMUP)
        check(ours, before, {name: number * (rounds + WARMUP) for name, number in rows.items()})
        same_payload(raw)
    return Result(
        f"import of {sum(rows.values()):,} rows, {nodes:,} of them nodes",
        "rows/s",
        figures,
        goals={"raw batches": 0.8, "MLMD's bulk calls": 1.4, "MLMD, one by one": 10},
        facts={
            "counted in the end": "no row lost or doubled",
            "compared in the end": "the payload",
        },
    )


def offline(ours: Graphstore, *, nodes: int, rounds: int) -> Result:
    """Seconds: graphstore's import, and Neo4j's own tool with all that it needs."""
    records = list(history(nodes))
    rows = rows_of(records)
    seconds: list[Seconds] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        file = _file(folder / "history.sqlite", records)
        tool = Offline(f"offline-{nodes}")

        def by_ours() -> float:
            tag = f"online-{next(_rounds)}"
            mine = copy_with_tag(file, folder / f"{tag}.sqlite", tag)
            begin = perf_counter()
            move(ours, mine)
            duration = perf_counter() - begin
            mine.unlink()
            return duration

        def by_tool() -> float:
            with TemporaryDirectory(dir=folder) as csv:
                duration, counts = tool.load(file, Path(csv))
            if counts != _counts(rows):
                raise AssertionError(f"Neo4j's tool made {counts}, not {_counts(rows)}")
            seconds.append(duration)
            return duration.all

        try:
            figures = interleave({"graphstore": by_ours, "offline": by_tool}, rounds=rounds)
        finally:
            tool.close()
    parts = {
        what: sorted(getattr(one, part) for one in seconds)[len(seconds) // 2]
        for what, part in (
            ("conversion to CSV, s", "convert"),
            ("neo4j-admin database import, s", "build"),
            ("start of the server, s", "start"),
            ("constraints and indexes, s", "index"),
        )
    }
    return Result(
        f"import into an empty database, {nodes:,} nodes",
        "s",
        figures,
        subject="offline",
        goals={"graphstore": 5},
        facts=parts,
    )


def _file(file: Path, records: Sequence[Record]) -> Path:
    peer = Mlmd(file)
    peer.load(records)
    peer.close()
    return file


def move(ours: Graphstore, file: Path | str) -> None:
    """Import a history that is new, all of it: from a file, or a database by its address."""
    report = import_mlmd(ours.store, file)
    if not report.agrees or report.problems or report.tables["Artifact"].unchanged:
        raise AssertionError(
            f"the import of {file} was not all new: {report.problem_count} problems, the first"
            f" {report.problems[:1]}; {report.tables}"
        )


def _counts(rows: Mapping[str, int]) -> Mapping[str, int]:
    return {
        "nodes": rows["executions"] + rows["artifacts"] + rows["contexts"],
        "edges": rows["events"] + rows["attributions"] + rows["associations"],
    }


def _one_by_one(peer: Mlmd, records: Sequence[Record]) -> None:
    ids: dict[int, int] = {}
    for record in records:
        output_ids = peer.publish(record, [ids[key] for _, key in record.inputs])
        ids.update(zip((one.key for one in record.outputs), output_ids, strict=True))
