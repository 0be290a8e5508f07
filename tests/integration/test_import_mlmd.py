"""Importing ML Metadata's files: all of it, once, and nothing else."""

import json
import shutil
import sqlite3
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Batch,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    PropertyKind,
    Proto,
)
from graphstore.database.queries import QUERIES
from graphstore.database.spelling import BESIDE
from graphstore.errors import FailedPrecondition, InvalidArgument, UnsupportedFile
from graphstore.interop import sqlite as opening
from graphstore.interop.importing import batches as import_batches
from graphstore.interop.importing.rows import Converter
from graphstore.interop.mlmd.databases.file import MlmdFile
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS
from tests.integration.test_lineage import GOLDEN, check_golden
from tests.mlmd_files import TABLES, history, write


def graph(database, ignore=("source", "id", "type_id")):
    """The whole graph, as text that two stores can be compared by; not when it was recorded, and
    what was there before."""
    with database.driver.session() as session:
        nodes = session.run(
            "MATCH (n:Artifact|Execution|Context) RETURN labels(n) AS labels, properties(n) AS p"
        ).data()
        edges = session.run(
            "MATCH (a)-[r]->(b) WHERE type(r) <> 'REVISION_OF'"
            " RETURN [a.id, labels(a)] AS a, [b.id, labels(b)] AS b,"
            " type(r) AS t, properties(r) AS p"
        ).data()

    def text(value):
        return json.dumps(value, sort_keys=True, default=str)

    for node in nodes:
        node["p"] = {k: v for k, v in node["p"].items() if k not in {*ignore, *BESIDE}}
    for edge in edges:
        edge["p"] = {k: v for k, v in edge["p"].items() if k not in BESIDE}
    return sorted(map(text, nodes)), sorted(map(text, edges))


def test_the_example_is_imported_whole(store):
    report = import_mlmd(store, IRIS)
    assert report.agrees
    assert report.source == "tfx-iris"
    assert report.problems == []
    counts = {name: (t.read, t.created, t.in_store) for name, t in report.tables.items()}
    assert counts["Artifact"] == (58, 58, 58)
    assert counts["Execution"] == (54, 54, 54)
    assert counts["Event"] == (136, 136, 136)
    assert counts["Context"] == (63, 63, None)
    assert counts["ParentContext"] == (7, 7, None)
    model = store.artifacts.get(45)
    assert (model.source, model.source_id) == ("tfx-iris", 45)
    assert (model.type, model.state) == ("Model", ArtifactState.LIVE)
    assert model.uri == "/pipelines/iris/root/Trainer/model/44"
    assert model.create_time == datetime(2026, 11, 21, 2, 25, 40, 838_000, timezone.utc)
    struct = store.artifacts.get(53).custom_properties["blessed"]
    assert struct == {"train": 1.0, "eval": 1.0}


def test_importing_again_adds_nothing(store, database):
    import_mlmd(store, IRIS)
    before = graph(database, ignore=())
    report = import_mlmd(store, IRIS)
    assert report.agrees
    assert all(t.created == t.updated == t.left_out == 0 for t in report.tables.values())
    assert graph(database, ignore=()) == before


def test_a_later_copy_adds_what_is_new_and_updates_what_changed(store, database, tmp_path):
    early, late = history(2), history(5)
    early["Execution"][1]["last_known_state"] = 2  # it was still running
    early["Execution"][1]["last_update_time_since_epoch"] -= 1000
    early["Event"].pop()
    write(tmp_path / "monday.db", early)
    write(tmp_path / "friday.db", late)
    import_mlmd(store, tmp_path / "monday.db")
    assert store.executions.get(2).state is ExecutionState.RUNNING
    report = import_mlmd(store, tmp_path / "friday.db")
    assert report.source == "monday"  # recognised, whatever the file is called
    assert report.agrees
    t = report.tables
    assert (t["Execution"].created, t["Execution"].updated, t["Execution"].unchanged) == (3, 1, 1)
    assert (t["Event"].created, t["Event"].unchanged) == (7, 3)
    assert store.executions.get(2).state is ExecutionState.COMPLETE
    both = graph(database)
    reset(store, database)
    import_mlmd(store, tmp_path / "friday.db")
    assert graph(database) == both


