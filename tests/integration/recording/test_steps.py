"""Steps as they happen: what the store knows of them, when, and how they end."""

import asyncio
import multiprocessing
import os
import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path

import pytest
from pydantic import BaseModel

import graphstore
from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Context,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    PropertyKind,
    Store,
)
from graphstore.errors import FailedPrecondition, InvalidArgument, InvalidProperty, NotFound


def test_a_run_and_its_steps_are_recorded(store, data, file):
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    with store.run("iris", properties={"note": "first"}) as run:
        with run.execution("Trainer", parameters={"rate": 0.1}, inputs={"data": data}) as step:
            answer = step.output(
                "model", file("model", "weights"), type="Model", properties={"accuracy": 0.9}
            )
    execution = store.executions.get(step.execution.id)
    assert execution == step.execution
    assert (execution.type, execution.state) == ("Trainer", ExecutionState.COMPLETE)
    assert execution.custom_properties == {"rate": 0.1}
    assert before < execution.start_time <= execution.end_time <= datetime.now(timezone.utc)
    (source,), (model,) = step.inputs["data"], step.outputs["model"]
    assert store.artifacts.get_many([source.id, model.id]) == [source, model]
    assert (source.type, source.state, source.digest[:7]) == ("Csv", ArtifactState.LIVE, "sha256:")
    assert (model.type, model.state, model.digest[:7]) == ("Model", ArtifactState.LIVE, "sha256:")
    assert model.custom_properties == {"accuracy": 0.9}
    assert answer.external_id == model.external_id
    events = {(e.type, e.path, e.artifact_id) for e in store.events.of_executions([execution.id])}
    assert (EventType.INPUT, ("data", 0), source.id) in events
    assert (EventType.OUTPUT, ("model", 0), model.id) in events
    assert {e[0] for e in events} == {EventType.INPUT, EventType.OUTPUT, EventType.INTERNAL_INPUT}
    contexts = {c.type: c for c in store.contexts.of_execution(execution.id)}
    assert contexts["Pipeline"].name == "iris"
    assert contexts["PipelineRun"] == run.context
    assert run.context.properties["status"] == "COMPLETE"
    assert run.context.custom_properties == {"note": "first"}
    assert before < run.context.start_time <= run.context.end_time
    assert store.contexts.parents(run.context.id) == [contexts["Pipeline"]]
    assert {c.type for c in store.contexts.of_artifact(model.id)} == {"Pipeline", "PipelineRun"}


def test_a_step_is_running_while_it_runs(store, data):
    with store.run("iris") as run:
        assert store.contexts.get(run.context.id).properties["status"] == "RUNNING"
        with run.execution("Trainer", inputs={"data": data}) as step:
            execution = store.executions.get(step.execution.id)
            assert (execution.state, execution.end_time) == (ExecutionState.RUNNING, None)
            assert execution.start_time is not None
            assert [a.uri for a in store.lineage.upstream(execution).of_type("Csv")] == [data.uri]


def test_an_error_makes_a_step_and_its_run_fail_and_is_raised_on(store, data, file):
    with pytest.raises(ZeroDivisionError), store.run("iris") as run:
        with run.execution("Trainer", inputs={"data": data}) as step:
            step.output("model", file("half"), type="Model")
            1 / 0  # noqa: B018
    execution = store.executions.get(step.execution.id)
    assert execution.state is ExecutionState.FAILED
    assert execution.end_time is not None
    assert execution.properties["error_type"] == "ZeroDivisionError"
    assert execution.properties["error_message"] == "division by zero"
    assert "1 / 0" in execution.properties["error_traceback"]
    assert step.outputs["model"][0].state is ArtifactState.ABANDONED
    run_ = store.contexts.get(run.context.id)
    assert run_.properties["status"] == "FAILED"
    assert run_.properties["error_type"] == "ZeroDivisionError"


