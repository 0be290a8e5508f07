"""What threads publish at the same moment: by fewer queries, and as if each had done so alone."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from graphstore import Artifact, Context, Execution, Store
from graphstore.database import deadline
from graphstore.database.transaction import Transaction
from graphstore.errors import AlreadyExists, NotFound, Unavailable
from graphstore.storage.writing import group_commit
from graphstore.storage.writing.careful import Careful
from graphstore.storage.writing.group_commit import ROWS_AT_MOST
from graphstore.storage.writing.quick import Quick
from tests.conftest import until
from tests.integration.test_publish import counts


@pytest.fixture
def batch_sizes(monkeypatch):
    """How many executions each query stored, or was to."""
    numbers: list[int] = []
    for executor in (Quick, Careful):

        def note(self, wishes, execute=executor.execute):
            numbers.append(len(wishes))
            return execute(self, wishes)

        monkeypatch.setattr(executor, "execute", note)
    return numbers


@pytest.fixture
def patient(monkeypatch):
    """Whoever waits for a query waits until it is back."""
    monkeypatch.setattr(group_commit, "PATIENCE", 600)


@contextmanager
def hold_up(store, artifact, publications=(), group="quick", **options):
    """Publish by threads while a query needs `artifact`, whose lock somebody has.

    Yields what they answer, in futures: first that of this query, then of `publications`.
    """
    group = {"quick": store._publisher._quick, "careful": store._publisher._ask.__self__}[group]
    with (
        ThreadPoolExecutor(1 + len(publications)) as pool,
        store.database.driver.session() as session,
        session.begin_transaction() as transaction,
    ):
        transaction.run("MATCH (a:Artifact {id: $id}) SET a.held = 1", id=artifact.id).consume()
        answers = [pool.submit(store.publish, Execution(type="Trainer"), [artifact], **options)]
        until(lambda: group._under_way == 1)
        for number, (arguments, fields) in enumerate(publications, 1):
            answers.append(pool.submit(store.publish, *arguments, **fields, **options))
            until(lambda number=number: len(group._waiting) == number)
        yield answers
        transaction.rollback()
        for answer in answers:
            answer.exception()


def with_name(name, **fields):
    return (Execution(type="Trainer", name=name),), fields


def test_those_who_wait_are_stored_together(store, artifact, database, patient, batch_sizes):
    data = [artifact(uri=f"data-{n}") for n in range(3)]
    before = counts(database)
    run, other = Context(type="Pipeline", name="b"), Context(type="Pipeline", name="a")
    publications = [
        with_name(
            f"t{n}",
            inputs={"data": [data[n % 3], data[(n + 1) % 3]], "new": Artifact(type="Examples")},
            outputs={"model": [Artifact(type="Model", uri=f"m{n}")]},
            contexts=[run, other] if n % 2 else [run],
        )
        for n in range(6)
    ]
    with hold_up(store, artifact(), publications) as answers:
        pass
    assert batch_sizes == [1, 6]
    for n, answer in enumerate(answers[1:]):
        publication = answer.result()
        assert publication.execution == store.executions.get(publication.execution.id)
        assert publication.execution.name == f"t{n}"
        assert publication.inputs[:2] == (data[n % 3], data[(n + 1) % 3])
        assert [output.uri for output in publication.outputs] == [f"m{n}"]
        assert publication.outputs[0] == store.artifacts.get(publication.outputs[0].id)
        assert [context.name for context in publication.contexts] == (
            ["b", "a"] if n % 2 else ["b"]
        )
        events = store.events.of_executions([publication.execution.id])
        assert {(one.path, one.artifact_id) for one in events} == {
            (("data", 0), data[n % 3].id),
            (("data", 1), data[(n + 1) % 3].id),
            (("new", 0), publication.inputs[2].id),
            (("model", 0), publication.outputs[0].id),
        }
    growth = {what: number - before[what] for what, number in counts(database).items()}
    assert growth == {
        "executions": 6 + 1,
        "artifacts": 12 + 1,
        "contexts": 2,
        "events": 24 + 1,
        "attributions": 2 * 3 + 12 + 6,  # existing ones once for each context
        "associations": 6 + 3,
    }


def test_what_one_asks_in_vain_is_no_fault_of_the_others(store, artifact, patient, batch_sizes):
    store.publish(Execution(type="Trainer", name="taken"))
    no_id = 10**9
    publications = [
        with_name("a", outputs=[Artifact(type="Model")]),
        with_name("taken"),
        with_name("b", inputs=[no_id]),
        with_name("c"),
    ]
    with hold_up(store, artifact(), publications) as answers:
        pass
    first, second, missing, last = answers[1:]
    assert first.result().outputs[0].id
    with pytest.raises(AlreadyExists, match="taken"):
        second.result()
    with pytest.raises(NotFound, match=str(no_id)):
        missing.result()
    assert last.result().execution.name == "c"
    assert sorted(one.name for one in store.executions.list() if one.name) == ["a", "c", "taken"]
    assert sorted(batch_sizes[2:]) == [1, 1, 1, 1, 4]


def test_two_of_one_name_are_one_and_a_refusal(store, artifact, patient):
    with hold_up(store, artifact(), [with_name("twice"), with_name("twice")]) as answers:
        pass
    errors = [error for answer in answers[1:] if (error := answer.exception())]
    assert [type(error) for error in errors] == [AlreadyExists]
    assert len(store.executions.list(type="Trainer")) == 2


def test_a_query_takes_so_many_along_and_no_more(store, artifact, patient, batch_sizes):
    many = [Artifact(type="Examples") for _ in range(ROWS_AT_MOST // 2)]
    publications = [with_name(f"t{n}", outputs=many) for n in range(3)]
    with hold_up(store, artifact(), publications) as answers:
        pass
    assert all(len(answer.result().outputs) == len(many) for answer in answers[1:])
    assert batch_sizes == [1] * 4


def test_a_server_that_is_away_is_away_for_all(store, server, artifact, patient):
    mine = Store(server.connect())
    with hold_up(mine, artifact(), [with_name("a"), with_name("b")]) as answers:
        mine.database._is_closed = True  # as `close` says it first of all
    for answer in answers[1:]:
        with pytest.raises(Unavailable, match="has been closed"):
            answer.result()
    mine.close()
    assert not [one for one in store.executions.list() if one.name]


def test_a_thread_that_is_interrupted_leaves_nobody_waiting(store, artifact, patient, monkeypatch):
    send = Quick.execute

    def interrupt(self, wishes):
        if len(wishes) > 1:
            raise KeyboardInterrupt
        return send(self, wishes)

    monkeypatch.setattr(Quick, "execute", interrupt)
    with hold_up(store, artifact(), [with_name(name) for name in "abc"]) as answers:
        pass
    with pytest.raises(KeyboardInterrupt):
        answers[1].result()
    assert [answer.result().execution.name for answer in answers[2:]] == ["b", "c"]
    assert store._publisher._quick._under_way == 0


def test_who_is_interrupted_while_waiting_is_not_waited_for(store, artifact, patient, monkeypatch):
    class Interrupted(group_commit._Wish):
        @property
        def outcome(self):
            raise KeyboardInterrupt

        @outcome.setter
        def outcome(self, value):
            pass

    with hold_up(store, artifact()) as answers:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(group_commit, "_Wish", Interrupted)
            store.publish(Execution(type="Trainer", name="never"))
        assert not store._publisher._quick._waiting
    assert all(answer.result() for answer in answers)
    assert store.publish(Execution(type="Trainer", name="next")).execution.id


def test_who_has_a_deadline_waits_for_nobody(store, artifact, patient, batch_sizes):
    with hold_up(store, artifact()) as answers, deadline(60):
        assert store.publish(Execution(type="Trainer", name="hasty")).execution.id
        assert not any(answer.done() for answer in answers)
    assert batch_sizes == [1] * 2


def test_nobody_waits_for_long(store, artifact, batch_sizes):
    data = artifact()
    with hold_up(store, artifact()) as answers, ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(store.publish, Execution(type="Trainer"), [data]) for _ in range(8)]
        assert all(one.result().execution.id for one in futures)
        assert not answers[0].done()
    assert answers[0].result().execution.id
    assert sum(batch_sizes) == 9


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # that is what it is about
def test_a_forked_process_does_not_wait_for_its_parents_threads(store, artifact, patient):
    fork = multiprocessing.get_context("fork")
    queue = fork.SimpleQueue()
    with hold_up(store, artifact(), [with_name("parent")]) as answers:
        process = fork.Process(
            target=lambda: queue.put(store.publish(Execution(type="Trainer", name="child")))
        )
        process.start()
        assert queue.get().execution.name == "child"
        process.join()
    assert answers[-1].result().execution.name == "parent"


def test_many_threads_lose_and_double_nothing(store, artifact, database, batch_sizes):
    data, writers, each = [artifact() for _ in range(5)], 16, 20

    def write(writer):
        return [
            store.publish(
                Execution(type="Trainer", name=f"{writer}/{n}"),
                inputs={"data": [data[n % 5], data[(n + writer) % 5]]},
                outputs={"model": Artifact(type="Model", uri=f"{writer}/{n}")},
                contexts=[Context(type="Pipeline", name=f"p{n % 3}")],
            )
            for n in range(each)
        ]

    with ThreadPoolExecutor(writers) as pool:
        publications = [one for answers in pool.map(write, range(writers)) for one in answers]
    assert len(batch_sizes) < len(publications) == sum(batch_sizes)
    assert len({one.execution.id for one in publications}) == len(publications)
    for one in publications:
        assert one.outputs[0].uri == one.execution.name
    assert counts(database) == {
        "executions": len(publications),
        "artifacts": 5 + len(publications),
        "contexts": 3,
        # Of one artifact in two places of a role there are two events.
        "events": 3 * len(publications),
        "attributions": 5 * 3 + len(publications),
        "associations": len(publications),
    }


def with_id(name, **fields):
    """What may be published twice."""
    execution = Execution(type="Trainer", external_id=name, custom_properties={"by": name})
    return (execution,), fields


def carefully(store, artifact, publications):
    return hold_up(store, artifact, publications, group="careful", reuse=True)


def test_what_may_be_there_is_stored_together_too(store, artifact, database, patient, batch_sizes):
    data, example = [artifact(uri=f"data-{n}") for n in range(3)], artifact(external_id="stored")
    store.publish(Execution(type="Trainer", external_id="t0"), reuse=True)
    before, batch_sizes[:] = counts(database), []
    run, other = Context(type="Pipeline", name="b"), Context(type="Pipeline", name="a")
    publications = [
        with_id(
            f"t{n}",
            inputs={
                "data": [data[n % 3]],
                "known": Artifact(type="Examples", external_id="stored"),
                "shared": Artifact(type="Examples", external_id="shared"),
            },
            outputs={"model": [Artifact(type="Model", uri=f"m{n}")]},
            contexts=[run, other] if n % 2 else [run],
        )
        for n in range(6)
    ]
    with carefully(store, artifact(), publications) as answers:
        pass
    assert batch_sizes == [1, 6]
    common_ids = {answer.result().inputs[2].id for answer in answers[1:]}
    assert len(common_ids) == 1
    for n, answer in enumerate(answers[1:]):
        publication = answer.result()
        assert publication.execution == store.executions.get(publication.execution.id)
        assert (
            publication.execution.external_id,
            publication.execution.custom_properties["by"],
        ) == (f"t{n}",) * 2
        assert publication.inputs[:2] == (data[n % 3], example)
        assert [output.uri for output in publication.outputs] == [f"m{n}"]
        assert publication.outputs[0] == store.artifacts.get(publication.outputs[0].id)
        assert [context.name for context in publication.contexts] == (
            ["b", "a"] if n % 2 else ["b"]
        )
        assert {
            (e.path, e.artifact_id) for e in store.events.of_executions([publication.execution.id])
        } == {
            (("data", 0), data[n % 3].id),
            (("known", 0), example.id),
            (("shared", 0), *common_ids),
            (("model", 0), publication.outputs[0].id),
        }
    growth = {what: number - before[what] for what, number in counts(database).items()}
    assert growth == {
        "executions": 5 + 1,  # one was there
        "artifacts": 6 + 1 + 1,
        "contexts": 2,
        "events": 24 + 1,
        "attributions": 6 + 3 + 2 + 2 + 3 + 3,  # models, data, what is shared
        "associations": 6 + 3,
    }


def test_what_is_not_there_is_no_fault_of_the_others_either(store, artifact, patient, batch_sizes):
    no_id = 10**9
    publications = [with_id("a"), with_id("b", inputs=[no_id]), with_id("c")]
    with carefully(store, artifact(), publications) as answers:
        pass
    with pytest.raises(NotFound, match=str(no_id)):
        answers[2].result()
    assert [answers[n].result().execution.external_id for n in (1, 3)] == ["a", "c"]
    assert batch_sizes[1] == 3


def test_one_execution_is_not_published_twice_by_one_query(store, artifact, patient, batch_sizes):
    model = Artifact(type="Model", external_id="m")
    publications = [with_id("t", outputs={"model": model}), with_id("t", outputs={"model": model})]
    with carefully(store, artifact(), publications) as answers:
        pass
    assert batch_sizes == [1] * 3
    assert answers[1].result().outputs == answers[2].result().outputs
    assert len(store.executions.list(type="Trainer")) == 2


def test_many_that_publish_the_same_lose_and_double_nothing(store, artifact, database, batch_sizes):
    data, writers, each = [artifact(external_id=f"d{n}") for n in range(5)], 16, 20

    def write(writer):
        return [
            store.publish(
                # Two threads publish each, each once it is there already.
                Execution(type="Trainer", external_id=f"{writer // 2}/{n}"),
                inputs={"data": [Artifact(type="Examples", external_id=f"d{n % 5}")]},
                outputs={"model": Artifact(type="Model", external_id=f"{writer // 2}/{n}")},
                contexts=[Context(type="Pipeline", name=f"p{n % 3}")],
                reuse=True,
            )
            for n in range(each)
        ]

    with ThreadPoolExecutor(writers) as pool:
        publications = [one for answers in pool.map(write, range(writers)) for one in answers]
    assert len(batch_sizes) < len(publications)
    steps = writers // 2 * each
    assert len({one.execution.id for one in publications}) == steps
    assert {one.inputs[0].id for one in publications} == {one.id for one in data}
    assert counts(database) == {
        "executions": steps,
        "artifacts": 5 + steps,
        "contexts": 3,
        "events": 2 * steps,
        "attributions": 5 * 3 + steps,
        "associations": steps,
    }


@pytest.mark.parametrize("reuse", [False, True], ids=["quick", "careful"])
def test_what_is_published_is_planned_once_whatever_its_size(
    store, artifact, forget_plans, monkeypatch, reuse
):
    data, sent, original = [artifact() for _ in range(12)], [], Transaction._run

    def spy(transaction, query, parameters):
        sent.append(query.name)
        return original(transaction, query, parameters)

    def publish(size):
        store.publish(
            Execution(type="Trainer"),
            inputs={"data": data[:size]},
            outputs={"model": [Artifact(type="Model") for _ in range(size)]},
            contexts=[Context(type="Pipeline", name="p")],
            reuse=reuse,
        )

    publish(12)
    for kind, count in (("artifact", 50), ("execution", 10), ("context", 2)):
        # So many are leased, and come back, that no query is sent for them.
        store.ids.give_back(kind, store.ids.take({kind: count})[kind])
    forget_plans()
    monkeypatch.setattr(Transaction, "_run", spy)
    for size in (0, 1, 2, 11, 12):
        publish(size)
    assert sent == ["execution.publish" if reuse else "execution.publish_many"] * 5
    assert forget_plans() == 1