def reset(store, database):
    from tests.conftest import empty

    empty(database)
    store.ids._forget()


def test_what_was_changed_in_the_store_stays(store, tmp_path):
    path = write(tmp_path / "a.db", history(1))
    import_mlmd(store, path)
    artifact = store.artifacts.put(store.artifacts.get(1).evolve(state=ArtifactState.DELETED))
    assert import_mlmd(store, path).tables["Artifact"].updated == 0
    assert store.artifacts.get(1) == artifact


def test_several_histories_keep_apart(store, tmp_path):
    first = write(tmp_path / "first.db", history(2))
    second = write(tmp_path / "second.db", history(3, began=1_600_000_000_000))
    (tmp_path / "copy").mkdir()
    third = write(tmp_path / "copy" / "first.db", history(1, began=1_500_000_000_000))
    reports = [import_mlmd(store, path) for path in (first, second, third)]
    assert [report.source for report in reports] == ["first", "second", "first-2"]
    assert all(report.agrees for report in reports)
    by_source = {}
    for artifact in store.artifacts.iterate():
        by_source.setdefault(artifact.source, []).append(artifact.source_id)
    assert by_source == {"first": [1, 2, 3], "second": [1, 2, 3, 4], "first-2": [1, 2]}
    last = max(a.id for a in store.artifacts.iterate() if a.source == "second")
    upstream = store.lineage.upstream(last)
    assert {a.source for a in upstream.artifacts.values()} == {"second"}
    # Contexts are who their type and name say: the second's run-1 is the first's.
    assert reports[1].tables["Context"].created == 1
    assert reports[1].tables["Context"].unchanged == 2


@pytest.mark.parametrize(("table", "key"), [("Artifact", "type_id"), ("Context", "name")])
def test_histories_without_times_that_begin_alike_keep_apart(store, tmp_path, table, key):
    one, other = history(2), history(3)
    other["Type"].append({"id": 4, "name": "Other", "type_kind": 1})
    for row in other[table][1:]:
        row[key] = 4 if key == "type_id" else f"other {row[key]}"
    paths = [write(tmp_path / f"{n}.db", rows, 4) for n, rows in enumerate((one, other))]
    reports = [import_mlmd(store, path) for path in paths]
    assert [report.source for report in reports] == ["0", "1"]
    later = import_mlmd(store, write(tmp_path / "later.db", history(3), 4))
    assert later.source == "0" and later.tables["Artifact"].created == 1
    assert [one.uri for one in store.artifacts.list() if one.source == "0"] == [
        "m0", "m1", "m2", "m3"
    ]  # fmt: skip


def test_a_source_can_be_named(store, tmp_path):
    path = write(tmp_path / "metadata.db", history(1))
    assert import_mlmd(store, path, source="prod").source == "prod"
    assert import_mlmd(store, path).source == "prod"
    other = write(tmp_path / "other.db", history(1, began=1_600_000_000_000))
    with pytest.raises(FailedPrecondition, match="no copy of the history 'prod'"):
        import_mlmd(store, other, source="prod")
    with pytest.raises(InvalidArgument, match="cannot be empty"):
        import_mlmd(store, other, source=" ")
    apart = import_mlmd(store, path, source="a second time")
    assert apart.tables["Artifact"].created == 2


def test_a_copy_that_went_its_own_way_is_refused(store, tmp_path, database):
    common = history(1)
    mine, theirs = history(2), history(3)
    for row in (*theirs["Artifact"][2:], *theirs["Execution"][1:]):
        row["create_time_since_epoch"] += 5
    assert common["Artifact"][0] == mine["Artifact"][0] == theirs["Artifact"][0]
    import_mlmd(store, write(tmp_path / "mine.db", mine))
    before = graph(database, ignore=())
    with pytest.raises(FailedPrecondition, match="gone its own way"):
        import_mlmd(store, write(tmp_path / "theirs.db", theirs))
    assert graph(database, ignore=()) == before


