"""Side by side: models, executions and runs, and in what they differ."""

import csv
import io
import sys

import pytest

from graphstore import Artifact
from graphstore.errors import InvalidArgument, MissingExtra, NotFound
from graphstore.recording import capture

pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def train(store, monkeypatch):
    """A factory: a run that trains and evaluates a model."""

    def run(rate, accuracy, data="s3://data/1", commit="c1", packages=None):
        monkeypatch.setattr(capture, "code", lambda _: {"git_commit": commit, "git_dirty": False})
        environment = {"python": "3.11.7", "distributions": packages or {"numpy": "1"}}
        monkeypatch.setattr(capture, "environment", lambda *_: environment)
        with store.run("iris") as run:
            with run.execution(
                "Trainer",
                parameters={"rate": rate, "depth": 3},
                inputs={"data": Artifact(type="Csv", uri=data)},
                code="1",
            ) as trainer:
                trainer.output("model", f"s3://models/{rate}", type="Model")
            (model,) = trainer.outputs["model"]
            with run.execution("Evaluator", inputs={"model": model}) as evaluator:
                evaluator.output(
                    "metrics", "s3://m", type="Metrics", properties={"accuracy": accuracy}
                )
        return run, trainer.execution, model

    return run


def table(comparison):
    return {(fact.group, fact.name): fact.values for fact in comparison.facts}


def test_models(store, train):
    models = [train(0.1, 0.9)[2], train(0.2, 0.8, data="s3://data/2", commit="c2")[2]]
    comparison = store.compare(*models)
    facts = table(comparison)
    assert facts["metric", "accuracy"] == (0.9, 0.8)
    assert facts["parameter", "rate"] == (0.1, 0.2)
    assert facts["code", "commit"] == ("c1", "c2")
    assert len(set(facts["code", "version"])) == 1
    differ = {(fact.group, fact.name) for fact in comparison.differences}
    assert ("input", "data") in differ
    assert not differ & {("parameter", "depth"), ("code", "version"), ("environment", "digest")}
    assert table(comparison.only_differences()).keys() == differ


def test_executions_and_runs_have_the_metrics_of_what_they_made(store, train):
    one, other = train(0.1, 0.9), train(0.2, 0.8)
    executions = table(store.compare(one[1], other[1]))
    runs = table(store.compare(one[0].context, other[0].context))
    assert executions["metric", "accuracy"] == runs["metric", "accuracy"] == (0.9, 0.8)
    assert executions["parameter", "rate"] == runs["parameter", "Trainer.rate"] == (0.1, 0.2)
    assert executions["input", "data"] == runs["input", "Trainer.data"]
    # What a step of the run made is no input of the run.
    assert ("input", "Evaluator.model") not in runs
    assert runs["about", "outcome"] == ("COMPLETE", "COMPLETE")
    assert runs["about", "steps"] == ("2 COMPLETE", "2 COMPLETE")
    assert all(seconds >= 0 for seconds in runs["time", "seconds"])


