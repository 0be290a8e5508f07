"""All that a database holds, to compare two of them; and a store that holds a bit of everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    ParentContext,
    PropertyKind,
    Proto,
    Store,
)
from graphstore.database import Database
from graphstore.interop.archive.batches import batches
from tests.conftest import EVERY_KIND, empty

OF_A_STORE = ("id", "type_id", "source", "source_id")
"""What a node has by the store that it is in."""
BOOKS = ("GraphstoreSequence", "GraphstoreMigration", "GraphstoreStore", "GraphstoreLease")
"""What is no history."""

Contents = tuple[Counter[str], Counter[str]]


def contents(
    database: Database, *, without: Collection[str] = (), labels_out: Collection[str] = BOOKS
) -> Contents:
    """Every node with its labels and properties, and every edge with its ends, type and properties.

    Values are told with the types that the driver has for them: 1 is not 1.0, and NaN is NaN.

    Args:
        database: What to read, all of it.
        without: Properties of nodes that do not count.
        labels_out: Nodes of these labels do not count, nor do their edges.
    """
    with database.driver.session(database=database.name) as session:
        nodes = {
            row["id"]: _text(sorted(row["labels"]), row["properties"], without)
            for row in session.run(
                "MATCH (n) WHERE none(label IN labels(n) WHERE label IN $out)"
                " RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties",
                out=list(labels_out),
            )
        }
        edges = Counter(
            f"({nodes[row['start']]})-{_text(row['type'], row['properties'])}->"
            f"({nodes[row['end']]})"
            for row in session.run(
                "MATCH (a)-[r]->(b) RETURN elementId(a) AS start, elementId(b) AS end,"
                " type(r) AS type, properties(r) AS properties"
            )
            if row["start"] in nodes and row["end"] in nodes
        )
    return Counter(nodes.values()), edges


def _text(what: Any, properties: dict[str, Any], without: Collection[str] = ()) -> str:
    pairs = sorted((key, _typed(v)) for key, v in properties.items() if key not in without)
    return f"{what} {pairs}"


def _typed(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_typed, value))}]"
    return f"{type(value).__name__} {value!r}"


def differences(one: Contents, other: Contents) -> list[str]:
    """What one has and the other has not, for a person to read."""
    lines = []
    for before, after in zip(one, other, strict=True):
        lines += [f"- {text}" for text in (before - after).elements()]
        lines += [f"+ {text}" for text in (after - before).elements()]
    return lines


def fresh(database: Database) -> Store:
    """The store over a database that is emptied first."""
    empty(database)
    return Store(database)


@contextmanager
def interrupted(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[None]:
    """Lets an import in the block be interrupted after so many batches."""
    count = 0

    def some(lines: Any) -> Iterator[Any]:
        nonlocal count
        for batch in batches(lines):
            count += 1
            if count > after:
                raise KeyboardInterrupt
            yield batch

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("graphstore.interop.archive.batches.batches", some)
        yield


TEXTS = ["", "naïve 北京 🚀", 'a\n"b"\\\u2028\x07', "x" * 20_000]
NUMBERS = [0, -1, 2**63 - 1, -(2**63), 2**53 + 1]
FLOATS = [0.0, -0.0, 1.0, 1e22, 5e-324, 1.7976931348623157e308, float("nan"), float("inf")]
NOW = datetime(2026, 3, 1, 12, 30, 15, 123000, tzinfo=timezone.utc)


def put_types(store: Store) -> None:
    store.types.put(ArtifactType(name="Examples", properties=EVERY_KIND))
    store.types.put(ArtifactType(name="Model", version="2", properties=EVERY_KIND))
    store.types.put(ExecutionType(name="Trainer", properties=EVERY_KIND))
    store.types.put(ContextType(name="Pipeline", properties=EVERY_KIND))
    store.types.put(ContextType(name="PipelineRun", properties={"status": PropertyKind.STRING}))


def values(number: int) -> dict[str, Any]:
    """A value of each kind, as the properties of a node."""
    return {
        "int_value": NUMBERS[number % len(NUMBERS)],
        "double_value": FLOATS[number % len(FLOATS)],
        "string_value": TEXTS[number % len(TEXTS)],
        "struct_value": {"deep": [1, 2.5, None, {"é": [True]}], "n": number},
        "proto_value": Proto("type.googleapis.com/x.Y", bytes(range(number % 256))),
        "boolean_value": number % 2 == 0,
    }


def fill(store: Store, *, runs: int = 2, name: str = "iris") -> None:
    """A bit of everything: runs of a pipeline, whose steps read, make and log."""
    put_types(store)
    pipeline = store.contexts.put(Context(type="Pipeline", name=name, properties=values(3)))
    before: list[Artifact] = []
    for number in range(runs):
        run = store.contexts.put(
            Context(type="PipelineRun", name=f"{name}/{number}", properties={"status": "DONE"})
        )
        store.contexts.put_parents([ParentContext(child_id=run.id, parent_id=pipeline.id)])
        published = store.publish(
            Execution(
                type="Trainer",
                state=ExecutionState.COMPLETE,
                name=f"{name} trainer {number}",
                external_id=f"{name}:step:{number}",
                properties=values(number),
                custom_properties={"note": TEXTS[1], "nan": float("nan")},
                start_time=NOW,
                end_time=NOW,
            ),
            inputs={
                "examples": [
                    Artifact(type="Examples", uri=f"s3://{name}/{number}", digest="md5:1")
                ],
                "base": before,
            },
            outputs={
                "model": [
                    Artifact(
                        type="Model",
                        type_version="2",
                        uri=f"/models/{name}/../{name}/{number}",
                        name=f"{name} {number}",
                        properties=values(number + 4),
                    )
                ]
            },
            contexts=[run, pipeline],
            events=[
                (
                    Artifact(type="Examples", uri=f"file:///{name}"),
                    Event(
                        type=EventType.DECLARED_INPUT,
                        path=["a", 3, "[0]"],
                        artifact_id=0,
                        execution_id=0,
                    ),
                )
            ],
        )
        before = [published.outputs[0]]


BY_HAND = """
MATCH (execution:Execution) WITH execution ORDER BY execution.id LIMIT 1
MATCH (run:Context) WITH execution, run ORDER BY run.id DESC LIMIT 1
MATCH (artifact:Artifact) WITH execution, run, artifact ORDER BY artifact.id LIMIT 1
CREATE (execution)-[:LOGGED]->(:GraphstoreSeries {metric: 'loss', key: 'k', steps: [0, 1],
  values: [0.5, 0.0 / 0.0], times: [1, 2], count: 2, first: 0.5, last: 0.25, min: 0.25, max: 0.5})
