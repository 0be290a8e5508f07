"""The metric of a step, a run and a model is told by one rule, everywhere."""

import json
import math

import pytest

from graphstore import Artifact, ArtifactType, Execution, ExecutionType
from graphstore.database.queries import QUERIES
from graphstore.model.types import BaseType

EPOCHS = (0.5, 0.9, 0.7)


pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def train_model(store):
    """A factory: a run whose step says an accuracy after each epoch, and whose model has one."""

    def train(own=None, epochs=EPOCHS, type_="Model", role="model", pipeline="p", name="accuracy"):
        with store.run(pipeline, capture=()) as run:
            with run.execution("Train") as step:
                if own is not None:
                    step.output(role, Artifact(type=type_), properties={name: own})
                for accuracy in epochs:
                    step.output("epoch", Artifact(type="Epoch"), properties={name: accuracy})
        return run, step

    return train


def test_what_a_failed_evaluation_left_says_nothing(store):
    with store.run("p", capture=()) as run:
        models = []
        for _ in range(2):
            with run.execution("Train") as step:
                step.output("model", Artifact(type="Model"))
            models += step.outputs["model"]
        for accuracy in (0.5, 0.11):
            try:
                with run.execution("Evaluator", inputs={"model": models[0]}) as step:
                    evaluation = Artifact(type="ModelEvaluation")
                    step.output("evaluation", evaluation, properties={"accuracy": accuracy})
                    if accuracy < 0.5:
                        raise OSError("disk full")
            except OSError:
                pass
    (best,) = [
        one.value
        for one in store.resolve.best("Model", metric="accuracy")
        if one.artifact.id == models[0].id
    ]
    fact = metric(store.compare(*models, metric="accuracy"))
    assert (best, fact.values[0]) == (0.5, 0.5)


def metric(comparison, name="accuracy"):
    return next((f for f in comparison.facts if (f.group, f.name) == ("metric", name)), None)


@pytest.mark.parametrize(
    ("type_", "role"),
    [("Model", "result"), ("ChurnModel", "result"), ("Blob", "model")],
)
def test_a_models_own_value_goes_before_what_was_recorded_later(store, train_model, type_, role):
    runs, steps = zip(
        *(train_model(own, type_=type_, role=role) for own in (0.6, 0.8)), strict=True
    )
    assert [run.metrics["accuracy"] for run in store.history("p").runs] == [0.6, 0.8]
    for one, other in ([r.context for r in runs], [s.execution for s in steps]):
        comparison = store.compare(one, other, metric="accuracy")
        assert metric(comparison).values == (0.8, 0.6)
        assert not any(one.several for one in metric(comparison).metrics)
    models = [step.outputs[role][0] for step in steps]
    assert metric(store.compare(*models)).values == (0.6, 0.8)
    assert store.explain(models[0]).metrics["accuracy"].value == 0.6


def test_a_model_by_its_base_type_has_its_own(store, train_model):
    store.types.put(ArtifactType(name="Net", base_type=BaseType.MODEL))
    train_model(0.6, type_="Net", role="net")
    assert store.history("p").runs[0].metrics["accuracy"] == 0.6


def test_without_a_model_the_last_counts_and_several_are_shown(store, train_model):
    for _ in range(4):
        train_model()
    history = store.history("p")
    assert {run.metrics["accuracy"] for run in history.runs} == {0.7}
    assert history.to_dict()["runs"][0]["several"] == {
        "accuracy": {"last": 0.7, "count": 3, "min": 0.5, "max": 0.9}
    }
    assert "0.7 (0.5..0.9, 3)" in str(history)
    comparison = store.compare(*(run.context for run in history.runs))
    assert metric(comparison).values == (0.7,) * 4
    assert "0.7 (0.5..0.9, 3)" in str(comparison) and "0.7 (0.5..0.9, 3)" in comparison.to_html()
    (fact,) = [f for f in comparison.to_dict()["facts"] if f["name"] == "accuracy"]
    assert fact["several"]["c1"]["count"] == 3


def test_of_two_models_both_are_shown(store):
    with store.run("p", capture=()) as run, run.execution("Train") as step:
        for accuracy in (0.9, 0.8):
            step.output("model", Artifact(type="Model"), properties={"accuracy": accuracy})
    (last_run,) = store.history("p").runs
    assert last_run.told("accuracy") == "0.8 (0.8..0.9, 2)"


def test_the_last_evaluation_counts_for_model_step_run_and_best(store):
    with store.run("p", capture=()) as run:
        with run.execution("Train") as step:
            step.output("model", Artifact(type="Model"))
        for value in (0.9, 0.7):
            inputs = {"model": step.outputs["model"][0]}
            with run.execution("Evaluator", inputs=inputs) as judge:
                judge.output("m", Artifact(type="Metrics"), properties={"accuracy": value})
    model = step.outputs["model"][0]
    assert store.history("p").runs[-1].metrics["accuracy"] == 0.7
    assert store.explain(model).metrics["accuracy"].value == 0.7
    for of in (None, "Metrics"):
        (best,) = store.resolve.best("Model", "accuracy", of=of)
        assert (best.artifact.id, best.value) == (model.id, 0.7)
        assert best.evaluation.id == judge.outputs["m"][0].id


