"""Lineage as ids, and node by node: the same answers as whole, without their bounds."""

from itertools import pairwise

import pytest

from graphstore import Artifact, Event, EventType, Execution, NodeRef, Stop, Within
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS

DIRECTIONS = ("upstream", "downstream", "connected")


def ids_of(graph):
    return set(graph.artifacts), set(graph.executions)


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_ids_and_stream_have_what_the_whole_answer_has(iris, direction):
    starts = [artifact.id for artifact in iris.artifacts.list(limit=100)][::6]
    for start in [*starts, NodeRef("execution", 7), starts[:3]]:
        whole = getattr(iris.lineage, direction)(start)
        ids = iris.lineage.ids(direction, start)
        assert (set(ids.artifacts), set(ids.executions)) == ids_of(whole)
        assert len(ids.artifacts) + len(ids.executions) == len(whole.nodes())
        answers = list(iris.lineage.stream(direction, start))
        assert {one.node.ref: one.node for one in answers} == {n.ref: n for n in whole.nodes()}
        assert len(answers) == len(whole.nodes())
        assert {event for one in answers for event in one.events} == set(whole.events)


def test_no_node_comes_before_one_that_it_was_found_by(iris):
    (model,) = iris.artifacts.list(type="Model", descending=True, limit=1)
    refs = {model.ref}
    for one in iris.lineage.stream("upstream", model):
        assert one.node.ref in refs
        for event in one.events:
            refs |= {
                NodeRef("artifact", event.artifact_id),
                NodeRef("execution", event.execution_id),
            }


def test_conditions_hold_as_in_the_whole_answer(iris):
    (model,) = iris.artifacts.list(type="Model", descending=True, limit=1)
    conditions = {
        "event_types": [EventType.INPUT, EventType.OUTPUT],
        "within": Within(artifact_types=["Model", "Examples"]),
        "stop": Stop(execution_types=["tfx.components.trainer.component.Trainer"]),
    }
    for name, value in conditions.items():
        whole = iris.lineage.upstream(model, **{name: value})
        ids = iris.lineage.ids("upstream", model, **{name: value})
        assert (set(ids.artifacts), set(ids.executions)) == ids_of(whole)
        answers = list(iris.lineage.stream("upstream", model, **{name: value}))
        assert {one.node.ref for one in answers} == {node.ref for node in whole.nodes()}
        assert {event for one in answers for event in one.events} == set(whole.events)
    assert any(one.stopped for one in answers)


def test_ids_within_some_hops(iris):
    (model,) = iris.artifacts.list(type="Model", descending=True, limit=1)
    for hops in (1, 2, 3, 7):
        whole = iris.lineage.upstream(model, max_hops=hops)
        ids = iris.lineage.ids("upstream", model, max_hops=hops)
        assert (set(ids.artifacts), set(ids.executions)) == ids_of(whole)


def test_an_answer_beyond_the_bound_of_the_whole_one(store, types):
    """A line of 12,000 nodes, which `upstream` cuts at 10,000."""
    length = 6_000
    artifacts = store.artifacts.put_many([Artifact(type="Examples")] * length)
    executions = store.executions.put_many([Execution(type="Trainer")] * length)
    inputs = [
        Event(type=EventType.INPUT, artifact_id=a.id, execution_id=e.id)
        for a, e in zip(artifacts, executions, strict=True)
    ]
    outputs = [
        Event(type=EventType.OUTPUT, artifact_id=a.id, execution_id=e.id)
        for a, e in zip(artifacts[1:], executions, strict=False)
    ]
    store.events.put([*inputs, *outputs])
    assert store.lineage.upstream(artifacts[-1]).truncated
    ids = store.lineage.ids("upstream", artifacts[-1])
    assert (len(ids.artifacts), len(ids.executions)) == (length, length - 1)
    order = [one.node.ref for one in store.lineage.stream("upstream", artifacts[-1])]
    assert len(order) == 2 * length - 1
    assert order[0] == artifacts[-1].ref and order[-1] == artifacts[0].ref


def test_a_stream_that_is_closed_ends_its_transaction(iris, database):
    (model,) = iris.artifacts.list(type="Model", descending=True, limit=1)
    stream = iris.lineage.stream("connected", model)
    next(stream)
    assert running_queries(database) == ["lineage.stream_connected"]
    stream.close()
    assert running_queries(database) == []


def running_queries(database):
    records, _, _ = database.driver.execute_query(
        "SHOW TRANSACTIONS YIELD metaData RETURN metaData.graphstore AS name", database_="neo4j"
    )
    return [record["name"] for record in records if record["name"]]


def test_diamonds_are_walked_once(store, types):
    """40 in a row: 2^40 paths, 121 nodes."""
    names = [f"x{n}" for n in range(41)]
    joints = store.artifacts.put_many([Artifact(type="Examples", name=name) for name in names])
    executions = iter(store.executions.put_many([Execution(type="Trainer")] * 80))
    events = []
    for one, other in pairwise(joints):
        for _ in range(2):
            execution = next(executions)
            for type_, artifact in ((EventType.INPUT, one), (EventType.OUTPUT, other)):
                events.append(Event(type=type_, artifact_id=artifact.id, execution_id=execution.id))
    store.events.put(events)
    for direction, start in (("upstream", joints[-1]), ("downstream", joints[0])):
        ids = store.lineage.ids(direction, start)
        assert (len(ids.artifacts), len(ids.executions)) == (41, 80)
        assert len(list(store.lineage.stream(direction, start))) == 121


def test_every_walk_visits_a_node_once(database):
    """Not each path to it: Neo4j 2026.08.1 walks all paths under `collect(DISTINCT node)`."""
    starts = {"artifact_ids", "execution_ids"}
    walks = {name: query for name, query in QUERIES.items() if "{0,40}" in query.text}
    assert walks.keys() >= {
        f"lineage.{form}_{way}" for form in ("ids", "stream") for way in DIRECTIONS
    }
    for name, query in walks.items():
        for text in (query.text, query.with_parameters(starts).text):
            plan = str(database.explain(text).plan)
            assert "VarLengthExpand(Pruning,BFS" in plan, name
            if name.startswith("lineage.stream_"):
                assert "EagerAggregation" not in plan  # it would gather everything


def test_what_is_not_there(store, types):
    for start in (77, NodeRef("execution", 77), [77]):
        with pytest.raises(NotFound, match="77"):
            store.lineage.ids("upstream", start)
        with pytest.raises(NotFound, match="77"):
            list(store.lineage.stream("downstream", start))
    with pytest.raises(InvalidArgument, match="upstream, downstream, connected"):
        store.lineage.ids("sideways", 1)
    with pytest.raises(InvalidArgument, match="context"):
        list(store.lineage.stream("upstream", NodeRef("context", 1)))
