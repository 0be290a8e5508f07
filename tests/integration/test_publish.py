"""Publishing: whole or not at all, once, in one round trip, whoever else publishes."""

import logging
import multiprocessing
import re
from datetime import datetime, timedelta, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    At,
    Batch,
    Context,
    Event,
    EventType,
    Execution,
    ExecutionState,
    Store,
    ToPublish,
)
from graphstore.errors import Aborted, AlreadyExists, InvalidArgument, InvalidProperty, NotFound
from tests.integration.promises.meanwhile import meanwhile
from tests.proxy import proxy


def counts(database):
    with database.driver.session() as session:
        row = session.run(
            "RETURN COUNT { (:Artifact) } AS artifacts, COUNT { (:Execution) } AS executions,"
            " COUNT { (:Context) } AS contexts, COUNT { ()-[:INPUT|OUTPUT]->() } AS events,"
            " COUNT { ()-[:ATTRIBUTED_TO]->() } AS attributions,"
            " COUNT { ()-[:ASSOCIATED_WITH]->() } AS associations"
        ).single()
        return dict(row)


def test_all_of_a_publication_is_stored(store, artifact, database):
    train, test = artifact(uri="train"), artifact(uri="test")
    new = Artifact(type="Examples", uri="new")
    model = Artifact(type="Model", uri="model", state=ArtifactState.LIVE)
    publication = store.publish(
        Execution(type="Trainer", state=ExecutionState.COMPLETE, properties={"double_value": 0.1}),
        inputs={"examples": [train, test.id], "new": new},
        outputs={"model": model},
        contexts=[Context(type="Pipeline", name=name) for name in ("z", "a")],
    )
    execution = store.executions.get(publication.execution.id)
    assert publication.execution == execution
    assert execution.state is ExecutionState.COMPLETE
    assert [a.uri for a in publication.inputs] == ["train", "test", "new"]
    assert [a.uri for a in publication.outputs] == ["model"]
    assert [c.name for c in publication.contexts] == ["z", "a"]
    assert publication.outputs[0] == store.artifacts.get(publication.outputs[0].id)
    events = store.events.of_executions([execution.id])
    assert {(e.type, e.path, e.artifact_id) for e in events} == {
        (EventType.INPUT, ("examples", 0), train.id),
        (EventType.INPUT, ("examples", 1), test.id),
        (EventType.INPUT, ("new", 0), publication.inputs[2].id),
        (EventType.OUTPUT, ("model", 0), publication.outputs[0].id),
    }
    assert all(e.time == execution.last_update_time for e in events)
    assert counts(database) == {
        "artifacts": 4,
        "executions": 1,
        "contexts": 2,
        "events": 4,
        "attributions": 8,
        "associations": 2,
    }


def test_a_publication_needs_no_roles_artifacts_or_contexts(store, artifact):
    alone = store.publish(Execution(type="Trainer"))
    assert (alone.inputs, alone.outputs, alone.contexts) == ((), (), ())
    data = artifact()
    publication = store.publish(Execution(type="Trainer"), inputs=[data], outputs=[data])
    assert publication.inputs == publication.outputs == (data,)
    assert {e.path for e in store.events.of_executions([publication.execution.id])} == {()}


def test_events_of_any_type_are_published(store, artifact):
    model = artifact()
    resolver = store.publish(
        Execution(type="Trainer"),
        events=[
            (model, Event(type=EventType.INTERNAL_OUTPUT, path=("model", 0))),
            (model, Event(type=EventType.DECLARED_INPUT)),
        ],
    ).execution
    assert {e.type for e in store.events.of_executions([resolver.id])} == {
        EventType.INTERNAL_OUTPUT,
        EventType.DECLARED_INPUT,
    }


def test_a_running_execution_is_completed(store, types):
    first = store.publish(
        Execution(type="Trainer", state=ExecutionState.RUNNING, custom_properties={"host": "a"})
    ).execution
    execution = store.publish(
        first.evolve(state=ExecutionState.COMPLETE), outputs=[Artifact(type="Model")]
    ).execution
    assert execution.id == first.id
    assert execution.state is ExecutionState.COMPLETE
    assert execution.custom_properties == {"host": "a"}
    assert execution.create_time == first.create_time
    assert execution.last_update_time > first.last_update_time