def test_an_error_that_is_caught_leaves_the_run_complete(store):
    with store.run("iris") as run:
        with pytest.raises(RuntimeError), run.execution("Trainer"):
            raise RuntimeError("no")
        with run.execution("Pusher") as pusher:
            pass
    assert pusher.execution.state is ExecutionState.COMPLETE
    assert run.context.properties["status"] == "COMPLETE"


@pytest.mark.parametrize(
    ("error", "state", "status"),
    [
        (KeyboardInterrupt(), ExecutionState.CANCELED, "CANCELED"),
        (asyncio.CancelledError(), ExecutionState.CANCELED, "CANCELED"),
        (SystemExit(3), ExecutionState.FAILED, "FAILED"),
    ],
)
def test_how_the_work_was_stopped(store, error, state, status):
    with pytest.raises(type(error)), store.run("iris") as run:
        with run.execution("Trainer") as step:
            raise error
    assert step.execution.state is state
    assert run.context.properties["status"] == status


def test_a_step_that_does_nothing_costs_two_queries(store, data, queries):
    with store.run("iris") as run:
        for _ in range(13):  # until the types are known and ids are leased
            with run.execution("Trainer"):
                pass
        with queries() as messages, run.execution("Trainer"):
            pass
        assert len(messages) == 2
        (source,) = _first(run, data)
        with queries() as messages:
            with run.execution("Trainer", inputs={"data": source}, cache=True, code="1") as miss:
                pass
        assert (len(messages), miss.cached) == (2, None)
        with queries() as messages:
            with run.execution("Trainer", inputs={"data": source}, cache=True, code="1") as hit:
                pass
        assert len(messages) == 2
        assert hit.cached.execution == miss.execution


def _first(run, data):
    with run.execution("Trainer", inputs={"data": data}) as step:
        pass
    return step.inputs["data"]


def test_what_comes_from_outside_is_one_artifact(store, data, file):
    def read(artifact):
        with store.run("iris") as run, run.execution("Trainer", inputs={"data": artifact}) as step:
            pass
        return step.inputs["data"][0].id

    first = read(data)
    assert read(data) == first
    assert read(data.evolve(custom_properties={"note": "said later"})) == first
    file("data.csv", "3,4\n")
    assert read(data) != first
    assert read(Artifact(type="Csv", uri="s3://data/1")) == read(
        Artifact(type="Csv", uri="s3://data/1")
    )
    assert read(Artifact(type="Csv")) != read(Artifact(type="Csv"))


def test_an_output_is_the_input_of_the_next_step(store, file):
    with store.run("iris") as run:
        with run.execution("ExampleGen") as first:
            artifact = first.output("examples", file("examples"), type="Examples")
        with run.execution("Trainer", inputs={"examples": artifact}) as second:
            second.input("more", first.outputs["examples"][0].id)
            second.input("csv", file("x.csv"), type="Csv")
    product = first.outputs["examples"][0]
    assert second.inputs["examples"] == second.inputs["more"] == (product,)
    assert second.inputs["csv"][0].type == "Csv"
    graph = store.lineage.upstream(second.execution)
    assert {first.execution.id, second.execution.id} == set(graph.executions)


def test_relative_paths_are_recorded_as_absolute_ones(store, tmp_path, file):
    file("model")
    with store.run("iris") as run, run.execution("Trainer") as step:
        step.output("model", Path("model"), type="Model")
    assert step.outputs["model"][0].uri == str(tmp_path / "model")


def test_an_output_that_is_not_there_is_not_live(store, caplog):
    with store.run("iris") as run, run.execution("Trainer") as step:
        step.output("model", "nowhere", type="Model")
        step.output("model", "s3://bucket/model", type="Model")
    local, remote = step.outputs["model"]
    assert (local.state, remote.state) == (ArtifactState.UNKNOWN, ArtifactState.LIVE)
    assert "nothing at" in caplog.text


class Colour(Enum):
    RED = "red"


@dataclass
class Options:
    depth: int
    path: Path


class Settings(BaseModel):
    deep: dict[str, int]