def test_not_a_number_is_a_value(store, train_model):
    (
        train_model(0.5, name="loss"),
        train_model(math.nan, name="loss"),
        train_model(-math.inf, name="loss"),
    )
    train_model(epochs=(), name="loss")
    history = store.history("p")
    text = str(history)
    assert "NaN" in text and "-Infinity" in text and "1 NaN" in text
    document = json.loads(json.dumps(history.to_dict(), allow_nan=False))
    assert [run["metrics"].get("loss") for run in document["runs"]] == [
        0.5,
        "NaN",
        "-Infinity",
        None,
    ]
    assert document["trends"]["loss"]["recent"]["nan"] == 1
    assert "NaN" in history.to_html() and "NaN: c" in history.to_svg()
    contexts = [run.context for run in history.runs]
    for smallest, first in ((True, "-Infinity"), (False, "0.5")):
        comparison = store.compare(*contexts, metric="loss", smallest=smallest)
        values = metric(comparison, "loss").values
        assert str(values[0]).replace("inf", "Infinity") == first
        assert math.isnan(values[2]) and values[3] is None
        json.dumps(comparison.to_dict(), allow_nan=False)
        assert "NaN" in str(comparison) and "NaN" in comparison.to_csv()


def test_the_best_is_never_not_a_number(store, train_model):
    for value in (math.nan, 0.5):
        train_model(value)
    for smallest in (True, False):
        assert [
            b.value for b in store.resolve.best("Model", "accuracy", smallest=smallest, limit=9)
        ] == [0.5]


def test_own_types_of_evaluations_are_read(store):
    with store.run("p", capture=()) as run:
        with run.execution("TrainChurn") as step:
            step.output("model", Artifact(type="ChurnModel"))
        with run.execution("JudgeChurn", inputs={"model": step.outputs["model"][0]}) as judge:
            judge.output("r", Artifact(type="ChurnReport"), properties={"auc": 0.75})
    passport = store.explain(step.outputs["model"][0])
    assert passport.metrics["auc"].value == 0.75
    assert [one.guessed for one in passport.evaluations] == [True]
    assert "auc 0.75" in str(passport) and "by its name" in str(passport)


def test_an_evaluation_of_the_candidate_says_nothing_of_the_champion(store):
    with store.run("p", capture=()) as run:
        with run.execution("Train") as step:
            for _ in range(2):
                step.output("model", Artifact(type="Model"))
        candidate, champion = step.outputs["model"]
        inputs = {"model": candidate, "champion": champion}
        with run.execution("Evaluator", inputs=inputs) as judge:
            judge.output("m", Artifact(type="Metrics"), properties={"accuracy": 0.9})
    assert store.explain(candidate).metrics["accuracy"].value == 0.9
    assert not store.explain(champion).evaluations and not store.explain(champion).metrics
    assert metric(store.compare(candidate, champion)).values == (0.9, None)


def test_order_of_saying_decides_within_one_moment(store):
    for name in ("Epoch",):
        store.types.put(ArtifactType(name=name))
    store.types.put(ExecutionType(name="Train"))
    steps = [
        store.publish(
            Execution(type="Train"),
            outputs={
                "epoch": [Artifact(type="Epoch", custom_properties={"n": n}) for n in range(9)]
            },
        ).execution
        for _ in range(2)
    ]
    assert metric(store.compare(*steps), "n").values == (8, 8)


def test_what_was_logged_is_a_metric_and_a_curve(store):
    for worst in (0.5, math.nan):
        with store.run("p", capture=()) as run, run.execution("Train") as step:
            for number, loss in enumerate((0.9, worst, 0.4)):
                step.log(loss=loss, step=number)
    with store.run("p", capture=()) as run, run.execution("Train"):
        run.log(loss=0.3)
    history = store.history("p")
    assert [one.metrics["loss"] for one in history.runs] == [0.4, 0.4, 0.3]
    assert history.runs[0].told("loss") == "0.4 (0.4..0.9, 3)"
    text = str(history)
    assert "curves" in text and "█▂▁" in text and "█N▁" in text
    runs = json.loads(json.dumps(history.to_dict(), allow_nan=False))["runs"]
    assert runs[1]["curves"]["loss"] == {"steps": [0, 1, 2], "values": [0.9, "NaN", 0.4]}
    assert "loss over the steps" in history.to_html()
    contexts = [one.context for one in history.runs]
    comparison = store.compare(*contexts, metric="loss", smallest=True)
    assert metric(comparison, "loss").values == (0.3, 0.4, 0.4)
    assert not [fact for fact in comparison.facts if fact.group == "note"]
    assert "loss over the steps" in comparison.to_html()
    assert comparison.to_dict()["curves"]
    steps = [store.executions.list(type="Train")[n] for n in (0, 1)]
    assert metric(store.compare(*steps, metric="loss"), "loss").values == (0.4, 0.4)
    pipeline = store.contexts.get_by_name("Pipeline", "p")
    rows = store.database.rows(QUERIES["questions.how_did_the_runs_go"], context_id=pipeline.id)
    assert [row["metrics"] for row in rows] == [
        [f"loss {one.told('loss')}"] for one in reversed(history.runs)
    ]


def test_a_models_own_value_goes_before_what_was_logged(store):
    with store.run("p", capture=()) as run, run.execution("Train") as step:
        step.log(accuracy=0.1)
        step.output("model", Artifact(type="Model"), properties={"accuracy": 0.9})
    assert store.history("p").runs[0].metrics["accuracy"] == 0.9
