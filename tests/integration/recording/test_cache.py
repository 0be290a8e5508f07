"""Skipping what did not change, and saying why not."""

import pytest

from graphstore import Artifact, ArtifactState, Execution, ExecutionState
from graphstore.errors import FailedPrecondition, NotFound


@pytest.fixture
def train(store, data, file):
    """Trains, if need be, in a run of its own."""

    def call(*, rate=0.1, code="1", cache=True, text="weights", fail=False, inputs=None):
        with store.run("iris") as run:
            step = run.execution(
                "Trainer",
                parameters={"rate": rate},
                inputs=inputs or {"data": data},
                cache=cache,
                code=code,
            )
            try:
                with step:
                    if step.cached is None:
                        step.output("model", file("model", text), type="Model")
                        if fail:
                            raise RuntimeError("no")
            except RuntimeError:
                pass
        return step

    return call


def test_the_same_again_is_skipped(store, train):
    first, second, third = train(), train(), train()
    assert first.cached is None
    for step in (second, third):
        assert step.cached.execution == first.execution
        assert step.outputs == first.outputs
        assert store.executions.get(step.execution.id).state is ExecutionState.CACHED
    model = first.outputs["model"][0]
    producers = store.lineage.producers(model)
    assert {p.execution.id: p.passed_on for p in producers} == {
        first.execution.id: False,
        second.execution.id: True,
        third.execution.id: True,
    }
    explanation = store.cache.explain(second.execution)
    assert explanation.hit
    data = first.inputs["data"][0]
    assert str(explanation) == (
        f"Trainer e{second.execution.id} does what e{first.execution.id} did\n"
        f"  input data: a{data.id} by its contents, {data.digest[:24]}"
    )


@pytest.mark.parametrize(
    ("changes", "part", "was", "now"),
    [
        ({"rate": 0.2}, "parameter rate", 0.1, 0.2),
        ({"rate": None}, "parameter rate", 0.1, None),
    ],
)
def test_a_changed_parameter_is_named(store, train, changes, part, was, now):
    train()
    step = train(**changes)
    assert step.cached is None
    (difference,) = store.cache.explain(step.execution).differences
    assert (difference.part, difference.was, difference.now) == (part, was, now)


def test_changed_code_is_named(store, train):
    train()
    step = train(code="2")
    (difference,) = store.cache.explain(step.execution.id).differences
    assert difference.part == "code"
    assert difference.was != difference.now


def test_changed_data_is_named(store, train, file):
    train()
    file("data.csv", "other")
    step = train()
    (difference,) = store.cache.explain(step.execution).differences
    assert difference.part == "input data"
    assert difference.was != difference.now


def test_the_nearest_is_the_one_with_most_in_common(store, train):
    near = train(rate=0.1, code="1")
    train(rate=0.2, code="2")
    step = train(rate=0.1, code="3")
    explanation = store.cache.explain(step.execution)
    assert explanation.nearest == near.execution
    assert [d.part for d in explanation.differences] == ["code"]


def test_only_what_is_complete_stands_in(store, train):
    failed_step = train(fail=True)
    step = train()
    assert step.cached is None
    explanation = store.cache.explain(step.execution)
    assert explanation.nearest == failed_step.execution
    assert not explanation.hit
    assert "FAILED, not COMPLETE" in str(explanation)


def test_only_live_outputs_stand_in(store, train):
    first, second = train(), train(cache=False, code="1")
    assert second.execution.fingerprint is None  # not asked for, and so not offered either
    model = first.outputs["model"][0]
    store.artifacts.put(model.evolve(state=ArtifactState.MARKED_FOR_DELETION))
    step = train()
    assert step.cached is None
    explanation = store.cache.explain(step.execution)
    assert f"of its outputs a{model.id} is not LIVE any more" in str(explanation)


def test_the_newest_stands_in(store, train):
    first = train()
    store.artifacts.put(first.outputs["model"][0].evolve(state=ArtifactState.DELETED))
    second = train()
    store.artifacts.put(first.outputs["model"][0])
    assert train().cached.execution == second.execution


@pytest.mark.parametrize("cache", [True, "verify"])
def test_outputs_that_changed_stand_in_only_if_they_are_trusted(train, file, cache):
    first = train()
    file("model", "tampered")
    assert train(cache="trust").cached.execution == first.execution
    other_step = train(cache=cache)
    assert other_step.cached is None
    assert train(cache=cache).cached.execution == other_step.execution


def test_an_older_one_stands_in_if_the_newest_is_not_verified(store, train, file):
    first = train(text="one")
    store.artifacts.put(first.outputs["model"][0].evolve(state=ArtifactState.DELETED))
    second = train(text="two")
    store.artifacts.put(first.outputs["model"][0])
    file("model", "one")  # that is: what the first one made is there again
    assert second.cached is None
    assert train(cache="verify").cached.execution == first.execution


def test_contents_decide_not_names(store, train, data, file):
    """A base model that was trained again to the same is the same."""
    first = train()
    copy = Artifact(type="Csv", uri=str(file("copy.csv", "1,2\n")))
    assert train(inputs={"data": copy}).cached.execution == first.execution


def test_a_skipped_step_has_nothing_to_do(train):
    train()
    step = train()
    with pytest.raises(FailedPrecondition, match=r"if not step\.cached"):
        step.output("model", "m", type="Model")


def test_the_first_of_its_kind_has_nothing_to_be_compared_with(store, train):
    explanation = store.cache.explain(train().execution)
    assert explanation.nearest is None
    assert "nothing earlier" in str(explanation)


def test_what_cannot_be_explained_is_told(store, types):
    execution = store.executions.put(Execution(type="Trainer"))
    with pytest.raises(FailedPrecondition, match="no fingerprint"):
        store.cache.explain(execution)
    with pytest.raises(NotFound, match="no execution has id 99"):
        store.cache.explain(99)


def test_a_look_up_can_be_made_alone(store, train):
    first = train()
    hit = store.cache.look_up(first.execution.fingerprint)
    assert hit.execution == first.execution
    assert hit.outputs == first.outputs
    assert store.cache.look_up("sha256:0") is None


def test_lists_come_back_in_order(store, file):
    def split():
        with store.run("iris") as run, run.execution("Split", cache=True, code="1") as step:
            if step.cached is None:
                for number in range(12):
                    step.output("shards", file(f"{number}", f"{number}"), type="Shard")
                step.output("schema", file("schema"), type="Schema")
        return step

    first, second = split(), split()
    assert second.outputs == first.outputs
    assert [a.uri.rpartition("/")[2] for a in second.outputs["shards"]] == [
        str(number) for number in range(12)
    ]
