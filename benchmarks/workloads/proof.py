"""Seals: of a whole store beside plain reads and digests alone, and of what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from benchmarks.histories import history
from benchmarks.measure import Result, interleave, rate
from benchmarks.options import Options
from benchmarks.peers import TYPES
from benchmarks.peers.ours import Graphstore
from benchmarks.workloads.archives import read_all
from graphstore import Artifact, Batch
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
        in_little = later_seals(ours, key, rounds=options.rounds)
        yield seals(ours, key, nodes=options.nodes, rounds=options.rounds)
        _unseal(ours)
        ours.store.seals.make(key)
        yield Result(
            f"seal of {NEW:,} new nodes in a store of {options.nodes:,}",
            "ms",
            {
                "graphstore": later_seals(ours, key, rounds=options.rounds),
                "in a store of a few thousand": in_little,
            },
            goals={"in a store of a few thousand": 0.5},
        )


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
    # What was there before counts, too: the records are all that a read of all rows finds.
    rows = len(data)

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
        goals={"raw reads": 0.5},
        facts={"bytes a record": round(sum(map(len, data)) / len(data))},
    )


def later_seals(ours: Graphstore, key: Key, *, rounds: int) -> list[float]:
    """Milliseconds of seals of what is new, whatever is sealed already."""
    figures = []
    for _ in range(WARMUP + rounds):
        new = [Artifact(type=next(iter(TYPES["artifact"]))) for _ in range(NEW)]
        ours.store.put(Batch(artifacts=new))
        sleep(SETTLED)
        begin = perf_counter()
        sealed = ours.store.seals.make(key)
        figures.append((perf_counter() - begin) * 1000)
        if sealed is None or (len(figures) > 1 and sealed.size != NEW):
            raise AssertionError("a seal has what is not new")
    return figures[WARMUP:]


def _unseal(ours: Graphstore) -> None:
    """Remove all seals."""
    with ours.store.database.driver.session(database=ours.store.database.name) as session:
        session.run(
            "MATCH (n) WHERE n:GraphstoreSeal OR n:GraphstoreLeaves"
            " CALL (n) { DELETE n } IN TRANSACTIONS OF 100 ROWS"
        ).consume()
