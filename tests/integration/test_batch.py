"""Batches: all or nothing, by as many queries whatever the size, whoever else writes."""

import logging
import multiprocessing
import random
import re
import threading
from dataclasses import replace

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
    Put,
    Store,
)
from graphstore.errors import (
    AlreadyExists,
    Conflict,
    InvalidArgument,
    InvalidProperty,
    NotFound,
)
from tests.proxy import proxy

INPUT, OUTPUT = Event(type=EventType.INPUT), Event(type=EventType.OUTPUT)


def counts(database):
    with database.driver.session() as session:
        row = session.run(
            "RETURN COUNT { (:Artifact) } AS artifacts, COUNT { (:Execution) } AS executions,"
            " COUNT { (:Context) } AS contexts,"
            " COUNT { (:Artifact)--(:Execution) } AS events,"
            " COUNT { ()-[:ATTRIBUTED_TO]->() } AS attributions,"
            " COUNT { ()-[:ASSOCIATED_WITH]->() } AS associations,"
            " COUNT { ()-[:CHILD_OF]->() } AS parents"
        ).single()
        return dict(row)


def run_of(size, suffix=""):
    """A run with a step that reads and makes `size` artifacts, all in three contexts."""
    return Batch(
        artifacts=[Artifact(type="Examples", uri=f"{n}", name=f"{n}{suffix}") for n in range(size)]
        + [Artifact(type="Model") for _ in range(size)],
        executions=[Execution(type="Trainer") for _ in range(size)],
        contexts=[Context(type="Pipeline", name=f"{name}{suffix}") for name in "abc"],
        events=[(At(n), At(0), INPUT) for n in range(size)]
        + [(At(size + n), At(n), OUTPUT) for n in range(size)],
        attributions=[(At(n), At(c)) for n in range(2 * size) for c in range(3)],
        associations=[(At(n), At(c)) for n in range(size) for c in range(3)],
        parents=[(At(0), At(1)), (At(1), At(2))],
    )


def test_everything_of_a_batch_is_stored(store, artifact):
    data, run = artifact(uri="data"), store.contexts.put(Context(type="Pipeline", name="run"))
    result = store.put(
        Batch(
            artifacts=[
                Artifact(type="Model", uri="new", properties={"double_value": 0.1}),
                data.evolve(state=ArtifactState.LIVE),
            ],
            executions=[Execution(type="Trainer", name="e")],
            contexts=[Context(type="Pipeline", name="pipeline")],
            events=[
                (At(1), At(0), Event(type=EventType.INPUT, path=("examples", 0))),
                (At(0), At(0), Event(type=EventType.OUTPUT, path=("model", 0))),
                (data.id, At(0), Event(type=EventType.DECLARED_INPUT)),
            ],
            attributions=[(At(0), At(0)), (data.id, run.id)],
            associations=[(At(0), run.id)],
            parents=[(run.id, At(0))],
        )
    )
    model, execution = store.artifacts.get(result.artifact_ids[0]), result.execution_ids[0]
    assert result.artifact_ids[1] == data.id
    assert (model.uri, model.properties) == ("new", {"double_value": 0.1})
    assert store.artifacts.get(data.id).state is ArtifactState.LIVE
    assert store.artifacts.get(data.id).uri == "data"
    assert store.executions.get(execution).name == "e"
    assert [
        (event.type.value, event.path, event.artifact_id)
        for event in store.events.of_executions([execution])
    ] == [
        ("INPUT", ("examples", 0), data.id),
        ("OUTPUT", ("model", 0), model.id),
        ("DECLARED_INPUT", (), data.id),
    ]
    (pipeline,) = store.contexts.get_many(result.context_ids)
    assert store.contexts.of_artifact(model.id) == [pipeline]
    assert store.contexts.of_artifact(data.id) == [run]
    assert store.contexts.of_execution(execution) == [run]
    assert store.contexts.parents(run.id) == [pipeline]
    assert result.events == 3


def test_an_empty_batch_writes_nothing(store, database):
    before = counts(database)
    assert store.put(Batch()) == Put((), (), (), 0)
    assert counts(database) == before


