"""A store to a file and back: beside plain reads of all it holds, and beside bulk publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.histories import history, rows_of
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from graphstore import ArtifactType, Store
from graphstore.database.queries import QUERIES
from graphstore.interop.archive import export_archive, import_archive

__all__ = ["exports", "imports", "read_all", "results"]

WARMUP = 2
"""Rounds that do not count: the server is compiled by then."""

NODES = "MATCH (n) RETURN labels(n), properties(n)"
EDGES = "MATCH (a)-[r]->(b) RETURN type(r), properties(r), a.id, b.id"


def results(options: Options) -> Iterator[Result]:
    """Out and in again."""
    with options.peers("ours") as (ours,):
        yield exports(ours, nodes=options.nodes, rounds=options.rounds)
        yield imports(ours, nodes=options.nodes // 5, rounds=options.rounds)


def exports(ours: Graphstore, *, nodes: int, rounds: int) -> Result:
    """Rows a second: an archive, and the same rows read and dropped."""
    records = list(history(nodes))
    rows = sum(rows_of(records).values())
    ours.load(records)
    sizes: list[int] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "all.zip"

        def by_ours() -> float:
            figure = rate(rows, lambda: export_archive(ours.store, path, force=True))
            sizes.append(path.stat().st_size)
            return figure

        contestants = {
            "graphstore": by_ours,
            "raw reads": lambda: rate(rows, lambda: read_all(ours)),
        }
        figures = interleave(contestants, rounds=rounds, warmup=WARMUP)
    return Result(
        f"export of {rows:,} rows, {nodes:,} of them nodes",
        "rows/s",
        figures,
        goals={"raw reads": 0.7},
        facts={"bytes a row": round(sizes[-1] / rows, 1)},
    )


def imports(ours: Graphstore, *, nodes: int, rounds: int) -> Result:
    """Executions a second: an archive into an empty store and beside something, bulk publish."""
    records = list(history(nodes))
    _empty(ours)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "all.zip"
        peer = Graphstore(ours.address)
        peer.load(records)
        counts = export_archive(peer.store, path).lines
        peer.store.close()

        def by_import(is_empty: bool) -> float:
            _empty(ours)
            with Store.open(ours.address.uri, auth=ours.address.auth) as store:
                if not is_empty:
                    store.types.put(ArtifactType(name="Stranger"))
                figure = rate(len(records), lambda: import_archive(store, path))
                if (
                    len(records)
                    != store.database.driver.execute_query(
                        "MATCH (e:Execution) RETURN count(e) AS count"
                    ).records[0]["count"]
                ):
                    raise AssertionError("the import is not whole")
            return figure

        def by_publish() -> float:
            _empty(ours)
            peer = Graphstore(ours.address)
            try:
                return rate(len(records), lambda: peer.load(records))
            finally:
                peer.store.close()

        contestants: dict[str, Callable[[], float]] = {
            "graphstore": lambda: by_import(True),
            "beside something": lambda: by_import(False),
            "publish_many": by_publish,
        }
        figures = interleave(contestants, rounds=rounds, warmup=WARMUP)
    return Result(
        f"import of an archive of {sum(counts.values()):,} nodes",
        "executions/s",
        figures,
        goals={"publish_many": 0.8},
        facts={"counted in the end": "no execution lost"},
    )


def read_all(ours: Graphstore) -> None:
    """Read all that the store holds, as the driver gives it, and keep nothing."""

    def read(transaction: Any, query: str) -> int:
        return sum(1 for _ in transaction.run(query))

    with ours.store.database.driver.session(database=ours.store.database.name) as session:
        for query in (NODES, EDGES):
            session.execute_read(read, query)


def _empty(ours: Graphstore) -> None:
    """Make an empty store of that of the server."""
    with ours.store.database.driver.session(database=ours.store.database.name) as session:
        session.run(
            "MATCH (n) WHERE NOT n:GraphstoreMigration"
            " CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
        ).consume()
        for statement in QUERIES["schema.V003__base_types"].statements:
            session.run(statement.text).consume()