def test_contexts_are_reused_and_stay_as_they_are(store, types):
    first = Context(type="Pipeline", name="p", custom_properties={"owner": "a"})
    once = store.publish(Execution(type="Trainer"), contexts=[first, first]).contexts
    twice = store.publish(
        Execution(type="Trainer"),
        contexts=[first.evolve(custom_properties={"owner": "b"}), once[0]],
    ).contexts
    assert once == twice
    assert len(store.executions.list(context=once[0].id)) == 2


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"inputs": [99]}, NotFound, "no artifact has id 99"),
        ({"execution": Execution(type="Trainer", id=99)}, NotFound, "no execution has id 99"),
        ({"execution": Execution(type="Nothing")}, NotFound, "no execution type"),
        ({"outputs": [Artifact(type="Nothing")]}, NotFound, "no artifact type"),
        ({"contexts": [Context(type="Nothing", name="x")]}, NotFound, "no context type"),
        ({"outputs": [Artifact(type="Model", properties={"x": 1})]}, InvalidProperty, "'x'"),
        ({"outputs": [Artifact(type="Model", name="taken")]}, AlreadyExists, "taken"),
        ({"outputs": Artifact(type="Model")}, InvalidArgument, "lists of artifacts"),
        ({"events": [(99, Event(type=EventType.UNKNOWN))]}, InvalidArgument, "no direction"),
    ],
)
def test_a_publication_with_a_fault_leaves_nothing(store, types, database, arguments, error, says):
    store.artifacts.put(Artifact(type="Model", name="taken"))
    before = counts(database)
    with pytest.raises(error, match=says):
        store.publish(
            arguments.pop("execution", Execution(type="Trainer")),
            **{"outputs": [Artifact(type="Model")], **arguments},
        )
    assert counts(database) == before


def test_a_publication_is_one_round_trip(store, artifact, caplog):
    def publish():
        store.publish(
            Execution(type="Trainer"),
            inputs=[data],
            outputs=[Artifact(type="Model")],
            contexts=[Context(type="Pipeline", name="p")],
        )

    data = artifact()
    publish()  # leases ids, and learns the types
    with caplog.at_level(logging.DEBUG, logger="neo4j.io"):
        publish()
    messages = [m[1] for r in caplog.records if (m := re.search(r" C: (\w+)", r.getMessage()))]
    assert [name for name in messages if name != "RESET"] == ["RUN", "PULL"]


def publish_into_one_context(server, number, gate):
    database = server.connect()
    store = Store(database)
    gate.wait()
    for round_ in range(5):
        store.publish(
            Execution(type="Trainer", name=f"{number}-{round_}"),
            inputs=[1],
            outputs=[Artifact(type="Model")],
            contexts=[Context(type="Pipeline", name=f"hot-{round_}")],
        )
    database.close()