def test_edges_that_are_there_stay(store, types, database):
    result = store.put(run_of(2))
    again = Batch(
        events=[(result.artifact_ids[0], result.execution_ids[0], INPUT)],
        attributions=[(result.artifact_ids[0], result.context_ids[0])] * 2,
        associations=[(result.execution_ids[0], result.context_ids[0])],
        parents=[(result.context_ids[0], result.context_ids[1])],
    )
    before = counts(database)
    assert store.put(again).events == 0
    assert counts(database) == before
    other = Event(type=EventType.INPUT, path=("another",))
    assert (
        store.put(Batch(events=[(result.artifact_ids[0], result.execution_ids[0], other)])).events
        == 1
    )


def test_what_must_be_new_is_refused_if_it_is_there(store, types, database):
    result = store.put(run_of(2), once=True)
    data, execution = result.artifact_ids[0], result.execution_ids[0]
    before = counts(database)
    elsewhere = Event(type=EventType.INPUT, path=("another",))
    pair = result.context_ids[:2]
    for batch in (
        Batch(events=[(data, execution, elsewhere)], artifacts=[Artifact(type="Model")]),
        Batch(
            events=[(data, result.execution_ids[1], INPUT), (data, result.execution_ids[1], INPUT)]
        ),
        Batch(parents=[pair]),
        Batch(parents=[(At(0), pair[0])] * 2, contexts=[Context(type="Pipeline", name="n")]),
    ):
        with pytest.raises(AlreadyExists, match=r"already|twice"):
            store.put(batch, once=True)
    assert counts(database) == before
    store.put(Batch(events=[(data, execution, OUTPUT)]), once=True)


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ({"events": [(99, At(0), INPUT)]}, NotFound, "no artifact has id 99"),
        ({"events": [(At(0), 99, INPUT)]}, NotFound, "no execution has id 99"),
        ({"events": [(At(2), At(0), INPUT)]}, InvalidArgument, "has 1 artifacts; none is at 2"),
        ({"events": [(At(-1), At(0), INPUT)]}, InvalidArgument, "none is at -1"),
        ({"events": [(At(0), At(0), Event(type="UNKNOWN"))]}, InvalidArgument, "no direction"),
        ({"attributions": [(At(0), 99)]}, NotFound, "no context has id 99"),
        ({"associations": [(99, At(0))]}, NotFound, "no execution has id 99"),
        ({"parents": [(At(0), 99)]}, NotFound, "no context has id 99"),
        ({"parents": [(At(0), At(0))]}, InvalidArgument, "part of itself"),
        ({"artifacts": [Artifact(type="Model", id=99)]}, NotFound, "no artifact has id 99"),
        ({"executions": [Execution(type="Nothing")]}, NotFound, "no execution type"),
        ({"artifacts": [Artifact(type="Model", properties={"x": 1})]}, InvalidProperty, "'x'"),
        ({"artifacts": [Artifact(type="Model", name="taken")]}, AlreadyExists, "taken"),
        ({"artifacts": [Artifact(type="Examples", id=1)]}, InvalidArgument, "cannot become"),
        ({"contexts": [Context(type="Pipeline", name="c")] * 2}, AlreadyExists, "c"),
    ],
)
def test_a_batch_with_a_fault_leaves_nothing(store, types, database, fault, error, says):
    assert store.artifacts.put(Artifact(type="Model", name="taken")).id == 1
    before = counts(database)
    good = {
        "artifacts": [Artifact(type="Model")],
        "executions": [Execution(type="Trainer")],
        "contexts": [Context(type="Pipeline", name="new")],
    }
    with pytest.raises(error, match=says):
        store.put(Batch(**{**good, **fault}))
    assert counts(database) == before


