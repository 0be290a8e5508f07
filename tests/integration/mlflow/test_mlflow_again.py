"""MLflow's histories come in again, later, and side by side."""

from __future__ import annotations

import sqlite3

import pytest

from graphstore import Context, ContextType, ExecutionState, Store
from graphstore.interop.mlflow import MlflowReport, import_mlflow
from tests.integration.mlflow.conftest import Client, Written, uri_of
from tests.integration.mlflow.graph import contexts, run_named


@pytest.fixture
def report(store: Store, written: Written) -> MlflowReport:
    """The history came in."""
    return import_mlflow(store, written.path)


def test_a_second_import_changes_nothing(store, report, written):
    again = import_mlflow(store, written.path)
    assert again.source == report.source
    assert again.agrees
    for table in again.tables.values():
        assert (table.created, table.updated) == (0, 0)
        assert table.unchanged + table.left_out == table.read


def test_a_later_copy_adds_what_is_new_and_updates_what_changed(
    store, report, written, copied, client: Client
):
    client("go-on", uri_of(copied.kind, copied.path))
    later = import_mlflow(store, copied.path)
    assert later.source == report.source
    assert later.agrees
    assert (later.tables["runs"].created, later.tables["runs"].updated) == (1, 2)
    running = run_named(store, "still running")
    assert running.state is ExecutionState.COMPLETE
    assert running.custom_properties["late"] == 7
    assert list(store.series(running)["loss"].values) == [0.5, 0.125]
    assert run_named(store, "first").properties["lifecycle_stage"] == "deleted"
    assert contexts(store, "mlflow.RegisteredModel")["wine"].properties["aliases"]["champion"] == 6
    before = [change for change in store.changes(of=running) if change.what == "changed"]
    assert before[0].values["state"] == ("RUNNING", "COMPLETE")
    again = import_mlflow(store, copied.path)
    assert all(table.created == table.updated == 0 for table in again.tables.values())


def test_two_stores_stand_side_by_side_and_share_no_experiment(store, histories):
    for written in histories.values():
        assert import_mlflow(store, written.path).agrees
    experiments = contexts(store, "mlflow.Experiment")
    assert {"iris", "iris@mlruns", "Default", "Default@mlruns"} <= experiments.keys()
    for name in ("iris", "iris@mlruns"):
        assert len(store.executions.list(context=experiments[name], limit=100)) == 18
    versions = contexts(store, "mlflow.ModelVersion")
    for name in ("wine/1", "wine/1@mlruns"):
        assert len(store.artifacts.list(context=versions[name])) == 1
    again = import_mlflow(store, histories["folder"].path)
    assert all(table.created == table.updated == 0 for table in again.tables.values())


def test_an_experiment_of_ones_own_of_that_type_and_name_stays_ones_own(store, written):
    store.types.put(ContextType(name="mlflow.Experiment"))
    own = store.contexts.put(Context(type="mlflow.Experiment", name="iris"))
    import_mlflow(store, written.path)
    assert not store.executions.list(context=own).items
    assert f"iris@{written.path.stem}" in contexts(store, "mlflow.Experiment")


def test_an_experiment_that_was_renamed_stays_the_same(store, histories, tmp_path):
    import_mlflow(store, histories["database"].path)
    before = contexts(store, "mlflow.Experiment")["elsewhere"]
    with sqlite3.connect(histories["database"].path) as source:
        source.backup(copy := sqlite3.connect(tmp_path / "renamed.db"))
    copy.execute("UPDATE experiments SET name = 'nowhere' WHERE name = 'elsewhere'")
    copy.commit()
    copy.close()
    import_mlflow(store, tmp_path / "renamed.db")
    experiments = contexts(store, "mlflow.Experiment")
    assert experiments["nowhere"].id == before.id
    assert "elsewhere" not in experiments