def test_dangling_rows_are_reported_and_not_fatal(store, tmp_path):
    rows = history(1)
    rows["Artifact"].append({"id": 9, "type_id": 99, "uri": "no type"})
    rows["Context"].append({"id": 9, "type_id": 3, "name": ""})
    rows["Type"].append({"id": 9, "name": "odd", "type_kind": 7})
    rows["Event"] += [
        {"id": 90, "artifact_id": 77, "execution_id": 1, "type": 3},
        {"id": 91, "artifact_id": 1, "execution_id": 77, "type": 4},
        {"id": 92, "artifact_id": 1, "execution_id": 1, "type": 0},
    ]
    rows["Association"].append({"id": 90, "context_id": 77, "execution_id": 1})
    rows["Attribution"].append({"id": 90, "context_id": 1, "artifact_id": 77})
    rows["ParentContext"] = [{"context_id": 1, "parent_context_id": 77}]
    report = import_mlmd(store, write(tmp_path / "a.db", rows))
    assert report.agrees
    counts = {name: t.left_out for name, t in report.tables.items()}
    assert counts == {
        "Type": 1,
        "Context": 1,
        "Artifact": 1,
        "Execution": 0,
        "Event": 3,
        "Attribution": 1,
        "Association": 1,
        "ParentContext": 1,
    }
    assert report.problem_count == len(report.problems) == 9
    assert any("Artifact 9 has no type (type_id 99" in problem for problem in report.problems)
    assert any("Event 90" in problem and "artifact_id 77" in problem for problem in report.problems)
    assert len(store.lineage.upstream(2).events) == 2


def test_only_the_row_with_a_missing_end_is_left_out_of_what_is_new(store, tmp_path):
    rows = history(4)
    rows["Event"].append({"id": 90, "artifact_id": 77, "execution_id": 2, "type": 3})
    rows["Attribution"].append({"id": 91, "context_id": 77, "artifact_id": 2})
    rows["Association"].append({"id": 92, "context_id": 77, "execution_id": 4})
    rows["Attribution"].append({"id": 93, "context_id": 1, "artifact_id": None})
    clean = history(4)
    for _ in range(2):
        report = import_mlmd(store, write(tmp_path / "a.db", rows))
        (tmp_path / "a.db").unlink()
        assert report.agrees
        assert report.problems == [
            "Attribution 93 has an end that is missing: artifact_id None, context_id 1",
            "Attribution 91 has an end that is missing: artifact_id 2, context_id 77",
            "Association 92 has an end that is missing: execution_id 4, context_id 77",
            "Event 90 has an end that is missing: artifact_id 77, execution_id 2",
        ]
        for table in ("Event", "Attribution", "Association"):
            counts = report.tables[table]
            assert counts.created + counts.unchanged == len(clean[table])
    assert len(store.lineage.upstream(5).events) == 8


def test_a_node_with_more_edges_than_a_transaction_takes(store, database, tmp_path, monkeypatch):
    rows = history(1)
    for number in range(2, 60):
        rows["Context"].append({"id": number + 10, "type_id": 3, "name": f"more-{number}"})
        member = {"id": number + 10, "context_id": number + 10}
        rows["Attribution"].append({**member, "artifact_id": 1})
        rows["Association"].append({**member, "execution_id": 1})
    import_mlmd(store, write(tmp_path / "a.db", rows))
    whole = graph(database)
    reset(store, database)
    monkeypatch.setattr(import_batches, "EDGES", 5)
    report = import_mlmd(store, tmp_path / "a.db")
    assert report.agrees and report.problems == []
    assert report.tables["Attribution"].created == len(rows["Attribution"])
    assert graph(database) == whole


@pytest.mark.parametrize("kind", ["artifacts", "executions"])
def test_what_the_store_has_after_all_is_not_created_again(store, database, kind):
    """Two imports of a source that both take it for new: the second finds out under the lock."""
    query = QUERIES[f"source.create_{kind}"]
    database.run(QUERIES["source.put"], source="s", properties={})
    properties = {"id": 7, "type": "T", "type_id": 1, "source": "s", "source_id": 2}
    edges = {"attributions": [], "associations": [], "inputs": [], "outputs": []}
    row = {"label": "T", "create_time": 0, "last_update_time": 0, "properties": properties, **edges}
    parameters = {"source": "s", "first_id": 1, "last_id": 3, "context_ids": [], "rows": [row]}
    assert database.one(query, **parameters, known=0) is not None
    properties["id"], properties["source_id"] = 8, 3
    assert database.one(query, **parameters, known=0) is None
    assert database.one(QUERIES[f"source.count_{kind}"], source="s") == {"count": 1}
    assert database.one(query, **parameters, known=1) is not None


