"""Can it be run again: green, amber or red, with the reasons."""

import pytest

from graphstore import Artifact, ArtifactState, Context, Execution, ExecutionState
from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.questions.can_rerun import Verdict
from graphstore.recording import capture
from tests.conftest import IRIS

pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("1,2\n")
    return path


@pytest.fixture
def working_tree(monkeypatch):
    """As if the tests ran in a working tree that is clean, or in one that is not."""

    def at(dirty=False):
        facts = {"git_commit": "c" * 40, "git_dirty": dirty}
        monkeypatch.setattr(capture, "code", lambda folder: facts)

    at()
    return at


def train(store, data, **options):
    with store.run("iris") as run:
        inputs = {"data": Artifact(type="Csv", uri=str(data))}
        with run.execution("Trainer", inputs=inputs, code="1", **options) as step:
            pass
    return step


def verdicts(answer):
    return {f.part: f.verdict.value for f in answer.findings}


def test_nothing_stands_in_the_way(store, data, working_tree):
    step = train(store, data, parameters={"rate": 0.1})
    answer = store.can_rerun(step.execution)
    assert (answer.verdict, answer.reasons) == (Verdict.GREEN, [])
    assert set(verdicts(answer)) == {
        "execution",
        f"input data a{step.inputs['data'][0].id}",
        "commit",
        "code",
        "environment",
        "parameters",
    }
    assert str(answer).startswith(f"Trainer e{step.execution.id}: green\n")
    for same in (step.execution.id, step.execution.ref, step.execution.ref.short):
        assert store.can_rerun(same) == answer


def test_what_it_read_has_changed_or_is_gone(store, data, working_tree):
    step = train(store, data)
    data.write_text("3,4\n")
    (reason,) = store.can_rerun(step.execution).reasons
    assert (reason.verdict, "changed" in reason.reason) == (Verdict.RED, True)
    data.unlink()
    (reason,) = store.can_rerun(step.execution).reasons
    assert (reason.verdict, "gone" in reason.reason) == (Verdict.RED, True)


def test_what_it_read_was_deleted_or_is_somewhere_else(store, data, working_tree):
    step = train(store, data)
    (artifact,) = step.inputs["data"]
    store.artifacts.put(artifact.evolve(state=ArtifactState.DELETED))
    (reason,) = store.can_rerun(step.execution).reasons
    assert reason.verdict is Verdict.RED
    assert reason.reason.startswith("it is DELETED, not LIVE")
    (reason,) = store.can_rerun(train(store, "s3://data").execution).reasons
    assert reason.verdict is Verdict.AMBER
    assert "not known: no digest was recorded" in reason.reason


def test_changes_that_were_not_committed(store, data, working_tree):
    working_tree(dirty=True)
    (reason,) = store.can_rerun(train(store, data).execution).reasons
    assert (reason.part, reason.verdict) == ("commit", Verdict.AMBER)
    assert reason.reason == f"{'c' * 40}, with changes that were not committed"


def test_another_environment(store, data, working_tree, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    step = train(store, data)
    now = capture.environment()
    now = {**now, "distributions": {**now["distributions"], "neo4j": "1.0"}}
    now["variables"] = {**now["variables"], "OMP_NUM_THREADS": "2"}
    (reason,) = store.can_rerun(step.execution, environment=now).reasons
    assert (reason.part, reason.verdict) == ("environment", Verdict.AMBER)
    assert "neo4j: was 6" in reason.reason and ", is 1.0" in reason.reason
    assert "variable OMP_NUM_THREADS: was 1, is 2" in reason.reason
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    (reason,) = store.can_rerun(step.execution).reasons
    assert "is 3" in reason.reason


def test_a_secret_must_be_given_again(store, data, working_tree):
    step = train(store, data, parameters={"rate": 0.1, "api_key": "s3cr3t", "deep": {"token": "x"}})
    (reason,) = store.can_rerun(step.execution).reasons
    assert (reason.part, reason.verdict) == ("parameters", Verdict.AMBER)
    assert reason.reason.startswith("api_key, deep")


def test_a_step_that_goes_on(store, data, working_tree):
    with store.run("iris") as run, run.execution("Trainer", code="1") as step:
        (reason,) = store.can_rerun(step.execution).reasons
    assert (reason.part, reason.verdict) == ("execution", Verdict.AMBER)
    assert "still runs" in reason.reason


def test_a_step_that_failed(store, data, working_tree):
    with pytest.raises(ZeroDivisionError), store.run("iris") as run:
        with run.execution("Trainer", code="1") as step:
            raise ZeroDivisionError
    (reason,) = store.can_rerun(step.execution).reasons
    assert reason.reason == "it FAILED (ZeroDivisionError), and may again"


def test_a_skipped_step_stands_for_the_one_that_ran(store, data, working_tree):
    def make():
        with store.run("iris") as run:
            with run.execution(
                "Trainer",
                inputs={"data": Artifact(type="Csv", uri=str(data))},
                code="1",
                cache=True,
            ) as step:
                if not step.cached:
                    step.output("model", "model", type="Model")
        return step

    data.with_name("model").write_text("m")
    ran, second = make(), make()
    assert second.cached
    answer = store.can_rerun(second.execution)
    assert (answer.execution.id, answer.judged.id) == (second.execution.id, ran.execution.id)
    assert f"stands for e{ran.execution.id}" in answer.findings[0].reason
    assert answer.verdict is Verdict.GREEN
    data.unlink()
    assert store.can_rerun(second.execution).verdict is Verdict.RED


def test_a_skipped_step_of_which_no_more_is_known(store, types):
    execution = store.executions.put(Execution(type="Trainer", state=ExecutionState.CACHED))
    answer = store.can_rerun(execution)
    assert answer.judged.id == execution.id
    assert "is not recorded" in answer.findings[0].reason
    assert answer.verdict is Verdict.AMBER


def test_nothing_was_captured(store, data):
    run = Context(type="Pipeline", name="p")
    with store.run("iris", capture=(), contexts=[run]) as outer:
        with outer.execution("Trainer") as step:
            pass
    colours = verdicts(store.can_rerun(step.execution))
    assert [colours[part] for part in ("commit", "code", "environment")] == ["amber"] * 3
    assert colours["inputs"] == "green"


def test_an_imported_execution(store):
    import_mlmd(store, IRIS)
    answer = store.can_rerun("e44")
    assert answer.verdict is Verdict.AMBER
    assert [f.part for f in answer.findings][1:4] == [
        "input base_model a32",
        "input examples a41",
        "input schema a43",
    ]
    reasons = {f.part: f.reason for f in answer.findings}
    assert "imported from tfx-iris" in reasons["commit"]
    assert reasons["code"].startswith("known by its name only: trainer@")
    assert answer.to_dict()["verdict"] == "amber"


def test_one_query(store, data, working_tree, caplog):
    step = train(store, data)
    with caplog.at_level("DEBUG", logger="neo4j.io"):
        store.can_rerun(step.execution)
    assert sum(" C: RUN" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize(
    ("question", "error", "says"),
    [
        (99, NotFound, "no execution has id 99"),
        ("a1", InvalidArgument, "artifact 1 cannot be run"),
        ("c1", InvalidArgument, "context 1 cannot be run"),
        ("x", InvalidArgument, "names no node"),
        (1.5, InvalidArgument, "expected a node"),
    ],
)
def test_wrong_questions_are_told(store, question, error, says):
    with pytest.raises(error, match=says):
        store.can_rerun(question)
