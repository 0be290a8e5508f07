"""Runs: whose a name is, who ends them, and what becomes of those that are gone on with."""

import multiprocessing
import os
from contextlib import suppress

import pytest

import graphstore
from graphstore import Artifact, Execution, ExecutionState
from graphstore.errors import AlreadyExists, FailedPrecondition

FORK = multiprocessing.get_context("fork")


def status(store, run):
    return store.contexts.get(run.context.id).properties["status"]


def fail(store, pipeline, name, **options):
    """A run that fails in its only step."""
    with suppress(ValueError), store.run(pipeline, name, **options) as run:
        with run.execution("Train"):
            raise ValueError("no space left")
    return run


def in_a_process(work, *arguments):
    """What `work` answers in a process that was forked, or the text of its error."""
    answers = FORK.SimpleQueue()

    def do():
        try:
            answers.put(work(*arguments))
        except BaseException as error:
            answers.put(repr(error))

    process = FORK.Process(target=do)
    process.start()
    answer = answers.get()
    process.join()
    return answer


def test_runs_of_two_pipelines_may_have_one_name(store):
    with store.run("ranking", "monday") as first, first.execution("Train"):
        pass
    second = fail(store, "fraud", "monday")
    assert first.context.id != second.context.id
    assert (first.name, second.name) == ("monday", "monday")
    assert (status(store, first), status(store, second)) == ("COMPLETE", "FAILED")
    assert store.contexts.get_by_name("PipelineRun", "monday").id == first.context.id
    assert store.contexts.get_by_name("PipelineRun", "fraud/monday").id == second.context.id
    for pipeline, outcome in (("ranking", "COMPLETE"), ("fraud", "FAILED")):
        (run,) = store.history(pipeline).runs
        assert (run.outcome, run.steps) == (outcome, 1)


def test_each_is_found_again_by_pipeline_and_name(store):
    ids = [fail(store, pipeline, "monday").context.id for pipeline in ("ranking", "fraud")]
    for pipeline, id_ in zip(("ranking", "fraud"), ids, strict=True):
        with store.run(pipeline, "monday") as again, again.execution("Train"):
            pass
        assert again.context.id == id_
        assert [run.steps for run in store.history(pipeline).runs] == [2]


def test_so_are_steps_of_a_run_that_nobody_has_begun_here(store):
    with store.run("ranking", "monday"):
        pass
    step = store.run("fraud", "monday").execution("Train").start().complete()
    (run,) = (c for c in store.contexts.of_execution(step.ref.id) if c.type == "PipelineRun")
    assert run.name == "fraud/monday"
    with store.run("fraud", "monday") as same_run:
        assert same_run.context.id == run.id


def test_a_name_that_is_taken_in_both_spellings_is_refused(store):
    for pipeline, name in (("x", "b/c"), ("y", "a/b/c")):
        with store.run(pipeline, name):
            pass
    with pytest.raises(AlreadyExists, match=r"a/b/c; choose another name"):
        store.run("a", "b/c").start()


def test_a_complete_run_is_gone_on_with_only_if_that_is_asked_for(store):
    with store.run("iris", "first") as first:
        pass
    with pytest.raises(FailedPrecondition, match=r"'first' of pipeline 'iris' is COMPLETE.*resume"):
        with store.run("iris", "first"):
            raise AssertionError("it ran")
    assert store.contexts.get(first.context.id) == first.context
    with store.run("iris", "first", resume=True) as second:
        assert status(store, first) == "RUNNING"
    assert second.context.id == first.context.id
    assert second.context.start_time == first.context.start_time
    assert second.context.end_time > first.context.end_time


