"""How events are stored: together, and at a cost that does not grow with what there is."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import pytest

from graphstore import Store
from graphstore.database import Row
from graphstore.database.queries import QUERIES
from graphstore.interop.openlineage.events import parse
from graphstore.interop.openlineage.ingestion import Ingestion
from tests.integration.openlineage.events import event
from tests.integration.test_lineage import db_hits

_LOCK = "MERGE (lock:GraphstoreLease {name: 'openlineage'}) SET lock.name = lock.name"
_VERSIONS = """
UNWIND range($first, $last) AS i
CREATE (:Artifact {
  id: 1000000 + i, external_id: 'openlineage:' + i, namespace: 'db', dataset: 'd',
  written: toString(datetime('2026-01-01T00:00:00Z') + duration({seconds: i})),
  written_by: 'r' + i, dataset_version: toString(i)
})
"""


def test_events_that_wait_for_the_lock_are_stored_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingestion = Ingestion(store)
    ingestion.put([parse(event("START", 1, 1))])
    sizes, write = [], ingestion._writer.execute

    def note(items: Sequence[Any]) -> list[Row]:
        sizes.append(len(items))
        return write(items)

    monkeypatch.setattr(ingestion._writer, "execute", note)
    monkeypatch.setattr(ingestion._group, "_patience", 60.0)
    with (
        ThreadPoolExecutor(7) as pool,
        store.database.driver.session() as session,
        session.begin_transaction() as transaction,
    ):
        transaction.run(_LOCK).consume()
        answers = [
            pool.submit(ingestion.put, [parse(event("START", n, n, outputs=["d"]))])
            for n in range(2, 9)
        ]
        end = monotonic() + 60
        while len(ingestion._group._waiting) < 6:
            assert monotonic() < end, "they are not waited for"
            sleep(0.01)
        transaction.rollback()
        for answer in answers:
            answer.result()
    assert sizes == [1, 6]
    assert len(store.executions.list()) == 8


def test_who_wrote_last_is_found_without_a_look_at_all_versions(store: Store) -> None:
    text = "PROFILE " + QUERIES["openlineage.resolve"].text
    name = {"namespace": "db", "dataset": "d"}
    said: Row = {"run": "r0", "until": "2026-01-01T00:01:00Z"}
    version = {"external_id": "openlineage:50", "unwritten": "", "written": said["until"]}
    asked: Row = {
        "external_ids": [],
        "holders": [],
        "versions": [{**name, **version, "said": None}],
        "reads": [{**name, **said, "said": None}, {**name, **said, "said": "7"}],
        "changing": [],
    }
    hits, sources = [], []
    with store.database.driver.session() as session:
        for first, last in ((1, 100), (101, 5_000)):
            session.run(_VERSIONS, first=first, last=last).consume()
            result = session.run(text, asked=asked)
            (row,) = result
            sources.append([one["external_id"] for one in row["sources"]])
            hits.append(db_hits(result.consume().profile))
    assert sources[0] == sources[1] == ["openlineage:60", "openlineage:7"]
    assert hits[1] <= hits[0] + 10