@pytest.mark.parametrize("what", ["artifacts", "executions", "events"])
def test_counting_a_source_reads_no_other(store, database, what):
    plan = database.explain(QUERIES[f"source.count_{what}"].text).plan
    assert "UniqueIndexSeek" in str(plan) and "LabelScan" not in str(plan)


def test_values_of_every_kind_come_over(store, tmp_path):
    rows = history(1)
    rows["TypeProperty"] += [
        {"type_id": 1, "name": name, "data_type": number}
        for number, name in enumerate(("i", "d", "s", "st", "p", "b"), 1)
    ]

    def value(name, **columns):
        return {"artifact_id": 1, "name": name, "is_custom_property": 0, **columns}

    any_ = b"\n\x03t/x\x12\x02\x00\xff"
    text = (
        "mlmd-struct::"
        + b64encode(b"\n\x0f\n\x02__\x12\t\x11\x00\x00\x00\x00\x00\x00\xf8?").decode()
    )
    rows["ArtifactProperty"] += [
        value("i", int_value=-(2**63)),
        value("d", double_value=0.1),
        value("s", string_value="é\n'`"),
        value("st", string_value=text),
        value("p", proto_value=b64encode(any_).decode()),
        value("b", bool_value=0),
        {**value("note", string_value="mlmd-struct::not one"), "is_custom_property": 1},
        {**value("accuracy", string_value="custom"), "is_custom_property": 1},
    ]
    report = import_mlmd(store, write(tmp_path / "a.db", rows))
    assert report.agrees and report.problems == []
    artifact = store.artifacts.get(1)
    assert artifact.properties == {
        "i": -(2**63),
        "d": 0.1,
        "s": "é\n'`",
        "st": {"__": 1.5},
        "p": Proto("t/x", b"\0\xff"),
        "b": False,
    }
    assert artifact.custom_properties == {"note": "mlmd-struct::not one", "accuracy": "custom"}


def test_what_the_store_cannot_take_as_it_is_is_kept_otherwise(store, tmp_path):
    rows = history(1)
    rows["Artifact"][0]["uri"] = "x" * 9000
    rows["Artifact"][0]["state"] = 77
    rows["ArtifactProperty"] += [
        {"artifact_id": 1, "name": "loss", "is_custom_property": 0, "double_value": 0.5},
        {"artifact_id": 1, "name": "accuracy", "is_custom_property": 0, "string_value": "high"},
    ]
    report = import_mlmd(store, write(tmp_path / "a.db", rows))
    assert report.agrees
    assert report.problem_count == 4
    artifact = store.artifacts.get(1)
    assert (artifact.uri, artifact.state, artifact.properties) == (None, None, {})
    assert artifact.custom_properties == {"loss": 0.5, "accuracy": "high", "uri": "x" * 9000}


def test_types_that_contradict_each_other_are_kept_apart(store, tmp_path):
    store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.STRING}))
    for _ in range(2):
        report = import_mlmd(store, write(tmp_path / "a.db", history(0)), source="theirs")
        assert report.agrees
        assert "kept apart, as version 'theirs'" in report.problems[0]
        (tmp_path / "a.db").unlink()
    assert {str(t) for t in store.types.list(ArtifactType)} == {"Model", "Model@theirs"}
    assert store.artifacts.get(1).type_version == "theirs"
    assert [a.id for a in store.artifacts.list(type="Model")] == [1]


def test_names_that_are_taken_are_qualified(store, tmp_path):
    store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.DOUBLE}))
    store.artifacts.put(Artifact(type="Model", name="best", external_id="x"))
    store.types.put(ContextType(name="run"))
    store.contexts.put(Context(type="run", name="other", external_id="c"))
    rows = history(1)
    rows["Artifact"][0].update(name="best", external_id="x")
    rows["Context"][0]["external_id"] = "c"
    for _ in range(2):
        report = import_mlmd(store, write(tmp_path / "a.db", rows), source="theirs")
        (tmp_path / "a.db").unlink()
        assert report.agrees
    (artifact,) = [a for a in store.artifacts.iterate() if a.source_id == 1]
    assert (artifact.name, artifact.external_id) == ("best@theirs", "x@theirs")
    assert store.contexts.get_by_name("run", "run-1").external_id == "c@theirs"