def test_updates_are_those_of_the_repositories(store, artifact):
    one, two = artifact(uri="1", custom_properties={"a": 1}), artifact(uri="2")
    store.put(
        Batch([one.evolve(uri="x", custom_properties={"b": 2}), two]),
        fields={"artifact": ["custom_properties.b"]},
    )
    assert store.artifacts.get(one.id).custom_properties == {"a": 1, "b": 2}
    assert store.artifacts.get(one.id).uri == "1"
    assert store.artifacts.get(two.id) == two  # nothing differs
    with pytest.raises(Conflict, match="read it again"):
        store.put(Batch([one.evolve(uri="x")]), if_unchanged=True)
    with pytest.raises(InvalidArgument, match="no artifact has a field 'colour'"):
        store.put(Batch([one]), fields={"artifact": ["colour"]})
    # Two updates of one happen one after the other.
    store.put(Batch([two.evolve(uri="a", name="n"), two.evolve(uri="b")]))
    assert (store.artifacts.get(two.id).uri, store.artifacts.get(two.id).name) == ("b", None)


def test_an_execution_can_be_touched(store, types):
    result = store.put(Batch(executions=[Execution(type="Trainer", state=ExecutionState.RUNNING)]))
    before = store.executions.get(result.execution_ids[0])
    store.put(Batch(executions=[before]))
    assert store.executions.get(before.id) == before
    store.put(Batch(executions=[before]), touch=True)
    after = store.executions.get(before.id)
    assert after.last_update_time > before.last_update_time
    assert after.evolve(last_update_time=before.last_update_time) == before


def test_artifacts_are_reused_by_external_id(store, artifact, database):
    first = artifact(external_id="x", uri="old", digest="sha256:1")
    example = Artifact(type="Examples", external_id="x", uri="new", digest="sha256:1")
    with pytest.raises(AlreadyExists, match="has the external id"):
        store.put(Batch([example]))
    fresh = Artifact(type="Model", external_id="y", uri="1")
    result = store.put(
        Batch(
            [example, fresh, fresh.evolve(uri="2"), Artifact(type="Model")],
            events=[],
        ),
        reuse_artifacts=True,
    )
    assert result.artifact_ids[0] == first.id
    assert result.artifact_ids[1] == result.artifact_ids[2]
    assert store.artifacts.get(first.id).uri == "new"
    assert store.artifacts.get(result.artifact_ids[1]).uri == "2"
    assert counts(database)["artifacts"] == 3
    with pytest.raises(InvalidArgument, match="cannot become one of type 'Model'"):
        store.put(Batch([example.evolve(type="Model")]), reuse_artifacts=True)


def test_contexts_are_reused_by_type_and_name(store, types, database):
    first = store.contexts.put(Context(type="Pipeline", name="p", custom_properties={"a": 1}))
    pipeline = Context(type="Pipeline", name="p", custom_properties={"a": 2})
    with pytest.raises(AlreadyExists, match="p"):
        store.put(Batch(contexts=[pipeline]))
    new = Context(type="Pipeline", name="q", custom_properties={"first": True})
    result = store.put(
        Batch(contexts=[pipeline, new, new.evolve(custom_properties={}), pipeline]),
        reuse_contexts=True,
    )
    assert result.context_ids == (first.id, result.context_ids[1], result.context_ids[1], first.id)
    assert store.contexts.get(first.id) == first
    assert store.contexts.get(result.context_ids[1]).custom_properties == {"first": True}
    assert counts(database)["contexts"] == 2


def queries(caplog, work):
    with caplog.at_level(logging.DEBUG, logger="neo4j.io"):
        caplog.clear()
        work()
    messages = [m[1] for r in caplog.records if (m := re.search(r" C: (\w+)", r.getMessage()))]
    return messages.count("RUN"), messages.count("BEGIN")


@pytest.mark.parametrize("options", [{}, {"once": True, "reuse_contexts": True}])
def test_a_batch_takes_as_many_queries_whatever_its_size(store, types, caplog, options):
    store.put(run_of(1, "warm"))  # learns the types
    costs = {}
    for size in (1, 1500):
        store.ids.take({"artifact": 0, "execution": 0, "context": 0})
        batch = run_of(size, f"-{size}")
        # Ids are leased in blocks, by one query at most.
        store.ids.give_back("artifact", store.ids.take({"artifact": 3000})["artifact"])
        store.ids.give_back("execution", store.ids.take({"execution": 1500})["execution"])
        store.ids.give_back("context", store.ids.take({"context": 3})["context"])
        costs[size] = queries(caplog, lambda batch=batch: store.put(batch, **options))
    assert costs[1] == costs[1500]
    assert costs[1][0] <= 10
    assert costs[1][1] == 1


