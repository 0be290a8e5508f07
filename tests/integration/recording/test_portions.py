"""Notes by the thousand: stored in bounded portions, and none is lost."""

import pytest

from graphstore import Artifact, ExecutionState, StoreError
from graphstore.recording import portions
from graphstore.recording.delivery import Delivery

WARNING = "what was noted is stored in"


@pytest.fixture
def few_at_once(monkeypatch):
    """A node of 100 properties gets 4 at once."""
    monkeypatch.setattr(portions, "_AT_ONCE", 400)
    monkeypatch.setattr(portions, "_FEW", 4)


def notes(letter, count):
    return {f"{letter}{number}": number for number in range(count)}


def begin(run):
    return run.execution("Trainer", parameters=notes("p", 60)).start()


def say(step):
    step.set(notes("n", 30))
    step.log({name: float(value) for name, value in notes("m", 20).items()})
    step.output("model", Artifact(type="Model", uri="s3://model"))


def publications(sent):
    return sum("'graphstore': 'execution.publish'" in message for message in sent)


def check(store, execution):
    stored = store.executions.get(execution.id)
    assert stored.state is ExecutionState.COMPLETE
    assert dict(stored.custom_properties) == {**notes("p", 60), **notes("n", 30), **notes("m", 20)}
    assert {name: one.last for name, one in store.series(stored).items()} == notes("m", 20)
    (model,) = store.lineage.downstream(stored).of_type("Model")
    assert model.uri == "s3://model"


def test_many_notes_are_stored_in_portions(store, few_at_once, caplog, queries):
    with store.run("iris") as run:
        step = begin(run)
        say(step)
        with queries() as sent:
            step.complete()
    assert caplog.text.count(WARNING) == 1
    assert publications(sent) >= 50 // 4
    check(store, step.execution)
    assert store.executions.get(step.execution.id) == step.execution


def test_few_notes_are_stored_at_once(store, caplog, queries):
    with store.run("iris") as run:
        step = begin(run)
        say(step)
        with queries() as sent:
            step.complete()
    assert publications(sent) == 1
    assert WARNING not in caplog.text
    check(store, step.execution)


def test_many_notes_of_a_run_are_stored_in_portions(store, few_at_once, caplog):
    with store.run("iris") as run:
        run.set(notes("n", 50))
        run.log({name: float(value) for name, value in notes("m", 50).items()})
    assert WARNING in caplog.text
    stored = store.contexts.get(run.ref.id)
    assert dict(stored.custom_properties) == {**notes("n", 50), **notes("m", 50)}
    assert stored.properties["status"] == "COMPLETE"
    assert stored == run.context


@pytest.mark.parametrize("went", ["begun", "not begun"])
def test_many_notes_that_waited_are_stored_in_portions(store, few_at_once, monkeypatch, went):
    """Though the records do not know what the store calls the step."""

    def fail(*_, **__):
        raise StoreError("away")

    run = store.run("iris").start()
    deliver = Delivery.deliver
    if went == "not begun":
        monkeypatch.setattr(Delivery, "deliver", fail)
    step = begin(run)
    monkeypatch.setattr(Delivery, "deliver", fail)
    say(step)
    step.complete()
    run.end()
    monkeypatch.setattr(Delivery, "deliver", deliver)
    flushed = store.flush()
    assert (flushed.waiting, flushed.rejected) == (0, ())
    (execution,) = store.executions.list(type="Trainer")
    check(store, execution)


def test_what_broke_off_between_two_portions_goes_on(store, few_at_once, monkeypatch):
    with store.run("iris") as run:
        step = begin(run)
        say(step)
        deliver, calls = Delivery.deliver, []

        def breaks_off(self, record, **how):
            calls.append(record)
            if len(calls) == 4:
                raise StoreError("away")
            return deliver(self, record, **how)

        monkeypatch.setattr(Delivery, "deliver", breaks_off)
        step.complete()
        there = store.executions.get(step.execution.id)
        assert there.state is ExecutionState.RUNNING
        assert 60 < len(there.custom_properties) < 110
        monkeypatch.setattr(Delivery, "deliver", deliver)
    store.flush()
    check(store, step.execution)


@pytest.mark.slow
def test_a_step_of_thousands_of_everything_is_stored(store):
    """It took more memory than Neo4j gives a transaction by default, 70% of the heap."""
    thousand = 1000
    with store.run("iris") as run:
        with run.execution("Trainer", parameters=notes("p", 5 * thousand)) as step:
            step.set(notes("n", 4 * thousand))
            step.log({name: float(value) for name, value in notes("m", 2 * thousand).items()})
        assert store.executions.get(step.ref.id).state is ExecutionState.COMPLETE
    assert len(store.executions.get(step.ref.id).custom_properties) == 11 * thousand
    assert len(store.series(step)) == 2 * thousand
