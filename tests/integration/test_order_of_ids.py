"""Ids are in the order in which things were said; tests/integration/promises has the other ways."""

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Store,
)
from graphstore.recording import channel
from tests.proxy import proxy

ROUNDS = range(8)


def checkpoint(number):
    # External ids that are in no order.
    return Artifact(type="Checkpoint", uri=f"s3://{number}", external_id=f"x{number * 5 % 8}")


def check(store):
    artifacts = store.artifacts.list(type="Checkpoint")
    assert [one.uri for one in artifacts] == [f"s3://{number}" for number in ROUNDS]


@pytest.mark.parametrize("way", ["put", "put_many"])
def test_ids_follow_what_is_said(store, way):
    store.types.put(ArtifactType(name="Checkpoint"))
    checkpoints = [checkpoint(number) for number in ROUNDS]
    if way == "put_many":
        store.artifacts.put_many(checkpoints)
    else:
        for one in checkpoints:
            store.artifacts.put(one)
    check(store)


def record(store):
    with store.run("pipeline", capture=()) as run, run.execution("Train") as step:
        for number in ROUNDS:
            step.input("data", f"s3://data/{number % 3}", type="Data")
            step.output("model", f"s3://{number}", type="Checkpoint")


def test_ids_follow_what_a_step_makes(store):
    record(store)
    check(store)
    assert store.resolve.latest("Checkpoint")[0].uri == "s3://7"


def test_ids_follow_what_waited_on_the_disk(store, server, tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(channel, "RETRY_AFTER", 0.0)
    with proxy(server.uri) as way:
        at = type(server)(f"bolt://127.0.0.1:{way.port}", server.user, server.password)
        with Store(at.connect(max_transaction_retry_time=0.5), address="late") as remote:
            way.down = True
            way.drop()
            record(remote)
            way.down = False
            remote.flush()
    check(store)


def test_an_id_that_nobody_got_is_not_given_after_a_larger_one(store):
    first = store.ids.take({"artifact": 3})["artifact"]
    store.ids.give_back("artifact", [first[0]])  # the others are in use
    assert store.ids.take({"artifact": 1})["artifact"][0] > first[2]
    second = store.ids.take({"artifact": 2})["artifact"]
    store.ids.give_back("artifact", second)
    assert store.ids.take({"artifact": 2})["artifact"] == second


def test_ids_that_come_back_in_any_order_are_given_again(store):
    store.ids.take({"context": 1})
    one, other = (store.ids.take({"context": 2})["context"] for _ in range(2))
    store.ids.give_back("context", one)  # the other thread may still use its own
    between = store.ids.take({"context": 1})["context"]
    assert between[0] > other[1]
    store.ids.give_back("context", other)
    store.ids.give_back("context", between)
    assert store.ids.take({"context": 4})["context"] == [*one, *other]
