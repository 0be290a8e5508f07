"""What is refused is told in the words of the store: types and names, and what to do."""

from __future__ import annotations

import re

import pytest

import graphstore
from graphstore import (
    AlreadyExists,
    Artifact,
    ArtifactType,
    Batch,
    Context,
    ContextType,
    Execution,
    ExecutionType,
    InvalidArgument,
    PropertyKind,
    StoreError,
    ToPublish,
    errors,
)

LONG = "long " * 300


@pytest.fixture
def full_store(store):
    """One node of each kind whose name and external id are taken."""
    for model in (ArtifactType, ExecutionType, ContextType):
        store.types.put(model(name="Kind"))
    fields = {"type": "Kind", "name": LONG, "external_id": "x" * 300}
    store.artifacts.put(Artifact(**fields))
    store.executions.put(Execution(**fields))
    store.contexts.put(Context(**fields))
    return store


def artifact_ways(store):
    return {
        "put": lambda one: store.artifacts.put(one),
        "put_many": lambda one: store.artifacts.put_many([one, one]),
        "update": lambda one: store.artifacts.put(
            store.artifacts.put(Artifact(type="Kind")).evolve(**one.model_dump(exclude_unset=True))
        ),
        "batch": lambda one: store.put(Batch(artifacts=[one])),
        "publish": lambda one: store.publish(Execution(type="Kind"), outputs=[one]),
        "publish_many": lambda one: list(
            store.publish_many([ToPublish(Execution(type="Kind"), outputs=[one])])
        ),
    }


def execution_ways(store):
    return {
        "put": lambda one: store.executions.put(one),
        "batch": lambda one: store.put(Batch(executions=[one])),
        "publish": lambda one: store.publish(one),
        "publish_many": lambda one: list(store.publish_many([ToPublish(one)])),
    }


def context_ways(store):
    return {
        "put": lambda one: store.contexts.put(one),
        "batch": lambda one: store.put(Batch(contexts=[one])),
    }


def test_what_is_taken_is_named_by_type_and_name_on_every_way_to_write(full_store):
    for model, ways in (
        (Artifact, artifact_ways(full_store)),
        (Execution, execution_ways(full_store)),
        (Context, context_ways(full_store)),
    ):
        for way, write in ways.items():
            for field, value, says in (
                ("name", LONG, f"{model.kind} of type 'Kind' has the name 'long long "),
                ("external_id", "x" * 300, f"{model.kind} has the external id 'xxx"),
            ):
                one = model(**{"type": "Kind", "name": "other", field: value})
                with pytest.raises(StoreError) as excinfo:
                    write(one)
                text = str(excinfo.value)
                assert says in text, (way, text)
                assert not re.search(r"Node\(|type_id|label|`", text), (way, text)
                assert len(text) < 900, (way, text)


def test_what_a_run_records_twice_is_named(full_store, caplog):
    with pytest.raises(AlreadyExists, match="execution of type 'Kind' has the name 'long"):
        with full_store.run("pipeline", capture=(), spool=False) as run:
            run.execution("Kind", name=LONG, strict=True).start()
    with full_store.run("pipeline", capture=(), spool=False) as run:
        step = run.execution("Kind", name=LONG).start()
    assert step.execution.name is None
    (message,) = (record.getMessage() for record in caplog.records if "long" in record.getMessage())
    assert "a Kind cannot have the name 'long" in message and len(message) < 900


def test_a_value_that_is_no_value_is_refused_in_our_words(store):
    for ask in (
        lambda: store.artifacts.list(type=object()),
        lambda: store.artifacts.get_by_external_id(object()),
        lambda: store.types.get(ArtifactType, object()),
        lambda: store.types.get(object, "Model"),
        lambda: store.artifacts.list(properties={"x": object()}),
        lambda: store.executions.list(context=object()),
        lambda: store.artifacts.list(context=True),
    ):
        with pytest.raises(InvalidArgument):
            ask()


def test_a_type_grows_by_default_and_forgets_nothing(store):
    for properties in ({"a": "INT"}, {"b": "DOUBLE"}, {}, {"a": "INT", "c": "STRING"}):
        store.types.put(ArtifactType(name="Model", properties=properties))
    assert {*store.types.get("artifact", "Model").properties} == {"a", "b", "c"}
    with pytest.raises(AlreadyExists, match="declares 'a' as INT, not DOUBLE"):
        store.types.put(ArtifactType(name="Model", properties={"a": PropertyKind.DOUBLE}))
    with pytest.raises(AlreadyExists, match="can_omit_fields"):
        store.types.put(ArtifactType(name="Model"), can_omit_fields=False)
    with pytest.raises(AlreadyExists, match="can_add_fields"):
        store.types.put(ArtifactType(name="Model", properties={"d": "INT"}), can_add_fields=False)


def test_what_the_recorder_made_can_be_declared_and_declared_again(store):
    properties = {"rate": PropertyKind.DOUBLE}
    for _ in range(2):
        with store.run("pipeline", capture=()) as run:
            with run.execution("Train", parameters={"rate": 0.1}) as step:
                step.output("model", Artifact(type="Model"))
        store.types.put(ExecutionType(name="Train", properties=properties))
        store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.DOUBLE}))
    assert store.types.get(ExecutionType, "Train").properties["rate"] is PropertyKind.DOUBLE


def test_every_error_is_exported_and_stands_in_the_tree():
    assert {*errors.__all__} <= {*graphstore.__all__}
    for name in errors.__all__:
        assert getattr(graphstore, name) is getattr(errors, name)
        assert issubclass(getattr(errors, name), StoreError)
        assert name in errors.__doc__


def test_a_message_is_one_that_can_be_read_whatever_was_given(store):
    for refuse in (
        lambda: store.artifacts.get("x" * 100_000),
        lambda: store.types.get(ArtifactType, "x" * 100_000),
        lambda: store.artifacts.put(Artifact(type="x" * 9_000)),
        lambda: store.types.put(ArtifactType(name="x" * 9_000)),
        lambda: store.artifacts.list(filter="x" * 100_000),
    ):
        with pytest.raises(StoreError) as excinfo:
            refuse()
        assert len(str(excinfo.value)) <= 10_000
