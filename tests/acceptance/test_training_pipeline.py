"""`examples/training_pipeline.py`, run again and again with one thing changed at a time."""

import os
import shutil
import subprocess
import sys

import pytest

from graphstore import ExecutionState
from tests.conftest import ROOT
from tests.processes import neo4j_variables

ALL = ["ExampleGen", "Trainer", "Evaluator", "Pusher"]


@pytest.fixture
def pipeline(store, server, tmp_path):
    """Runs the example; says what became of its steps."""
    script = tmp_path / "training_pipeline.py"
    shutil.copy(ROOT / "examples" / "training_pipeline.py", script)

    def run(*arguments, change=None):
        if change is not None:
            text = script.read_text()
            assert change[0] in text
            script.write_text(text.replace(*change))
        result = subprocess.run(
            [sys.executable, str(script), "--folder", "data", *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                **neo4j_variables(server),
                "GRAPHSTORE_HOME": str(tmp_path / "home"),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert result.returncode == 0, result.stderr
        (run,) = store.contexts.list(
            type="PipelineRun", order_by="create_time", descending=True, limit=1
        )
        steps = {e.type: e for e in store.executions.list(context=run.id)}
        assert list(steps) == ALL
        for name, step in steps.items():
            assert f"e{step.id} {name}: {step.state.value}" in result.stdout
        return run, steps

    return run


def ran(steps):
    """The steps that did something."""
    return [name for name in ALL if steps[name].state is not ExecutionState.CACHED]


def test_it_skips_what_did_not_change_and_starts_from_the_last_model(pipeline, store, tmp_path):
    run, first = pipeline()
    assert ran(first) == ALL
    assert run.properties["status"] == "COMPLETE"
    (push,) = store.artifacts.list(type="PushedModel")
    graph = store.lineage.upstream(push)
    assert {a.type for a in graph.artifacts.values()} == {
        "Csv",
        "Environment",
        "Examples",
        "Model",
        "ModelBlessing",
        "PushedModel",
    }
    assert {e.type for e in graph.executions.values()} == set(ALL)
    assert graph.of_type("Csv")[0].uri == str(tmp_path / "data" / "iris.csv")
    (evaluation,) = store.artifacts.list(type="Evaluation")
    assert 0.9 < evaluation.properties["accuracy"] <= 1

    _, second = pipeline()
    assert ran(second) == ["Trainer"]
    iterations = [one["Trainer"].custom_properties["iterations"] for one in (second, first)]
    assert iterations[0] < iterations[1]
    assert {e.type: e.state for e in second.values()}["Pusher"] is ExecutionState.CACHED
    base = [
        event.artifact_id
        for event in store.events.of_executions([second["Trainer"].id])
        if event.role == "base_model"
    ]
    assert base == [store.artifacts.list(type="Model")[0].id]

    _, third = pipeline()
    assert ran(third) == []
    assert len(list(store.artifacts.list(type="PushedModel"))) == 1


def test_one_change_runs_what_depends_on_it(pipeline, store, tmp_path):
    pipeline()
    pipeline()

    _, parameter = pipeline("--least-accuracy", "0.5")
    assert ran(parameter) == ["Evaluator", "Pusher"]
    why = store.cache.explain(parameter["Evaluator"])
    assert [d.part for d in why.differences] == ["parameter least_accuracy"]

    _, body = pipeline(change=('"log_loss": float(log_loss(', '"log_loss": 1 * float(log_loss('))
    assert ran(body) == ["Evaluator", "Pusher"]
    why = store.cache.explain(body["Evaluator"])
    assert "code" in [d.part for d in why.differences]

    _, helper = pipeline(change=('delimiter=",", skiprows=1)', 'skiprows=1, delimiter=",")'))
    assert ran(helper) == ["Trainer", "Evaluator", "Pusher"]

    data = tmp_path / "data" / "iris.csv"
    lines = data.read_text().splitlines()
    data.write_text("\n".join(lines[:-20]) + "\n")
    _, steps = pipeline()
    assert ran(steps) == ALL
    why = store.cache.explain(steps["ExampleGen"])
    assert [d.part for d in why.differences] == ["input source"]
    assert ran(pipeline()[1]) == ["Trainer"]


def test_a_run_that_fails_is_recorded_as_failed(pipeline, store):
    run, steps = pipeline("--least-accuracy", "1.1")
    assert run.properties["status"] == "FAILED"
    assert [steps[name].state.value for name in ALL] == ["COMPLETE"] * 3 + ["FAILED"]
    assert "not blessed" in steps["Pusher"].properties["error_message"]
    assert "def push" not in steps["Pusher"].properties["error_message"]
    assert not store.artifacts.list(type="PushedModel")
    assert not store.resolve.latest_blessed("Model")
