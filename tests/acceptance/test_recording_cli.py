"""`graphstore doctor`, `flush`, `verify` and `cache`, as a user runs them."""

import json

import pytest

from graphstore import Artifact, Execution, ExecutionState
from graphstore.recording import spool
from graphstore.recording.channel import Channel
from graphstore.recording.run import Run


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))


@pytest.fixture
def steps(store, tmp_path):
    """Two steps of the same component, the second with another parameter."""
    file = tmp_path / "model"
    file.write_text("weights")
    steps = []
    with store.run("iris") as run:
        for rate in (0.1, 0.2, 0.2):
            parameters = {"rate": rate}
            with run.execution("Trainer", parameters=parameters, cache=True, code="1") as step:
                if step.cached is None:
                    step.output("model", file, type="Model")
            steps.append(step)
    return steps


def test_cache_says_which_part_differs(steps, graphstore):
    first, second, third = (step.execution.id for step in steps)
    text = graphstore("cache", f"e{second}").stdout
    assert (
        text == f"Trainer e{second} differs from e{first} in\n  parameter rate: was 0.1, is 0.2\n"
    )
    assert f"does what e{second} did" in graphstore("cache", str(third)).stdout
    answer = json.loads(graphstore("cache", str(second), "--json").stdout)
    assert answer["differences"] == [{"part": "parameter rate", "was": 0.1, "now": 0.2}]
    assert graphstore("cache", "a1", code=2).stderr.endswith("a1 is an artifact\n")


def test_verify_says_what_changed(steps, graphstore, tmp_path):
    model = steps[0].outputs["model"][0]
    assert "UNCHANGED" in graphstore("verify", f"a{model.id}").stdout
    (tmp_path / "model").write_text("tampered")
    text = graphstore("verify", "--type", "Model", code=1).stdout
    assert text.count("CHANGED") == 2
    (tmp_path / "model").unlink()
    answer = json.loads(graphstore("verify", str(model.id), "--up", "--json", code=1).stdout)
    assert {one["status"] for one in answer} == {"GONE", "UNKNOWN"}  # the environment is no file
    assert "by id, or by --type" in graphstore("verify", code=2).stderr
    assert "e1 is an execution" in graphstore("verify", "e1", code=2).stderr


def test_doctor_marks_what_is_gone_if_told(store, types, graphstore):
    assert graphstore("doctor").stdout == "nothing is going on\n"
    execution = store.executions.put(Execution(type="Trainer", state=ExecutionState.RUNNING))
    assert "unknown" in graphstore("doctor").stdout
    assert "graphstore doctor --mark" in graphstore("doctor", "--older-than", "0", code=1).stdout
    assert "marked 1 steps" in graphstore("doctor", "--older-than", "0", "--mark").stdout
    assert store.executions.get(execution.id).state is ExecutionState.FAILED
    assert json.loads(graphstore("doctor", "--json").stdout)["running"] == []


def test_flush_delivers_what_waits(store, server, graphstore, monkeypatch):
    assert graphstore("flush").stdout == "delivered 0 records\n"
    run = Run(Channel(f"{server.uri} neo4j", None), None, "iris")
    with run, run.execution("Trainer") as step:
        step.output("model", Artifact(type="Model", uri="s3://m"))
    assert graphstore("flush").stdout == "delivered 4 records\n"
    assert json.loads(graphstore("flush", "--json").stdout)["delivered"] == 0
    (execution,) = store.executions.list(type="Trainer")
    assert execution.state is ExecutionState.COMPLETE


def test_explain_is_text_markdown_or_a_page(steps, graphstore, tmp_path):
    model = steps[0].outputs["model"][0].ref.short
    text = graphstore("explain", model).stdout
    assert "Hyperparameters\n  rate  0.1\n" in text
    assert graphstore("explain", model, "--format", "markdown").stdout.startswith("# Passport of")
    graphstore("explain", model, "--format", "html", "--output", "passport.html")
    assert (tmp_path / "passport.html").read_text().startswith("<!doctype html>")
    assert "e1 is an execution" in graphstore("explain", "e1", code=2).stderr
    assert "no artifact has id 99" in graphstore("explain", "99", code=3).stderr


def test_flush_tells_what_waits_elsewhere_and_what_was_set_aside(server, store, graphstore):
    away, address = "bolt://127.0.0.1:1 neo4j", f"{server.uri} neo4j"
    for name in (away, address):
        with Run(Channel(name, None), None, "iris") as run, run.execution("Trainer"):
            pass
    file = next(path for path in spool.spool_folder(address).glob("*.jsonl"))
    file.write_text(file.read_text().replace("RUNNING", "RUMMING", 1))
    text = graphstore("flush", code=1).stdout
    assert text.startswith("delivered 3 records\nset aside ")
    assert "graphstore flush --uri bolt://127.0.0.1:1 --database neo4j" in text
    answer = json.loads(graphstore("flush", "--json").stdout)
    assert (answer["delivered"], answer["set_aside_before"]) == (0, 1)
    assert [(one["address"], one["waiting"]) for one in answer["elsewhere"]] == [(away, 4)]
    absent = graphstore("status", code=3)
    assert absent.stdout == "" and "4 wait" in absent.stderr
    absent = graphstore("status", "--store", "nope", "--json", code=3)
    assert absent.stdout == "" and "no local store has name 'nope'" in absent.stderr
