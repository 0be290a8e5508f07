"""What is not MLflow's, or not whole: refused in one sentence, or reported, and never half read."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from graphstore import Store
from graphstore.errors import InvalidArgument, MissingExtra, UnsupportedFile
from graphstore.interop import sqlite
from graphstore.interop.mlflow import import_mlflow
from tests.integration.mlflow.conftest import Written
from tests.integration.mlflow.graph import contexts, executions, model_named, run_named

FIRST = """
CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT,
  lifecycle_stage TEXT);
CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, source_type TEXT, user_id TEXT,
  status TEXT, start_time BIGINT, end_time BIGINT, experiment_id INTEGER);
CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT);
INSERT INTO experiments VALUES (0, 'Default', '/mlruns/0', 'active');
INSERT INTO runs VALUES ('0123', 'old', 'LOCAL', 'bob', 'FINISHED', 1500000000000, NULL, 0);
INSERT INTO params VALUES ('alpha', '0.5', '0123');
INSERT INTO metrics VALUES ('rmse', 2.5, 1500000000002, '0123'), ('rmse', 3, 1500000000001, '0123');
"""
"""What MLflow 0.9 had, of 2019: no step, no NaN, no data, no models."""


@pytest.fixture
def wine_db(histories: dict[str, Written], tmp_path: Path) -> Path:
    """A copy of the database, to write to."""
    return Path(shutil.copy(histories["database"].path, tmp_path / "wine.db"))


@pytest.fixture
def mlruns(histories: dict[str, Written], tmp_path: Path) -> Path:
    """A copy of the folder, to write to."""
    return Path(shutil.copytree(histories["folder"].path, tmp_path / "mlruns"))


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection
        connection.commit()


def refused(store: Store, address: str | Path) -> str:
    """Why an address is refused, in one line; nothing was written."""
    with pytest.raises(UnsupportedFile) as error:
        import_mlflow(store, address)
    assert store.types.list("artifact") == []
    assert "\n" not in str(error.value)
    return str(error.value)


def run_folder(mlruns: Path, run_id: str) -> Path:
    (folder,) = mlruns.glob(f"*/{run_id}")
    return folder


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nothing.db", "expected MLflow's SQLite file or its folder mlruns at nothing.db, found"),
        ("sqlite:///nothing.db", "at nothing.db, found nothing"),
        ("http://localhost:5000", "is a tracking server"),
        ("mssql://user@host/mlflow", "found an address that begins with mssql:"),
        ("databricks://profile", "found an address that begins with databricks:"),
    ],
)
def test_an_address_with_nothing_to_read_is_refused(store, address, why, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert why in refused(store, address)


def test_a_password_in_an_address_is_not_repeated(store):
    assert "hunter2" not in refused(store, "mssql://ann:hunter2@host/mlflow")
    assert "hunter2" not in refused(store, "https://ann:hunter2@host/")


def test_a_folder_that_is_not_mlflows_is_refused(store, tmp_path):
    assert "none of its folders is an experiment" in refused(store, tmp_path)


def test_a_folder_of_artifacts_alone_names_the_database(store, tmp_path):
    """What a user of today finds as mlruns, beside mlflow.db."""
    (tmp_path / "mlruns" / "0" / ("a" * 32) / "artifacts").mkdir(parents=True)
    assert "import the database" in refused(store, tmp_path / "mlruns")


def test_a_file_that_is_no_database_is_refused(store, tmp_path):
    (tmp_path / "text.db").write_text("no database at all" * 100)
    assert "file is not a database" in refused(store, tmp_path / "text.db")


def test_a_database_of_something_else_is_refused(store, tmp_path):
    with writing(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE experiments (id INTEGER)")
    assert "should have experiment_id, name" in refused(store, tmp_path / "other.db")
    with writing(tmp_path / "empty.db") as connection:
        connection.execute("CREATE TABLE t (id INTEGER)")
    assert "it has no table experiments" in refused(store, tmp_path / "empty.db")


def test_a_database_that_somebody_holds_is_refused(store, wine_db, monkeypatch):
    monkeypatch.setattr(sqlite, "_PATIENCE", 0.2)
    with writing(wine_db) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert "is locked by another program" in refused(store, wine_db)


def test_who_writes_to_the_database_is_not_held_up(store, wine_db, monkeypatch):
    monkeypatch.setattr(sqlite, "_PAGES", 1)
    done = []

    def write(_: object) -> None:
        with writing(wine_db) as connection:
            connection.execute("UPDATE runs SET name = name")
        done.append(True)

    assert import_mlflow(store, wine_db, on_progress=write).agrees
    assert done


def test_a_folder_needs_pyyaml_and_says_how_to_get_it(store, mlruns, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(MissingExtra, match=r"pip install 'graphstore-ml\[mlflow\]'"):
        import_mlflow(store, mlruns)


def test_a_database_of_2019_is_read(store, tmp_path):
    with writing(tmp_path / "old.db") as connection:
        connection.executescript(FIRST)
    report = import_mlflow(store, tmp_path / "old.db")
    assert report.agrees
    run = executions(store)["0123"]
    assert (run.name, run.properties["user"]) == ("old 0123", "bob")
    assert run.custom_properties["alpha"] == 0.5
    assert list(store.series(run)["rmse"].values) == [3, 2.5]
    again = import_mlflow(store, tmp_path / "old.db")
    assert all(table.created == table.updated == 0 for table in again.tables.values())


def test_what_a_newer_mlflow_adds_comes_along_and_what_has_no_place_is_counted(store, wine_db):
    with writing(wine_db) as connection:
        connection.executescript(
            "ALTER TABLE runs ADD COLUMN carbon TEXT DEFAULT 'low';"
            "ALTER TABLE experiments ADD COLUMN budget REAL DEFAULT 1.5;"
            "CREATE TABLE judges (name TEXT); INSERT INTO judges VALUES ('a'), ('b');"
            "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status)"
            " VALUES ('tr-1', 1, 0, 'OK');"
            "INSERT INTO inputs VALUES ('x', 'TRACE', 't', 'RUN', 'r', 0);"
        )
    report = import_mlflow(store, wine_db)
    assert report.left_out == {"judges": 2, "trace_info": 1, "inputs from TRACE to RUN": 1}
    assert run_named(store, "first").custom_properties["mlflow.carbon"] == "low"
    experiment = contexts(store, "mlflow.Experiment")["iris"]
    assert experiment.custom_properties["mlflow.budget"] == "1.5"


def test_a_step_that_is_no_whole_number_stays_what_it_is(store, wine_db, histories):
    run_id = histories["database"].run_id("scheduled")
    with writing(wine_db) as connection:
        connection.execute(
            "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)"
            " VALUES ('m', 1, 5, ?, 1.7, 0)",
            [run_id],
        )
    import_mlflow(store, wine_db)
    assert store.series(executions(store)[run_id])["m"].steps == [1.7]


def test_rows_whose_run_is_gone_are_reported(store, wine_db, histories):
    run_id = histories["database"].run_id("first")
    with writing(wine_db) as connection:
        connection.execute("DELETE FROM runs WHERE run_uuid = ?", [run_id])
    report = import_mlflow(store, wine_db)
    assert report.agrees
    assert f"12 rows of params belong to {run_id}, which is not there: left out" in report.problems
    events = report.tables["inputs and outputs"]
    assert events.left_out == 2
    assert any("inputs and outputs" in problem for problem in report.problems)


def test_a_point_that_is_none_is_reported_and_the_others_come_in(store, wine_db, histories):
    run_id = histories["database"].run_id("first")
    with writing(wine_db) as connection:
        connection.execute(
            "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)"
            " VALUES ('loss', 'high', 'noon', ?, 3, 0)",
            [run_id],
        )
    report = import_mlflow(store, wine_db)
    assert sum("a point that is none" in problem for problem in report.problems) == 1
    assert store.series(run_named(store, "first"))["loss"].count == 20


def test_a_value_of_a_models_metric_that_is_none_is_reported(store, wine_db):
    with writing(wine_db) as connection:
        connection.execute("UPDATE logged_model_metrics SET metric_value = NULL")
    report = import_mlflow(store, wine_db)
    assert report.agrees
    assert sum("has a point that is none" in problem for problem in report.problems) == 6
    assert "accuracy" not in model_named(store, "classifier").custom_properties


def test_a_time_that_is_none_is_kept_as_it_stands(store, wine_db):
    with writing(wine_db) as connection:
        connection.execute("UPDATE runs SET end_time = 'later' WHERE name = 'first'")
    assert import_mlflow(store, wine_db).agrees
    run = run_named(store, "first")
    assert run.end_time is None
    assert run.custom_properties["mlflow.end_time"] == "later"


def test_two_experiments_of_one_name_stay_two(store, mlruns):
    for meta in mlruns.glob("*/meta.yaml"):
        text = meta.read_text()
        if "name: elsewhere" in text:
            meta.write_text(text.replace("name: elsewhere", "name: iris"))
    report = import_mlflow(store, mlruns)
    assert report.agrees
    names = [name for name in contexts(store, "mlflow.Experiment") if name.startswith("iris")]
    assert len(names) == 2
    assert any("has the name 'iris' of another" in problem for problem in report.problems)


def test_a_folder_without_meta_yaml_is_left_out_and_reported(store, mlruns, histories):
    run_id = histories["folder"].run_id("first")
    (run_folder(mlruns, run_id) / "meta.yaml").unlink()
    report = import_mlflow(store, mlruns)
    assert report.agrees
    assert run_id not in executions(store)
    assert sum(f"{run_id} of a run has no meta.yaml" in one for one in report.problems) == 1


@pytest.mark.parametrize(
    "text", ["status: [3\n", "", "- a list\n", "\x00", "a: !!python/name:os.x"]
)
def test_a_damaged_meta_yaml_is_left_out_and_reported(store, mlruns, histories, text):
    run_id = histories["folder"].run_id("first")
    (run_folder(mlruns, run_id) / "meta.yaml").write_text(text)
    report = import_mlflow(store, mlruns)
    assert report.agrees
    assert run_id not in executions(store)
    assert sum(f"{run_id} of a run has a meta.yaml" in one for one in report.problems) == 1
    assert "\n" not in "".join(report.problems)


def test_a_run_that_is_completed_later_comes_in_then(store, mlruns, histories):
    run_id = histories["folder"].run_id("first")
    meta = run_folder(mlruns, run_id) / "meta.yaml"
    text = meta.read_text()
    meta.unlink()
    import_mlflow(store, mlruns)
    meta.write_text(text)
    assert import_mlflow(store, mlruns).agrees
    (model,) = [e for e in store.lineage.upstream(model_named(store, "classifier")).executions]
    assert store.executions.get(model).external_id == run_id


def test_half_a_line_of_a_metric_is_reported_and_the_others_come_in(store, mlruns, histories):
    run_id = histories["folder"].run_id("first")
    with (run_folder(mlruns, run_id) / "metrics" / "loss").open("a") as file:
        file.write("1790000060020 x 2\n1790000060021 0.5 1")
    report = import_mlflow(store, mlruns)
    lines = [one.partition(" of ")[0] for one in report.problems if one.startswith("line ")]
    assert lines == ["line 21", "line 22"]
    assert store.series(run_named(store, "first"))["loss"].count == 20


def test_a_metric_with_data_whose_name_has_blanks_keeps_its_step(store, mlruns, histories):
    """MLflow reads such a line with step 0, and refuses it if the name has a blank."""
    run_id = histories["folder"].run_id("scheduled")
    folder = run_folder(mlruns, run_id) / "metrics"
    folder.mkdir(exist_ok=True)
    (folder / "acc").write_text("5 0.5 7 test rows 11111111\n")
    report = import_mlflow(store, mlruns)
    assert report.agrees
    assert report.left_out == {"names of data in points of metrics": 1}
    assert store.series(executions(store)[run_id])["acc"].steps == [7]


def test_an_empty_name_of_a_source_is_refused(store, wine_db):
    with pytest.raises(InvalidArgument, match="cannot be empty"):
        import_mlflow(store, wine_db, source=" ")


def test_what_was_changed_here_stays(store, wine_db, histories):
    import_mlflow(store, wine_db)
    run = run_named(store, "still running")
    store.executions.put(run.evolve(custom_properties={"note": "mine"}))
    report = import_mlflow(store, wine_db)
    assert run_named(store, "still running").custom_properties == {"note": "mine"}
    assert any("was changed in this store" in problem for problem in report.problems)


def test_what_was_deleted_here_stays_deleted(store, wine_db):
    import_mlflow(store, wine_db)
    run = run_named(store, "evaluation")
    store.delete(run)
    report = import_mlflow(store, wine_db)
    assert report.agrees
    assert store.executions.get(run.ref.id).deletion is not None
