"""A store with a bit of everything, sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from time import sleep
from typing import Any

import pytest

from graphstore import ArtifactType, Event, EventType, Execution, PropertyKind, Store
from graphstore.database import Database, acting
from graphstore.proof.keys import Key, make_key
from graphstore.proof.report import RecordsReport
from tests.integration.archive.contents import fill


@pytest.fixture
def key(tmp_path) -> Key:
    return make_key(tmp_path / "keys" / "seals.json")


@pytest.fixture
def sealed(store: Store, key: Key) -> Store:
    """Nodes, edges of all sorts, changes, a type that grew: in two seals."""
    fill(store)
    settle(store)
    store.seals.make(key)
    change(store)
    settle(store)
    store.seals.make(key)
    return store


def change(store: Store) -> None:
    """Change something of each kind, and add edges between what is there."""
    model = store.artifacts.list(type="Model")[0]
    run = store.contexts.list(type="PipelineRun")[0]
    execution = store.executions.list()[0]
    with acting("bob"):
        store.artifacts.put(model.evolve(uri="s3://elsewhere", state="LIVE"))
        store.contexts.put(run.evolve(properties={}))
        store.types.put(ArtifactType(name="Examples", properties={"more": PropertyKind.INT}))
        event = Event(type=EventType.INPUT, artifact_id=model.id, execution_id=execution.id)
        store.events.put([event])
        store.executions.put(execution.evolve(custom_properties={"note": "again"}))
        store.artifacts.put(store.artifacts.get(model.id).evolve(uri="s3://again", state=None))
        store.publish(Execution(type="Trainer"), [model])


def settle(store: Store) -> None:
    """Wait until all that was recorded so far is settled."""
    now = datetime.now(timezone.utc)
    for _ in range(100):
        if store.changes(since=now, settled=True).until > now:
            return
        sleep(0.05)
    raise AssertionError("nothing settles")


def verify(store: Store, key: Key, **options: Any) -> RecordsReport:
    return store.seals.verify(keys=[key.public], **options)


def run(database: Database, text: str, **parameters: Any) -> list[dict[str, Any]]:
    with database.driver.session(database=database.name) as session:
        return [record.data() for record in session.run(text, parameters)]


OTHER = """CASE
  WHEN old IS NULL THEN 'new ' + elementId(e)
  WHEN old IS :: STRING THEN old + '!'
  WHEN old IS :: INTEGER THEN CASE WHEN old > 0 THEN old - 1 ELSE old + 1 END
  WHEN old IS :: FLOAT THEN CASE WHEN isNaN(old) THEN 0.0 WHEN old = 0.0 THEN 5e-324 ELSE -old END
  WHEN old IS :: BOOLEAN THEN NOT old
  WHEN old IS :: ZONED DATETIME THEN old + duration({milliseconds: 1})
  WHEN old IS :: LIST<STRING NOT NULL> THEN old + ['!']
  ELSE 'other' END"""
"""Another value of the same kind, as little different as there is."""


@contextmanager
def altered(database: Database, pattern: str, keys: Mapping[str, str]) -> Iterator[None]:
    """Properties that are others in the block.

    Args:
        database: Where.
        pattern: What finds an `e`, a node or an edge.
        keys: The key to alter, by the element's id.
    """
    find = f"UNWIND $rows AS row MATCH {pattern} WHERE elementId(e) = row.id"
    rows = [{"id": id_, "key": key} for id_, key in keys.items()]
    before = run(
        database, f"{find} RETURN row.id AS id, row.key AS key, e[row.key] AS value", rows=rows
    )
    run(database, f"{find} WITH e, row, e[row.key] AS old SET e[row.key] = {OTHER}", rows=rows)
    try:
        yield
    finally:
        run(database, f"{find} SET e[row.key] = row.value", rows=before)