@pytest.mark.parametrize("schema", range(4, 11))
def test_every_schema_is_read(store, tmp_path, schema):
    report = import_mlmd(store, write(tmp_path / "a.db", history(3), schema))
    assert report.agrees and report.schema_version == schema
    graph_ = store.lineage.upstream(4)
    assert (len(graph_.artifacts), len(graph_.executions), len(graph_.events)) == (4, 3, 6)
    assert (graph_.artifacts[1].create_time is None) == (schema < 5)
    assert {event.path for event in graph_.events} == {("model", 0)}
    assert import_mlmd(store, tmp_path / "a.db").tables["Artifact"].unchanged == 4


def test_files_without_times_are_updated_where_they_differ(store, tmp_path):
    import_mlmd(store, write(tmp_path / "a.db", history(1), 4))
    later = history(2)
    later["Artifact"][1]["uri"] = "moved"
    report = import_mlmd(store, write(tmp_path / "b.db", later, 4))
    assert report.source == "a"
    artifacts = report.tables["Artifact"]
    assert (artifacts.created, artifacts.updated, artifacts.unchanged) == (1, 1, 1)
    assert store.artifacts.get(2).uri == "moved"


def test_an_event_that_an_old_file_has_twice_is_kept_once(store, tmp_path):
    rows = history(1)
    rows["Event"].append({**rows["Event"][0], "id": 9})
    rows["EventPath"] += [{**step, "event_id": 9} for step in rows["EventPath"][:2]]
    report = import_mlmd(store, write(tmp_path / "a.db", rows, 6))
    assert report.agrees
    assert (report.tables["Event"].created, report.tables["Event"].left_out) == (2, 1)


def some_other_database(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "found nothing"),
        (lambda path: path.mkdir(), "found a folder"),
        (lambda path: path.write_bytes(b""), "is not ML Metadata's"),
        (lambda path: path.write_text("not a database at all" * 100), "is not ML Metadata's"),
        (some_other_database, "no such table"),
        (lambda path: write(path, {}, 3), "schema 3; this reads 4 to 10"),
        (lambda path: write(path, {}, 11), "schema 11"),
        (lambda path: write(path, {"MLMDEnv": [{"schema_version": 10}] * 2}), "schema -1"),
    ],
)
def test_other_files_are_refused_before_anything_is_written(store, database, tmp_path, make, says):
    path = tmp_path / "file name?#%.db"
    make(path)
    with pytest.raises(UnsupportedFile, match=says):
        import_mlmd(store, path)
    with database.driver.session() as session:
        assert session.run("MATCH (n:GraphstoreSource) RETURN count(n) AS n").single()["n"] == 0


def test_an_empty_history_is_imported(store, tmp_path):
    report = import_mlmd(store, write(tmp_path / "empty.db", {}))
    assert report.agrees
    assert sum(table.read for table in report.tables.values()) == 0


def test_a_file_in_use_is_read_as_of_one_moment(store, tmp_path):
    path = write(tmp_path / "live.db", history(1))
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("INSERT INTO Artifact (id, type_id, uri) VALUES (3, 1, 'uncommitted')")
    report = import_mlmd(store, path)
    writer.rollback()
    writer.close()
    assert report.tables["Artifact"].read == 2


LARGE_ROW = f"INSERT INTO Artifact (id, type_id, uri) VALUES (?, 1, '{'u' * 2000}')"


@pytest.mark.parametrize("mode", ["DELETE", "TRUNCATE", "PERSIST", "WAL"])
def test_who_writes_to_a_file_that_is_read_goes_on(tmp_path, mode):
    path = write(tmp_path / "live.db", history(1))
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer:
        writer.execute(f"PRAGMA journal_mode={mode}")
        with MlmdFile.open(path) as file:
            nodes = file.nodes("artifact")
            first = next(nodes)
            for number in range(3, 200):
                writer.execute(f"INSERT INTO Artifact (id, type_id) VALUES ({number}, 1)")
            assert [one.id for one in (first, *nodes)] == [1, 2]
            assert file.count("artifact") == 2
    with MlmdFile.open(path) as file:
        assert file.count("artifact") == 199


