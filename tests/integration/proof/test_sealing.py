"""Sealing: what is new, by one at a time, and whole or not at all."""

import threading

import pytest

from graphstore import Artifact, Execution, FailedPrecondition
from graphstore.database import Database
from graphstore.proof import leaves, reading, sealing
from graphstore.proof.leaves import Chunk
from tests.integration.archive.contents import fill
from tests.integration.proof.conftest import change, run, settle, verify


@pytest.fixture
def many(store, types, monkeypatch):
    """Enough for some nodes of leaves and some pages, if these are small."""
    monkeypatch.setattr(Chunk, "SIZE", 7)
    monkeypatch.setattr(reading, "_AT_ONCE", 20)
    monkeypatch.setattr(leaves, "_AT_ONCE", 3)
    for number in range(30):
        store.publish(Execution(type="Trainer"), [], [Artifact(type="Model", uri=f"s3://{number}")])
    settle(store)
    return store


def test_pages_and_nodes_of_leaves_are_many(many, key):
    seal = many.seals.make(key)
    assert seal.size >= 90
    assert run(many.database, "MATCH (l:GraphstoreLeaves) RETURN count(l) AS n")[0]["n"] > 12
    report = verify(many, key)
    assert report.passed and report.same == seal.size
    run(many.database, "MATCH (a:Artifact {id: 17}) SET a.uri = 's3://other'")
    (problem,) = verify(many, key).problems
    assert (problem.what, problem.record, problem.fields) == ("altered", "a17", ("uri",))


def test_records_of_one_moment_are_in_one_page(many, key):
    run(
        many.database,
        "MATCH (n) WHERE n:Artifact OR n:Execution SET n.create_time ="
        " datetime('2026-01-01T00:00:00Z')",
    )
    seal = many.seals.make(key)
    report = verify(many, key)
    assert report.passed and report.same == seal.size


def test_records_of_one_moment_after_the_other(many, key):
    """Where a page ends the next begins: of one instant in two zones Cypher says one is less."""
    run(
        many.database,
        "MATCH (n) WHERE n:Artifact OR n:Execution"
        " SET n.create_time = datetime({epochMillis: 1700000000000 + n.id})",
    )
    seal = many.seals.make(key)
    report = verify(many, key)
    assert report.problems == [] and report.same == seal.size


def test_nothing_new_is_no_seal(many, key):
    assert many.seals.make(key) is not None
    assert many.seals.make(key) is None
    assert run(many.database, "MATCH (s:GraphstoreSealing) RETURN count(s) AS n") == [{"n": 0}]


def test_a_later_seal_has_what_is_new_only(many, key):
    first = many.seals.make(key)
    many.artifacts.put(many.artifacts.get(3).evolve(uri="s3://new"))
    settle(many)
    second = many.seals.make(key)
    assert (second.size, second.since, second.previous) == (1, first.until, first.digest)
    assert verify(many, key).same == first.size + 1


def test_what_is_under_way_is_left_to_the_next_seal(many, key):
    many.seals.make(key)
    database = many.database
    with database.driver.session(database=database.name) as session:
        with session.begin_transaction() as transaction:
            transaction.run("MATCH (a:Artifact {id: 1}) SET a.id = 1").consume()
            many.artifacts.put(Artifact(type="Model"))
            settle_for(1.2)
            assert many.seals.make(key) is None
            assert verify(many, key).unsealed == 1
            transaction.rollback()
    settle(many)
    assert many.seals.make(key).size == 1


def settle_for(seconds):
    threading.Event().wait(seconds)


class Broken(Exception):
    pass


@pytest.mark.parametrize(
    ("query", "times"),
    [("seal.put_leaves", 1), ("seal.put_leaves", 2), ("seal.put", 1), ("archive.identify", 1)],
)
@pytest.mark.parametrize("after", [0, 1])
def test_who_is_interrupted_leaves_no_seal(many, key, monkeypatch, query, after, times):
    """Before or after what a query does, at its first or second time."""
    one, count = Database.one, 0

    def broken(self, asked, **parameters):
        nonlocal count
        count += asked.name == query
        is_now = asked.name == query and count == times
        if is_now and not after:
            raise Broken
        answer = one(self, asked, **parameters)
        if is_now:
            raise Broken
        return answer

    with monkeypatch.context() as patch, pytest.raises(Broken):
        patch.setattr(Database, "one", broken)
        many.seals.make(key)
    is_whole = (query, after) == ("seal.put", 1)
    assert len(many.seals.list()) == is_whole
    seal = many.seals.make(key)
    assert (seal is None) == is_whole
    report = verify(many, key)
    assert report.passed and report.seals == 1


def test_two_at_once(many, key, monkeypatch):
    """The second is refused while the first is heard of; not when that has died."""
    begun, go_on = threading.Event(), threading.Event()
    original = sealing.records

    def slow(*arguments):
        begun.set()
        assert go_on.wait(60)
        return original(*arguments)

    monkeypatch.setattr(sealing, "records", slow)
    results = []

    def first():
        try:
            results.append(many.seals.make(key))
        except FailedPrecondition as error:
            results.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(60)
    monkeypatch.setattr(sealing, "records", original)
    with pytest.raises(FailedPrecondition, match="seals this store just now"):
        many.seals.make(key)
    # As if nothing had been heard of the first for long.
    monkeypatch.setattr(sealing, "PATIENCE", 0)
    seal = many.seals.make(key)
    go_on.set()
    thread.join()
    assert isinstance(results[0], FailedPrecondition) and "begun to seal" in str(results[0])
    report = verify(many, key)
    assert report.passed and report.same == seal.size and report.seals == 1


def test_others_write_while_it_is_verified_and_sealed(store, key):
    fill(store)
    settle(store)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            change(store)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(4):
            store.seals.make(key)
            report = verify(store, key)
            assert report.problems == []
    finally:
        stop.set()
        thread.join()
    settle(store)
    store.seals.make(key)
    assert verify(store, key).passed


def test_a_seal_that_was_altered_is_not_sealed_upon(many, key):
    many.seals.make(key)
    run(many.database, "MATCH (s:GraphstoreSeal) SET s.size = 1")
    with pytest.raises(FailedPrecondition, match="seal 1 is missing or was altered"):
        many.seals.make(key)
