"""The questions that one asks of what MLflow recorded, and the commands."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from graphstore import Store
from graphstore.database import Database
from graphstore.interop.mlflow import import_mlflow
from tests.conftest import ROOT, empty
from tests.integration.mlflow.conftest import KINDS, Written
from tests.integration.mlflow.graph import artifacts, contexts, model_named, run_named

GUIDE = (ROOT / "docs" / "mlflow.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=KINDS)
def written(request: pytest.FixtureRequest, histories: dict[str, Written]) -> Written:
    return histories[request.param]


@pytest.fixture(scope="module")
def store(database: Database, written: Written) -> Store:
    """A store with the history, which the tests of this module only read."""
    empty(database)
    store = Store(database)
    import_mlflow(store, written.path)
    return store


def test_a_models_passport_tells_its_run_data_parameters_curves_and_metrics(store):
    passport = store.explain(model_named(store, "classifier"))
    assert passport.maker.properties["run_name"] == "first"
    assert passport.run.properties["run_name"] == "first"
    assert passport.pipeline.name == "iris"
    assert passport.hyperparameters["learning_rate"] == 0.01
    assert passport.inputs.keys() == {"training"}
    assert re.search(r"training +a\d+ Dataset LIVE 'wine 0badcafe ", str(passport))
    assert len(passport.curves["loss"].values) == 20
    assert passport.metrics["accuracy"].value == 0.91
    assert math.isnan(passport.metrics["auc"].value)


def test_runs_compare_by_parameters_and_by_the_last_value_of_metrics(store):
    runs = [run_named(store, f"depth {depth}") for depth in (2, 3)]
    facts = {(f.group, f.name): f.values for f in store.compare(*runs).differences}
    assert facts["parameter", "depth"] == (2, 3)
    assert facts["metric", "accuracy"] == (0.8 + 2 / 100, 0.8 + 3 / 100)
    odd = store.compare(run_named(store, "odd metrics"), runs[0])
    assert {f.name: f.values for f in odd.facts if f.group == "metric"}["back"] == (3.0, None)


def test_what_a_dataset_reached_is_every_model_of_the_runs_that_read_it(store):
    (data,) = (
        one
        for one in artifacts(store, "mlflow.Dataset").values()
        if "mlflow.said_by" in one.custom_properties
        and one.custom_properties["mlflow.name"] == "wine"
    )
    graph = store.lineage.downstream(data)
    names = {run.properties["run_name"] for run in graph.executions.values()}
    assert names == {"first", "other source", "evaluation"}
    impact = store.impact(data).to_dict()
    assert model_named(store, "classifier").ref.short in json.dumps(impact)


def test_the_history_of_an_experiment_has_its_runs_how_they_ended_and_what_they_measured(store):
    history = store.history("iris", limit=100)
    runs = {run.context.properties["run_name"]: run for run in history.runs}
    assert history.found == len(runs) == 18
    assert runs["first"].outcome == "COMPLETE"
    assert runs["first"].seconds == 30
    assert runs["first"].metrics["loss"] == 0.05
    assert runs["it killed"].outcome == "CANCELED"
    assert runs["still running"].outcome == "RUNNING"
    assert runs["deleted parent"].outcome == "DELETED"


def test_the_best_model_is_by_its_own_metric_and_none_of_a_run_with_several(store):
    best = store.resolve.best("mlflow.Model", "accuracy", limit=10)
    assert [(one.artifact.id, one.value) for one in best] == [
        (model_named(store, "classifier").id, 0.91)
    ]


def test_the_latest_model_is_none_that_was_deleted(store):
    models = store.resolve.latest("mlflow.Model", limit=100)
    assert "deleted" not in {one.custom_properties.get("mlflow.name") for one in models}
    (model,) = store.resolve.latest(
        "mlflow.Model", context=contexts(store, "mlflow.ModelVersion")["production/2"]
    )
    assert model.id == model_named(store, "classifier").id


def test_the_python_of_the_guide_runs(store, written, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mlflow.db").symlink_to(written.path)
    names = {"store": store}
    for block in re.findall(r"^```python\n(.*?)^```$", GUIDE, re.M | re.S):
        exec(block, names)
    printed = capsys.readouterr().out
    assert "learning_rate" in printed
    assert "iris" in printed
    assert names["report"].agrees


def test_the_cypher_of_the_guide_finds_the_model_with_its_data(store, database):
    (query,) = re.findall(r"^```cypher\n(.*?)^```$", GUIDE, re.M | re.S)
    with database.driver.session(database=database.name) as session:
        rows = session.run(query).data()
    assert {row["model"]["custom_mlflow.name"] for row in rows} == {"classifier"}
