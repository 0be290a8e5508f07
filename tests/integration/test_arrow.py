"""Lineage as Arrow tables: what they say is what the store says."""

import math
import sys
from datetime import datetime, timezone

import pyarrow
import pyarrow.parquet
import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    PropertyKind,
    Proto,
)
from graphstore.errors import MissingExtra
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS

BORN = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=timezone.utc)
WORD = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
TIME = pyarrow.timestamp("us", tz="UTC")


def test_every_node_and_event_is_a_row(store):
    import_mlmd(store, IRIS)
    lineage = store.lineage.upstream(45)
    artifacts, executions, events = lineage.to_arrow()
    assert artifacts["id"].to_pylist() == list(lineage.artifacts)
    assert executions["id"].to_pylist() == list(lineage.executions)
    assert artifacts["type"].to_pylist() == [a.type for a in lineage.artifacts.values()]
    assert artifacts["uri"].to_pylist() == [a.uri for a in lineage.artifacts.values()]
    assert artifacts["create_time"].to_pylist() == [
        a.create_time for a in lineage.artifacts.values()
    ]
    assert executions["state"].to_pylist() == [
        e.state and e.state.value for e in lineage.executions.values()
    ]
    for table, nodes in ((artifacts, lineage.artifacts), (executions, lineage.executions)):
        for row, node in zip(table.to_pylist(), nodes.values(), strict=True):
            for group in ("properties", "custom_properties"):
                properties = {
                    key.partition(".")[2]: value
                    for key, value in row.items()
                    if key.startswith(group + ".") and value is not None
                }
                assert properties.keys() == getattr(node, group).keys()
    assert [
        (row["artifact_id"], row["execution_id"], row["type"], row["role"], row["time"])
        for row in events.to_pylist()
    ] == [(e.artifact_id, e.execution_id, e.type.value, e.role, e.time) for e in lineage.events]


def test_types_are_what_they_should_be(store):
    import_mlmd(store, IRIS)
    artifacts, executions, events = store.lineage.upstream(45).to_arrow()
    for table in (artifacts, executions):
        types = {field.name: field.type for field in table.schema}
        assert types["id"] == types["source_id"] == pyarrow.int64()
        assert types["type"] == types["state"] == types["source"] == WORD
        assert types["create_time"] == types["last_update_time"] == TIME
    assert "uri" not in executions.column_names and "start_time" not in artifacts.column_names
    assert [field.type for field in events.schema] == [
        pyarrow.int64(),
        pyarrow.int64(),
        WORD,
        pyarrow.list_(pyarrow.string()),
        WORD,
        TIME,
    ]


@pytest.fixture
def unusual(store):
    """Artifacts whose properties are of every kind, and of several."""
    kinds = {kind.value.lower(): kind for kind in PropertyKind}
    store.types.put(ArtifactType(name="Datei ü", properties=kinds))
    store.types.put(ExecutionType(name="step"))
    full = {
        "int": -(2**63),
        "double": math.inf,
        "string": "日本 \n'\"",
        "boolean": False,
        "struct": {"ä": [1, None]},
        "proto": Proto("type.googleapis.com/x", b"\x00\xff"),
    }
    custom = [
        {"mixed": 1, "numbers": 1, "large": 2**53 + 1, "ü.x": True, "p": Proto("t", b"\xff")},
        {"mixed": "eins", "numbers": 0.5, "large": 0.5, "p": "none"},
        {"mixed": {"a": "ü"}, "nan": math.nan},
    ]
    return store.publish(
        Execution(type="step", state=ExecutionState.COMPLETE, start_time=BORN),
        {"a": Artifact(type="Datei ü", name="größe", properties=full, custom_properties=custom[0])},
        {"b": [Artifact(type="Datei ü", custom_properties=c, state="LIVE") for c in custom[1:]]},
        events=[
            (
                Artifact(type="Datei ü", uri="s3://x"),
                Event(type=EventType.DECLARED_INPUT, path=("[0]", 0, "k"), time=BORN),
            )
        ],
    )


def test_any_values_come_over(store, unusual):
    artifacts, executions, events = store.lineage.both(unusual.execution).to_arrow()
    rows = {row["id"]: row for row in artifacts.to_pylist()}
    first, second, third = (rows[a.id] for a in [unusual.inputs[0], *unusual.outputs])
    assert (first["name"], first["type"]) == ("größe", "Datei ü")
    assert first["properties.int"] == -(2**63)
    assert first["properties.double"] == math.inf
    assert first["properties.string"] == "日本 \n'\""
    assert first["properties.boolean"] is False
    assert first["properties.struct"] == '{"ä": [1, null]}'
    assert first["properties.proto"] == {"type_url": "type.googleapis.com/x", "data": b"\x00\xff"}
    assert second["properties.int"] is None and second["state"] == ArtifactState.LIVE.value
    key = "custom_properties."
    assert [row[key + "mixed"] for row in (first, second, third)] == ["1", "eins", '{"a": "ü"}']
    assert artifacts.schema.field(key + "numbers").type == pyarrow.float64()
    assert [row[key + "numbers"] for row in (first, second, third)] == [1.0, 0.5, None]
    # No double holds it: nothing is rounded.
    assert [row[key + "large"] for row in (first, second)] == ["9007199254740993", "0.5"]
    assert first[key + "ü.x"] is True
    assert [row[key + "p"] for row in (first, second)] == [
        '{"type_url": "t", "data": "ff"}',
        "none",
    ]
    assert math.isnan(third[key + "nan"]) and artifacts[key + "nan"].null_count == 3
    assert executions["start_time"].to_pylist() == [BORN]
    (declaration,) = [row for row in events.to_pylist() if row["type"] == "DECLARED_INPUT"]
    assert declaration["path"] == ["\\[0]", "[0]", "k"]
    assert declaration["time"] == BORN


def test_nothing_is_tables_without_rows(store, types):
    alone, other = (store.artifacts.put(Artifact(type="Model")) for _ in range(2))
    nothing = store.lineage.between(alone, other).to_arrow()
    assert [table.num_rows for table in nothing] == [0, 0, 0]
    something = store.lineage.upstream(alone).to_arrow()
    assert [table.num_rows for table in something] == [1, 0, 0]
    for empty, full in zip(nothing, something, strict=True):
        assert empty.schema == full.schema.remove_metadata()


def test_parquet_holds_them(store, unusual, tmp_path):
    for number, table in enumerate(store.lineage.both(unusual.execution).to_arrow()):
        file = tmp_path / f"{number}.parquet"
        pyarrow.parquet.write_table(table, file)
        # Not by ==: NaN is no equal of itself.
        assert str(pyarrow.parquet.read_table(file).to_pylist()) == str(table.to_pylist())


def test_without_the_extra(store, types, monkeypatch):
    lineage = store.lineage.upstream(store.artifacts.put(Artifact(type="Model")))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match="arrow"):
        lineage.to_arrow()
