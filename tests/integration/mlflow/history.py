"""Writes a history through MLflow's own client, and says what the client reads of it.

    python history.py write URI       # sqlite:///….db, or a folder
    python history.py go-on URI       # more of it: what a later copy has
    python history.py read URI        # what the client reads, as JSON

Run by the Python of an environment that has MLflow, which that of the tests has not. The two
stores are given the same history, as far as both can keep it.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator
from typing import Any

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    RunTag,
    ViewType,
)

SECOND = 1_000
NOON = 1_790_000_000_000
"""When the history begins, in milliseconds since the epoch."""

PARAMETERS = {
    "learning_rate": "0.01",
    "epochs": "20",
    "tolerance": "1e-05",
    "spelled": "1e-3",
    "python": "3.10",
    "zip": "00420",
    "large": "123456789012345678901234567890",
    "missing": "nan",
    "flag": "True",
    "greeting": "grüß dich, 世界",
    "empty": "",
    "optimizer/name": "adam",
}


class Writer:
    """Writes by a client."""

    def __init__(self, uri: str) -> None:
        mlflow.set_tracking_uri(uri)  # the registry asks there for a model of a version
        self.client, self.now = MlflowClient(uri, uri), NOON

    def write(self) -> None:
        """Write a history: every kind of thing that the importer knows, and what is odd."""
        iris = self.client.create_experiment("iris", tags={"team": "botany", "größe": "klein"})
        first = self.training(iris, "first", accuracy=0.91)
        self.sweep(iris)
        self.datasets(iris)
        self.ends(iris)
        self.odd_metrics(iris)
        self.checkpoints(iris)
        self.evaluation(iris, first)
        self.deleted(iris)
        self.registry(iris, first)
        self.lonely_model(iris)

    def go_on(self) -> None:
        """What happens after the first copy was taken."""
        iris = self.client.get_experiment_by_name("iris").experiment_id
        by_name = {run.info.run_name: run for run in self.runs()}
        running = by_name["still running"].info.run_id
        self.now = NOON + 10_000 * SECOND
        self.client.log_metric(running, "loss", 0.125, self.now, 1)
        self.client.log_param(running, "late", "7")
        self.client.set_terminated(running, "FINISHED", self.now + SECOND)
        self.client.delete_run(by_name["first"].info.run_id)
        model = self.training(iris, "after", accuracy=0.97)
        version = self.client.create_model_version("wine", f"models:/{model}", None)
        self.client.set_registered_model_alias("wine", "champion", version.version)
        self.client.update_registered_model("wine", "the best of all")

    def runs(self) -> Iterator[Any]:
        """All runs, those that were deleted, too."""
        experiments = self.client.search_experiments(ViewType.ALL)
        for experiment in sorted(experiments, key=lambda one: int(one.experiment_id)):
            runs = self.client.search_runs(
                [experiment.experiment_id], run_view_type=ViewType.ALL, max_results=1000
            )
            # From a database, what is searched for comes without the models that it read.
            yield from (self.client.get_run(run.info.run_id) for run in runs)

    def begin(self, experiment: str, name: str, parent: str | None = None) -> str:
        self.now += 60 * SECOND
        tags = {
            "mlflow.user": "ann",
            "mlflow.source.name": "train.py",
            "mlflow.source.type": "LOCAL",
            "mlflow.source.git.commit": "1f0d7c3a9c0ffee1f0d7c3a9c0ffee1f0d7c3a9c",
            "colour": "blue",
        }
        if parent is not None:
            tags["mlflow.parentRunId"] = parent
        run = self.client.create_run(experiment, self.now, tags, name)
        return str(run.info.run_id)

    def end(self, run: str, status: str = "FINISHED") -> None:
        self.client.set_terminated(run, status, self.now + 30 * SECOND)

    def model(self, experiment: str, run: str | None, name: str, step: int = 0) -> str:
        model = self.client.create_logged_model(
            experiment, name, run, {"framework": "sklearn"}, {"depth": "3"}, "agent"
        )
        if run is not None:
            self.client.log_outputs(run, [LoggedModelOutput(model.model_id, step)])
        self.client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        return str(model.model_id)

    def training(self, experiment: str, name: str, accuracy: float) -> str:
        """A run as most are: data, parameters, a curve, a model."""
        run = self.begin(experiment, name)
        self.client.log_batch(run, params=[Param(key, text) for key, text in PARAMETERS.items()])
        self.client.log_inputs(run, [self.dataset("wine", "0badcafe", "s3://wine/1", "training")])
        model = self.model(experiment, run, "classifier")
        for step in range(20):
            self.client.log_metric(run, "loss", 1 / (step + 1), self.now + step, step)
        for key, value in (("accuracy", accuracy), ("val/f1", accuracy - 0.1)):
            self.client.log_metric(run, key, value, self.now + 30, 19, model_id=model)
        self.end(run)
        return model

    @staticmethod
    def dataset(name: str, digest: str, uri: str, role: str | None) -> DatasetInput:
        source = json.dumps({"uri": uri})
        schema = json.dumps({"mlflow_colspec": [{"type": "double", "name": "x"}]})
        profile = json.dumps({"num_rows": 150})
        tags = [] if role is None else [InputTag("mlflow.data.context", role)]
        return DatasetInput(Dataset(name, digest, "s3", source, schema, profile), tags)

    def sweep(self, experiment: str) -> None:
        """A run with children, one of which has a child of its own."""
        parent = self.begin(experiment, "sweep")
        for depth in (2, 3):
            child = self.begin(experiment, f"depth {depth}", parent)
            self.client.log_param(child, "depth", depth)
            self.client.log_metric(child, "accuracy", 0.8 + depth / 100, self.now, 0)
            self.end(child)
        grandchild = self.begin(experiment, "refit", child)
        self.end(grandchild)
        self.end(parent)

    def datasets(self, experiment: str) -> None:
        """Data under one name and digest from two places, data in two roles, data without one."""
        run = self.begin(experiment, "other source")
        self.client.log_inputs(run, [self.dataset("wine", "0badcafe", "s3://other/9", "training")])
        self.client.log_inputs(run, [self.dataset("wine", "0badcafe", "s3://other/9", "testing")])
        self.client.log_inputs(run, [self.dataset("test rows", "11111111", "s3://t", "testing")])
        self.client.log_inputs(run, [self.dataset("größer~ 世", "22222222", "s3://m", "testing")])
        self.client.log_inputs(run, [self.dataset("no role", "33333333", "s3://n", None)])
        self.end(run)
        elsewhere = self.client.create_experiment("elsewhere")
        run = self.begin(elsewhere, "same data")
        self.client.log_inputs(run, [self.dataset("wine", "0badcafe", "s3://wine/1", "training")])
        self.end(run)

    def ends(self, experiment: str) -> None:
        """Every way in which a run ends, or does not."""
        for status in ("FAILED", "KILLED"):
            run = self.begin(experiment, f"it {status.lower()}")
            self.end(run, status)
        run = self.begin(experiment, "still running")
        self.client.log_metric(run, "loss", 0.5, self.now, 0)
        run = self.begin(experiment, "scheduled")
        self.client.update_run(run, "SCHEDULED")

    def odd_metrics(self, experiment: str) -> None:
        """Values that are no numbers, steps that repeat, times that go back."""
        run = self.begin(experiment, "odd metrics")
        values = [1.0, math.nan, math.inf, -math.inf, 0.1 + 0.2, -0.0, 5e-324]
        points = [Metric("odd", v, self.now + at, at) for at, v in enumerate(values)]
        points += [Metric("to nan", v, self.now + at, at) for at, v in ((0, 0.0), (1, math.nan))]
        # The highest step was logged first: what MLflow calls the latest is not the last.
        points += [Metric("back", 9.0, self.now, 9), Metric("back", 3.0, self.now + 1, 3)]
        points += [Metric("twice", 1.0, self.now, 5), Metric("twice", 2.0, self.now, 5)]
        self.client.log_batch(run, metrics=points, tags=[RunTag("note", "a\nb")])
        self.end(run)

    def checkpoints(self, experiment: str) -> None:
        """A run with several models, and metrics of each."""
        run = self.begin(experiment, "checkpoints")
        for step in (0, 10):
            model = self.model(experiment, run, "checkpoint", step)
            self.client.log_metric(
                run, "accuracy", 0.5 + step / 100, self.now, step, model_id=model
            )
        self.end(run)

    def evaluation(self, experiment: str, model: str) -> None:
        """A run that reads a model, and makes none."""
        run = self.begin(experiment, "evaluation")
        data = self.dataset("test rows", "11111111", "s3://t", "testing")
        self.client.log_inputs(run, [data], [LoggedModelInput(model)])
        self.client.log_metric(run, "auc", math.nan, self.now, 0, model_id=model)
        self.client.log_metric(run, "recall", 0.75, self.now, 0, model_id=model)
        self.end(run)

    def deleted(self, experiment: str) -> None:
        """What was deleted: a run with a child and a model, a model, an experiment."""
        run = self.begin(experiment, "deleted parent")
        child = self.begin(experiment, "child of the deleted", run)
        self.end(child)
        self.model(experiment, run, "of a deleted run")
        self.end(run)
        self.client.delete_run(run)
        run = self.begin(experiment, "its model was deleted")
        model = self.model(experiment, run, "deleted")
        self.end(run)
        self.client.delete_logged_model(model)
        gone = self.client.create_experiment("gone")
        self.end(self.begin(gone, "in the trash"))
        self.client.delete_experiment(gone)

    def registry(self, experiment: str, model: str) -> None:
        """Versions by every kind of source, aliases, stages."""
        client = self.client
        client.create_registered_model("wine", {"owner": "ann"}, "reds and whites")
        client.create_model_version("wine", f"models:/{model}", None, {"checked": "yes"})
        run = self.begin(experiment, "as in MLflow 2")
        client.set_tag(run, "mlflow.log-model.history", json.dumps([{"artifact_path": "model"}]))
        self.end(run)
        client.create_model_version("wine", f"runs:/{run}/model", run, description="of old")
        client.create_model_version("wine", "s3://bucket/model", run)
        client.create_model_version("wine", "s3://bucket/from elsewhere", None)
        client.set_registered_model_alias("wine", "champion", "1")
        client.set_registered_model_alias("wine", "challenger", "2")
        client.set_registered_model_alias("wine", "tested", "1")
        client.transition_model_version_stage("wine", "2", "Production")
        client.create_registered_model("production")
        client.create_model_version("production", "models:/wine/1", None)
        client.create_model_version("production", "models:/production/1", None)
        client.create_registered_model("leer, groß")
        client.create_registered_model("gone one")
        client.create_model_version("wine", "s3://bucket/deleted", None)
        client.delete_model_version("wine", "5")
        client.delete_registered_model("gone one")
        client.register_prompt("greeting", "Say {{word}} to the reader.")

    def lonely_model(self, experiment: str) -> None:
        """A model that no run made, and one whose run says nothing of it."""
        self.model(experiment, None, "external")
        run = self.begin(experiment, "says nothing of its model")
        self.client.create_logged_model(experiment, "unsaid", run)
        self.end(run)


def read(writer: Writer) -> dict[str, Any]:
    """All that the client reads of a store, as plain data."""
    client = writer.client
    experiments = client.search_experiments(ViewType.ALL)
    ids = [experiment.experiment_id for experiment in experiments]
    models = [
        client.get_logged_model(model.model_id)
        for id_ in ids
        for model in client.search_logged_models([id_])
    ]
    return {
        "experiments": {one.experiment_id: plain(one) for one in experiments},
        "runs": {run.info.run_id: plain_run(client, run) for run in writer.runs()},
        "models": {model.model_id: plain_model(model) for model in models},
        "registered": {
            one.name: plain(one) | {"aliases": one.aliases, "latest_versions": None}
            for one in client.search_registered_models()
        },
        "versions": {
            f"{one.name}/{one.version}": plain(one) | {"aliases": sorted(one.aliases)}
            for registered in client.search_registered_models()
            for found in client.search_model_versions(f"name = '{registered.name}'")
            for one in [client.get_model_version(found.name, found.version)]
        },
    }


def plain(entity: Any) -> dict[str, Any]:
    """The fields of an entity that JSON can say."""
    fields = ((key.lstrip("_"), value) for key, value in vars(entity).items())
    return {k: v for k, v in fields if isinstance(v, (str, int, float, dict, type(None)))}


def plain_run(client: MlflowClient, run: Any) -> dict[str, Any]:
    id_ = run.info.run_id
    return {
        "info": plain(run.info) | {"status": run.info.status},
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {
            key: [[p.timestamp, repr(p.value), p.step] for p in client.get_metric_history(id_, key)]
            for key in run.data.metrics
        },
        "datasets": [
            plain(one.dataset) | {"tags": {tag.key: tag.value for tag in one.tags}}
            for one in run.inputs.dataset_inputs
        ],
        "models": [one.model_id for one in run.inputs.model_inputs],
        "outputs": [[one.model_id, one.step] for one in run.outputs.model_outputs],
    }


def plain_model(model: Any) -> dict[str, Any]:
    return plain(model) | {
        "params": model.params,
        "tags": model.tags,
        "status": str(model.status),
        "metrics": [[m.key, repr(m.value), m.step, m.run_id] for m in model.metrics or ()],
    }


if __name__ == "__main__":
    action, uri = sys.argv[1:]
    writer = Writer(uri)
    if action == "read":
        json.dump(read(writer), sys.stdout)
    else:
        {"write": writer.write, "go-on": writer.go_on}[action]()
