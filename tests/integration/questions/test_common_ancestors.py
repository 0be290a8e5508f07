"""What bad ones have in common, and good ones have not."""

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    Context,
    Execution,
    ExecutionState,
    ExecutionType,
    NodeRef,
)
from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS

COMPLETE, CACHED = ExecutionState.COMPLETE, ExecutionState.CACHED


@pytest.fixture
def step(store, types):
    """A factory: an execution that is stored; answers what it made."""
    store.types.put(ExecutionType(name="Clean"))

    def step(
        type_, inputs=(), output="Model", state=COMPLETE, outputs=None, contexts=(), **properties
    ):
        execution = Execution(type=type_, state=state, custom_properties=properties)
        outputs = [Artifact(type=output)] if outputs is None else outputs
        return store.publish(execution, inputs, outputs, contexts)

    return step


def whats(answer):
    return [one.what for one in answer.suspects]


def test_the_step_that_the_bad_share_is_named_and_its_neighbours(store, step, artifact):
    raw, fresh = artifact(), artifact()
    clean = step("Clean", {"raw": raw}, "Examples", rows=10)
    other = step("Clean", {"raw": fresh}, "Examples", rows=20)
    bad = [step("Trainer", {"data": clean.outputs}, rate=rate).outputs[0] for rate in (1, 2, 3)]
    good = [step("Trainer", {"data": other.outputs}, rate=rate).outputs[0] for rate in (1, 2)]
    answer = store.common_ancestors(bad, good)
    data, execution = clean.outputs[0].ref.short, clean.execution.ref.short
    assert whats(answer) == [
        f"Examples {data}",
        f"Clean {execution}",
        "Clean rows = 10",
        f"Examples {raw.ref.short}",
    ]
    assert {one.distance for one in answer.suspects} == {2, 3, 4}
    assert all(len(one.bad) == 3 and not one.good for one in answer.suspects)
    assert str(answer).splitlines()[:2] == [
        "What 3 bad have in common and 2 good have not: 4 suspects",
        f"  3 of 3 bad, 0 of 2 good  artifact Examples {data}",
    ]
    # With nobody to tell them from, the step stands for its parameters.
    alone = store.common_ancestors(bad)
    assert "Clean rows = 10" not in whats(alone)
    assert whats(alone)[0] == f"Examples {data}"


def test_a_parameter_of_separate_steps_is_a_suspect(store, step, artifact):
    data = artifact()

    def train(**properties):
        return step("Trainer", {"data": data}, **properties).outputs[0]

    bad = [train(rate=10.0, seed=n) for n in range(3)]
    good = [train(rate=0.1, seed=n) for n in range(3)]
    answer = store.common_ancestors(bad, good)
    assert whats(answer) == ["Trainer rate = 10.0"]
    (suspect,) = answer.suspects
    assert (suspect.kind, suspect.component, suspect.name, suspect.value) == (
        *("parameter", "Trainer", "rate"),
        10.0,
    )
    # One number of two kinds is two values; what all have says nothing.
    assert whats(store.common_ancestors([train(n=1), train(n=1)], [train(n=1.0)])) == [
        "Trainer n = 1"
    ]


def test_what_most_bad_and_few_good_have_comes_first(store, step, artifact):
    common, some, everybody = artifact(), artifact(), artifact()

    def train(*data):
        return step("Trainer", {"data": [everybody, *data]}).outputs[0]

    bad = [train(common, some), train(common, some), train(common)]
    good = [train(), train(), train(common)]
    answer = store.common_ancestors(bad, good)
    assert [(one.node.id, len(one.bad), len(one.good)) for one in answer.suspects] == [
        (common.id, 3, 1),
        (some.id, 2, 0),
    ]


def test_executions_and_runs_can_be_bad(store, step, artifact):
    data, other = artifact(), artifact()
    first, last, fine = (Context(type="Pipeline", name=name) for name in ("1", "2", "3"))
    a = step("Trainer", {"data": data}, contexts=[first])
    b = step("Trainer", {"data": data}, contexts=[last])
    c = step("Trainer", {"data": other}, contexts=[fine])
    for bad, good in (
        ([a.execution, b.execution.ref], c.execution),
        ([a.contexts[0], b.contexts[0].ref], [c.contexts[0]]),
        ([a.outputs[0], b.execution], c.contexts[0].ref),
        ([a.outputs[0].id, b.outputs[0].id], c.outputs[0].id),
    ):
        answer = store.common_ancestors(bad, good)
        assert whats(answer) == [f"Examples {data.ref.short}"]
    empty_run = store.contexts.put(Context(type="Pipeline", name="empty"))
    answer = store.common_ancestors(empty_run)
    assert str(answer) == "What the bad one has: nothing"