def test_the_same_contents_are_the_same_input(store, train, tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("1,2\n")
    models = [train(0.1, 0.9, data=str(tmp_path / name))[2] for name in ("a.csv", "b.csv")]
    one, other = table(store.compare(*models))["input", "data"]
    assert one == other
    assert one.startswith("Csv sha256:")


def test_which_packages_differ(store, train):
    both = {"numpy": "1", "scipy": "1"}
    models = [
        train(rate, 0.9, packages=packages)[2]
        for rate, packages in enumerate([both, {**both, "numpy": "2"}, {"numpy": "1"}])
    ]
    environment = {
        name: values
        for (group, name), values in table(store.compare(*models)).items()
        if group == "environment"
    }
    assert len(set(environment.pop("digest"))) == 3
    assert environment == {"numpy": ("1", "2", "1"), "scipy": ("1", "1", None)}


def test_the_best_first(store, train):
    models = [train(rate, accuracy)[2] for rate, accuracy in ((1, 0.8), (2, 0.9), (3, 0.7))]
    ids = [model.id for model in models]

    def order(**options):
        return [s.id for s in store.compare(*models, metric="accuracy", **options).subjects]

    assert order() == [ids[1], ids[0], ids[2]]
    assert order(smallest=True) == [ids[2], ids[0], ids[1]]
    assert order(limit=2) == [ids[1], ids[0]]
    assert [s.id for s in store.compare(*models, limit=2).subjects] == ids[:2]
    comparison = store.compare(*models, metric="accuracy", limit=2)
    assert (comparison.asked, comparison.truncated) == (3, True)
    assert "of 3, the rest is left out" in str(comparison)


def test_what_has_no_metric_comes_last(store, train):
    with store.run("iris") as run, run.execution("Trainer") as step:
        step.output("model", "s3://x", type="Model", properties={"loss": 1})
    models = [*step.outputs["model"], train(1, 0.5)[2]]
    comparison = store.compare(*models, metric="accuracy")
    assert table(comparison)["metric", "accuracy"] == (0.5, None)
    with pytest.raises(
        InvalidArgument, match="none of these has the metric 'auc': there are accuracy, loss"
    ):
        store.compare(*models, metric="auc")
    with pytest.raises(InvalidArgument, match=r"none of these has.*they have none at all"):
        _none(store)


def _none(store):
    with store.run("iris") as run:
        with run.execution("Gen") as one, run.execution("Gen") as other:
            pass
    return store.compare(one.execution, other.execution, metric="x")


def test_a_metric_of_its_own_counts_before_that_of_an_evaluation(store, train):
    _, _, model = train(1, 0.5)
    store.artifacts.put(model.evolve(custom_properties={"accuracy": 0.6}))
    assert table(store.compare(model, train(2, 0.1)[2]))["metric", "accuracy"] == (0.6, 0.1)


def test_the_newest_evaluation_counts_and_only_of_the_model_it_is_about(store, train):
    _, _, model = train(1, 0.5)
    _, _, baseline = train(2, 0.1)
    with store.run("iris") as run:
        inputs = {"model": model, "baseline": baseline}
        with run.execution("Evaluator", inputs=inputs) as step:
            step.output("metrics", "s3://m", type="Metrics", properties={"accuracy": 0.7})
    facts = table(store.compare(model, baseline, metric="accuracy"))
    assert facts["metric", "accuracy"] == (0.7, 0.1)


def test_models_of_tfx(iris):
    facts = table(iris.compare(5, 14, 23, 32, 45, 54))
    assert facts["parameter", "learning_rate"] == (0.01, 0.01, 0.005, 0.005, 0.02, 0.001)
    assert facts["parameter", "train_args.num_steps"] == (60, 60, 120, 120, 200, 2)
    bases = (None, "Model a5", "Model a14", "Model a23", "Model a32", "Model a45")
    assert facts["input", "base_model"] == bases
    assert facts["metric", "accuracy"][-2:] == (0.98, 0.333333)
    differ = {fact.name for fact in iris.compare(5, 14).differences}
    assert "learning_rate" not in differ and "base_model" in differ


def test_runs_of_tfx(iris):
    facts = table(iris.compare("c2", "c42", "c48"))
    assert facts["about", "outcome"] == ("COMPLETE", "FAILED", "COMPLETE")
    assert facts["parameter", "Trainer.learning_rate"] == (0.01, 0.5, 0.02)
    assert facts["metric", "accuracy"] == (1.0, None, 0.98)
    assert facts["time", "seconds"] == (5.957, 4.709, 8.735)


def test_how_it_is_told(iris):
    comparison = iris.compare("a5", 45)
    text = comparison.to_text(100)
    assert max(map(len, text.splitlines())) <= 100
    (line,) = [line for line in text.splitlines() if "learning_rate" in line]
    assert line.split()[-3:] == ["learning_rate", "0.01", "0.02"] and line.startswith("*")
    rows = list(csv.reader(io.StringIO(comparison.to_csv())))
    assert rows[0] == ["group", "fact", "differs", "a5", "a45"]
    assert ["parameter", "learning_rate", "true", "0.01", "0.02"] in rows
    document = comparison.to_dict()
    assert document["subjects"] == ["a5", "a45"]
    assert {
        "group": "input",
        "name": "base_model",
        "differs": True,
        "values": {"a5": None, "a45": "Model a32"},
    } in document["facts"]
    html = comparison._repr_mimebundle_()["text/html"]
    assert html.count("<tr") == len(comparison.facts) + 1


def test_html_is_escaped(store):
    with store.run("iris") as run:
        with run.execution("Gen", parameters={"<b>": "<i>"}) as one, run.execution("Gen") as other:
            pass
    comparison = store.compare(one.execution, other.execution)
    for html in (comparison._repr_mimebundle_()["text/html"], comparison.to_html()):
        assert "<b>" not in html and "&lt;i&gt;" in html


def test_pandas(iris, monkeypatch):
    pytest.importorskip("pandas")
    frame = iris.compare(5, 45).to_pandas()
    assert list(frame.columns) == ["a5", "a45"]
    assert list(frame.loc[("parameter", "learning_rate")]) == [0.01, 0.02]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match="pandas"):
        iris.compare(5, 45).to_pandas()


def test_steps_of_one_component_are_numbered(store):
    runs = []
    for _ in range(2):
        with store.run("iris") as run:
            for rate in (1, 2):
                with run.execution("Trainer", parameters={"rate": rate}):
                    pass
        runs.append(run.context)
    facts = table(store.compare(*runs))
    assert facts["parameter", "Trainer.rate"] == (1, 1)
    assert facts["parameter", "Trainer#2.rate"] == (2, 2)


def test_few_queries_however_many_subjects(store, caplog):
    with store.run("iris") as run:
        steps = []
        for number in range(30):
            with run.execution("Gen", parameters={"n": number}) as step:
                step.output("x", f"s3://{number}", type="Metrics", properties={"n": number})
            steps.append(step)
    counts = []
    for many in (2, 30):
        caplog.clear()
        with caplog.at_level("DEBUG", logger="neo4j.io"):
            store.compare(*(step.execution for step in steps[:many]), metric="n")
        counts.append(sum(" C: RUN" in record.getMessage() for record in caplog.records))
    assert counts[0] == counts[1] <= 4


@pytest.mark.parametrize(
    ("nodes", "error", "says"),
    [
        (["a5"], InvalidArgument, "two subjects or more, found 1"),
        (["a5", 5], InvalidArgument, "two subjects or more, found 1"),
        (["a5", "e6"], InvalidArgument, "a5 is of kind artifact, e6 of kind execution"),
        (["a5", "a999"], NotFound, "no artifact has id 999"),
        (["e5", "e999"], NotFound, "no execution has id 999"),
        (["c1", "c2"], InvalidArgument, "c1 is a pipeline, no run"),
        (["a5", "x"], InvalidArgument, "names no node"),
    ],
)
@pytest.mark.parametrize("metric", [None, "accuracy"])
def test_wrong_questions_are_told(iris, nodes, error, says, metric):
    with pytest.raises(error, match=says):
        iris.compare(*nodes, metric=metric)


def test_an_empty_store(store):
    with pytest.raises(NotFound, match="no artifact has id 1"):
        store.compare(1, 2)
    with pytest.raises(InvalidArgument, match="limit must be"):
        store.compare(1, 2, limit=1)