def test_a_run_that_is_gone_on_with_keeps_its_start_and_loses_its_error(store):
    first = fail(store, "iris", "first", properties={"note": "x"})
    began = store.contexts.get(first.context.id).start_time
    second = fail(store, "iris", "first")
    with store.run("iris", "first") as third, third.execution("Train"):
        pass
    run = store.contexts.get(third.context.id)
    assert run == third.context
    assert (run.start_time, run.properties["status"]) == (began, "COMPLETE")
    assert not [name for name in run.properties if name.startswith("error_")]
    assert run.custom_properties == {"note": "x"}
    attempts = run.properties["attempts"]
    assert [one.get("status") for one in attempts] == ["FAILED", "FAILED", None]
    assert [one.get("error_type") for one in attempts] == ["ValueError", "ValueError", None]
    assert attempts[0]["start_time"] == began.isoformat(timespec="milliseconds")
    assert attempts[1]["end_time"] == second.context.end_time.isoformat(timespec="milliseconds")
    failures = [e for e in store.executions.list(type="Train") if e.state is ExecutionState.FAILED]
    assert {e.properties["error_type"] for e in failures} == {"ValueError"}


def test_a_process_that_joins_a_run_does_not_end_it(store):
    def work(name, fails):
        with store.run("iris", name) as same_run:
            with same_run.execution("Fold") as step:
                step.output("model", Artifact(type="Model"))
            same_run.set(worker=os.getpid())
            if fails:
                raise ValueError("the worker's own")
        return step.ref.id

    with store.run("iris") as run:
        step = in_a_process(work, run.name, False)
        assert in_a_process(work, run.name, True) == 'ValueError("the worker\'s own")'
        assert (status(store, run), run.context.end_time) == ("RUNNING", None)
        assert store.executions.get(step).properties["pid"] != os.getpid()
    context = store.contexts.get(run.context.id)
    assert (context.properties["status"], context.properties["pid"]) == ("COMPLETE", os.getpid())
    assert context.custom_properties.keys() == {"worker"}
    assert [run.steps for run in store.history("iris").runs] == [2]


@pytest.mark.parametrize("where", [in_a_process, lambda work: work()])
def test_what_who_joins_says_of_the_run_is_added(store, where, caplog):
    def join():
        with store.run("iris", "1", properties={"seed": 1, "worker": 2, "rate": 0.5}) as run:
            return run.context.custom_properties

    with store.run("iris", "1", properties={"seed": 1, "rate": 0.1}) as run:
        expected = {"seed": 1, "rate": 0.1, "worker": 2}
        assert where(join) == expected
    assert store.contexts.get(run.context.id).custom_properties == expected
    assert where is in_a_process or "its 'rate' is float 0.1: it stays so" in caplog.text


def test_nor_does_a_thread_or_a_second_one_in_the_process(store):
    with store.run("iris", "first") as run:
        with store.run("iris", "first") as same_run:
            assert same_run.context.id == run.context.id
        assert status(store, run) == "RUNNING"
    assert status(store, run) == "COMPLETE"


def test_what_a_fork_takes_along_does_not_end_there(store):
    def leave():
        step.__exit__(None, None, None)
        run.__exit__(None, None, None)

    with store.run("iris") as run, run.execution("Trainer") as step:
        assert in_a_process(leave) is None
        assert status(store, run) == "RUNNING"
        assert store.executions.get(step.ref.id).state is ExecutionState.RUNNING
    assert (status(store, run), step.execution.state.value) == ("COMPLETE", "COMPLETE")


def test_a_run_whose_process_is_gone_is_gone_on_with(store):
    id_ = in_a_process(lambda: store.run("iris", "first").start().context.id)
    assert store.contexts.get(id_).properties["status"] == "RUNNING"
    with store.run("iris", "first") as run:
        assert run.context.id == id_
    assert status(store, run) == "COMPLETE"
    assert run.context.properties["attempts"][0]["status"] == "ABANDONED"


def test_a_run_elsewhere_is_joined_unless_it_is_to_be_gone_on_with(store):
    with store.run("iris", "first") as run:
        elsewhere = {**run.context.properties, "host": "elsewhere"}
        store.contexts.put(run.context.evolve(properties=elsewhere))
        run._own = False
    with store.run("iris", "first"):
        pass
    assert status(store, run) == "RUNNING"
    with store.run("iris", "first", resume=True):
        pass
    assert status(store, run) == "COMPLETE"


