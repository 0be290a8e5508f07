"""Histories that MLflow wrote come in whole: compared with what its own client reads of them."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from importlib.util import find_spec

import pytest

from graphstore import (
    ArtifactState,
    EventType,
    Store,
)
from graphstore.database import Database
from graphstore.interop.mlflow import MlflowReport, import_mlflow
from graphstore.interop.mlflow.history import number_of
from tests.conftest import empty
from tests.integration.mlflow.conftest import KINDS, SERVERS, Written
from tests.integration.mlflow.graph import (
    artifacts,
    as_the_client_has,
    contexts,
    events_of,
    executions,
    milliseconds,
    model_named,
    run_named,
    tags_of,
)

STATES = {
    "FINISHED": "COMPLETE",
    "FAILED": "FAILED",
    "KILLED": "CANCELED",
    "RUNNING": "RUNNING",
    "SCHEDULED": "NEW",
}


@pytest.fixture(scope="module", params=[*KINDS, *SERVERS])
def written(request: pytest.FixtureRequest) -> Written:
    """The history in each of MLflow's stores."""
    if request.param in SERVERS:
        on_server: Written = request.getfixturevalue(f"{request.param}_history")
        return on_server
    histories: dict[str, Written] = request.getfixturevalue("histories")
    return histories[request.param]


@pytest.fixture(scope="module")
def store(database: Database) -> Store:
    """A store that the tests of this module share, which only read."""
    empty(database)
    return Store(database)


@pytest.fixture(scope="module")
def report(database: Database, store: Store, written: Written) -> MlflowReport:
    """The history came in."""
    empty(database)
    return import_mlflow(store, written.address)


def test_all_that_was_read_is_accounted_for(report, written):
    assert report.agrees
    assert report.left_out == {}
    assert report.read["runs"] == len(written.read["runs"]) == 20
    assert report.read["params"] == sum(len(run["params"]) for run in written.read["runs"].values())
    assert report.read["experiments"] == len(written.read["experiments"]) == 4
    assert report.tables["runs"].created == report.tables["runs"].in_store == 20


def test_mlflow_is_not_needed_to_read_its_stores(report):
    assert find_spec("mlflow") is None
    assert report.read["runs"]


def test_every_run_is_what_the_client_reads(store, report, written):
    runs = executions(store)
    assert runs.keys() == written.read["runs"].keys()
    for id_, expected in written.read["runs"].items():
        run, info = runs[id_], expected["info"]
        assert run.state == STATES[info["status"]]
        assert milliseconds(run.start_time) == info["start_time"]
        assert milliseconds(run.end_time) == info["end_time"]
        assert run.properties["user"] == info["user_id"]
        assert run.properties["run_name"] == info["run_name"]
        assert run.properties["lifecycle_stage"] == info["lifecycle_stage"]
        assert run.custom_properties["mlflow.artifact_uri"] == info["artifact_uri"]
        assert run.properties["code_version"] == expected["tags"]["mlflow.source.git.commit"]
        assert tags_of(run) == expected["tags"]
        names = run.properties.get("parameter_names", [])
        assert {name: str(run.custom_properties[name]) for name in names} == expected["params"]


def test_every_value_of_every_metric_comes_in_with_its_step_and_time_in_order(
    store, report, written
):
    for id_, run in executions(store).items():
        series = store.series(run)
        expected = written.read["runs"][id_]["metrics"]
        assert series.keys() == expected.keys()
        for metric, points in expected.items():
            one = series[metric]
            values = [as_the_client_has(written, value) for value in one.values]
            read = [list(point) for point in zip(one.millis, values, one.steps, strict=True)]
            assert read == sorted(points, key=lambda point: (point[0], point[2]))


def test_nan_and_infinity_are_what_was_logged_though_tables_hold_other_numbers(store, report):
    run = run_named(store, "odd metrics")
    assert list(map(repr, store.series(run)["odd"].values))[:4] == ["1.0", "nan", "inf", "-inf"]
    assert math.isnan(run.custom_properties["to nan"])


def test_the_metric_is_the_last_logged_and_not_that_of_the_highest_step(store, report):
    run = run_named(store, "odd metrics")
    assert run.custom_properties["back"] == 3.0  # MLflow shows 9.0, of step 9, logged before
    assert store.series(run)["back"].steps == [9, 3]


def test_every_experiment_is_a_context_with_its_runs(store, report, written):
    experiments = contexts(store, "mlflow.Experiment")
    by_id = {one["experiment_id"]: one for one in written.read["experiments"].values()}
    assert experiments.keys() == {one["name"] for one in by_id.values()}
    for one in by_id.values():
        context = experiments[one["name"]]
        assert tags_of(context) == one["tags"]
        assert context.properties["lifecycle_stage"] == one["lifecycle_stage"]
        assert milliseconds(context.create_time) == one["creation_time"]
        runs = {run.external_id for run in store.executions.list(context=context, limit=100)}
        assert runs == {
            id_
            for id_, run in written.read["runs"].items()
            if run["info"]["experiment_id"] == one["experiment_id"]
        }


