"""What threads publish at the same moment: by fewer queries, and as if each had done so alone."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from graphstore import Artifact, Context, Execution, Store
from graphstore.database import deadline
from graphstore.errors import AlreadyExists, NotFound, Unavailable
from graphstore.repository import group_commit
from graphstore.repository.group_commit import ROWS_AT_MOST, GroupCommit
from tests.integration.test_publish import counts


@pytest.fixture
def sent(monkeypatch):
    """How many executions each query stored, or was to."""
    numbers, send = [], GroupCommit._send

    def note(self, parameters):
        numbers.append(len(parameters["executions"]))
        return send(self, parameters)

    monkeypatch.setattr(GroupCommit, "_send", note)
    return numbers


def until(condition):
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end, "it never came about"
        sleep(0.01)


@pytest.fixture
def patient(monkeypatch):
    """Whoever waits for a query waits until it is back."""
    monkeypatch.setattr(group_commit, "PATIENCE", 600)


@contextmanager
def held_up(store, held, publications=()):
    """Publish by threads while a query that needs `held`, whose lock somebody has, is under way.

    Yields what they answer, in futures: first that of this query, then of `publications`.
    """
    group = store._publisher._group
    with (
        ThreadPoolExecutor(1 + len(publications)) as pool,
        store.database.driver.session() as session,
        session.begin_transaction() as transaction,
    ):
        transaction.run("MATCH (a:Artifact {id: $id}) SET a.held = 1", id=held.id).consume()
        answers = [pool.submit(store.publish, Execution(type="Trainer"), [held])]
        until(lambda: group._under_way == 1)
        for number, (arguments, options) in enumerate(publications, 1):
            answers.append(pool.submit(store.publish, *arguments, **options))
            until(lambda number=number: len(group._waiting) == number)
        yield answers
        transaction.rollback()
        for answer in answers:
            answer.exception()


def named(name, **given):
    return (Execution(type="Trainer", name=name),), given


def test_those_who_wait_are_stored_together(store, artifact, database, patient, sent):
    data = [artifact(uri=f"data-{n}") for n in range(3)]
    before = counts(database)
    run, other = Context(type="Pipeline", name="b"), Context(type="Pipeline", name="a")
    publications = [
        named(
            f"t{n}",
            inputs={"data": [data[n % 3], data[(n + 1) % 3]], "new": Artifact(type="Examples")},
            outputs={"model": [Artifact(type="Model", uri=f"m{n}")]},
            contexts=[run, other] if n % 2 else [run],
        )
        for n in range(6)
    ]
    with held_up(store, artifact(), publications) as answers:
        pass
    assert sent == [1, 6]
    for n, answer in enumerate(answers[1:]):
        done = answer.result()
        assert done.execution == store.executions.get(done.execution.id)
        assert done.execution.name == f"t{n}"
        assert done.inputs[:2] == (data[n % 3], data[(n + 1) % 3])
        assert [made.uri for made in done.outputs] == [f"m{n}"]
        assert done.outputs[0] == store.artifacts.get(done.outputs[0].id)
        assert [context.name for context in done.contexts] == (["b", "a"] if n % 2 else ["b"])
        events = store.events.of_executions([done.execution.id])
        assert {(one.path, one.artifact_id) for one in events} == {
            (("data", 0), data[n % 3].id),
            (("data", 1), data[(n + 1) % 3].id),
            (("new", 0), done.inputs[2].id),
            (("model", 0), done.outputs[0].id),
        }
    added = {what: number - before[what] for what, number in counts(database).items()}
    assert added == {
        "executions": 6 + 1,
        "artifacts": 12 + 1,
        "contexts": 2,
        "events": 24 + 1,
        "attributions": 2 * 3 + 12 + 6,  # existing ones once for each context
        "associations": 6 + 3,
    }


def test_what_one_asks_in_vain_is_no_fault_of_the_others(store, artifact, patient, sent):
    store.publish(Execution(type="Trainer", name="taken"))
    gone = 10**9
    publications = [
        named("a", outputs=[Artifact(type="Model")]),
        named("taken"),
        named("b", inputs=[gone]),
        named("c"),
    ]
    with held_up(store, artifact(), publications) as answers:
        pass
    first, taken, missing, last = answers[1:]
    assert first.result().outputs[0].id
    with pytest.raises(AlreadyExists, match="taken"):
        taken.result()
    with pytest.raises(NotFound, match=str(gone)):
        missing.result()
    assert last.result().execution.name == "c"
    assert sorted(one.name for one in store.executions.list() if one.name) == ["a", "c", "taken"]
    assert sorted(sent[2:]) == [1, 1, 1, 1, 4]


def test_two_of_one_name_are_one_and_a_refusal(store, artifact, patient):
    with held_up(store, artifact(), [named("twice"), named("twice")]) as answers:
        pass
    refused = [error for answer in answers[1:] if (error := answer.exception())]
    assert [type(error) for error in refused] == [AlreadyExists]
    assert len(store.executions.list(type="Trainer")) == 2


def test_a_query_takes_so_many_along_and_no_more(store, artifact, patient, sent):
    many = [Artifact(type="Examples") for _ in range(ROWS_AT_MOST // 2)]
    publications = [named(f"t{n}", outputs=many) for n in range(3)]
    with held_up(store, artifact(), publications) as answers:
        pass
    assert all(len(answer.result().outputs) == len(many) for answer in answers[1:])
    assert sent == [1] * 4


def test_a_server_that_is_away_is_away_for_all(store, server, artifact, patient):
    mine = Store(server.connect())
    with held_up(mine, artifact(), [named("a"), named("b")]) as answers:
        mine.database._closed = True  # as `close` says it first of all
    for answer in answers[1:]:
        with pytest.raises(Unavailable, match="has been closed"):
            answer.result()
    mine.close()
    assert not [one for one in store.executions.list() if one.name]


def test_a_thread_that_is_interrupted_leaves_nobody_waiting(store, artifact, patient, monkeypatch):
    send = GroupCommit._send

    def interrupted(self, parameters):
        if len(parameters["executions"]) > 1:
            raise KeyboardInterrupt
        return send(self, parameters)

    monkeypatch.setattr(GroupCommit, "_send", interrupted)
    with held_up(store, artifact(), [named(name) for name in "abc"]) as answers:
        pass
    with pytest.raises(KeyboardInterrupt):
        answers[1].result()
    assert [answer.result().execution.name for answer in answers[2:]] == ["b", "c"]
    assert store._publisher._group._under_way == 0


def test_who_is_interrupted_while_waiting_is_not_waited_for(store, artifact, patient, monkeypatch):
    class Interrupted(group_commit._Wish):
        @property
        def told(self):
            raise KeyboardInterrupt

        @told.setter
        def told(self, value):
            pass

    with held_up(store, artifact()) as answers:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(group_commit, "_Wish", Interrupted)
            store.publish(Execution(type="Trainer", name="never"))
        assert not store._publisher._group._waiting
    assert all(answer.result() for answer in answers)
    assert store.publish(Execution(type="Trainer", name="next")).execution.id


def test_who_has_a_deadline_waits_for_nobody(store, artifact, patient, sent):
    with held_up(store, artifact()) as answers, deadline(60):
        assert store.publish(Execution(type="Trainer", name="hasty")).execution.id
        assert not any(answer.done() for answer in answers)
    assert sent == [1] * 2


def test_nobody_waits_for_long(store, artifact, sent):
    data = artifact()
    with held_up(store, artifact()) as answers, ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(store.publish, Execution(type="Trainer"), [data]) for _ in range(8)]
        assert all(one.result().execution.id for one in writing)
        assert not answers[0].done()
    assert answers[0].result().execution.id
    assert sum(sent) == 9


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # that is what it is about
def test_a_forked_process_does_not_wait_for_its_parents_threads(store, artifact, patient):
    fork = multiprocessing.get_context("fork")
    queue = fork.SimpleQueue()
    with held_up(store, artifact(), [named("parent")]) as answers:
        process = fork.Process(
            target=lambda: queue.put(store.publish(Execution(type="Trainer", name="child")))
        )
        process.start()
        assert queue.get().execution.name == "child"
        process.join()
    assert answers[-1].result().execution.name == "parent"


def test_many_threads_lose_and_double_nothing(store, artifact, database, sent):
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
        done = [one for answers in pool.map(write, range(writers)) for one in answers]
    assert len(sent) < len(done) == sum(sent)
    assert len({one.execution.id for one in done}) == len(done)
    for one in done:
        assert one.outputs[0].uri == one.execution.name
    assert counts(database) == {
        "executions": len(done),
        "artifacts": 5 + len(done),
        "contexts": 3,
        # Of one artifact in two places of a role there are two events.
        "events": 3 * len(done),
        "attributions": 5 * 3 + len(done),
        "associations": len(done),
    }