@pytest.mark.parametrize("is_new", [True, False], ids=["quick", "careful"])
def test_a_batch_is_planned_once_whatever_its_size(store, types, artifact, forget_plans, is_new):
    """A young server would plan its queries again for lists of one, of up to ten, of up to 100."""
    known = artifact()

    def put(size):
        batch = run_of(size, f"/{size}")
        if not is_new:
            batch = replace(batch, artifacts=[*batch.artifacts, known])
        store.put(batch)

    put(12)
    for kind, count in (("artifact", 60), ("execution", 30), ("context", 20)):
        # So many are leased, and come back, that no query is sent for them.
        store.ids.give_back(kind, store.ids.take({kind: count})[kind])
    forget_plans()
    put(9)
    of_one_size = forget_plans()
    for size in (2, 8, 11):
        put(size)
    assert forget_plans() == of_one_size


def test_updates_take_as_many_queries_whatever_their_number(store, types, caplog):
    result = store.put(Batch([Artifact(type="Model") for _ in range(1500)]))
    artifacts = store.artifacts.get_many(result.artifact_ids)
    costs = {
        size: queries(
            caplog,
            lambda size=size: store.put(Batch([a.evolve(uri=f"{size}") for a in artifacts[:size]])),
        )
        for size in (1, 1500)
    }
    assert costs[1] == costs[1500] == (3, 1)


def test_ten_thousand_nodes_in_one_batch(store, types, database):
    size = 3_334  # of each: an execution and two artifacts
    result = store.put(run_of(size))
    assert counts(database) == {
        "artifacts": 2 * size,
        "executions": size,
        "contexts": 3,
        "events": 2 * size,
        "attributions": 6 * size,
        "associations": 3 * size,
        "parents": 2,
    }
    events = store.events.of_executions([result.execution_ids[0]])
    assert [event.artifact_id for event in events] == [
        *result.artifact_ids[:size],
        result.artifact_ids[size],
    ]


def test_a_batch_whose_answer_was_lost_is_there_once(store, artifact, server, database):
    data = artifact(uri="u")
    with proxy(server.uri) as way:
        remote = Store(type(server)(f"bolt://127.0.0.1:{way.port}", *auth(server)).connect())
        remote.put(run_of(3, "warm"))  # the ids are leased
        before = counts(database)
        run = run_of(2)
        batch = Batch(
            artifacts=[*run.artifacts, data.evolve(uri="new"), Artifact(type="Model")],
            executions=run.executions,
            contexts=run.contexts,
            events=[*run.events, (data.id, At(0), INPUT)],
            attributions=run.attributions,
            associations=run.associations,
            parents=run.parents,
        )
        way.cuts = 2
        result = remote.put(batch, once=True, if_unchanged=True, reuse_contexts=True)
        assert way.cuts == 0
        # Edges alone, which no new node makes known.
        way.cuts = 1
        ends = result.artifact_ids[0], result.execution_ids[0]
        more = Batch(
            events=[(*ends, OUTPUT)], parents=[(result.context_ids[0], result.context_ids[2])]
        )
        remote.put(more, once=True)
        assert way.cuts == 0
        with pytest.raises(AlreadyExists):
            remote.put(more, once=True)
        remote.close()
    after = counts(database)
    assert {name: after[name] - before[name] for name in after} == {
        "artifacts": 5,
        "executions": 2,
        "contexts": 3,
        "events": 4 + 1 + 1,
        "attributions": 12,
        "associations": 6,
        "parents": 2 + 1,
    }
    assert store.artifacts.get(data.id).uri == "new"


def auth(server):
    return server.user, server.password