def test_parameters_become_plain_values(store):
    values = {
        "int": 1,
        "bool": True,
        "path": Path("/a/b"),
        "day": date(2026, 1, 31),
        "enum": Colour.RED,
        "set": {"b", "a"},
        "tuple": (1, 2.5, None),
        "options": Options(3, Path("/c")),
        "settings": Settings(deep={"x": 1}),
        "none": None,
    }
    with store.run("iris") as run, run.execution("Trainer", parameters=values) as step:
        pass
    assert store.executions.get(step.execution.id).custom_properties == {
        "int": 1,
        "bool": True,
        "path": "/a/b",
        "day": "2026-01-31",
        "enum": "red",
        "set": ["a", "b"],
        "tuple": [1, 2.5, None],
        "options": {"depth": 3, "path": "/c"},
        "settings": {"deep": {"x": 1}},
    }


def test_declared_properties_are_properties(store, file):
    store.types.put(
        ExecutionType(
            name="Trainer",
            properties={"rate": PropertyKind.DOUBLE, "forgotten": PropertyKind.STRING},
        )
    )
    store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.DOUBLE}))
    with store.run("iris") as run:
        with run.execution("Trainer", parameters={"rate": 1, "other": 2}) as step:
            step.output("model", file("m"), type="Model", properties={"accuracy": 1, "x": "y"})
    execution = store.executions.get(step.execution.id)
    assert execution.properties["rate"] == 1.0
    assert execution.custom_properties == {"other": 2}
    model = step.outputs["model"][0]
    assert (model.properties, model.custom_properties) == ({"accuracy": 1.0}, {"x": "y"})


def test_what_a_type_does_not_take_is_told_before_the_work_begins(store):
    store.types.put(ExecutionType(name="Trainer", properties={"rate": PropertyKind.DOUBLE}))
    with store.run("iris") as run:
        with pytest.raises(InvalidProperty, match=r"'rate'.*DOUBLE.*'high'"):
            with run.execution("Trainer", parameters={"rate": "high"}):
                raise AssertionError("it ran")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda run: run.execution(""), "name of its component"),
        (lambda run: run.execution("T", cache=True), "its code must be known"),
        (lambda run: run.execution("T", cache="yes", code="1"), "False, 'verify' or 'trust'"),
        (
            lambda run: run.execution("T", parameters={"x": threading.Lock()}, strict=True),
            "parameter 'x' of T",
        ),
        (lambda run: run.execution("T", inputs={"x": [1.5]}), "expected an artifact"),
    ],
)
def test_wrong_arguments_are_told(store, call, says):
    with store.run("iris") as run:
        with pytest.raises(InvalidArgument, match=says):
            call(run)


def test_an_input_that_is_not_there_is_told(store):
    with store.run("iris") as run:
        with pytest.raises(NotFound, match="no artifact has id 99"):
            run.execution("Trainer", inputs={"data": 99})


def test_outputs_of_a_strict_step_need_a_type(store):
    with store.run("iris") as run:
        with pytest.raises(InvalidArgument, match="taken for a Model"):
            with run.execution("Trainer", strict=True) as step:
                step.output("model", "models/1")


def test_what_is_over_is_over(store, data):
    with store.run("iris") as run:
        with run.execution("Trainer") as step:
            pass
        for call in (
            lambda: step.output("model", "m", type="Model"),
            lambda: step.input("data", data),
            step.complete,
            step.cancel,
            step.start,
        ):
            with pytest.raises(FailedPrecondition):
                call()
    for call in (run.end, run.start):
        with pytest.raises(FailedPrecondition):
            call()


