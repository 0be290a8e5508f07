"""Publishing many executions: in order, in bounded memory, and again from the start."""

import gc
import weakref

import pytest

from graphstore import Artifact, Context, Execution, Store, ToPublish
from graphstore.database import Database
from graphstore.errors import (
    AlreadyExists,
    InvalidArgument,
    PublicationRefused,
    ResourceExhausted,
    Unavailable,
)
from tests.proxy import proxy


def chain(length, *, external=False, bad=None):
    """Trainers in a row, each reading the model of the one before, in one pipeline."""
    pipeline = Context(type="Pipeline", name="chain")
    model = None
    for number in range(length):
        output = Artifact(
            type="Model",
            uri=f"m/{number}",
            external_id=f"model-{number}" if external else None,
            properties={"int_value": "no number" if number == bad else number},
        )
        yield ToPublish(
            Execution(
                type="Trainer",
                name=f"train-{number}",
                state="COMPLETE",
                external_id=f"train-{number}" if external else None,
            ),
            inputs={} if model is None else {"base_model": model},
            outputs={"model": output},
            contexts=[pipeline],
        )
        model = output


def sizes(store):
    return (
        len(list(store.executions.iterate())),
        len(list(store.artifacts.iterate())),
        len(list(store.contexts.iterate())),
        sum(len(store.events.of_executions([e.id])) for e in store.executions.iterate()),
    )


@pytest.mark.parametrize("batch", [1, 7, 500])
def test_a_history_is_published_in_order(store, types, batch):
    publications = list(store.publish_many(chain(20), batch=batch))
    assert sizes(store) == (20, 20, 1, 39)
    for number, one in enumerate(publications):
        execution = store.executions.get(one.execution_id)
        assert (execution.name, execution.state.value) == (f"train-{number}", "COMPLETE")
        assert [a.uri for a in store.artifacts.get_many(one.output_ids)] == [f"m/{number}"]
        assert one.input_ids == (publications[number - 1].output_ids if number else ())
        assert one.context_ids == publications[0].context_ids
    # The last model descends from all the others: batches are joined where they meet.
    assert len(store.lineage.upstream(publications[-1].output_ids[0]).nodes()) == 40
    members = store.lineage.run(publications[0].context_ids[0])
    assert len(members.executions) == 20


def test_it_says_what_publish_says(store, types):
    """The same execution, once published alone and once with others."""
    (data,) = store.artifacts.put_many([Artifact(type="Examples", uri="data")])
    execution = Execution(type="Trainer", properties={"double_value": 0.5})
    models = [Artifact(type="Model", uri=f"m/{n}") for n in range(2)]
    context = Context(type="Pipeline", name="p")
    alone = store.publish(execution, {"data": [data]}, {"models": models}, [context])
    (among,) = store.publish_many(
        [ToPublish(execution, {"data": [data]}, {"models": models}, [context])]
    )
    events = [
        [(e.type, e.path, e.artifact_id == data.id) for e in store.events.of_executions([id_])]
        for id_ in (alone.execution.id, among.execution_id)
    ]
    assert events[0] == events[1]
    assert among.context_ids == tuple(c.id for c in alone.contexts)
    assert store.executions.get(among.execution_id).properties == {"double_value": 0.5}


def test_nothing_happens_before_somebody_asks(store, types):
    publications = store.publish_many(chain(3))
    assert sizes(store)[0] == 0
    next(publications)
    assert sizes(store)[0] == 3


def test_memory_is_bounded_by_what_the_caller_keeps(store, types):
    alive = []

    def publications():
        for one in chain(60):
            alive.append(weakref.ref(one.outputs["model"]))
            yield one

    most = 0
    for _ in store.publish_many(publications(), batch=5):
        gc.collect()
        most = max(most, sum(ref() is not None for ref in alive))
    assert most <= 2 * 5 + 2


@pytest.mark.parametrize("batch", [1, 4, 100])
def test_the_one_that_is_refused_is_named(store, types, batch):
    answers = []
    with pytest.raises(PublicationRefused, match=r"number 9 .*int_value") as excinfo:
        for one in store.publish_many(chain(30, bad=9), batch=batch):
            answers.append(one)
    assert excinfo.value.index == 9
    assert isinstance(excinfo.value.__cause__, InvalidArgument)
    assert len(answers) == 9 and sizes(store)[:2] == (9, 9)


