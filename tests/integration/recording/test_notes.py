"""Notes and metrics: what is said of a step while it goes on, by it and by others."""

import math
import threading

import pytest

from graphstore import Artifact, Execution, ExecutionState
from graphstore.database.queries import QUERIES
from graphstore.errors import FailedPrecondition, NotFound
from graphstore.model.series import POINTS, Series
from graphstore.storage.series import series_row
from tests.integration.test_lineage import db_hits


def note(store, kind, id_, **notes):
    """What somebody else writes on a node."""
    nodes = getattr(store, kind)
    node = nodes.get(id_)
    nodes.put(node.evolve(custom_properties={**node.custom_properties, **notes}))


def fail(step):
    step.fail(ValueError("no"))


@pytest.mark.parametrize(
    "end", [lambda s: s.complete(), fail, lambda s: s.cancel()], ids=["complete", "fail", "cancel"]
)
def test_notes_of_others_survive_the_end_of_a_step(store, end):
    run = store.run("iris").start()
    step = run.execution("Train", parameters={"rate": 0.1}).start()
    step.set(watch="mine", rate="a note", keep=1)
    step.flush()
    note(store, "executions", step.ref.id, watch="theirs", other="x")
    step.set(late=2)
    end(step)
    execution = store.executions.get(step.ref.id)
    assert execution == step.execution
    assert execution.custom_properties == {
        "rate": 0.1,
        "rate_": "a note",
        "watch": "theirs",
        "other": "x",
        "keep": 1,
        "late": 2,
    }
    assert execution.properties["parameter_names"] == ["rate"]
    assert execution.state.value in ("COMPLETE", "FAILED", "CANCELED")


def test_notes_of_others_survive_the_end_of_a_run(store):
    with store.run("iris", properties={"watch": "mine"}) as run:
        note(store, "contexts", run.ref.id, watch="theirs", other="x")
        run.set(late=2)
    context = store.contexts.get(run.ref.id)
    assert context.custom_properties == {"watch": "theirs", "other": "x", "late": 2}
    assert context == run.context


def test_names_and_states_that_others_gave_survive(store):
    with store.run("iris") as run, run.execution("Train") as step:
        execution = store.executions.get(step.ref.id)
        store.executions.put(execution.evolve(name="best", external_id=execution.external_id))
        step.output("model", Artifact(type="Model"))
    assert store.executions.get(step.ref.id).name == "best"


def test_an_error_that_is_no_longer_true_goes(store):
    """A doctor took the process for gone, and it was not."""
    run = store.run("iris").start()
    step = run.execution("Train").start()
    for node, nodes in ((step.execution, store.executions), (run.context, store.contexts)):
        properties = {**node.properties, "error_type": "Abandoned", "error_message": "gone"}
        nodes.put(node.evolve(properties=properties))
    step.complete()
    run.end()
    assert "error_type" not in store.executions.get(step.ref.id).properties
    assert "error_type" not in store.contexts.get(run.ref.id).properties


def test_notes_are_known_before_a_step_begins_and_not_after_its_end(store):
    with store.run("iris") as run:
        step = run.execution("Train")
        step.set({"a name": {"deep": [1]}})
        with step:
            pass
        for call in (lambda: step.set(x=1), lambda: step.log(x=1), step.flush):
            with pytest.raises(FailedPrecondition, match="is over"):
                call()
    assert store.executions.get(step.ref.id).custom_properties == {"a name": {"deep": [1]}}


def test_metrics_are_stored_with_the_end_and_cost_nothing(store, queries):
    with store.run("iris") as run:
        for _ in range(13):
            with run.execution("Train"):
                pass
        with queries() as messages, run.execution("Train", parameters={"alpha": 1}) as step:
            for epoch in range(5):
                step.log(loss=1 / (epoch + 1), alpha=epoch, step=10 * epoch)
            step.log({"eval/accuracy": 0.5})
            step.log({"eval/accuracy": math.nan})
            step.log(grown=math.inf)
    assert len(messages) == 2
    series = store.series(step)
    assert list(series) == ["alpha", "eval/accuracy", "grown", "loss"]
    loss = series["loss"]
    assert (list(loss.steps), list(loss.values)) == (
        [0, 10, 20, 30, 40],
        [1, 1 / 2, 1 / 3, 0.25, 0.2],
    )
    assert (loss.count, loss.first, loss.last, loss.min, loss.max) == (5, 1.0, 0.2, 0.2, 1.0)
    assert not loss.thinned
    assert sorted(loss.times) == list(loss.times)
    accuracy = series["eval/accuracy"]
    assert list(accuracy.steps) == [0, 1]
    assert math.isnan(accuracy.values[1]) and math.isnan(accuracy.last)
    assert (accuracy.min, accuracy.max) == (0.5, 0.5)
    assert series["grown"].max == math.inf
    custom = store.executions.get(step.ref.id).custom_properties
    assert (custom["loss"], custom["grown"], custom["alpha"]) == (0.2, math.inf, 1)
    assert math.isnan(custom["eval/accuracy"])
    assert store.series(step.execution)["loss"] == store.series(f"e{step.ref.id}")["loss"] == loss


