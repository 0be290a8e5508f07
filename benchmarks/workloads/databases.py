"""Moving a history of ML Metadata in from MySQL and PostgreSQL, beside the same history in SQLite.

The servers are those of Debian's packages mariadb-server and postgresql, and on this machine: what
they need of its processors is part of an import's time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.histories import history, rows_of
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers.mlmd import Mlmd, copy_with_tag
from benchmarks.peers.ours import Graphstore
from benchmarks.workloads.importing import WARMUP, move
from tests.mlmd_databases import copied, new_database
from tests.sql_servers import SqlServer, mariadb, postgresql

__all__ = ["database", "results"]

_rounds = count(1)


def results(options: Options) -> Iterator[Result]:
    """By either server, beside SQLite in one run."""
    for start in (mariadb, postgresql):
        with start() as server, options.peers("ours") as (ours,):
            yield database(ours, server, nodes=options.nodes // 5, rounds=options.rounds)


def database(ours: Graphstore, server: SqlServer, *, nodes: int, rounds: int) -> Result:
    """Rows a second of an import from a database."""
    records = list(history(nodes))
    row_count = sum(rows_of(records).values())
    with TemporaryDirectory() as name:
        folder = Path(name)
        peer = Mlmd(folder / "history.sqlite")
        peer.load(records)
        peer.close()

        def by_sqlite() -> float:
            tag = f"databases-{next(_rounds)}"
            mine = copy_with_tag(peer.file, folder / f"{tag}.sqlite", tag)
            try:
                return rate(row_count, lambda: move(ours, mine))
            finally:
                mine.unlink()

        def by_server() -> float:
            tag = f"databases-{next(_rounds)}"
            mine = copy_with_tag(peer.file, folder / f"{tag}.sqlite", tag)
            with new_database(server) as name:
                copied(mine, server, name)
                mine.unlink()
                return rate(row_count, lambda: move(ours, server.address(name)))

        contestants = {server.kind: by_server, "sqlite": by_sqlite}
        figures = interleave(contestants, rounds=rounds, warmup=WARMUP)
    return Result(
        f"import of {row_count:,} rows, {nodes:,} of them nodes, from {server.kind}",
        "rows/s",
        figures,
        subject=server.kind,
        goals={"sqlite": 0.7},
        facts={"counted in the end": "no row lost or doubled"},
    )