def test_the_phases_can_be_called_alone(store, data, file):
    run = store.run("iris", "iris-17").start()
    step = run.execution("Trainer", inputs={"data": data}, cache=True, code="1").start()
    step.output("model", file("model"), type="Model")
    step.complete()
    failed_step = run.execution("Pusher").start().fail(RuntimeError("no"))
    canceled_step = run.execution("Pusher").start().cancel()
    skipped_step = run.execution("Trainer", inputs={"data": data}, cache=True, code="1").start()
    run.end()
    assert [s.execution.state.value for s in (step, failed_step, canceled_step, skipped_step)] == [
        "COMPLETE",
        "FAILED",
        "CANCELED",
        "CACHED",
    ]
    assert failed_step.execution.properties["error_message"] == "no"
    assert skipped_step.outputs == step.outputs


def drive(server, folder, name, queue):
    """The driver of an orchestrator, in a process of its own."""
    os.environ["GRAPHSTORE_HOME"] = str(folder)
    with Store(server.connect()) as store:
        data = Artifact(type="Csv", uri="s3://data")
        step = store.run("iris", name).execution(
            "Trainer", parameters={"rate": 0.1}, inputs={"data": data}, cache=True, code="1"
        )
        queue.put(step.start().dump())


def test_the_phases_can_be_in_processes_of_their_own(store, server, tmp_path, file):
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.SimpleQueue()
    run = store.run("iris", "iris-17").start()
    driver = spawn.Process(target=drive, args=(server, tmp_path / "home", "iris-17", queue))
    driver.start()
    text = queue.get()
    driver.join()
    (before,) = store.executions.list(type="Trainer")
    assert before.state is ExecutionState.RUNNING
    assert "gone" in {one.verdict for one in store.doctor.running()}

    executor = store.run("iris", "iris-17").load(text)
    assert {one.verdict for one in store.doctor.running()} == {"alive"}
    executor.output("model", file("model"), type="Model")
    text = executor.dump()

    publisher = store.run("iris", "iris-17").load(text).complete()
    run.end()
    after = store.executions.get(before.id)
    assert after == publisher.execution
    assert (after.state, after.custom_properties) == (ExecutionState.COMPLETE, {"rate": 0.1})
    assert after.fingerprint == before.fingerprint
    graph = store.lineage.upstream(publisher.outputs["model"][0])
    assert [a.uri for a in graph.of_type("Csv")] == ["s3://data"]
    assert publisher.outputs["model"][0].state is ArtifactState.LIVE
    assert {c.name for c in store.contexts.of_execution(after.id)} == {"iris", "iris-17"}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"execution": {}}'])
def test_what_is_no_dumped_step_is_told(store, text):
    with pytest.raises(InvalidArgument, match="no step that was dumped"):
        store.run("iris").load(text)


def test_a_run_of_the_same_name_goes_on_if_asked_to(store):
    with store.run("iris", "iris-17") as first:
        pass
    second = store.run("iris", "iris-17", resume=True).start()
    assert second.context.id == first.context.id
    assert second.context.end_time is None
    second.end()
    assert second.context.end_time > first.context.end_time


def test_a_run_belongs_to_what_else_is_asked_for(store):
    with store.run("iris", contexts=[Context(type="Experiment", name="rates")]) as run:
        with run.execution("Trainer") as step:
            pass
    assert {c.type for c in store.contexts.of_execution(step.execution.id)} == {
        "Experiment",
        "Pipeline",
        "PipelineRun",
    }


def test_nested_steps_do_not_mix(store, file):
    with store.run("iris") as run:
        with run.execution("Tuner") as outer:
            with run.execution("Trainer") as inner:
                assert graphstore.current_step() is inner
                inner.output("model", file("inner"), type="Model")
            assert graphstore.current_step() is outer
            outer.output("best", inner.outputs["model"][0])
        assert graphstore.current_run() is run
    assert inner.outputs["model"] == outer.outputs["best"]
    for call in (graphstore.current_run, graphstore.current_step):
        with pytest.raises(FailedPrecondition, match="is going on here"):
            call()