def test_eight_processes_publish_into_one_new_context(store, artifact, server, database):
    assert artifact().id == 1
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(8)
    processes = [
        spawn.Process(target=publish_into_one_context, args=(server, number, gate))
        for number in range(8)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 8
    assert counts(database) == {
        "artifacts": 1 + 40,
        "executions": 40,
        "contexts": 5,
        "events": 80,
        "attributions": 40 + 5,  # the one input belongs to each context once
        "associations": 40,
    }


def test_a_publication_whose_answer_was_lost_is_there_once(store, artifact, server, database):
    data = artifact()
    with proxy(server.uri) as way:
        remote = Store(server_at(server, way.port).connect())
        remote.publish(Execution(type="Trainer"))  # the ids are leased
        before = counts(database)
        way.cuts = 2
        publication = remote.publish(
            Execution(type="Trainer"),
            inputs={"examples": data},
            outputs={"model": Artifact(type="Model")},
            contexts=[Context(type="Pipeline", name="p")],
        )
        assert way.cuts == 0
        remote.close()
    after = counts(database)
    assert {name: after[name] - before[name] for name in after} == {
        "artifacts": 1,
        "executions": 1,
        "contexts": 1,
        "events": 2,
        "attributions": 2,
        "associations": 1,
    }
    assert store.executions.get(publication.execution.id) == publication.execution


def test_an_update_whose_answer_was_lost_is_no_conflict(store, artifact, server):
    data = artifact(uri="u")
    with proxy(server.uri) as way:
        remote = Store(server_at(server, way.port).connect())
        way.cuts = 1
        new_data = remote.artifacts.put(data.evolve(uri="new"), if_unchanged=True)
        assert way.cuts == 0
        remote.close()
    assert store.artifacts.get(data.id) == new_data


def server_at(server, port):
    return type(server)(f"bolt://127.0.0.1:{port}", server.user, server.password)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # that is what it is about
def test_a_forked_process_has_connections_and_ids_of_its_own(store, types, database):
    store.artifacts.put(Artifact(type="Model"))  # ids are leased
    fork = multiprocessing.get_context("fork")
    queue = fork.SimpleQueue()

    def work():
        queue.put([store.artifacts.put(Artifact(type="Model")).id for _ in range(3)])

    processes = [fork.Process(target=work) for _ in range(3)]
    for process in processes:
        process.start()
    ids = [id_ for _ in processes for id_ in queue.get()]
    for process in processes:
        process.join()
    ids += [store.artifacts.put(Artifact(type="Model")).id for _ in range(3)]
    assert len(set(ids)) == 12


def test_who_has_no_time_left_is_told_of_an_input_that_is_deleted(server, artifact, database):
    """With time for another attempt it is not found: that is a promise of all ways to write."""
    data = artifact()
    statement = "MATCH (a:Artifact {id: $id}) DETACH DELETE a"
    with Store(server.connect(max_transaction_retry_time=0.0)) as hasty:
        with meanwhile(database, statement, id=data.id) as work:
            answer = work(hasty.publish, Execution(type="Trainer"), [data])
    with pytest.raises(Aborted, match="somebody deletes what the query needs; try again"):
        answer.result()
    assert counts(database)["executions"] == 0


@pytest.mark.parametrize(
    "inputs",
    [[None], {"data": None}, {"data": "e45"}, {"data": ["x"]}, "a45", [True], {"data": 4.5}],
)
def test_what_is_no_artifact_is_refused_before_anything_is_written(store, types, inputs):
    with pytest.raises(InvalidArgument, match=r"artifact|names no node"):
        store.publish(Execution(type="Trainer"), inputs=inputs)
    with pytest.raises(InvalidArgument, match="expected an artifact, by itself, its id"):
        store.decisions.deploy(None, "production")
    assert list(store.executions.list()) == []


@pytest.mark.parametrize("way", ["publish", "reuse", "publish_many", "put"])
@pytest.mark.parametrize("year", [1969, 2026])
def test_an_event_has_the_time_that_it_was_given(store, types, way, year):
    """In whole milliseconds, where another is given none."""
    moment = datetime(year, 1, 1, microsecond=7_000, tzinfo=timezone.utc)
    event = Event(type="INPUT", path=("data", 0), time=moment)
    other = Event(type="INPUT", path=("more", 0))
    step, data = Execution(type="Trainer", external_id="t"), Artifact(type="Examples")
    if way == "put":
        batch = Batch([data], [step], events=[(At(0), At(0), event), (At(0), At(0), other)])
        execution_id = store.put(batch).execution_ids[0]
    elif way == "publish_many":
        publication = ToPublish(step, events=[(data, event), (data, other)])
        execution_id = next(store.publish_many([publication])).execution_id
    else:
        publication = store.publish(
            step, events=[(data, event), (data, other)], reuse=way == "reuse"
        )
        execution_id = publication.execution.id
    times = {one.path[0]: one.time for one in store.events.of_executions([execution_id])}
    assert times["data"] == moment
    assert times["more"].year >= 2026


@pytest.mark.parametrize("way", ["new", "update", "reuse", "step"])
def test_an_artifact_of_another_store_is_told(store, types, caplog, way):
    """Its id is that of something else here."""
    own = store.artifacts.get(store.artifacts.put(Artifact(type="Examples")).id)
    strange = own.evolve(create_time=own.create_time - timedelta(days=1))

    def publish(artifact):
        if way == "step":
            with store.run("p", capture=()) as run:
                with run.execution("Trainer", inputs={"data": artifact}):
                    pass
            return
        execution = Execution(type="Trainer", external_id="e" if way == "reuse" else None)
        if way == "update":
            execution = store.publish(execution).execution
        store.publish(execution, inputs={"data": artifact}, reuse=way == "reuse")

    publish(own)
    assert "not of this store" not in caplog.text
    publish(strange)
    assert f"a{own.id} of type Examples, recorded at {strange.create_time}, was" in caplog.text
    assert f"here a{own.id} is of type Examples, recorded at {own.create_time}" in caplog.text
