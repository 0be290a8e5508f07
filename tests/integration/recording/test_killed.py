"""Processes that were killed: what they recorded, and who finds out."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from graphstore import Execution, ExecutionState
from graphstore.database.queries import QUERIES
from graphstore.recording.doctor import Abandoned

WORK = """
import os, sys, time
import graphstore
from graphstore import Artifact

auth = tuple(sys.argv[2:])
with graphstore.run("iris", uri=sys.argv[1], auth=auth, database="neo4j") as run:
    with run.execution("ExampleGen") as step:
        step.output("examples", Artifact(type="Examples", uri="s3://examples"))
    with run.execution("Trainer", inputs={"examples": step.outputs["examples"]}) as step:
        step.output("model", Artifact(type="Model", uri="s3://model"))
        print("training", flush=True)
        time.sleep(600)
"""


@pytest.fixture
def training(server, store, tmp_path):
    """A process that is killed in the middle of a step, unless it has been."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, server.uri, server.user, server.password],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout.readline() == "training\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_what_is_going_on_is_left_alone(store, training):
    assert {r.verdict for r in store.doctor.running()} == {"alive"}
    assert store.doctor.abandon(store.doctor.running()) == Abandoned(0, 0)
    assert len(store.doctor.running()) == 2


def test_a_killed_step_and_its_run_are_found_and_marked(store, training):
    kill(training)
    findings = store.doctor.running()
    assert [(r.node.type, r.verdict) for r in findings] == [
        ("Trainer", "gone"),
        ("PipelineRun", "gone"),
    ]
    assert f"process {training.pid} on" in findings[0].reason
    assert store.doctor.abandon(findings) == Abandoned(1, 1)
    assert not store.doctor.running()
    (trainer,) = store.executions.list(type="Trainer")
    assert trainer.state is ExecutionState.FAILED
    assert trainer.properties["error_type"] == "Abandoned"
    (run,) = store.contexts.list(type="PipelineRun")
    assert run.properties["status"] == "ABANDONED"
    (complete,) = store.executions.list(type="ExampleGen")
    assert complete.state is ExecutionState.COMPLETE
    assert not store.artifacts.list(type="Model")  # what was not finished was not recorded
    assert len(store.lineage.upstream(trainer).of_type("Examples")) == 1


def test_how_long_a_killed_run_took_is_not_known(store, training):
    kill(training)
    history = store.history("iris")
    (past,) = history.runs
    assert (past.outcome, past.gone, past.seconds) == ("RUNNING", True, None)
    assert "is gone: its process ended without saying so" in str(history)
    store.doctor.abandon(store.doctor.running())
    (past,) = store.history("iris").runs
    assert (past.outcome, past.ended, past.seconds) == ("ABANDONED", None, None)
    (row,) = store.database.rows(QUERIES["browse.runs"], types=["PipelineRun"])
    assert (row["outcome"], row["ended"]) == ("ABANDONED", None)
    (pipeline,) = store.contexts.list(type="Pipeline")
    query = QUERIES["questions.how_did_the_runs_go"]
    (row,) = store.database.rows(query, context_id=pipeline.id)
    assert (row["outcome"], row["seconds"]) == ("ABANDONED", None)
    (trainer,) = store.executions.list(type="Trainer")
    (first,) = store.executions.list(type="ExampleGen")
    with store.run("iris", capture=()) as other:
        pass
    for pair in ((trainer, first), (past.context, other.context)):
        ends = [fact.values[0] for fact in store.compare(*pair).facts if fact.name == "ended"]
        assert not any(ends), "it was marked then, and ended before"


def test_what_ended_meanwhile_is_not_marked(store, training):
    kill(training)
    findings = store.doctor.running()
    trainer = findings[0].node
    store.executions.put(trainer.evolve(state=ExecutionState.COMPLETE))
    assert store.doctor.abandon(findings) == Abandoned(0, 1)
    assert store.executions.get(trainer.id).state is ExecutionState.COMPLETE


def test_what_cannot_be_told_is_said_and_given_up_when_old(store, types):
    execution = Execution(type="Trainer", state=ExecutionState.RUNNING)
    store.executions.put(execution)
    with store.run("iris") as run:
        elsewhere = run.execution("Trainer").start().execution
        properties = {**elsewhere.properties, "host": "elsewhere"}
        store.executions.put(elsewhere.evolve(properties=properties))
    doubts = store.doctor.running()
    assert [r.verdict for r in doubts] == ["unknown", "unknown"]
    assert "without saying in which process" in doubts[0].reason
    assert "elsewhere: ask there" in doubts[1].reason
    assert {r.verdict for r in store.doctor.running(older_than=timedelta(hours=1))} == {"unknown"}
    time.sleep(0.02)
    old = store.doctor.running(older_than=timedelta(milliseconds=10))
    assert [r.verdict for r in old] == ["gone", "gone"]
    assert "never ended" in old[0].reason


def test_a_process_of_the_same_number_is_another(store):
    with store.run("iris") as run:
        step = run.execution("Trainer").start()
        properties = {**step.execution.properties, "began": 1.0}
        store.executions.put(step.execution.evolve(properties=properties))
        findings = [r for r in store.doctor.running() if r.verdict == "gone"]
        assert [r.node.id for r in findings] == [step.execution.id]


def test_an_empty_store_is_well(store):
    assert list(store.doctor.running()) == []
    assert store.doctor.abandon([]) == Abandoned(0, 0)