CREATE (run)-[:LOGGED]->(:GraphstoreSeries {metric: 'é', key: 'k', steps: [], values: [], times: [],
  count: 0, first: 0.0, last: 0.0})
CREATE (:Revision {_until: datetime(), _by: 'ada', uri: 'before', _absent: ['name']})
  -[:REVISION_OF {why: 'test'}]->(artifact)
CREATE (:Revision {_until: datetime('2026-01-01T00:00:00.000000001+02:00'), n: 1})
  -[:REVISION_OF]->(artifact)
SET artifact._recorded = datetime('2026-02-01T00:00:00Z'), artifact._by = 'ada',
  artifact.custom_zone = datetime('2026-07-01T10:00:00[Europe/Berlin]'),
  artifact.custom_local = localdatetime('2026-07-01T10:00:00.5'), artifact.custom_day = date(),
  artifact.custom_time = time('10:00:00+01:00'), artifact.custom_clock = localtime('10:00'),
  artifact.custom_span = duration('P1Y2M3DT4.5S'), artifact.custom_list = [1.5, -1.0 / 0.0],
  artifact.custom_days = [date('2026-01-01')], artifact.custom_point = point({x: 1.5, y: 2.5}),
  artifact.custom_place = point({longitude: 1.5, latitude: 2.5, height: 3.5})
WITH execution
MATCH (execution)-[event]-() SET event._recorded = datetime('2026-02-03T00:00:00Z')
"""
"""What the store's own ways to write do not make, or do not make yet."""


def write_by_hand(database: Database, text: str = BY_HAND, **parameters: Any) -> None:
    with database.driver.session(database=database.name) as session:
        session.run(text, parameters).consume()