def test_a_copy_is_whole_though_others_write_all_the_time(tmp_path, monkeypatch):
    """Each of two rows is written in one transaction, so a copy has both or none."""
    monkeypatch.setattr(opening, "_PAGES", 1)
    path = write(tmp_path / "live.db", history(1))
    stop = threading.Event()

    def go_on():
        with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as writer:
            number = 3
            while not stop.is_set():
                writer.execute("BEGIN IMMEDIATE")
                for id_ in (number, number + 1):
                    uri = "u" * 2000
                    writer.execute(
                        f"INSERT INTO Artifact (id, type_id, uri) VALUES ({id_}, 1, ?)", [uri]
                    )
                writer.execute("COMMIT")
                number += 2
                stop.wait(0.002)  # else what is to be copied grows as fast as it is copied
        return number - 1

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(go_on)
        counts = []
        for _ in range(5):
            with MlmdFile.open(path) as file:
                counts.append(file.count("artifact"))
        stop.set()
        last = writing.result()
    assert all(count % 2 == 0 for count in counts) and counts == sorted(counts)
    with MlmdFile.open(path) as file:
        assert file.count("artifact") == last


def test_a_file_that_is_locked_or_holds_half_a_write_says_so(store, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_PATIENCE", 0.2)
    path = write(tmp_path / "live.db", history(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UnsupportedFile, match="locked by another program"):
            import_mlmd(store, path)
        writer.execute("PRAGMA cache_size=1")
        for number in range(3, 500):
            uri = "u" * 2000
            writer.execute(
                f"INSERT INTO Artifact (id, type_id, uri) VALUES ({number}, 1, ?)", [uri]
            )
        died = tmp_path / "died.db"
        for end in ("", "-journal"):
            shutil.copy(f"{path}{end}", f"{died}{end}")
    with pytest.raises(UnsupportedFile, match=r"died\.db holds half a write"):
        import_mlmd(store, died)
    with closing(sqlite3.connect(died)) as connection:
        connection.execute("SELECT count(*) FROM Artifact").fetchall()
    assert import_mlmd(store, died).tables["Artifact"].read == 2


@pytest.mark.parametrize(
    "name", ["tfx-iris.sqlite", "cmf_al_object_detection_v10.db", "sepsis_v8_snap4.db"]
)
def test_events_come_back_in_the_order_of_the_file(store, database, request, name):
    path = IRIS if name == IRIS.name else request.getfixturevalue("shared_data") / name
    report = import_mlmd(store, path)
    with MlmdFile.open(path) as file:
        wanted = {}
        for event in file.events():
            wanted.setdefault(event.execution_id, []).append((event.artifact_id, event.path))
    ids = {one.id: one.source_id for one in store.artifacts.list(limit=None)}
    executions = store.executions.list(limit=None).items
    assert len(executions) == report.tables["Execution"].read
    event = Event(type=EventType.INPUT, path=("later",))
    store.put(Batch(events=[(min(ids), execution.id, event) for execution in executions]))
    for execution in executions:
        *events, last = store.events.of_executions([execution])
        got = [(ids[event.artifact_id], tuple(event.path)) for event in events]
        assert got == wanted.get(execution.source_id, [])
        assert last.path == ("later",)


def test_progress_is_told_in_rows(store):
    reports = []
    import_mlmd(store, IRIS, on_progress=reports.append)
    assert reports[-1].done == reports[-1].total == sum((30, 63, 58, 54, 136, 309, 209, 7))
    assert [p.done for p in reports] == sorted(p.done for p in reports)


def test_imported_and_recorded_history_are_one(store):
    import_mlmd(store, IRIS)
    store.events.put([Event(type=EventType.INPUT, artifact_id=58, execution_id=1)])
    publication = store.publish(
        Execution(type="tfx.components.pusher.component.Pusher"),
        inputs={"model": 45},
        contexts=[Context(type="pipeline", name="iris")],
    )
    assert publication.contexts[0].source == "tfx-iris"
    assert len(store.lineage.upstream(publication.execution).artifacts) > 10
    assert import_mlmd(store, IRIS).agrees


def test_the_tables_of_the_factory_are_the_real_ones():
    real = sqlite3.connect(IRIS)
    for table, columns in TABLES.items():
        names = {row[1] for row in real.execute(f"PRAGMA table_info({table})")} - {"byte_value"}
        assert names == set(columns), table
    real.close()


def test_two_snapshots_give_the_graph_of_the_later(store, database, shared_data):
    for name in ("sepsis_v8_snap1.db", "sepsis_v8_snap4.db"):
        report = import_mlmd(store, shared_data / name)
        assert report.agrees
        assert report.source == "sepsis_v8_snap1"
    both = graph(database, ignore=("source",))
    reset(store, database)
    import_mlmd(store, shared_data / "sepsis_v8_snap4.db")
    assert graph(database, ignore=("source",)) == both


def test_real_histories_side_by_side_keep_their_answers(store, shared_data):
    files = sorted(path for path in shared_data.iterdir() if path.is_file())
    assert len(files) == 6
    sources = {}
    for path in files:
        report = import_mlmd(store, path)
        assert report.agrees
        sources[path.name] = report.source
    for file in GOLDEN:
        check_golden(store, shared_data, file, sources[file])


@pytest.mark.parametrize(("nodes", "edges", "heavy"), [(7, 11, 10_000_000), (5_000, 20_000, 500)])
def test_batches_of_any_size_give_the_same_graph(store, database, monkeypatch, nodes, edges, heavy):
    import_mlmd(store, IRIS)
    whole = graph(database)
    reset(store, database)
    monkeypatch.setattr(import_batches, "NODES", nodes)
    monkeypatch.setattr(import_batches, "EDGES", edges)
    monkeypatch.setattr(import_batches, "HEAVY", heavy)
    reports = []
    report = import_mlmd(store, IRIS, on_progress=reports.append)
    assert report.agrees and report.problems == [] and len(reports) > 12
    assert graph(database) == whole


@pytest.mark.parametrize("table", ["Context", "Artifact", "Execution", "Event", "Attribution"])
def test_an_import_that_was_stopped_goes_on_when_it_is_asked_again(
    store, database, monkeypatch, table
):
    import_mlmd(store, IRIS)
    whole = graph(database)
    reset(store, database)
    monkeypatch.setattr(import_batches, "NODES", 20)
    monkeypatch.setattr(import_batches, "EDGES", 30)

    def stop(progress):
        if progress.detail == f"{table} rows":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_mlmd(store, IRIS, on_progress=stop)
    assert not [t for t in threading.enumerate() if t.name.startswith("graphstore-import")]
    assert graph(database) != whole
    report = import_mlmd(store, IRIS)
    assert report.agrees and report.source == "tfx-iris"
    assert graph(database) == whole
    assert import_mlmd(store, IRIS).tables["Event"].unchanged == 136


def test_two_imports_of_one_file_at_once_write_it_once(store, database, monkeypatch):
    import_mlmd(store, IRIS)
    whole = graph(database)
    reset(store, database)
    monkeypatch.setattr(import_batches, "NODES", 10)
    monkeypatch.setattr(import_batches, "EDGES", 10)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(import_mlmd, store, IRIS, source="iris") for _ in range(2)]
        reports = [one.result() for one in both]
    assert all(report.agrees for report in reports)
    assert sum(report.tables["Event"].created for report in reports) == 136
    nodes, edges = graph(database, ignore=("source", "id", "type_id"))
    assert (len(nodes), len(edges)) == (len(whole[0]), len(whole[1]))


def test_a_file_that_breaks_off_says_so(store, database, tmp_path):
    path = tmp_path / "broken.sqlite"
    data = bytearray(IRIS.read_bytes())
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    with pytest.raises(UnsupportedFile):
        import_mlmd(store, path)
    assert not [t for t in threading.enumerate() if t.name.startswith("graphstore-import")]


def test_most_rows_are_converted_as_all_would_be(store):
    import_mlmd(store, IRIS)
    types = {type_.name: type_ for type_ in store.types.all()}
    count = 0
    with MlmdFile.open(IRIS) as file:
        convert = Converter("tfx-iris", pytest.fail)
        convert.types.update((id_, types[type_.name]) for id_, type_ in file.types())
        for kind in ("context", "artifact", "execution"):
            for row in file.nodes(kind):
                whole = convert.node(kind, row)
                entry = convert._entries[row.type_id]
                assert convert._check(kind, row, entry) == whole["properties"]
                count += convert._plain(kind, row, entry) is not None
    assert count > 100