def test_threads_do_not_mix(store, file):
    def work(run, number):
        for round_ in range(5):
            with run.execution("Trainer", parameters={"number": number}) as step:
                assert graphstore.current_step() is step
                step.output("model", file(f"{number}-{round_}", str(number)), type="Model")

    with store.run("iris") as run:
        threads = [threading.Thread(target=work, args=(run, number)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    _check_all(store, 30)


def test_tasks_do_not_mix(store, file):
    async def work(run, number):
        for round_ in range(5):
            async with run.execution("Trainer", parameters={"number": number}) as step:
                await asyncio.sleep(0)
                assert graphstore.current_step() is step
                step.output("model", file(f"{number}-{round_}", str(number)), type="Model")

    async def main():
        async with store.run("iris") as run:
            await asyncio.gather(*(work(run, number) for number in range(6)))

    asyncio.run(main())
    _check_all(store, 30)


def test_pipelines_that_run_at_once_do_not_mix(store, file):
    """Each in a thread of its own, and within it as tasks, with the same names for everything."""

    async def work(pipeline, number):
        async with store.run(pipeline) as run:
            for round_ in range(3):
                async with run.execution("Trainer", parameters={"number": number}) as step:
                    await asyncio.sleep(0)
                    assert graphstore.current_run() is run
                    step.output("model", file(f"{number}-{round_}"), type="Model")

    async def both(pipeline, first):
        await asyncio.gather(*(work(pipeline, number) for number in (first, first + 1)))

    threads = [
        threading.Thread(target=lambda n=n: asyncio.run(both(f"p{n}", 10 * n))) for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _check_all(store, 18)
    for n in range(3):
        pipeline = store.contexts.get_by_name("Pipeline", f"p{n}")
        runs = store.contexts.children(pipeline.id)
        assert len(runs) == 2
        for run in runs:
            numbers = {e.custom_properties["number"] for e in store.executions.list(context=run.id)}
            assert len(numbers) == 1
            assert numbers <= {10 * n, 10 * n + 1}


def test_a_task_that_is_canceled_is_recorded_as_that(store):
    async def work(run):
        async with run.execution("Trainer") as step:
            future.set_result(step)
            await asyncio.sleep(60)

    async def main():
        nonlocal future
        future = asyncio.get_running_loop().create_future()
        async with store.run("iris") as run:
            task = asyncio.create_task(work(run))
            step = await future
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return step

    future = None
    assert asyncio.run(main()).execution.state is ExecutionState.CANCELED


def _check_all(store, count):
    executions = list(store.executions.list(type="Trainer", limit=1000))
    assert len(executions) == count
    for execution in executions:
        assert execution.state is ExecutionState.COMPLETE
        graph = store.lineage.downstream(execution)
        (model,) = graph.artifacts.values()
        number = execution.custom_properties["number"]
        assert Path(model.uri).name.startswith(f"{number}-")


def test_a_model_can_be_built_on(store):
    """What a step returns is the artifact as it is stored: it can be published by hand too."""
    with store.run("iris") as run, run.execution("Trainer") as step:
        step.output("model", Artifact(type="Model", uri="s3://m", name="best"))
    publication = store.publish(Execution(type="Trainer"), inputs={"base": step.outputs["model"]})
    assert publication.inputs == step.outputs["model"]


def test_an_execution_says_which_of_its_properties_are_parameters(store):
    store.types.put(ExecutionType(name="Trainer", properties={"rate": PropertyKind.DOUBLE}))
    parameters = {"rate": 0.1, "state": "idle", "parameter_names": "x", "seed": None}
    with store.run("iris") as run:
        with run.execution("Trainer", parameters=parameters) as step:
            document = step.dump()
            assert dict(run.load(document).parameters) == dict(step.parameters)
        with run.execution("Other") as bare:
            pass
    execution = store.executions.get(step.execution.id)
    assert execution.properties["parameter_names"] == ["parameter_names", "rate", "state"]
    assert execution.properties["rate"] == 0.1
    assert execution.custom_properties == {"state": "idle", "parameter_names": "x"}
    assert store.executions.get(bare.execution.id).properties["parameter_names"] == []
