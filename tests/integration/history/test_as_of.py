"""What the store said at a time: nodes, edges and values as they were recorded by then."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from time import sleep

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    BaseType,
    Batch,
    Context,
    Event,
    EventType,
    Execution,
    ExecutionState,
    PropertyKind,
)
from graphstore.database import AsOf
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound, Unimplemented
from tests.integration.history.states import query

EARLY = datetime(2000, 1, 1, tzinfo=timezone.utc)


def moment(database):
    """A time between what was written and what is written next."""
    sleep(0.002)
    (row,) = query(database, "RETURN datetime.realtime().epochMillis AS now")
    sleep(0.002)
    return datetime.fromtimestamp(row["now"] / 1000, timezone.utc)


def test_a_node_is_as_it_was(store, artifact, database):
    versions, times = [], []
    one = artifact(uri="a", properties={"int_value": 1})
    for changes in (
        {},
        {"uri": "b"},
        {"uri": None, "properties": {}},
        {"custom_properties": {"note": "x"}, "properties": {"struct_value": {"a": [1]}}},
        {"state": ArtifactState.LIVE, "custom_properties": {}},
    ):
        if changes:
            one = store.artifacts.put(one.evolve(**changes))
        versions.append(one)
        times.append(moment(database))
    assert [store.artifacts.get(one.id, as_of=time) for time in times] == versions
    assert store.artifacts.get(one.id) == versions[-1]
    assert store.artifacts.get_many([one.id] * 2, as_of=times[0]) == [versions[0]] * 2
    changed = versions[1].last_update_time
    assert store.artifacts.get(one.id, as_of=changed) == versions[1]
    just_before = changed - timedelta(milliseconds=1)
    assert store.artifacts.get(one.id, as_of=just_before) == versions[0]


def test_what_was_not_recorded_yet_is_not_there(store, artifact, database):
    time = moment(database)
    one = artifact(uri="a")
    with pytest.raises(NotFound, match=r"no artifact has id .* none was recorded by"):
        store.artifacts.get(one.id, as_of=time)
    assert store.artifacts.get_many([one.id], missing_ok=True, as_of=EARLY) == []
    assert store.artifacts.get(one.id, as_of=one.create_time) == one
    with pytest.raises(InvalidArgument, match="time zone"):
        store.artifacts.get(one.id, as_of=datetime(2026, 1, 1))


def test_lists_are_as_they_were(store, types, database):
    pipeline = store.contexts.put(Context(type="Pipeline", name="p"))
    nodes = [
        store.artifacts.put(
            Artifact(type="Model", uri=f"s3://{n}", state="PENDING", properties={"int_value": n})
        )
        for n in range(5)
    ]
    store.put(Batch(attributions=[(nodes[0], pipeline)]))
    then = moment(database)
    for node in nodes[1:4]:
        new = {"state": "LIVE", "properties": {"int_value": 1}, "uri": "moved"}
        store.artifacts.put(node.evolve(**new))
    store.artifacts.put(Artifact(type="Model", state="PENDING", properties={"int_value": 2}))
    store.put(Batch(attributions=[(node, pipeline) for node in nodes]))

    def ids(**conditions):
        return [one.id for one in store.artifacts.list(as_of=then, **conditions)]

    all_ids = [one.id for one in nodes]
    assert ids() == ids(type="Model") == ids(states=["PENDING"]) == all_ids
    assert [*store.artifacts.list(as_of=then)] == nodes
    assert ids(states=["LIVE"]) == ids(type="Examples") == ids(uri="moved") == []
    assert ids(properties={"int_value": 2}) == ids(uri="s3://2") == [nodes[2].id]
    assert ids(properties={"int_value": True}) == []
    assert ids(context=pipeline) == [nodes[0].id]
    assert ids(order_by="create_time", descending=True) == all_ids[::-1]
    assert store.artifacts.list(as_of=EARLY).items == ()
    assert [one.name for one in store.contexts.list(as_of=then)] == ["p"]
    assert len(store.artifacts.list(states=["LIVE"])) == 3


def test_pages_of_a_list_go_on_where_they_ended(store, types, database, monkeypatch):
    monkeypatch.setattr("graphstore.storage.nodes._AT_ONCE", 2)
    nodes = [
        store.artifacts.put(Artifact(type="Model", state="LIVE" if n % 3 else "PENDING"))
        for n in range(20)
    ]
    then = moment(database)
    for node in nodes:
        store.artifacts.put(node.evolve(state="DELETED"))
    wanted = [one for one in nodes if one.state is ArtifactState.LIVE]
    for order in ("id", "create_time"):
        options = {"as_of": then, "states": ["LIVE"], "order_by": order}
        assert [*store.artifacts.iterate(page_size=3, **options)] == wanted
    page = store.artifacts.list(as_of=then, limit=3)
    with pytest.raises(InvalidArgument, match="page token"):
        store.artifacts.list(as_of=moment(database), limit=3, after=page.next_page)


def test_a_walk_is_as_it_was(store, types, database):
    data = store.artifacts.put(Artifact(type="Examples", uri="data"))
    run = Execution(type="Trainer", state=ExecutionState.RUNNING)
    run = store.publish(run, [data]).execution
    pipeline = store.contexts.put(Context(type="Pipeline", name="p"))
    running = moment(database)
    model = Artifact(type="Model", uri="m")
    done = store.publish(run.evolve(state="COMPLETE"), [], [model], [pipeline])
    (model,) = done.outputs
    complete = moment(database)
    other = store.artifacts.put(Artifact(type="Examples", uri="other"))
    with_other = moment(database)
    store.put(Batch(events=[(other, run, Event(type=EventType.INPUT))]))

    def names(graph):
        return {node.ref.short for node in graph.nodes()}, len(graph.events)

    def upstream(start, as_of, **options):
        return store.lineage.upstream(start, passed_on=True, as_of=as_of, **options)

    d, e, m, o = (one.ref.short for one in (data, run, model, other))
    assert names(store.lineage.upstream(model)) == ({d, e, m, o}, 3)
    assert names(upstream(model, complete)) == ({d, e, m}, 2)
    assert names(upstream(model, with_other)) == ({d, e, m}, 2)
    assert names(upstream(model, moment(database))) == ({d, e, m, o}, 3)
    assert upstream(model, complete).executions[run.id].state is ExecutionState.COMPLETE
    past = store.lineage.downstream(data, passed_on=True, as_of=running)
    assert names(past) == ({d, e}, 1)
    assert past.executions[run.id].state is ExecutionState.RUNNING
    with pytest.raises(NotFound):
        upstream(model, running)
    assert names(store.lineage.connected(run, passed_on=True, as_of=running)) == ({d, e}, 1)
    assert names(store.lineage.both(run, passed_on=True, as_of=complete)) == ({d, e, m}, 2)
    assert names(store.lineage.between(data, model, passed_on=True, as_of=complete))[1] == 2
    ids = store.lineage.ids("upstream", model, passed_on=True, as_of=complete)
    assert (ids.artifacts, ids.executions) == ((model.id, data.id), (run.id,)) or {
        *ids.artifacts
    } == {model.id, data.id}
    with pytest.raises(NotFound):
        store.lineage.ids("upstream", model, passed_on=True, as_of=running)
    found = store.lineage.stream("upstream", model, passed_on=True, as_of=complete)
    assert {one.node.ref.short for one in found} == {d, e, m}
    assert names(store.lineage.run(pipeline, as_of=complete)) == ({d, e, m}, 2)
    assert names(store.lineage.run(pipeline, as_of=running)) == (set(), 0)


def test_what_cannot_be_told_as_of_a_time_is_refused(store, database):
    then = AsOf(store.database, moment(database))
    with pytest.raises(Unimplemented, match="as of a time"):
        then.rows(QUERIES["cache.find"], fingerprint="f", limit=1)
    with pytest.raises(Unimplemented, match="as of a time"):
        then.run(QUERIES["artifact.create"])


def test_types_grow_and_nodes_stay_as_they_were(store, database):
    store.types.put(ArtifactType(name="T"))
    one = store.artifacts.put(Artifact(type="T"))
    then = moment(database)
    store.types.put(ArtifactType(name="T", properties={"a": PropertyKind.INT}))
    store.artifacts.put(one.evolve(properties={"a": 1}))
    assert store.artifacts.get(one.id, as_of=then) == one


def test_types_are_as_they_were(store, database):
    versions, times = [], []
    for said in (
        {"properties": {"a": PropertyKind.INT}},
        {"properties": {"b": PropertyKind.STRUCT}, "description": "what it is for"},
        {"base_type": BaseType.MODEL},
        {"external_id": "theirs"},
    ):
        early = moment(database)
        versions.append(store.types.put(ArtifactType(name="T", **said)))
        times.append(moment(database))
    assert [store.types.get(ArtifactType, "T", as_of=time) for time in times] == versions
    assert [store.types.get_many([versions[0].id], as_of=time) for time in times] == [
        [one] for one in versions
    ]
    assert [store.types.list(ArtifactType, as_of=time) for time in times] == [
        [one] for one in versions
    ]
    assert versions[0].base_type is None and versions[-1].base_type is BaseType.MODEL
    # What is kept for those who write is what is declared now.
    assert store.types.find("artifact", "T") == versions[-1]
    assert store.types.find_many([versions[0].id]) == {versions[0].id: versions[-1]}

    store.types.put(ArtifactType(name="T", version="2"))
    assert len(store.types.list("artifact", as_of=early)) == 1
    assert store.types.list("artifact", as_of=EARLY) == []
    assert store.types.all(as_of=EARLY) == []
    assert store.types.get_many([versions[0].id], missing_ok=True, as_of=EARLY) == []
    for ask in (
        lambda: store.types.get("artifact", "T", "2", as_of=early),
        lambda: store.types.get("artifact", "T", as_of=EARLY),
        lambda: store.types.get_many([versions[0].id], as_of=EARLY),
    ):
        with pytest.raises(NotFound, match="none was recorded by"):
            ask()
    with pytest.raises(InvalidArgument, match="time zone"):
        store.types.list("artifact", as_of=datetime(2026, 1, 1))


def test_types_are_found_by_the_external_ids_that_they_had(store, database):
    versions, times = [], []
    for external_id in (None, "theirs", "others"):
        versions.append(store.types.put(ArtifactType(name="T", external_id=external_id)))
        times.append(moment(database))
    other = store.types.put(ArtifactType(name="U", external_id="theirs"))
    _, second, third = times
    by_external_id = store.types.get_by_external_id
    assert by_external_id(ArtifactType, "theirs", as_of=second) == versions[1]
    assert by_external_id(ArtifactType, "others", as_of=third) == versions[2]
    assert by_external_id(ArtifactType, "theirs") == other
    both = store.types.list_by_external_id("artifact", ["others", "theirs"], as_of=moment(database))
    assert both == [versions[2], other]
    assert store.types.list_by_external_id("artifact", ["theirs"], as_of=third) == []
    for id_, time in (("theirs", times[0]), ("others", second), ("theirs", third)):
        with pytest.raises(NotFound, match="none was recorded by"):
            by_external_id(ArtifactType, id_, as_of=time)
    assert store.types.list_by_external_id("execution", ["theirs"], as_of=second) == []
    with pytest.raises(InvalidArgument, match="time zone"):
        by_external_id("artifact", "theirs", as_of=datetime(2026, 1, 1))


@pytest.mark.parametrize("name", ["upstream", "downstream", "connected"])
def test_a_walk_into_the_past_visits_a_node_once(database, name):
    for form in ("", "ids_", "stream_"):
        text = QUERIES[f"lineage.{form}{name}"].with_parameters(
            {"known_at", "artifact_ids", "execution_ids", "limit", "look_for_trails"}
        )
        plan = str(database.explain(text.text).plan)
        assert "VarLengthExpand(Pruning,BFS" in plan or "Pruning" in plan
