"""Seals: of a whole store beside plain reads and digests alone, and of what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from benchmarks.histories import history, rows_of
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers.ours import Graphstore
from benchmarks.workloads.archives import read_all
from graphstore.proof.keys import Key, make_key
from graphstore.proof.reading import pages, records
from graphstore.storage.changes import BEGINNING, settled_until

__all__ = ["later_seals", "results", "seals"]

WARMUP = 2
"""Rounds that do not count: the server is compiled by then."""
SETTLED = 1.2
"""Seconds after which all that was written is settled."""
NEW = 1_000
"""Nodes that come between two seals."""


def results(options: Options) -> Iterator[Result]:
    """A whole store, and then what is new."""
    with TemporaryDirectory() as folder, options.peers("ours") as (ours,):
        key = make_key(Path(folder) / "keys" / "seals.json")
        yield seals(ours, key, nodes=options.nodes, rounds=options.rounds)
        yield later_seals(ours, key, nodes=options.nodes, rounds=options.rounds)


def seals(ours: Graphstore, key: Key, *, nodes: int, rounds: int) -> Result:
    """Records a second: a seal, a verification, the same rows read and dropped, digests alone."""
    loaded = list(history(nodes))
    ours.load(loaded)
    sleep(SETTLED)
    store, database = ours.store, ours.store.database
    until = settled_until(database, BEGINNING)
    data = [
        record.json.encode()
        for page in pages(database, BEGINNING, until)
        for record in records(database, *page)
    ]
    rows = sum(rows_of(loaded).values())

    def by_seal() -> float:
        _unseal(ours)
        return rate(len(data), lambda: store.seals.make(key))

    def by_verification() -> float:
        _unseal(ours)
        store.seals.make(key)

        def verify() -> None:
            report = store.seals.verify(keys=[key.public])
            if not report.passed or report.same != len(data):
                raise AssertionError("what was sealed is not the same")

        return rate(len(data), verify)

    contestants: dict[str, Callable[[], float]] = {
        "graphstore": by_seal,
        "verification": by_verification,
        "raw reads": lambda: rate(rows, lambda: read_all(ours)),
        "SHA-256 of the same bytes": lambda: rate(
            len(data), lambda: [sha256(one).digest() for one in data]
        ),
    }
    return Result(
        f"seal of {len(data):,} records, {nodes:,} of them nodes",
        "records/s",
        interleave(contestants, rounds=rounds, warmup=WARMUP),
        goals={"raw reads": 0.3},
        facts={"bytes a record": round(sum(map(len, data)) / len(data))},
    )


def later_seals(ours: Graphstore, key: Key, *, nodes: int, rounds: int) -> Result:
    """Milliseconds of a seal of what is new in a large store, for a thousand records."""
    new = list(history(NEW))

    def seal(is_empty: bool) -> float:
        if is_empty:
            _unseal(ours)
            ours.store.seals.make(key)
        ours.load(new)
        sleep(SETTLED)
        begin = perf_counter()
        sealed = ours.store.seals.make(key)
        if sealed is None or sealed.size > 20 * NEW:
            raise AssertionError("a seal has more than is new")
        return (perf_counter() - begin) * 1000 / sealed.size * 1000

    figures = {"graphstore": [seal(number == 0) for number in range(rounds + WARMUP)][WARMUP:]}
    return Result(
        f"seal of some {NEW:,} new nodes after {nodes:,}", "ms a thousand records", figures
    )


def _unseal(ours: Graphstore) -> None:
    """Remove all seals."""
    with ours.store.database.driver.session(database=ours.store.database.name) as session:
        session.run(
            "MATCH (n) WHERE n:GraphstoreSeal OR n:GraphstoreLeaves"
            " CALL (n) { DELETE n } IN TRANSACTIONS OF 100 ROWS"
        ).consume()
