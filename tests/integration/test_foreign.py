"""Nodes of another store: their ids are those of something else here."""

import logging
from datetime import timedelta

import pytest

from graphstore import (
    Artifact,
    At,
    Batch,
    Context,
    Event,
    EventType,
    Execution,
    ForeignNode,
    PublicationRefused,
    ToPublish,
)
from graphstore.database.queries import QUERIES

NEW = {
    "artifacts": Artifact(type="Examples"),
    "executions": Execution(type="Trainer"),
    "contexts": Context(type="Pipeline", name="c"),
}
READS = Event(type=EventType.INPUT)


def stored(store, nodes, **changes):
    """A node of this store, and what another one has under its id."""
    repository = getattr(store, nodes)
    own = repository.get(repository.put(NEW[nodes].evolve(**changes)).id)
    return own, own.evolve(create_time=own.create_time - timedelta(days=1))


def state_of(database):
    with database.driver.session() as session:
        query = """
            MATCH (node) WHERE node:Artifact OR node:Execution OR node:Context
            RETURN elementId(node) AS id, properties(node) AS said, COUNT { (node)--() } AS edges
            ORDER BY id"""
        return session.run(query).data()


@pytest.mark.parametrize("nodes", NEW)
def test_a_node_of_another_store_is_not_put_over_one_of_this(store, types, database, nodes):
    own, foreign = stored(store, nodes)
    said = foreign.evolve(custom_properties={"x": 1})
    before = state_of(database)
    short = own.ref.short
    with pytest.raises(ForeignNode, match=f"{short} of type .* not of this store: here {short} is"):
        getattr(store, nodes).put(said)
    with pytest.raises(ForeignNode):
        store.put(Batch(**{nodes: [said]}))
    with pytest.raises(ForeignNode):
        getattr(store, nodes).put(said, fields=["custom_properties"])
    assert state_of(database) == before
    by_hand = said.evolve(create_time=None)
    assert getattr(store, nodes).put(by_hand).custom_properties == {"x": 1}


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("edges", ["events", "as read", "attributions", "associations", "parents"])
def test_a_batch_that_refers_to_one_of_another_store_is_refused(
    store, types, database, edges, reuse
):
    """Be it all new, which one query stores, or not."""
    artifact, context = stored(store, "artifacts"), stored(store, "contexts")
    execution = stored(store, "executions")

    def batch(which):
        new = {"executions": [NEW["executions"]]}
        if edges == "events":
            return Batch(**new, events=[(artifact[which], At(0), READS)])
        if edges == "as read":
            return Batch(**new, artifacts=[artifact[which]], events=[(At(0), At(0), READS)])
        if edges == "attributions":
            return Batch(**new, attributions=[(artifact[0], context[which])])
        if edges == "associations":
            return Batch(associations=[(execution[which], context[0])])
        return Batch(contexts=[NEW["contexts"].evolve(name="d")], parents=[(At(0), context[which])])

    before = state_of(database)
    with pytest.raises(ForeignNode, match="not of this store"):
        store.put(batch(1), reuse_executions=reuse, reuse_artifacts=reuse)
    assert state_of(database) == before
    store.put(batch(0), reuse_executions=reuse, reuse_artifacts=reuse)
    assert state_of(database) != before


@pytest.mark.parametrize("way", ["plain", "keep", "many"])
def test_an_execution_of_another_store_is_not_published_over_one_of_this(
    store, types, database, way
):
    own, foreign = stored(store, "executions", external_id="e")
    before = state_of(database)
    if way == "many":
        with pytest.raises(PublicationRefused, match="not of this store"):
            list(store.publish_many([ToPublish(foreign.evolve(name="x"))]))
    else:
        with pytest.raises(ForeignNode, match="not of this store"):
            store.publish(foreign.evolve(name="x"), reuse=way == "keep")
    assert state_of(database) == before
    assert store.publish(own.evolve(name="x")).execution.name == "x"


@pytest.mark.parametrize("reuse", [False, True])
def test_publish_many_tells_of_an_artifact_of_another_store(store, types, caplog, reuse):
    own, foreign = stored(store, "artifacts")

    def many(artifact, name):
        execution = Execution(type="Trainer", external_id=name)
        list(store.publish_many([ToPublish(execution, inputs={"data": artifact})], reuse=reuse))

    many(own, "a")
    many(own.id, "b")
    assert "not of this store" not in caplog.text
    many(foreign, "c")
    assert f"a{own.id} of type Examples, recorded at {foreign.create_time}, was" in caplog.text
    assert f"here a{own.id} is of type Examples, recorded at {own.create_time}" in caplog.text


@pytest.mark.parametrize("reuse", [False, True])
def test_a_context_of_another_store_is_known_by_its_name(store, types, database, reuse):
    """And if it is new here, it does not take an id that nobody gave it."""
    new = NEW["contexts"].evolve(id=7_000_000, name="elsewhere")
    execution = Execution(type="Trainer", external_id="e")
    (made,) = store.publish(execution, contexts=[new], reuse=reuse).contexts
    assert (made.name, made.id < 7_000_000) == ("elsewhere", True)
    again = Execution(type="Trainer", external_id="f")
    assert store.publish(again, contexts=[new], reuse=reuse).contexts == (made,)


def test_decisions_are_about_artifacts_of_this_store(store, types, database, caplog):
    own, foreign = stored(store, "artifacts", type="Model")
    before = state_of(database)
    with pytest.raises(ForeignNode, match="not of this store"):
        store.decisions.deploy(foreign, "production")
    assert state_of(database) == before
    deployed = store.decisions.deploy(own, "production")
    other = deployed.deployment.evolve(create_time=foreign.create_time)
    with pytest.raises(ForeignNode):
        store.decisions.retire(other)
    with pytest.raises(ForeignNode):
        store.decisions.deploy(own, "production", replaces=[other])
    caplog.set_level(logging.WARNING)
    store.decisions.record(own, candidates=iter([own]))
    assert "not of this store" not in caplog.text
    store.decisions.record(None, candidates=iter([foreign]))
    assert "not of this store" in caplog.text


def test_one_that_another_store_has_can_be_copied(store, types):
    """Without its id it is new, or the one with its external id."""
    own, foreign = stored(store, "artifacts", external_id="x")
    copy = foreign.evolve(id=None, custom_properties={"x": 1})
    put = store.put(Batch(artifacts=[copy]), reuse_artifacts=True)
    assert put.artifact_ids == (own.id,)
    assert store.artifacts.get(own.id).custom_properties == {"x": 1}


def test_a_time_that_somebody_wrote_by_hand_is_no_sign_of_another_store(store, types, database):
    own, _ = stored(store, "artifacts")
    with database.driver.session() as session:
        session.run("MATCH (n:Artifact {id: $id}) SET n.create_time = 'noon'", id=own.id).consume()
    store.put(Batch(executions=[NEW["executions"]], events=[(own, At(0), READS)]))
    store.publish(Execution(type="Trainer"), inputs={"data": own})
    rows = database.rows(QUERIES["event.list_by_artifact"], artifact_ids=[own.id])
    assert rows
