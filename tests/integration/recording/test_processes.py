"""Processes and threads of one run: pools, signals, and those that outlive who began it."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import graphstore
from graphstore import Artifact, ExecutionState
from graphstore.errors import FailedPrecondition


@graphstore.step("Fold", output="model")
def fold(number: int) -> Artifact:
    return Artifact(type="Model", uri=f"s3://models/{number}")


def work(run, number):
    """What a worker of a pool does."""
    with run:
        model = fold(number)
        run.set({f"worker_{number}": os.getpid()})
        run.log(fold=number)
    with run.execution("Score", parameters={"number": number}, inputs={"model": model}):
        pass
    return os.getpid()


@pytest.fixture
def login(server, monkeypatch):
    """The password, where processes that open the store look for it."""
    monkeypatch.setenv("NEO4J_USERNAME", server.user)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_run_is_passed_to_a_pool_of_processes(store, server, login, method):
    context = multiprocessing.get_context(method)
    with store.run("iris") as run:
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            pids = set(pool.map(work, [run] * 4, range(4)))
        meanwhile = store.contexts.get(run.ref.id)
        assert (meanwhile.properties["status"], meanwhile.end_time) == ("RUNNING", None)
    assert os.getpid() not in pids
    steps = list(store.executions.list(context=run.ref.id))
    assert {e.state for e in steps} == {ExecutionState.COMPLETE}
    assert sorted(e.type for e in steps) == ["Fold"] * 4 + ["Score"] * 4
    assert {e.properties["pid"] for e in steps} == pids
    run_context = store.contexts.get(run.ref.id)
    assert run_context.properties["status"] == "COMPLETE"
    assert {f"worker_{number}" for number in range(4)} <= run_context.custom_properties.keys()
    assert store.series(run)["fold"].count == 4
    environments = {a.id for e in steps for a in store.lineage.upstream(e).of_type("Environment")}
    assert len(environments) <= 1


def test_no_password_is_passed_along(store, server):
    with store.run("iris", properties={"api_key": "sk-dont-tell-anybody-1234567890"}) as run:
        pickle_bytes = pickle.dumps(run)
    assert server.password.encode() not in pickle_bytes
    assert b"dont-tell" not in pickle_bytes


def test_a_copy_in_the_same_process_does_not_end_the_run(store):
    with store.run("iris") as run:
        copy = pickle.loads(pickle.dumps(run))
        with copy, copy.execution("Fold"):
            assert graphstore.current_run() is copy
        copy.end()
        assert store.contexts.get(run.ref.id).properties["status"] == "RUNNING"
    assert store.contexts.get(run.ref.id).properties["status"] == "COMPLETE"


def test_what_a_fork_logs_and_notes_is_stored_when_it_says_so(store):
    def log():
        step.log(loss=0.25)
        step.set(child=os.getpid())
        step.flush()

    with store.run("iris") as run, run.execution("Train") as step:
        step.log(loss=0.5)
        child = multiprocessing.get_context("fork").Process(target=log)
        child.start()
        child.join()
    assert sorted(store.series(step)["loss"].values) == [0.25, 0.5]
    assert store.executions.get(step.ref.id).custom_properties["child"] == child.pid


def test_what_cannot_be_pickled_says_what_to_do(store):
    run = store.run("iris", "first")
    with pytest.raises(TypeError, match=r"only one that has begun.*store\.run\(pipeline, name\)"):
        pickle.dumps(run)
    with run, run.execution("Fold") as step:
        with pytest.raises(TypeError, match=r"step\.dump\(\), and run\.load\(text\)"):
            pickle.dumps(step)


def test_a_thread_enters_the_run_and_leaves_it_going_on(store):
    def train(number):
        with pytest.raises(FailedPrecondition, match=r"`with run:`"):
            graphstore.current_run()
        with run:
            fold(number)

    with store.run("iris") as run:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(train, range(6)))
        with run.execution("Report") as step:

            def report():
                with step:
                    graphstore.current_step().output("report", Artifact(type="Report"))

            thread = threading.Thread(target=report)
            thread.start()
            thread.join()
            assert step.execution.state is ExecutionState.RUNNING
        assert store.contexts.get(run.ref.id).properties["status"] == "RUNNING"
    assert len(store.executions.list(type="Fold")) == 6
    assert step.outputs["report"][0].id


SIGNAL_SCRIPT = """
import os, signal, sys, time
import graphstore
from graphstore import Artifact, Store
from graphstore.database import Database
from graphstore.recording import signals

