"""Functions as steps."""

import asyncio
import threading
from contextvars import copy_context

import pytest

import graphstore
from graphstore import Artifact, ExecutionState
from graphstore.errors import FailedPrecondition, InvalidArgument

calls = []


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


@graphstore.step("Trainer", output="model", cache=True)
def train(examples: Artifact, rate: float = 0.1, *, depth: int = 3) -> Artifact:
    calls.append(rate)
    return Artifact(type="Model", uri=f"s3://models/{rate}")


@graphstore.step(cache=True)
def split(data: Artifact, parts: int):
    return {
        "train": [Artifact(type="Examples") for _ in range(parts)],
        "schema": Artifact(type="S"),
    }


@graphstore.step
def look(examples: list):
    calls.append([a.id for a in examples])


@graphstore.step("Waiter", output="model", cache=True)
async def wait(examples: Artifact, rate: float) -> Artifact:
    await asyncio.sleep(0)
    calls.append(graphstore.current_step().execution.type)
    return Artifact(type="Model")


def test_arguments_are_inputs_and_parameters(store, data):
    with store.run("iris"):
        model = train(data, 0.2)
    producer = store.lineage.producers(model)[0].execution
    assert (producer.type, producer.state) == ("Trainer", ExecutionState.COMPLETE)
    assert producer.custom_properties == {"rate": 0.2, "depth": 3}
    assert [a.uri for a in store.lineage.upstream(model).of_type("Csv")] == [data.uri]


def test_a_call_that_was_made_before_is_skipped(store, data):
    with store.run("iris"):
        first = train(data)
        again = train(examples=data, rate=0.1, depth=3)
        other = train(data, 0.3)
    assert again == first != other
    assert calls == [0.1, 0.3]


def test_roles_are_lists_the_first_time_and_when_skipped(store, data):
    with store.run("iris"):
        first = split(data, 1)
        again = split(data, 1)
        other = split(data, 2)
    assert first == again
    assert (len(first["train"]), len(first["schema"]), len(other["train"])) == (1, 1, 2)


def test_a_function_that_makes_nothing_returns_nothing(store, data):
    with store.run("iris"):
        assert look(split(data, 3)["train"]) is None
    assert len(calls[0]) == 3
    (execution,) = store.executions.list(type="look")
    assert len(store.lineage.upstream(execution, max_hops=1).of_type("Examples")) == 3


def test_coroutines_are_steps(store, data):
    async def main():
        async with store.run("iris"):
            return await asyncio.gather(*(wait(data, rate) for rate in (1.0, 2.0)))

    models = asyncio.run(main())
    assert calls == ["Waiter", "Waiter"]
    assert {
        store.lineage.producers(model)[0].execution.custom_properties["rate"] for model in models
    } == {1.0, 2.0}


def test_an_error_is_recorded_and_raised_on(store, data):
    @graphstore.step("Trainer")
    def fail(examples):
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"), store.run("iris"):
        fail(data)
    (execution,) = store.executions.list(type="Trainer")
    assert execution.properties["error_message"] == "disk"


def test_what_is_no_value_is_recorded_by_its_type(store, data):
    @graphstore.step(ignore=["lock"])
    def ignoring(examples, lock):
        calls.append(lock)

    @graphstore.step
    def told(examples, lock):
        calls.append(lock)

    @graphstore.step(strict=True)
    def strict(examples, lock):
        calls.append(lock)

    lock = threading.Lock()
    with store.run("iris"):
        ignoring(data, lock)
        told(data, lock)
        with pytest.raises(InvalidArgument, match="parameter 'lock' of strict"):
            strict(data, lock)
    assert calls == [lock, lock]
    (execution,) = store.executions.list(type="told")
    assert execution.custom_properties == {"lock": {"type": "_thread.lock"}}
    (execution,) = store.executions.list(type="ignoring")
    assert execution.custom_properties == {}
    with pytest.raises(InvalidArgument, match="no parameter 'x'"):
        graphstore.step(ignore=["x"])(lambda y: None)


@pytest.mark.parametrize(
    ("output", "answer"),
    [("model", None), ("model", {"a": 1}), (None, 1.5), (None, {"a": 1})],
)
def test_a_strict_step_returns_artifacts(store, output, answer):
    @graphstore.step("Trainer", output=output, strict=True)
    def wrong():
        return answer

    with pytest.raises(InvalidArgument, match="wrong is a step, and returned"), store.run("iris"):
        wrong()
    (execution,) = store.executions.list(type="Trainer")
    assert execution.state is ExecutionState.FAILED


def test_a_step_needs_a_run(store, data):
    with pytest.raises(FailedPrecondition, match="no run is going on here"):
        train(data)


def test_a_thread_has_no_run_unless_it_is_given_one(store, data):
    def work():
        try:
            train(data)
        except FailedPrecondition as error:
            calls.append(error)

    with store.run("iris"):
        context = copy_context()
        for target in (work, lambda: context.run(work)):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert isinstance(calls[0], FailedPrecondition)
    assert calls[1:] == [0.1]


def test_methods_are_steps(store, data):
    class Pipeline:
        @graphstore.step("Trainer", output="model")
        def train(self, examples):
            return Artifact(type="Model")

    with store.run("iris"):
        model = Pipeline().train(data)
    assert store.lineage.producers(model)[0].execution.custom_properties == {}


def test_a_decorated_function_keeps_its_name_and_help():
    assert train.__name__ == "train"
    assert train.__wrapped__ is not None
