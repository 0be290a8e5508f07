"""What is said of a step by several threads, by forks, or against what its type declares."""

import hashlib
import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import graphstore
from graphstore import Artifact, ExecutionState, ExecutionType, PropertyKind
from graphstore.errors import InvalidProperty


@pytest.mark.parametrize("way", ["input", "output"])
def test_each_thread_says_its_own_file(store, tmp_path, way):
    def say(number):
        path = tmp_path / f"{number}"
        path.write_bytes(bytes([number]) * 1_000_000)
        with step:
            getattr(step, way)("shard", path, type="Shard")

    with store.run("iris", capture=()) as run, run.execution("Shards") as step:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(say, range(16)))
    stored = store.artifacts.list(type="Shard")
    digests = {a.uri: a.digest for a in stored}
    assert digests == {
        str(path): f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in tmp_path.iterdir()
        if path.is_file()
    }
    events = store.events.of_executions([step.execution.id])
    places = [event.path for event in events if event.path[0] == "shard"]
    assert sorted(places) == [("shard", number) for number in range(16)]


def test_what_is_said_while_a_record_goes_out_is_in_the_next(store, monkeypatch):
    with store.run("iris", capture=()) as run, run.execution("Train") as step:
        send = step._recording.send

        def slow(record):
            answer = send(record)
            monkeypatch.undo()
            step.output("model", Artifact(type="Model"))  # as another thread would
            return answer

        monkeypatch.setattr(step._recording, "send", slow)
        step.set(note=1)
        step.flush()
    assert len(store.artifacts.list(type="Model")) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="others do not fork by default")
def test_a_fork_is_told_that_what_it_says_is_not_stored(store, tmp_path):
    log = tmp_path / "log"

    def work():
        import logging

        logging.getLogger("graphstore").addHandler(logging.FileHandler(log))
        step.output("shard", Artifact(type="Shard"))

    with store.run("iris", capture=()) as run, run.execution("Shards") as step:
        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
        process.join()
    assert process.exitcode == 0
    assert "Shards: what a process that was forked says that it reads" in log.read_text()


@pytest.mark.parametrize(
    ("say", "kept"),
    [
        (lambda step: step.log(loss=0.5), {"loss": 0.5}),
        (lambda step: step.log(accuracy=0.9), {"accuracy": 0.9}),
        (lambda step: step.set(loss="high"), {"loss": "high"}),
        (lambda step: step.log({"a\0b": 1.0}), None),
        (lambda step: step.log({"x\udc80": 1.0}), None),
    ],
)
@pytest.mark.parametrize("of_run", [False, True])
def test_no_work_is_lost_for_a_note_that_the_type_refuses(store, caplog, say, kept, of_run):
    declared = {"loss": PropertyKind.INT, "accuracy": PropertyKind.STRING}
    store.types.put(ExecutionType(name="Train", properties=declared))
    store.types.put(graphstore.ContextType(name="PipelineRun", properties=declared))

    @graphstore.step("Train", output="model")
    def train():
        say(run if of_run else graphstore.current_step())
        return Artifact(type="Model")

    with store.run("iris", capture=()) as run:
        model = train()
    assert store.artifacts.get(model.id).type == "Model"
    (step,) = store.executions.list(type="Train")
    assert step.state is ExecutionState.COMPLETE
    context = store.contexts.get(run.context.id)
    assert context.properties["status"] == "COMPLETE"
    noted = context if of_run else step
    if kept is not None:
        assert kept.items() <= noted.custom_properties.items()
        assert caplog.text.count("it is kept as a custom property") == 1


def test_a_strict_step_refuses_it(store):
    store.types.put(ExecutionType(name="Train", properties={"loss": PropertyKind.INT}))
    with store.run("iris", capture=()) as run, pytest.raises(InvalidProperty):
        with run.execution("Train", strict=True) as step:
            step.log(loss=0.5)


def test_another_thing_under_a_known_external_id_is_one_of_its_own(store, file, caplog):
    def made(number, accuracy, contents=None):
        with store.run("iris", capture=()) as run, run.execution("Train") as step:
            step.output(
                "model",
                Artifact(
                    type="Model",
                    external_id="churn/prod",
                    uri=str(file(f"m{number}", str(contents or number))),
                ),
                properties={"accuracy": accuracy},
            )
        return step.outputs["model"][0]

    first, same = made(1, 0.1), made(1, 0.1)
    assert "external id" not in caplog.text
    second = made(2, 0.2)
    assert (same.id, made(2, 0.2).id) == (first.id, second.id)
    assert (first.external_id, first.uri[-2:], second.uri[-2:]) == ("churn/prod", "m1", "m2")
    assert second.custom_properties == {"accuracy": 0.2, "requested_external_id": "churn/prod"}
    assert caplog.text.count(f"differs in its contents from a{first.id}, which has it") == 2
    assert made(1, 0.3).id == first.id
    assert made(3, 0.1, contents=1).id == first.id  # it was moved
    assert "what differs in its uri: that stays as it is" in caplog.text
    assert "what differs in its accuracy: that stays as it is" in caplog.text
    assert store.artifacts.get(first.id).custom_properties == {"accuracy": 0.1}