def test_beginning_again_changes_nothing(store, types):
    first = list(store.publish_many(chain(12, external=True), batch=5, reuse=True))
    before = sizes(store)
    again = list(store.publish_many(chain(12, external=True), batch=7, reuse=True))
    assert again == first
    assert sizes(store) == before
    # Whoever was interrupted goes on.
    longer = list(store.publish_many(chain(20, external=True), reuse=True))
    assert longer[:12] == first
    assert sizes(store) == (20, 20, 1, 39)


def test_without_reuse_a_name_is_taken_once(store, types):
    list(store.publish_many(chain(3)))
    with pytest.raises(PublicationRefused) as excinfo:
        list(store.publish_many(chain(3)))
    assert excinfo.value.index == 0 and isinstance(excinfo.value.__cause__, AlreadyExists)


def test_a_few_queries_a_batch(store, types, monkeypatch):
    """As many for 5 as for 200."""
    counts = []
    for number in (5, 200):
        ran = []
        with monkeypatch.context() as patch:
            from graphstore.database import Transaction

            real = Transaction._run
            patch.setattr(
                Transaction,
                "_run",
                lambda self, query, parameters, real=real, ran=ran: (
                    ran.append(query.name) or real(self, query, parameters)
                ),
            )
            copies = (
                ToPublish(
                    p.execution.evolve(name=f"{number}/{p.execution.name}"),
                    p.inputs,
                    p.outputs,
                    p.contexts,
                )
                for p in chain(number)
            )
            list(store.publish_many(copies))
        counts.append(len([name for name in ran if name != "sequence.lease"]))
    assert counts[0] == counts[1] <= 12


def test_a_server_that_goes_away(server, store, types):
    """What was yielded is stored, and the error is that nobody answers."""
    with proxy(server.uri) as way:
        auth = (server.user, server.password)
        slow = {"max_transaction_retry_time": 0.5, "connection_timeout": 2}
        with Store.open(f"bolt://127.0.0.1:{way.port}", auth=auth, **slow) as through:
            answers = []
            with pytest.raises(Unavailable):
                for one in through.publish_many(chain(40), batch=10):
                    answers.append(one)
                    if len(answers) == 10:
                        way.close()
    assert len(answers) == 10
    assert sizes(store)[0] == 10


def test_an_error_of_the_callers_comes_after_what_was_stored(store, types):
    def publications():
        yield from chain(25)
        raise RuntimeError("the source is gone")

    answers = []
    with pytest.raises(RuntimeError, match="the source is gone"):
        for one in store.publish_many(publications(), batch=10):
            answers.append(one)
    assert len(answers) == sizes(store)[0] == 20


def test_a_batch_that_is_too_much_goes_one_by_one(store, types, monkeypatch):
    """What was made ready meanwhile refers to its artifacts, which get other ids then."""
    real, failures = Database.one, iter([False, True])

    def one(self, query, /, **parameters):
        if query.name == "execution.publish_many" and next(failures, False):
            raise ResourceExhausted("the server has too little memory for the query")
        return real(self, query, **parameters)

    monkeypatch.setattr(Database, "one", one)
    publications = list(store.publish_many(chain(30), batch=10))
    assert sizes(store) == (30, 30, 1, 59)
    assert len(store.lineage.upstream(publications[-1].output_ids[0]).nodes()) == 60


def test_whoever_stops_early_loses_no_ids(store, types):
    publications = store.publish_many(chain(50), batch=10)
    next(publications)
    publications.close()
    assert sizes(store)[0] == 10
    (after,) = store.publish_many([ToPublish(Execution(type="Trainer"))])
    assert after.execution_id == 11


def test_wrong_arguments(store, types):
    with pytest.raises(InvalidArgument, match="batch"):
        list(store.publish_many([], batch=0))
    assert list(store.publish_many([])) == []


def test_a_refusal_costs_no_ids(store, types):
    list(store.publish_many(chain(2)))
    with pytest.raises(PublicationRefused):
        list(store.publish_many(chain(3), batch=3))  # the names are taken
    (after,) = store.publish_many(
        [ToPublish(Execution(type="Trainer"), outputs=[Artifact(type="Model")])]
    )
    assert after.execution_id == max(e.id for e in store.executions.iterate()) == 3
    assert after.output_ids == (3,)
