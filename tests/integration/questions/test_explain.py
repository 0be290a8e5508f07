"""Passports: of models whose history is known, and of those of real histories."""

import re

import pytest

from graphstore import Artifact, ArtifactState, Execution, ExecutionType
from graphstore.errors import NotFound
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.recording.digest import Status


@pytest.fixture
def candidates(store, tmp_path, monkeypatch):
    """Two models of one run, evaluated; the second was preferred and deployed."""
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")
    (tmp_path / "raw.csv").write_text("1,2")
    raw = Artifact(type="Csv", uri=str(tmp_path / "raw.csv"))
    models, evaluations = [], []
    with store.run("iris") as run:
        with run.execution("Split", inputs={"raw": raw}) as split:
            examples = split.output("examples", Artifact(type="Examples", uri="s3://examples"))
        for rate, accuracy in ((0.1, 0.8), (0.2, 0.9), (0.3, 0.7)):
            file = tmp_path / f"model-{rate}"
            file.write_text(str(rate))
            parameters = {"rate": rate, "layers": [8, 4]}
            with run.execution(
                "Trainer", parameters=parameters, inputs={"examples": examples}, code="v1"
            ) as train:
                train.output("model", file, type="Model")
            models += train.outputs["model"]
            with run.execution("Evaluator", inputs={"model": models[-1]}) as evaluate:
                metrics = {"accuracy": accuracy}
                evaluate.output("evaluation", Artifact(type="Evaluation"), properties=metrics)
            evaluations += evaluate.outputs["evaluation"]
    worst, best, other = models[0], models[1], models[2]
    store.decisions.record(
        best,
        candidates=[worst, best],
        baseline=other,
        evaluations=evaluations,
        metric="accuracy",
        threshold=0.85,
        criterion="better than the baseline",
        reason="it is the better one",
        actor="ada",
    )
    store.decisions.deploy(worst, "production", actor="ada")
    store.decisions.deploy(best, "production", uri="s3://serving", actor="grace")
    return models


def test_all_that_was_recorded_is_told(store, candidates):
    worst, best, other = candidates
    passport = store.explain(best)
    assert passport.model == best
    assert passport.file.status is Status.UNCHANGED
    assert passport.maker.type == "Trainer"
    assert passport.pipeline.name == "iris"
    assert passport.run.type == "PipelineRun"
    assert passport.triggered_by["ci_actor"] == "octocat"
    assert passport.hyperparameters == {"rate": 0.2, "layers": [8, 4]}
    assert passport.code["code_version"].startswith("sha256:")
    assert "python" in passport.environment.properties
    assert [a.uri for a in passport.inputs["examples"]] == ["s3://examples"]
    assert [a.type for a in passport.raw_inputs] == ["Csv"]
    assert passport.base_models == []
    (evaluation,) = passport.evaluations
    assert evaluation.metrics == {"accuracy": 0.9}
    (verdict,) = passport.verdicts
    assert verdict.part == "candidate"
    assert (verdict.winner.artifact, verdict.winner.metrics) == (best, {"accuracy": 0.9})
    assert [(c.artifact, c.metrics["accuracy"]) for c in verdict.candidates] == [
        (worst, 0.8),
        (best, 0.9),
    ]
    assert (verdict.baseline.artifact, verdict.baseline.metrics) == (other, {"accuracy": 0.7})
    assert verdict.runner_up.artifact == worst
    assert (verdict.metric, verdict.threshold) == ("accuracy", 0.85)
    assert verdict.criterion == "better than the baseline"
    assert (verdict.reason, verdict.actor) == ("it is the better one", "ada")
    (push,) = passport.pushes
    assert (push.target, push.actor, push.live) == ("production", "grace", True)


def test_others_in_the_decision_have_their_part_in_it(store, candidates):
    worst, best, other = candidates
    loser, baseline = store.explain(worst), store.explain(other.id)
    assert loser.verdicts[0].winner.artifact == baseline.verdicts[0].winner.artifact == best
    assert baseline.verdicts[0].part == "baseline"
    (push,) = loser.pushes
    assert not push.live
    assert baseline.pushes == []
    assert "replaced" in str(loser)


def test_a_file_that_is_gone_is_told(store, candidates, tmp_path):
    (tmp_path / "model-0.2").unlink()
    assert store.explain(candidates[1]).file.status is Status.GONE


def test_it_is_a_handful_of_queries_however_often_it_was_used(store, candidates, monkeypatch):
    from graphstore.database import Transaction

    original, names = Transaction._run, []

    def spy(transaction, query, parameters):
        names.append(query.name)
        return original(transaction, query, parameters)

    monkeypatch.setattr(Transaction, "_run", spy)
    store.explain(candidates[0])
    few = len(names)
    for _ in range(5):
        store.decisions.record(candidates[0], candidates=candidates)
    names.clear()
    passport = store.explain(candidates[0])
    assert len(passport.verdicts) == 6
    assert len(names) == few <= 10


def test_the_last_model_that_was_pushed(iris):
    """Of TFX's history, with nothing recorded by us."""
    passport = iris.explain(45)
    assert passport.hyperparameters["learning_rate"] == 0.02
    assert passport.hyperparameters == {
        "eval_args.num_steps": 5,
        "learning_rate": 0.02,
        "train_args.num_steps": 200,
    }
    assert passport.code["code_version"].startswith("trainer@/pipelines/iris/root/_wheels/")
    assert [model.id for model in passport.base_models] == [32, 23, 14, 5]
    assert {a.type for a in passport.raw_inputs} == {"Examples"}
    assert passport.evaluations[0].metrics["accuracy"] == 0.98
    (verdict,) = passport.verdicts
    assert (verdict.winner.artifact.id, verdict.threshold) == (45, 0.6)
    (push,) = passport.pushes
    assert (push.target, push.live) == ("/pipelines/iris/serving/1795227941", True)
    assert passport.pipeline.name == "iris"
    assert passport.idle_pushers == []
    assert "pushed nothing" not in str(passport)


