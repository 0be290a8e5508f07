"""Models: made, changed and read with the same checks, and refused with the store's own errors."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Association,
    Attribution,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    LineageGraph,
    ParentContext,
    StoreError,
)
from graphstore.errors import InvalidArgument
from graphstore.model.base import Model, copy_with
from graphstore.storage.rows import node_from_row

MODELS: list[Model] = [
    Artifact(type="Model", uri="m"),
    Execution(type="Train"),
    Context(type="Run", name="r"),
    ArtifactType(name="Model"),
    ExecutionType(name="Train"),
    ContextType(name="Run"),
    Event(type=EventType.INPUT),
    Attribution(artifact_id=1, context_id=2),
    Association(execution_id=1, context_id=2),
    ParentContext(child_id=1, parent_id=2),
    LineageGraph(question="upstream", starts=(), artifacts={}, executions={}, events=()),
]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)


@every_model
def test_a_field_that_is_misspelt_is_refused_however_a_model_is_made(model: Model) -> None:
    fields = dict(model)
    for make in (
        lambda: model.evolve(tipe=1),
        lambda: model.model_copy(update={"tipe": 1}),
        lambda: type(model)(**fields, tipe=1),
        lambda: type(model).model_validate({**fields, "tipe": 1}),
        lambda: type(model).model_validate_json('{"tipe": 1}'),
    ):
        with pytest.raises(InvalidArgument, match="has no field 'tipe'") as error_info:
            make()
        assert isinstance(error_info.value, StoreError) and isinstance(error_info.value, ValueError)
        assert error_info.value.__suppress_context__


@every_model
def test_a_model_is_frozen_and_says_how_to_change_it(model: Model) -> None:
    name = next(iter(type(model).model_fields))
    with pytest.raises(InvalidArgument, match=rf"is frozen: evolve\({name}=\.\.\.\)"):
        setattr(model, name, "x")
    with pytest.raises(InvalidArgument, match="is frozen"):
        delattr(model, name)
    with pytest.raises(InvalidArgument, match="has no field 'nope'"):
        model.nope = 1  # type: ignore[attr-defined]


@every_model
def test_a_model_can_be_copied_and_pickled(model: Model) -> None:
    assert model.model_copy() == copy.deepcopy(model) == pickle.loads(pickle.dumps(model)) == model
    assert model.evolve() == model


def test_a_changed_value_becomes_what_the_constructor_makes_of_it() -> None:
    running = Execution(type="Train", state="RUNNING", properties={"rate": 0.1}, id=3)
    end = running.evolve(state="COMPLETE", start_time="2026-01-31T00:00:00Z", id=np.int64(4))
    assert end.state is ExecutionState.COMPLETE
    assert end.start_time == datetime(2026, 1, 31, tzinfo=timezone.utc)
    assert type(end.id) is int and end.id == 4
    assert end.properties == {"rate": 0.1} and running.state is ExecutionState.RUNNING
    assert end.model_fields_set == {"type", "state", "properties", "id", "start_time"}
    assert Event(type="INPUT").evolve(type="OUTPUT").type is EventType.OUTPUT
    assert ArtifactType(name="M").evolve(properties={"x": "INT"}).properties["x"].value == "INT"


@pytest.mark.parametrize(
    ("model", "changes", "says"),
    [
        (Artifact(type="Model"), {"uri": 5}, r"uri: Input should be a valid string, found 5"),
        (Artifact(type="Model"), {"id": True}, r"True is no id"),
        (Artifact(type="Model"), {"id": np.True_}, r"is no id"),
        (Artifact(type="Model"), {"type": None}, r"type: "),
        (Artifact(type="Model"), {"properties": {1: 2}}, r"properties: .* found 1"),
        (Execution(type="Train"), {"stat": "COMPLETE"}, r"'stat'; did you mean 'state'\?"),
        (Execution(type="Train"), {"state": "DONE"}, r"state: .*'COMPLETE'.* found 'DONE'"),
        (Context(type="Run", name="r"), {"name": ""}, r"name: .* found ''"),
        (ArtifactType(name="M"), {"properties": {"": "INT"}}, r"cannot be the name of a property"),
        (ExecutionType(name="T"), {"base_type": "mlmd.Model"}, r"MODEL is no base"),
        (Event(type="INPUT"), {"artifact_id": "e4"}, r"expected an artifact; e4 is an execution"),
        (Artifact(type="Model"), {"uri": 1, "name": 2, "state": 3, "digest": 4}, r"; and 1 more$"),
        (Artifact(type="Model"), {"state": "x" * 9_000}, r"\.\.\.$"),
    ],
)
def test_a_change_that_cannot_be_is_refused_in_a_few_words(
    model: Model, changes: dict[str, Any], says: str
) -> None:
    values = {**model.model_dump(exclude_unset=True), **changes}
    for make in (lambda: model.evolve(**changes), lambda: type(model)(**values)):
        with pytest.raises(InvalidArgument, match=says) as error_info:
            make()
        assert str(error_info.value).startswith(type(model).__name__)
        assert len(str(error_info.value)) < 600


def test_what_a_model_lacks_is_named() -> None:
    with pytest.raises(InvalidArgument, match="Artifact needs type"):
        Artifact()  # type: ignore[call-arg]
    with pytest.raises(InvalidArgument, match="Invalid JSON"):
        Artifact.model_validate_json("{")


def test_what_was_written_by_hand_bears_a_change_of_something_else() -> None:
    odd = node_from_row({"id": 1, "type": "Train", "start_time": "last Monday"}, Execution)
    assert odd.evolve(state="FAILED").start_time == "last Monday"
    assert copy_with(odd, end_time="never").end_time == "never"


def test_an_edge_takes_whatever_names_its_ends() -> None:
    model, run = Artifact(type="Model", id=4), Context(type="Run", name="r", id=2)
    event = Event(type="INPUT", artifact_id=model, execution_id="e7")
    assert (event.artifact_id, event.execution_id) == (4, 7)
    assert Attribution(artifact_id="a4", context_id=run) == Attribution(artifact_id=4, context_id=2)
    assert Association(execution_id=np.int64(3), context_id="2").execution_id == 3
    assert ParentContext(child_id="c1", parent_id=run.ref).parent_id == 2
    for wrong in ("a1", True, Context(type="Run", name="r"), None, 1.5):
        with pytest.raises(InvalidArgument):
            ParentContext(child_id=wrong, parent_id=1)