def test_a_run_is_within_its_experiment_and_its_parent(store, report, written):
    runs = {str(c.source_id): c for c in contexts(store, "mlflow.Run").values()}
    names = {c.id: c.name for c in store.contexts.iterate()}
    for id_, run in written.read["runs"].items():
        above = {names[c.id] for c in store.contexts.parents(runs[f"run/{id_}"])}
        experiment = written.read["experiments"][run["info"]["experiment_id"]]["name"]
        parent = run["tags"].get("mlflow.parentRunId")
        assert above == {experiment, *([runs[f"run/{parent}"].name] if parent else [])}


def test_every_input_and_output_points_the_way_the_data_flowed(store, report, written):
    for id_, run in executions(store).items():
        expected = written.read["runs"][id_]
        datasets = {
            (one["name"], one["digest"], one["tags"].get("mlflow.data.context", "data"))
            for one in expected["datasets"]
        }
        events = list(events_of(store, run))
        read = [(role, one) for type_, role, one in events if type_ is EventType.INPUT]
        assert {
            (one.custom_properties["mlflow.name"], one.custom_properties["mlflow.digest"], role)
            for role, one in read
            if one.type == "mlflow.Dataset"
        } == datasets
        models = {one.external_id for _, one in read if one.type == "mlflow.Model"}
        assert models == set(expected["models"])
        made = {one.external_id for type_, _, one in events if type_ is EventType.OUTPUT}
        assert made >= {model_id for model_id, _ in expected["outputs"]}


def test_a_model_that_a_run_read_is_its_input_though_the_table_has_the_run_as_source(
    store, report, written
):
    run = run_named(store, "evaluation")
    events = [(type_, role) for type_, role, one in events_of(store, run) if "Model" in one.type]
    assert events == [(EventType.INPUT, "model")]


def test_a_model_that_names_its_run_is_made_by_it_though_the_run_says_nothing(store, report):
    (event,) = events_of(store, run_named(store, "says nothing of its model"))
    assert event[:2] == (EventType.OUTPUT, "model")
    assert event[2].custom_properties["mlflow.name"] == "unsaid"


def test_mlflows_digest_is_never_the_digest_of_contents(store, report):
    for dataset in artifacts(store, "mlflow.Dataset").values():
        assert dataset.digest is None
        assert len(dataset.custom_properties["mlflow.digest"]) == 8


def test_the_source_of_data_that_several_runs_named_alike_is_said_to_be_of_the_first(store, report):
    datasets = artifacts(store, "mlflow.Dataset").values()
    shared = [one for one in datasets if "mlflow.said_by" in one.custom_properties]
    alike = [d for d in shared if d.custom_properties["mlflow.digest"] == "0badcafe"]
    (one,) = alike
    assert one.uri is None  # another run read s3://other/9 under this name and digest
    assert one.custom_properties["mlflow.source"] == {"uri": "s3://wine/1"}
    assert one.custom_properties["mlflow.said_by"].startswith("the first of 2 runs")
    alone = next(d for d in datasets if d.custom_properties["mlflow.name"] == "no role")
    assert alone.uri == "s3://n"


def test_the_same_data_in_two_experiments_are_two_datasets(store, report):
    datasets = artifacts(store, "mlflow.Dataset").values()
    assert sum(d.custom_properties["mlflow.digest"] == "0badcafe" for d in datasets) == 2


def test_every_logged_model_is_what_the_client_reads(store, report, written):
    models = artifacts(store, "mlflow.Model")
    for id_, expected in written.read["models"].items():
        model = models[id_]
        assert model.uri == expected["artifact_location"]
        assert model.properties.get("params", {}) == expected["params"]
        assert tags_of(model) == expected["tags"]
        assert milliseconds(model.create_time) == expected["creation_time"]
        ready = expected["status"] == "READY"
        assert model.state == (ArtifactState.LIVE if ready else ArtifactState.PENDING)
        logged = model.properties.get("logged_metrics", [])
        expected_metrics = {m[0]: m[1] for m in expected["metrics"]}
        assert {one["metric"] for one in logged} == expected_metrics.keys()


def test_a_nan_of_a_model_is_no_zero_though_the_table_has_zero(store, report):
    model = model_named(store, "classifier")
    assert math.isnan(model.custom_properties["auc"])
    assert {m["metric"]: m["value"] for m in model.properties["logged_metrics"]}["auc"] == "NaN"


def test_metrics_of_a_run_with_several_models_are_no_models_own(store, report):
    models = artifacts(store, "mlflow.Model").values()
    checkpoints = [m for m in models if m.custom_properties.get("mlflow.name") == "checkpoint"]
    assert len(checkpoints) == 2
    for model in checkpoints:
        assert "accuracy" not in model.custom_properties
        assert [one["metric"] for one in model.properties["logged_metrics"]] == ["accuracy"]
    assert sum("several models" in problem for problem in report.problems) == 2
    assert {m.custom_properties["mlflow.step"] for m in checkpoints} == {"0", "10"}