def test_a_model_that_was_pushed_before_is_replaced(iris):
    (push,) = iris.explain(32).pushes
    assert not push.live


def test_the_last_model_was_not_good_enough(iris):
    passport = iris.explain(54)
    assert passport.evaluations[0].metrics["accuracy"] == pytest.approx(1 / 3, abs=1e-5)
    (verdict,) = passport.verdicts
    assert (verdict.winner, verdict.baseline, verdict.threshold) == (None, None, 0.6)
    assert passport.base_models[0].id == 45
    # Its Pusher took it, and pushed nothing.
    assert passport.pushes == []
    assert [one.id for one in passport.idle_pushers] == [54]
    for text in (str(passport), passport.to_markdown(), passport.to_html()):
        assert "its Pusher ran and pushed nothing, 2026-11-21 02:25:53 UTC" in text


def test_the_baseline_that_a_model_was_measured_against(store, shared_data):
    import_mlmd(store, shared_data / "brempong_tfx_v10.db")
    passport = store.explain(17)
    (verdict,) = passport.verdicts
    assert (verdict.winner, verdict.baseline.artifact.id) == (None, 13)
    assert "MeanSquaredError at least 0.5" in verdict.criterion
    baseline = store.explain(13)
    assert [v.part for v in baseline.verdicts] == ["baseline", "candidate"]
    assert baseline.verdicts[1].winner.artifact.id == 13


def test_texts_pages_and_notebooks_say_the_same(store, candidates):
    passport = store.explain(candidates[1])
    text, markdown, page = str(passport), passport.to_markdown(), passport.to_html()
    for word in ("octocat", "rate", "accuracy 0.9", "it is the better one", "production"):
        for one in (text, markdown, page):
            assert word in one
    assert "```mermaid\n" in markdown
    assert "<svg" in page
    assert not re.search(r'(src|href)="?https?:', page)
    bundle = passport._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == text
    # A piece of somebody's notebook: no page, and no style for what is around it.
    assert "<svg" in bundle["text/html"]
    assert "<html" not in bundle["text/html"] and "body{" not in bundle["text/html"]


def test_what_users_call_things_is_no_markup(store, candidates):
    model = candidates[1]
    store.artifacts.put(model.evolve(uri="s3://<script>alert(1)</script>|`"))
    passport = store.explain(model.id)
    assert "<script>alert" not in passport.to_html()
    assert "</script>\\|" in passport.to_markdown()


def test_little_is_known_of_what_nobody_made(store, types):
    alone = store.artifacts.put(Artifact(type="Model", state=ArtifactState.LIVE))
    passport = store.explain(alone)
    assert (passport.maker, passport.run, passport.environment) == (None, None, None)
    assert str(passport).count("nothing was recorded") >= 7
    passport.to_html()
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.explain(99)


def test_what_lies_beyond_the_bound_is_not_what_it_began_with(store, types):
    """Each model was made from the one before, and of data that an ExampleGen made of nothing."""
    store.types.put(ExecutionType(name="ExampleGen"))
    model, data = (), []
    for _ in range(5):
        made = store.publish(Execution(type="ExampleGen"), (), [Artifact(type="Examples")])
        data += made.outputs
        model = store.publish(
            Execution(type="Trainer"),
            {"data": made.outputs, "base_model": model},
            [Artifact(type="Model")],
        ).outputs
    whole = store.explain(model[0])
    assert not whole.truncated and "Cut off" not in str(whole)
    assert [one.id for one in whole.raw_inputs] == [one.id for one in data]
    number = len(whole.lineage.nodes())
    for bound in range(1, number + 2):
        passport = store.explain(model[0], max_nodes=bound)
        assert {one.id for one in passport.raw_inputs} <= {one.id for one in data}
        assert passport.truncated == (bound < number)
        for told in (str(passport), passport.to_markdown(), passport.to_html()):
            assert ("Cut off" in told) == passport.truncated
        assert passport.to_dict()["truncated"] == passport.truncated


def test_what_the_maker_logged_is_drawn(store):
    with store.run("iris", capture=()) as run:
        with run.execution("Trainer") as train:
            for epoch in range(5):
                train.log(loss=1 / (epoch + 1), step=epoch)
                run.log(loss=2.0, memory=epoch)
            model = train.output("model", Artifact(type="Model"))
        model = train.outputs["model"][0]
    passport = store.explain(model)
    assert list(passport.curves) == ["loss", "loss (of the run)", "memory"]
    assert passport.curves["loss"] == store.series(train)["loss"]
    assert "1 to 0.2, 5 values" in str(passport) and "1 to 0.2, 5 values" in passport.to_markdown()
    assert "loss over the steps" in passport.to_html()
    assert passport.to_dict()["curves"]["loss"]["values"][-1] == 0.2
    assert not store.explain(store.artifacts.put(Artifact(type="Model"))).curves


def test_pages_hold_no_control_characters(store, types):
    """What a thing is called neither steers the terminal that a page is shown on, nor hides."""
    uri = "s3://\x1b[31mred\u202e|x"
    model = store.publish(
        Execution(type="Trainer", custom_properties={"no\x07te": uri}),
        outputs=[Artifact(type="Model", uri=uri)],
    ).outputs[0]
    passport = store.explain(model)
    table = store.artifacts.list(type="Model")._repr_html_()
    for page in (passport.to_html(), passport.to_markdown(), table):
        assert not [one for one in page if one in "\x1b\x07\u202e"]
        assert "\\x1b[31mred" in page.replace("\\\\", "\\")
