"""What a step made is recorded, whatever is wrong with what is said of it."""

import logging

import numpy
import pytest

import graphstore
from graphstore import Artifact, ArtifactType, ExecutionState, PropertyKind
from graphstore.errors import AlreadyExists, InvalidArgument, InvalidProperty


@pytest.fixture
def warnings(caplog):
    """What was logged until now."""
    caplog.set_level(logging.WARNING, logger="graphstore")
    return lambda: [record.getMessage() for record in caplog.records]


def model_of(store, step):
    execution = store.executions.get(step.execution.id)
    assert execution.state is ExecutionState.COMPLETE
    return step.outputs["model"][0]


def test_a_property_that_its_type_does_not_take_is_kept_as_a_custom_one(store, warnings):
    store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.INT}))
    artifact = Artifact(type="Model", properties={"accuracy": 0.9, "loss": 1})
    with store.run("iris") as run, run.execution("Trainer") as step:
        step.output("model", artifact, properties={"f1": numpy.float32(0.5), "curve": [1, 2]})
    model = store.artifacts.get(model_of(store, step).id)
    assert model.properties == {}
    assert model.custom_properties == {"accuracy": 0.9, "loss": 1, "f1": 0.5, "curve": [1, 2]}
    assert [("'accuracy'" in text, "'loss'" in text) for text in warnings()] == [
        (True, False),
        (False, True),
    ]


def test_a_strict_step_refuses_it(store):
    store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.INT}))
    with store.run("iris") as run:
        with pytest.raises(InvalidProperty, match="'accuracy'"):
            with run.execution("Trainer", strict=True) as step:
                step.output("model", Artifact(type="Model", properties={"accuracy": 0.9}))
        with pytest.raises(InvalidArgument, match="alone"):
            with run.execution("Trainer", strict=True) as other:
                other.output("model", "s3://models/1")
    for one in (step, other):
        assert store.executions.get(one.execution.id).state is ExecutionState.FAILED


@pytest.mark.parametrize(
    ("content", "type_", "properties"),
    [
        ("s3://models/1", "Model", {}),
        (0.93, "Metrics", {"model": 0.93}),
        (numpy.float64(0.93), "Metrics", {"model": 0.93}),
        ({"loss": 1, "accuracy": 0.5}, "Metrics", {"loss": 1, "accuracy": 0.5}),
        (None, "Model", {}),
        (True, "Model", {"value": True}),
        ([1, 2], "Model", {"value": [1, 2]}),
        (Artifact(type=""), "Model", {}),
        (Artifact(type="M\0"), "Model", {"requested_type": "M\\0"}),
        (Artifact(type="Model", name="n" * 9000), "Model", {"requested_name": "n" * 9000}),
        (Artifact(type="Model", name="\ud800"), "Model", {"requested_name": "\\ud800"}),
        (Artifact(type="Model", uri="data:" + "x" * 9000), "Model", None),
        (Artifact(type="Model", properties={"x": object, "\0": 1, "n": None}), "Model", None),
        (Artifact(type="Model", custom_properties={"x" * 2000: {1: {2}}}), "Model", None),
        (Artifact(type="Model", id=999_999), "Model", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_whatever_an_output_is_it_is_recorded(store, content, type_, properties):
    with store.run("iris") as run, run.execution("Trainer") as step:
        step.output("model", content)
    model = store.artifacts.get(model_of(store, step).id)
    assert model.type == type_
    if properties is not None:
        assert model.custom_properties == properties


def test_one_output_that_is_refused_keeps_no_other_from_being_stored(store, warnings):
    with store.run("iris") as run, run.execution("Trainer") as step:
        step.output("data", "s3://data/1", type="Data")
        step.output("model", Artifact(type="Model", id=999_999))
        step.output("data", "s3://data/2", type="Data")
    assert [one.uri for one in step.outputs["data"]] == ["s3://data/1", "s3://data/2"]
    assert model_of(store, step).custom_properties["requested_type"] == "Model"
    executions = store.lineage.upstream(step.outputs["data"][1], max_hops=1).executions
    assert list(executions) == [step.execution.id]
    assert any("'model'" in text for text in warnings())


def test_a_name_that_is_taken_is_kept_as_a_property(store, warnings):
    for night in (1, 2, 3):
        with store.run("nightly") as run:
            with run.execution("Trainer", name="night") as step:
                step.output("model", f"s3://models/{night}", type="Model", name="churn")
                step.output("other", "s3://o", type="Model", name=f"other-{night}")
    model = model_of(store, step)
    assert (model.name, model.custom_properties) == (None, {"requested_name": "churn"})
    assert step.outputs["other"][0].name == "other-3"
    assert store.artifacts.get_by_name("Model", "churn").uri == "s3://models/1"
    execution = store.executions.get(step.execution.id)
    assert (execution.name, execution.properties["parameter_names"]) == (None, [])
    assert sum("'churn'" in text for text in warnings()) == 2
    with store.run("nightly") as run, pytest.raises(AlreadyExists):
        with run.execution("Trainer", strict=True) as step:
            step.output("model", "s3://models/4", type="Model", name="churn")


def test_a_named_dataset_with_new_contents_is_another_one(store, file):
    sources = []
    for text in ("1", "2"):
        data = Artifact(type="Data", name="train-set", uri=str(file("train.csv", text)))
        with store.run("iris") as run, run.execution("Trainer", inputs={"data": data}) as step:
            pass
        sources.append(step.inputs["data"][0])
    assert sources[0].digest != sources[1].digest
    assert store.artifacts.get(sources[0].id).name == "train-set"
    assert store.artifacts.get(sources[1].id).custom_properties == {"requested_name": "train-set"}


class Wordless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def test_an_error_without_words_is_recorded(store):
    with pytest.raises(Wordless), store.run("iris") as run, run.execution("Trainer") as step:
        raise Wordless()
    execution = store.executions.get(step.execution.id)
    assert (execution.state, execution.properties["error_type"]) == (
        ExecutionState.FAILED,
        "Wordless",
    )
    assert "RuntimeError was raised" in execution.properties["error_message"]
    assert graphstore.ExecutionState.FAILED is execution.state


def test_an_input_that_no_store_takes_costs_no_output(store):
    with store.run("p") as run, run.execution("Trainer") as step:
        step.output("model", Artifact(type="Model", uri="s3://models/1"))
        step.input("late", Artifact(type="Data", name="n" * 10_000, digest="sha256:aa"))
    assert step.outputs["model"][0].id is not None
    assert "requested_name" in step.inputs["late"][0].custom_properties


def test_a_role_that_no_store_takes_is_escaped(store, caplog):
    with store.run("p") as run:
        with run.execution(
            "Trainer", inputs={"a\udc80": Artifact(type="Data", uri="s3://d")}
        ) as step:
            step.output("b\0", Artifact(type="Model", uri="s3://models/1"))
    roles = {e.role for e in store.events.of_executions([step.execution.id])} - {"environment"}
    assert roles == {"a\\udc80", "b\\x00"}
    assert caplog.text.count("cannot have this role") == 2
    with store.run("p") as run, pytest.raises(InvalidArgument, match="is no role"):
        run.execution("Trainer", strict=True, inputs={"\0": Artifact(type="Data", uri="s3://d")})