def test_who_passed_something_on_is_no_suspect(store, step, artifact):
    data, other = artifact(), artifact()
    a = step("Trainer", {"data": data}).outputs[0]
    b = step("Trainer", {"data": data}).outputs[0]
    execution = step("Trainer", {"data": [other, a]}, state=CACHED, outputs=[a, b]).execution
    answer = store.common_ancestors([a, b])
    assert whats(answer) == [f"Examples {data.ref.short}"]
    assert execution.ref.short not in str(answer)


def test_nights_of_cached_steps_take_nothing_of_the_bound(store, step, artifact):
    data = artifact()
    a, b = (step("Trainer", {"data": data}).outputs[0] for _ in range(2))
    for _ in range(8):
        step("Trainer", {"data": data}, state=CACHED, outputs=[a, b])
    answer = store.common_ancestors([a, b], max_nodes=5)
    assert whats(answer) == [f"Examples {data.ref.short}"]
    assert not answer.truncated
    assert not store.diff(a, b, max_nodes=3).truncated


def test_recorded_runs_share_code_environment_and_commit(store, tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    # The fixture of the recorder's own tests needs a repository; a property will do.
    commits = iter(["bad0", "bad0", "00d1"])
    monkeypatch.setattr(
        "graphstore.recording.run.capture.code", lambda folder: {"git_commit": next(commits)}
    )
    models, code = [], ["v2", "v2", "v1"]
    for number, version in enumerate(code):
        with store.run("iris", variables=["STAGE"]) as run:
            with run.execution("Trainer", parameters={"n": number}, code=version) as step:
                path = tmp_path / f"model{number}"
                path.write_text(str(number))
                model = step.output("model", path, type="Model")
        models.append(step.outputs["model"][0])
        assert model.type == "Model"
    answer = store.common_ancestors(models[:2], models[2])
    kinds = {one.kind: one for one in answer.suspects}
    assert set(kinds) == {"code", "commit"}  # the environment is that of all
    assert kinds["commit"].what == "bad0"
    assert kinds["code"].component == "Trainer"
    both = store.common_ancestors(models[:2])
    assert "Environment" in {one.node.type for one in both.suspects if one.node}


def test_the_models_after_a_change_of_a_real_history(store):
    import_mlmd(store, IRIS)
    answer = store.common_ancestors([45, 54], [5, 14])
    assert all(len(one.bad) == 2 for one in answer.suspects)
    ids = {one.node.ref.short for one in answer.suspects if one.node}
    assert {"a45", "a32", "e30", "a23", "e22", "a28", "a19"} <= ids
    assert not ids & {"a5", "e6", "a1"}  # which both of the good ones have, too
    assert [one.good for one in answer.suspects if one.what == "Model a14"] == [
        (NodeRef("artifact", 14),)
    ]
    assert 'Trainer custom_config = {"learning_rate": 0.005}' in whats(answer)
    assert str(store.common_ancestors([5, 14], [54])) == (
        "What 2 bad have in common and 1 good has not: nothing"
    )


def test_thirty_diamonds_and_circles_end(store, step, artifact):
    here = artifact()
    for _ in range(30):
        model = step("Trainer", {"data": here}).outputs[0]
        step("Trainer", {"data": here}, outputs=[model])
        here = model
    a, b = (step("Trainer", {"data": here}).outputs[0] for _ in range(2))
    step("Trainer", {"data": a}, outputs=[here])
    answer = store.common_ancestors([a, b])
    assert len(answer.suspects) == 31 + 60 + 3
    assert not answer.truncated
    assert store.common_ancestors([a, b], max_nodes=10).truncated
    assert store.common_ancestors([a, b], max_nodes=1).truncated


def test_what_cannot_be_asked_is_refused(store, step, artifact):
    a, b = artifact(state=ArtifactState.LIVE), artifact()
    for wrong in ([], None, "1a", b"a1", True, [a, None]):
        with pytest.raises(InvalidArgument):
            store.common_ancestors(wrong)
    with pytest.raises(InvalidArgument, match="both bad and good"):
        store.common_ancestors([a, b], [b])
    for kind in ("artifact", "execution", "context"):
        with pytest.raises(NotFound, match=f"no {kind} has id 99"):
            store.common_ancestors([a, NodeRef(kind, 99)])
    assert store.common_ancestors([a, b]).suspects == ()  # nobody made them
    answer = store.common_ancestors(a, b).to_dict()
    assert answer == {
        "bad": [a.ref.short],
        "good": [b.ref.short],
        "suspects": [],
        "truncated": False,
    }