signals.SECONDS = 60.0  # a server that plans its first queries on a busy machine is no error
uri, user, password, way = sys.argv[1:]
if way == "exit":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
elif way == "goes on":
    signal.signal(signal.SIGTERM, lambda *_: print("heard", flush=True))
elif way == "ignored":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
elif way == "hang up":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever began the tests by nohup ignores it
before = signal.getsignal(signal.SIGTERM)
store = Store(Database(uri, (user, password), "neo4j"))
if way == "start":
    run = store.run("iris", "first").start()
    step = run.execution("Trainer").start()
else:
    run = store.run("iris", "first").__enter__()
    step = run.execution("Trainer").__enter__()
step.output("model", Artifact(type="Model", uri="s3://model"))
step.log(loss=0.5)
if way in ("with", "start", "hang up", "exit"):
    number = signal.SIGHUP if way == "hang up" else signal.SIGTERM
    try:
        os.kill(os.getpid(), number)
        time.sleep(60)
    except SystemExit as error:
        step.__exit__(type(error), error, None)
        run.__exit__(type(error), error, None)
        raise
os.kill(os.getpid(), signal.SIGHUP if way == "ignored" else signal.SIGTERM)
step.__exit__(None, None, None)
run.__exit__(None, None, None)
assert signal.getsignal(signal.SIGTERM) is before
store.close()
"""


def run_script(server, tmp_path, way):
    """How a process ended that was sent a signal in the middle of a step."""
    result = subprocess.run(
        [sys.executable, "-c", SIGNAL_SCRIPT, server.uri, server.user, server.password, way],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return result


@pytest.mark.parametrize(
    ("way", "code", "word"),
    [
        ("with", -signal.SIGTERM, "SIGTERM"),
        ("start", -signal.SIGTERM, "SIGTERM"),
        ("hang up", -signal.SIGHUP, "SIGHUP"),
        ("exit", 0, None),
    ],
)
def test_a_signal_that_ends_the_process_marks_canceled(store, server, tmp_path, way, code, word):
    result = run_script(server, tmp_path, way)
    assert result.returncode == code, result.stderr
    (step,) = store.executions.list(type="Trainer")
    assert step.state is ExecutionState.CANCELED and step.end_time is not None
    run = store.contexts.get_by_name("PipelineRun", "first")
    assert run.properties["status"] == "CANCELED" and run.end_time is not None
    if word is not None:
        assert (step.properties["error_type"], run.properties["error_type"]) == (word, word)
    assert list(store.series(step)["loss"].values) == [0.5]
    assert {a.state.value for a in store.artifacts.list(type="Model")} == {"ABANDONED"}


@pytest.mark.parametrize("way", ["goes on", "ignored"])
def test_a_signal_that_the_program_outlives_changes_nothing(store, server, tmp_path, way):
    result = run_script(server, tmp_path, way)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ("heard\n" if way == "goes on" else "")
    (step,) = store.executions.list(type="Trainer")
    run = store.contexts.get_by_name("PipelineRun", "first")
    assert (step.state.value, run.properties["status"]) == ("COMPLETE", "COMPLETE")
    assert "error_type" not in step.properties and "error_type" not in run.properties
    assert {a.state.value for a in store.artifacts.list(type="Model")} == {"LIVE"}


def test_a_run_whose_workers_live_longer_than_who_began_it_is_not_gone(store):
    run = store.run("iris").start()
    step = run.execution("Fold").start()
    properties = {**store.contexts.get(run.ref.id).properties, "began": 1.0}
    store.contexts.put(run.context.evolve(properties=properties))
    of_step, of_run = store.doctor.running()
    assert (of_step.verdict, of_run.verdict) == ("alive", "alive")
    assert f"its step e{step.ref.id}" in of_run.reason
    step.complete()
    (of_run,) = store.doctor.running()
    assert of_run.verdict == "gone"
    store.doctor.abandon([of_run])
    assert store.contexts.get(run.ref.id).properties["status"] == "ABANDONED"


def test_what_is_gone_on_with_meanwhile_is_not_marked(store):
    run = store.run("iris", "first").start()
    properties = {**run.context.properties, "began": 1.0}
    store.contexts.put(run.context.evolve(properties=properties))
    (suspect,) = store.doctor.running()
    assert suspect.verdict == "gone"
    run._pid = 0  # as if it had been another process's
    with store.run("iris", "first"):
        assert store.doctor.abandon([suspect]).runs == 0
