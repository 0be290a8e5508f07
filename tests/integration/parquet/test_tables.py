"""A store as tables: what stands in them; a folder that is brought up to date is as a new one."""

from __future__ import annotations

import json
import math
import random
import time
from datetime import timedelta

import pyarrow.dataset
import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    Attribution,
    Context,
    Execution,
    FailedPrecondition,
    ParentContext,
    Proto,
    StoreError,
)
from graphstore.interop.parquet import export_parquet, exporter
from graphstore.interop.parquet.tables import EDGES, NODES, schemas
from graphstore.storage import changes


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of ten ids, read by four, so that a history has many of them."""
    monkeypatch.setattr(exporter, "BLOCK", 10)
    monkeypatch.setattr(exporter, "_PAGE", 4)
    monkeypatch.setattr(exporter, "_GROUP", 3)
    monkeypatch.setattr(exporter, "_CHANGES", 5)
    monkeypatch.setattr(changes, "SETTLING", timedelta(0))


@pytest.fixture
def export(store, tmp_path):
    """Exports what was recorded by now, into a folder of this name."""

    def call(name="tables", **options):
        time.sleep(0.01)  # what is of this very millisecond is not settled
        return export_parquet(store, tmp_path / name, **options)

    return call


@pytest.fixture
def rows(tmp_path):
    """The rows of a table in a folder, in order."""

    def read(table, name="tables"):
        files = [str(file) for file in (tmp_path / name / table).glob("*.parquet")]
        found = pyarrow.dataset.dataset(files, format="parquet").to_table().to_pylist()
        return sorted(found, key=lambda row: json.dumps(row, default=str))

    return read


class History:
    """Steps, each of what some before it made, and what people do with them later."""

    def __init__(self, store, seed=7):
        self.store, self.random = store, random.Random(seed)
        self.pipeline = store.contexts.put(Context(type="Pipeline", name="p"))
        self.artifacts = [store.artifacts.put(Artifact(type="Examples", uri="u"))]
        self.executions, self.runs = [], {}

    def publish(self, count=1):
        for _ in range(count):
            inputs = self.random.sample(self.artifacts, min(len(self.artifacts), 2))
            publication = self.store.publish(
                Execution(type="Trainer", properties={"int_value": len(self.executions)}),
                inputs,
                [Artifact(type="Model", uri=f"m{len(self.executions)}")],
                contexts=[self.pipeline] if self.random.random() < 0.5 else [],
            )
            self.executions.append(publication.execution)
            self.artifacts += publication.outputs

    def change(self):
        one = self.random.choice(self.artifacts)
        stored = self.store.artifacts.get(one.id)
        if stored.deletion is None:
            number = self.random.random()
            self.store.artifacts.put(stored.evolve(custom_properties={"n": number}))

    def attribute(self):
        name = f"run{self.random.randint(0, 20)}"
        if name not in self.runs:
            self.runs[name] = self.store.contexts.put(Context(type="Pipeline", name=name))
        run = self.runs[name]
        one = self.random.choice(self.artifacts)
        if self.store.artifacts.get(one.id).deletion is None:
            self.store.contexts.put_attributions([Attribution(artifact_id=one, context_id=run)])
        self.store.contexts.put_parents([ParentContext(child_id=run, parent_id=self.pipeline)])

    def delete(self):
        one = self.random.choice(self.artifacts[1:])
        if self.store.artifacts.get(one.id).deletion is None:
            self.store.delete(one, reason="test", force=True)


@pytest.fixture
def history(store, types):
    return History(store)


def test_there_is_a_file_of_every_table_even_of_an_empty_store(export, rows):
    report = export()
    assert str(report) != "" and report.was_whole
    for table, schema in schemas().items():
        found = rows(table)
        assert found == [] or table == "types"
        assert {*schema.names} >= {*(found[0] if found else ())}


def test_nodes_have_all_that_they_say(store, types, artifact, export, rows):
    values = {
        "int_value": -(2**63),
        "double_value": math.inf,
        "string_value": "é\n😀",
        "boolean_value": False,
        "struct_value": {"a": [1, {"b": None}]},
        "proto_value": Proto("type.googleapis.com/x", b"\0\xff"),
    }
    one = artifact(
        uri="s3://b/k", name="n", external_id="x", digest="sha256:0", state=ArtifactState.LIVE,
        properties=values, custom_properties={"int_value": 1, "_odd": "o"},
    )  # fmt: skip
    export()
    (row,) = rows("artifacts")
    assert (row["node"], row["id"], row["type"]) == (f"a{one.id}", one.id, "Examples")
    assert (row["uri"], row["name"], row["external_id"]) == ("s3://b/k", "n", "x")
    assert (row["digest"], row["state"], row["deleted_at"]) == ("sha256:0", "LIVE", None)
    stored = store.artifacts.get(one.id)
    assert row["create_time"] == row["recorded_at"] == stored.create_time
    assert row["recorded_by"]
    said = {(r["name"], r["is_custom"]): r for r in rows("properties")}
    assert said["int_value", False]["int_value"] == -(2**63)
    assert said["double_value", False]["double_value"] == math.inf
    assert said["string_value", False]["string_value"] == "é\n😀"
    assert said["boolean_value", False]["boolean_value"] is False
    assert said["int_value", True]["int_value"] == 1
    assert said["_odd", True]["string_value"] == "o"
    for (name, is_custom), found in said.items():
        if found["kind"] == "STRUCT":
            assert json.loads(found["string_value"]) == values[name] and not is_custom
        if found["kind"] == "PROTO":
            assert found["proto_value"] == values[name].data
            assert found["string_value"] == values[name].type_url
    assert len(said) == len(values) + 2


def test_edges_lead_as_in_the_graph(store, history, export, rows):
    history.publish(3)
    history.attribute()
    export()
    events = {(r["src"], r["dst"], r["type"]) for r in rows("events")}
    assert events == {
        (f"a{e.artifact_id}", f"e{e.execution_id}", "INPUT")
        if e.type.is_input
        else (f"e{e.execution_id}", f"a{e.artifact_id}", "OUTPUT")
        for e in store.events.of_executions(history.executions)
    }
    assert {r["dst"] for r in rows("parents")} == {history.pipeline.ref.short}
    assert all(r["src"][0] == "e" and r["dst"][0] == "c" for r in rows("associations"))
    assert all(r["recorded_at"] is not None and r["recorded_by"] for r in rows("events"))


def assert_as_new(export, rows):
    """What the folder holds is what a new one would."""
    export("new")
    for table in schemas():
        assert rows(table) == rows(table, "new"), table


def test_a_folder_is_brought_up_to_date(store, history, export, rows, tmp_path):
    history.publish(40)
    assert export().was_whole
    nothing = export()
    assert (nothing.blocks, nothing.was_whole) == (0, False)
    untouched = tmp_path / "tables" / "executions" / "block-000001.parquet"
    before = untouched.stat().st_mtime_ns
    history.publish()
    report = export()
    assert not report.was_whole and report.blocks <= 4
    assert untouched.stat().st_mtime_ns == before
    assert_as_new(export, rows)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_it_is_as_if_it_were_new(store, types, export, rows, tmp_path, seed):
    history = History(store, seed)
    history.publish(15)
    export()
    for number in range(4):
        for _ in range(history.random.randint(1, 6)):
            history.random.choice(
                [history.publish, history.change, history.attribute, history.delete]
            )()
        assert not export().was_whole
        export(f"new{number}")
        for table in schemas():
            assert rows(table) == rows(table, f"new{number}"), table


def test_what_was_purged_is_gone(store, history, export, rows):
    history.publish(30)
    export()
    store.delete(history.executions[-1], reason="test", purge=True, force=True)
    assert export().was_whole
    assert_as_new(export, rows)
    there = {r["node"] for table in NODES.values() for r in rows(table)}
    for table in EDGES:
        assert {end for r in rows(table) for end in (r["src"], r["dst"])} <= there


def test_what_was_erased_is_gone(store, history, export, rows, tmp_path):
    history.publish(3)
    store.artifacts.put(history.artifacts[0].evolve(custom_properties={"who": "anna@example.org"}))
    export()
    assert any("anna" in (r["string_value"] or "") for r in rows("properties"))
    store.erase(values=["anna@example.org"])
    report = export()
    assert not report.was_whole and report.blocks == 1
    assert_as_new(export, rows)
    assert not any("anna" in (r["string_value"] or "") for r in rows("properties"))
    assert b"anna" not in b"".join(f.read_bytes() for f in (tmp_path / "tables").rglob("*.parquet"))


def test_an_export_that_broke_off_goes_on(store, history, export, rows, monkeypatch):
    history.publish(40)
    write, blocks = exporter._Export._write, []

    def breaks_off(self, *block):
        if len(blocks) == 3:
            raise StoreError("away")
        blocks.append(block)
        write(self, *block)

    monkeypatch.setattr(exporter._Export, "_write", breaks_off)
    with pytest.raises(StoreError):
        export()
    history.publish(2)
    monkeypatch.setattr(exporter._Export, "_write", write)
    report = export()
    assert not report.was_whole and report.blocks > 0
    assert_as_new(export, rows)


def test_a_folder_of_something_else_is_left_alone(store, export, tmp_path, database):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("mine")
    with pytest.raises(FailedPrecondition, match="is not empty"):
        export("other")
    export()
    database.driver.execute_query("MATCH (s:GraphstoreStore) SET s.id = 'store-other'")
    with pytest.raises(FailedPrecondition, match="has the tables of store-"):
        export()
    (tmp_path / "tables" / "manifest.json").write_text("{}")
    with pytest.raises(FailedPrecondition, match="no manifest"):
        export()


def test_two_do_not_write_at_once(export, store, tmp_path):
    export()
    with exporter._lock(tmp_path / "tables"):
        with pytest.raises(FailedPrecondition, match="somebody else"):
            export()


def test_series_are_said_to_be_left_out(store, export):
    with store.run("iris") as run, run.execution("Trainer") as step:
        for number in range(3):
            step.log({"loss": 1 / (number + 1)}, step=number)
    assert export().series_left_out == 1