def test_a_long_series_is_thinned_and_says_so(store):
    values = [math.sin(number / 50) for number in range(5 * POINTS)]
    values[1234], values[4321], values[2345] = -7.0, 9.0, math.nan
    with store.run("iris") as run, run.execution("Train") as step:
        for value in values:
            step.log(loss=value)
    loss = store.series(step)["loss"]
    assert loss.thinned and loss.count == len(values)
    assert POINTS / 2 <= len(loss.values) <= POINTS + 5
    assert (loss.first, loss.last, loss.min, loss.max) == (values[0], values[-1], -7.0, 9.0)
    by_step = dict(zip(loss.steps, loss.values, strict=True))
    assert {0, 1234, 2345, 4321, len(values) - 1} <= by_step.keys()
    assert all(value == values[step] for step, value in by_step.items() if step != 2345)
    assert math.isnan(by_step[2345])


def test_a_run_logs_too_and_attempts_are_one_series(store):
    with pytest.raises(ValueError, match="no"), store.run("iris", "first") as run:
        run.log(cost=1.5, step=1)
        raise ValueError("no")
    with store.run("iris", "first") as run:
        run.log(cost=2.5, step=2)
    cost = store.series(run)["cost"]
    assert (list(cost.steps), list(cost.values)) == ([1, 2], [1.5, 2.5])
    assert (cost.count, cost.first, cost.last, cost.max) == (2, 1.5, 2.5, 2.5)
    assert store.contexts.get(run.ref.id).custom_properties == {"cost": 2.5}


def test_threads_log_into_one_series(store):
    with store.run("iris") as run, run.execution("Train") as step:

        def work():
            for _ in range(50):
                step.log(loss=0.5)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert store.series(step)["loss"].count == 300
    assert list(store.series(step)["loss"].steps) == list(range(300))


def series_of(numbers, value=0.5):
    return [
        series_row(Series(f"m{i}", [0], [value], [0], 1, value, value, value, value, key="k"))
        for i in numbers
    ]


def put_series(database, external_id, series):
    """Store what a step logged; what that cost, in hits of the database."""
    parameters = {"series_of": [{"external_id": external_id, "series": series}]}
    with database.driver.session() as session:
        result = session.run("PROFILE " + QUERIES["series.put"].text, parameters)
        return db_hits(result.consume().profile)


def test_many_metrics_cost_no_more_each_than_few(store, database, types):
    hits = {}
    for count in (50, 800):
        store.publish(Execution(type="Trainer", external_id=f"e{count}"))
        new = put_series(database, f"e{count}", series_of(range(count)))
        again = put_series(database, f"e{count}", series_of(range(count), 0.25))
        hits[count] = new / count, again / count
    for few, many in zip(hits[50], hits[800], strict=True):
        assert 0 < many <= few * 1.1


def test_of_a_series_that_is_stored_twice_the_last_counts(store, database, types):
    id_ = store.publish(Execution(type="Trainer", external_id="e")).execution.id
    put_series(database, "e", series_of(range(3)))
    put_series(database, "e", [*series_of(range(1, 5), 0.25), *series_of([1, 4], 0.75)])
    lasts = {metric: one.last for metric, one in store.series(f"e{id_}").items()}
    assert lasts == {"m0": 0.5, "m1": 0.75, "m2": 0.25, "m3": 0.25, "m4": 0.75}
    rows = database.rows(QUERIES["series.list"], execution_ids=[id_], context_ids=[])
    assert len(rows) == 5


class Tensor:
    """An array of one."""

    def item(self):
        return 0.25


@pytest.mark.parametrize("value", ["0.5", None, [1.0], object(), 1j])
def test_what_is_no_number_is_told_and_stops_nothing(store, caplog, value):
    with store.run("iris") as run, run.execution("Train") as step:
        for _ in range(3):
            step.log(loss=value, other=Tensor(), flag=True, step="x")
    assert store.series(step).keys() == {"flag", "other"}
    assert list(store.series(step)["other"].values) == [0.25] * 3
    assert caplog.text.count("'loss' is not logged") == 1


def test_what_was_flushed_is_there_if_the_process_is_killed(store):
    with store.run("iris") as run, run.execution("Train") as step:
        step.log(loss=0.5)
        step.flush()
        assert list(store.series(step)["loss"].values) == [0.5]
        assert store.executions.get(step.ref.id).custom_properties == {"loss": 0.5}
        assert store.executions.get(step.ref.id).state is ExecutionState.RUNNING
        step.log(loss=0.25)
    assert list(store.series(step)["loss"].values) == [0.5, 0.25]


def test_flushes_by_themselves_are_two_a_run(store, queries, monkeypatch):
    with store.run("iris") as run, run.execution("Train") as step:
        step.log(loss=0.0)
        run._recording._first_log -= 61
        with queries() as messages:
            step.log(loss=1.0)
            step.log(loss=2.0)
        assert len(messages) == 1
        run._recording._first_log -= 6000
        with queries() as messages:
            for _ in range(20):
                step.log(loss=3.0)
        assert len(messages) == 1


def test_series_of_what_is_not_there_are_refused(store):
    with pytest.raises(NotFound):
        store.series("e99")
    with store.run("iris") as run:
        pass
    assert store.series(run) == {}


def test_a_series_can_be_drawn_in_plain_cypher(store):
    with store.run("iris") as run, run.execution("Train") as step:
        step.log(loss=0.5, step=7)
    (row,) = store.database.rows(
        QUERIES["series.list"], execution_ids=[step.ref.id], context_ids=[]
    )
    assert (row["series"]["steps"], row["series"]["values"]) == ([7], [0.5])