def test_every_version_is_linked_to_its_model_by_its_source_since_it_has_no_model_id(
    store, report, written
):
    versions = contexts(store, "mlflow.ModelVersion")
    for name, expected in written.read["versions"].items():
        version = versions[name]
        assert version.properties["source_uri"] == expected["source"]
        assert version.properties.get("aliases", []) == expected["aliases"]
        stage = expected["current_stage"]
        assert version.properties.get("stage", "None") == stage
        assert version.properties.get("description") == expected["description"]
        assert tags_of(version) == expected["tags"]
        (model,) = store.artifacts.list(context=version)
        logged = f"models:/{model.external_id}" == expected["source"]
        assert logged or model.uri == expected["source"] or name.startswith("production/")


def test_a_version_that_is_a_copy_of_a_copy_is_the_same_model(store, report, written):
    (model_id,) = written.model_ids("classifier")
    versions = contexts(store, "mlflow.ModelVersion")
    for name in ("wine/1", "production/1", "production/2"):
        (model,) = store.artifacts.list(context=versions[name])
        assert model.external_id == model_id


def test_a_version_of_mlflow_2_makes_its_model_an_output_of_the_run(store, report, written):
    run = run_named(store, "as in MLflow 2")
    made = {one.uri for type_, _, one in events_of(store, run) if type_ is EventType.OUTPUT}
    assert made == {f"runs:/{written.run_id('as in MLflow 2')}/model", "s3://bucket/model"}


def test_registered_models_have_their_versions_aliases_and_tags(store, report, written):
    registered = contexts(store, "mlflow.RegisteredModel")
    assert registered.keys() == written.read["registered"].keys()
    for name, expected in written.read["registered"].items():
        model = registered[name]
        assert model.properties.get("description") == expected["description"]
        aliases = {alias: int(number) for alias, number in expected["aliases"].items()}
        assert model.properties.get("aliases", {}) == aliases
        assert tags_of(model) == expected["tags"]
        versions = {v.name for v in store.contexts.children(model)}
        assert versions - {"wine/5"} == {v for v in written.read["versions"] if v.startswith(name)}


def test_a_model_says_its_versions_aliases_and_stages(store, report):
    versions = model_named(store, "classifier").properties["versions"]
    assert versions[-1] == {
        "name": "wine",
        "version": 1,
        "aliases": ["champion", "tested"],
        "stage": "",
    }


def test_a_version_that_was_deleted_says_so_and_has_no_model(store, report):
    version = contexts(store, "mlflow.ModelVersion")["wine/5"]
    assert version.properties["stage"] == "Deleted_Internal"
    assert not store.artifacts.list(context=version).items


def test_a_prompt_is_no_model(store, report):
    assert contexts(store, "mlflow.Prompt").keys() == {"greeting"}
    version = contexts(store, "mlflow.PromptVersion")["greeting/1"]
    assert tags_of(version)["mlflow.prompt.text"] == "Say {{word}} to the reader."
    assert not store.artifacts.list(context=version).items


def test_what_was_deleted_comes_in_and_says_so(store, report):
    deleted = run_named(store, "deleted parent")
    assert (deleted.state, deleted.properties["lifecycle_stage"]) == ("COMPLETE", "deleted")
    runs = {c.properties["run_name"]: c for c in contexts(store, "mlflow.Run").values()}
    assert runs["deleted parent"].properties["status"] == "DELETED"
    assert model_named(store, "deleted").state is ArtifactState.DELETED
    assert contexts(store, "mlflow.Experiment")["gone"].properties["lifecycle_stage"] == "deleted"
    assert run_named(store, "in the trash").properties["lifecycle_stage"] == "deleted"


def test_models_and_children_of_deleted_runs_are_active_as_mlflow_has_them(store, report):
    assert model_named(store, "of a deleted run").state is ArtifactState.LIVE
    assert run_named(store, "child of the deleted").properties["lifecycle_stage"] == "active"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20", 20),
        ("-3", -3),
        ("0.01", 0.01),
        ("1e-05", 1e-05),
        ("1e+20", 1e20),
        *(
            (text, text)
            for text in ("1e-3", "3.10", "00420", "+1", " 1", "1_0", "True", "", "\u0661")
        ),
        *((text, text) for text in ("nan", "inf", "-inf", "123456789012345678901234567890", "-0")),
    ],
)
def test_a_parameter_is_a_number_if_it_is_spelled_just_as_python_does(text, value):
    assert (number_of(text), type(number_of(text))) == (value, type(value))
    assert str(number_of(text)) == text


def test_times_are_those_of_mlflow(store, report):
    first = run_named(store, "first")
    assert first.start_time == datetime.fromtimestamp(1_790_000_060, timezone.utc)
    assert first.create_time == first.start_time


def test_the_report_is_json(report):
    assert json.loads(json.dumps(report.to_dict()))["read"]["runs"] == 20