def test_a_run_within_a_run_is_its_child(store):
    with store.run("outer") as outer, store.run("inner") as inner:
        with store.run("inner", inner.name):
            pass
    names = {c.name for c in store.contexts.parents(inner.ref.id)}
    assert names == {"inner", outer.name}
    assert [c.name for c in store.contexts.parents(outer.ref.id)] == ["outer"]
    with store.run("inner", inner.name, resume=True), store.run("outer", outer.name, resume=True):
        pass  # a run is not within itself, however far around
    assert {c.name for c in store.contexts.parents(outer.ref.id)} == {"outer"}


def test_a_step_within_a_step_says_so(store):
    with store.run("iris") as run, run.execution("Tuner") as outer:
        with run.execution("Trainer") as inner:
            pass
    execution = store.executions.get(inner.ref.id)
    assert execution.properties["parent_step"] == outer.execution.external_id
    assert "parent_step" not in store.executions.get(outer.ref.id).properties
    assert not store.lineage.upstream(execution).artifacts.keys() & outer.outputs.keys()


@pytest.mark.parametrize("code", [0, None, False])
def test_to_exit_well_is_a_success(store, code):
    with pytest.raises(SystemExit), store.run("iris") as run, run.execution("Trainer") as step:
        step.output("model", Artifact(type="Model"))
        raise SystemExit(code)
    assert (status(store, run), step.execution.state.value) == ("COMPLETE", "COMPLETE")
    assert step.outputs["model"][0].id


@pytest.mark.parametrize("code", [1, "no disk", True])
def test_to_exit_otherwise_is_none(store, code):
    with pytest.raises(SystemExit), store.run("iris") as run, run.execution("Trainer") as step:
        raise SystemExit(code)
    assert (status(store, run), step.execution.state.value) == ("FAILED", "FAILED")


def test_a_run_begins_and_ends_by_a_query_each(store, queries):
    with store.run("iris"):
        pass
    with queries() as messages, store.run("iris", capture=()) as run:
        run.set(note="free")
        run.log(loss=0.1)
    assert len(messages) <= 3  # now and then ids are leased
    assert store.contexts.get(run.ref.id).custom_properties == {"note": "free", "loss": 0.1}


def test_an_end_that_is_refused_does_not_leave_a_run_running(store, caplog):
    with store.run("iris") as run:
        run._notes["odd\ud800"] = 1
    assert status(store, run) == "COMPLETE"
    assert "not all of its end is stored" in caplog.text


def test_published_runs_are_taken_as_they_are(store, types):
    """One that somebody made by hand, of no pipeline and no state, is begun."""
    from graphstore import Context, ContextType

    store.types.put(ContextType(name="PipelineRun"))
    publication = store.publish(
        Execution(type="Trainer"), contexts=[Context(type="PipelineRun", name="first")]
    )
    with store.run("iris", "first") as run:
        assert run.context.id == publication.contexts[0].id


@pytest.mark.parametrize("kind", ["runs", "steps"])
def test_what_is_left_out_of_order_is_not_current_again(store, kind):
    """As generators and fixtures can: the first is over, and the second is left then."""
    with store.run("outer", capture=()) as outer:
        if kind == "runs":
            first, second = (store.run(name, capture=()) for name in ("first", "second"))
        else:
            first, second = (outer.execution(name) for name in ("First", "Second"))
        current = graphstore.current_run if kind == "runs" else graphstore.current_step
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert current() is second
        second.__exit__(None, None, None)
        if kind == "runs":
            assert current() is outer
        else:
            with pytest.raises(FailedPrecondition):
                current()


def test_a_step_of_a_run_that_is_over_is_told(store, caplog):
    with store.run("p", "1", capture=()) as run:
        pass
    assert "is over" not in caplog.text
    with run.execution("Late") as step:
        pass
    assert "run '1' is over here, and Late is recorded as a step of it all the same" in caplog.text
    assert store.executions.get(step.execution.id).state is ExecutionState.COMPLETE