EXAMPLES, ROUNDS, WRITERS = 12, 4, 8


def contending_batch(number, round_, artifacts, executions):
    """One of many batches that all touch the same nodes, in an order of its own."""
    order = random.Random(f"{number} {round_}")
    inputs = order.sample(artifacts, len(artifacts))
    steps = order.sample(executions, len(executions))
    return Batch(
        artifacts=[
            Artifact(type="Model", name=f"{number}-{round_}"),
            *(
                Artifact(type="Examples", external_id=f"x{n}", uri=f"{round_}")
                for n in order.sample(range(4), 4)
            ),
        ],
        executions=[Execution(type="Trainer", name=f"{number}-{round_}")],
        contexts=[
            Context(type="Pipeline", name=f"hot-{round_}-{n}") for n in order.sample(range(3), 3)
        ],
        events=[(id_, At(0), INPUT) for id_ in inputs]
        + [(At(0), At(0), OUTPUT)]
        + [(one, other, INPUT) for one in inputs for other in steps],
        attributions=[(end, At(c)) for end in [At(0), *inputs] for c in range(3)],
        associations=[(end, At(c)) for end in [At(0), *steps] for c in range(3)],
    )


def contend(server, numbers, artifacts, executions, gate):
    database = server.connect()
    store = Store(database)
    failures = []

    def write(number):
        try:
            for round_ in range(ROUNDS):
                batch = contending_batch(number, round_, artifacts, executions)
                store.put(batch, reuse_artifacts=True, reuse_contexts=True)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in numbers]
    gate.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    if failures:
        raise failures[0]


def test_nothing_is_lost_or_doubled_under_contention(store, types, server, database):
    """Two processes of threads, every batch on the same artifacts, executions and contexts."""
    common = store.put(
        Batch(
            artifacts=[Artifact(type="Examples") for _ in range(EXAMPLES)],
            executions=[Execution(type="Trainer") for _ in range(4)],
        )
    )
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(2)
    processes = [
        spawn.Process(
            target=contend,
            args=(server, numbers, [*common.artifact_ids], [*common.execution_ids], gate),
        )
        for numbers in (range(WRITERS), range(WRITERS, 2 * WRITERS))
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    batches = 2 * WRITERS * ROUNDS
    assert counts(database) == {
        "artifacts": EXAMPLES + 4 + batches,
        "executions": 4 + batches,
        "contexts": 3 * ROUNDS,
        "events": batches * (EXAMPLES + 1) + EXAMPLES * 4,
        "attributions": 3 * batches + EXAMPLES * 3 * ROUNDS,
        "associations": 3 * batches + 4 * 3 * ROUNDS,
        "parents": 0,
    }


def test_of_many_writers_of_one_new_event_one_succeeds(store, artifact, database):
    data, outcomes = artifact(), []
    execution = store.executions.put(Execution(type="Trainer"))
    gate = threading.Barrier(8)

    def write():
        gate.wait()
        try:
            store.put(Batch(events=[(data.id, execution.id, INPUT)]), once=True)
            outcomes.append("put")
        except AlreadyExists:
            outcomes.append("refused")

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["put"] + ["refused"] * 7
    assert counts(database)["events"] == 1


def test_events_come_back_in_the_order_in_which_they_were_recorded(store, artifact):
    execution = store.executions.put(Execution(type="Trainer"))
    order = [artifact().id for _ in range(6)]
    random.Random(0).shuffle(order)
    for pair in (order[:3], order[3:5]):
        store.put(Batch(events=[(id_, execution.id, INPUT) for id_ in pair]))
    store.events.put(
        [Event(type=EventType.OUTPUT, artifact_id=order[5], execution_id=execution.id)]
    )
    assert [e.artifact_id for e in store.events.of_executions([execution.id])] == order
    publication = store.publish(
        Execution(type="Trainer"), inputs=[order[1], order[0]], outputs=[order[2]]
    )
    events = store.events.of_executions([publication.execution.id])
    assert [e.artifact_id for e in events] == [order[1], order[0], order[2]]
