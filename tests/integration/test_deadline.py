"""Deadlines: what a caller no longer waits for is ended, or not begun."""

from time import monotonic

import pytest

from graphstore import ArtifactType, PropertyKind, Store
from graphstore.database import deadline
from graphstore.errors import Aborted, DeadlineExceeded, Unavailable
from tests.proxy import proxy


@pytest.fixture
def busy_type(store, database):
    """The type T, which somebody else holds the lock of; and the query that found it."""
    store.types.put(ArtifactType(name="T"))
    with database.driver.session() as session, session.begin_transaction() as transaction:
        transaction.run("MATCH (t:Type {name: 'T'}) SET t.held = 1").consume()
        yield ArtifactType(name="T", properties={"a": PropertyKind.INT})
        transaction.rollback()


def test_what_waits_for_a_lock_is_ended(store, busy_type):
    began = monotonic()
    with pytest.raises(DeadlineExceeded), deadline(0.5):
        store.types.put(busy_type, can_add_fields=True)
    assert monotonic() - began < 10


def test_nothing_is_begun_when_it_is_over(store):
    with deadline(0.0), pytest.raises(DeadlineExceeded, match="is over"):
        store.types.put(ArtifactType(name="T"))
    assert not store.types.list(ArtifactType)


def test_it_bounds_its_block_only(store):
    with deadline(60), deadline(0.0):
        pass
    with deadline(None):
        assert store.types.put(ArtifactType(name="T")).id
    assert store.types.get(ArtifactType, "T").id


def test_what_somebody_else_ended_may_be_tried_again(store, busy_type, database):
    from threading import Timer

    def end():
        with database.driver.session() as session:
            for row in session.run("SHOW TRANSACTIONS YIELD transactionId AS id, metaData AS data"):
                if row["data"].get("graphstore") == "type.put":
                    session.run("TERMINATE TRANSACTION $id", id=row["id"]).consume()

    timer = Timer(1.0, end)
    timer.start()
    with pytest.raises(Aborted):
        store.types.put(busy_type, can_add_fields=True)
    timer.join()


def test_a_server_that_is_gone_is_told_in_time(server, store):
    with proxy(server.uri) as way:
        there = type(server)(f"bolt://127.0.0.1:{way.port}", server.user, server.password)
        database = there.connect()
        behind = Store(database)
        way.down = True
        way.drop()
        began = monotonic()
        with pytest.raises(Unavailable), deadline(5):
            behind.types.all()
        assert monotonic() - began < 20  # the driver alone goes on for 30
        database.close()
