"""Events, attributions, associations, parents."""

import itertools
import threading
from datetime import datetime, timezone

import pytest

from graphstore import (
    Association,
    Attribution,
    Context,
    Event,
    EventType,
    Execution,
    ParentContext,
)
from graphstore.errors import InvalidArgument, NotFound

EVENT_TYPES = [type_ for type_ in EventType if type_ is not EventType.UNKNOWN]


@pytest.fixture
def execution(store, types):
    return store.executions.put(Execution(type="Trainer"))


@pytest.fixture
def context(store, types):
    return lambda name, **fields: store.contexts.put(Context(type="Pipeline", name=name, **fields))


def test_every_type_of_event_comes_back(store, artifact, execution):
    time = datetime(2026, 1, 1, tzinfo=timezone.utc)
    data = artifact()
    events = [
        Event(
            type=type_,
            path=("key", 3, "[0]", ""),
            time=time,
            artifact_id=data.id,
            execution_id=execution.id,
        )
        for type_ in EVENT_TYPES
    ]
    assert store.events.put(events) == len(EVENT_TYPES)
    assert set(store.events.of_artifacts([data.id])) == set(events)
    assert set(store.events.of_executions([execution.id])) == set(events)
    assert store.events.put(events) == 0  # they are there


def test_events_point_the_way_the_data_flows(store, artifact, execution, database):
    data = artifact()
    store.events.put(
        Event(type=type_, artifact_id=data.id, execution_id=execution.id) for type_ in EVENT_TYPES
    )
    with database.driver.session() as session:
        into = session.run(
            "MATCH (:Artifact)-[event]->(:Execution) RETURN collect(type(event)) AS types"
        ).single()["types"]
    assert sorted(into) == sorted(type_.value for type_ in EVENT_TYPES if type_.is_input)


def test_one_artifact_can_play_two_parts(store, artifact, execution):
    data = artifact()
    both = [
        Event(type=EventType.INPUT, path=(role, 0), artifact_id=data.id, execution_id=execution.id)
        for role in ("train", "test")
    ]
    assert store.events.put([*both, *both]) == 2
    assert {event.role for event in store.events.of_executions([execution.id])} == {"train", "test"}


def test_an_event_needs_two_ends_and_a_direction(store, artifact, execution):
    data = artifact()
    good = Event(type=EventType.INPUT, artifact_id=data.id, execution_id=execution.id)
    for bad, error, says in (
        (good.model_copy(update={"artifact_id": 99}), NotFound, "no artifact has id 99"),
        (good.model_copy(update={"execution_id": 99}), NotFound, "no execution has id 99"),
        (good.model_copy(update={"artifact_id": None}), InvalidArgument, "needs an artifact_id"),
        (good.model_copy(update={"type": EventType.UNKNOWN}), InvalidArgument, "no direction"),
    ):
        with pytest.raises(error, match=says):
            store.events.put([good, bad])
    assert store.events.of_executions([execution.id]) == []


def test_members_belong_to_their_contexts_once(store, artifact, execution, context):
    data, run, pipeline = artifact(), context("run"), context("pipeline")
    attributions = [Attribution(artifact_id=data.id, context_id=c.id) for c in (run, pipeline)]
    associations = [Association(execution_id=execution.id, context_id=run.id)] * 3
    for _ in range(2):
        store.contexts.put_attributions(attributions)
        store.contexts.put_associations(associations)
    assert store.contexts.of_artifact(data.id) == [run, pipeline]
    assert store.contexts.of_artifact(data.id, limit=1) == [run]
    assert store.contexts.of_artifact(data.id, limit=2) == [run, pipeline]
    assert store.contexts.of_execution(execution.id) == [run]
    assert store.contexts.of_artifact(99) == []
    with pytest.raises(NotFound, match="no context has id 99"):
        store.contexts.put_attributions([Attribution(artifact_id=data.id, context_id=99)])
    with pytest.raises(NotFound, match="no execution has id 99"):
        store.contexts.put_associations([Association(execution_id=99, context_id=run.id)])


def test_many_writers_attribute_once(store, artifact, context, database):
    run, data = context("run"), [artifact() for _ in range(10)]
    attributions = [Attribution(artifact_id=a.id, context_id=run.id) for a in data]
    threads = [
        threading.Thread(target=store.contexts.put_attributions, args=(attributions,))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.driver.session() as session:
        count = session.run("MATCH ()-[r:ATTRIBUTED_TO]->() RETURN count(r) AS n").single()["n"]
    assert count == len(data)


def test_contexts_have_parents_and_children(store, context):
    project, pipeline, run = context("project"), context("pipeline"), context("run")
    parents = [
        ParentContext(child_id=run.id, parent_id=pipeline.id),
        ParentContext(child_id=run.id, parent_id=project.id),
        ParentContext(child_id=pipeline.id, parent_id=project.id),
    ]
    store.contexts.put_parents(parents)
    store.contexts.put_parents(parents)
    assert store.contexts.parents(run.id) == [project, pipeline]
    assert store.contexts.children(project.id) == [pipeline, run]
    assert store.contexts.parents(project.id) == []
    assert store.contexts.parents_of([run.id, project.id, 99, run.id]) == {
        run.id: [project, pipeline]
    }
    assert store.contexts.children_of([project.id, pipeline.id]) == {
        project.id: [pipeline, run],
        pipeline.id: [run],
    }


@pytest.mark.parametrize("length", [1, 2, 5])
def test_no_context_becomes_part_of_itself(store, context, length):
    chain = [context(f"c{number}") for number in range(length)]
    links = [
        ParentContext(child_id=child.id, parent_id=parent.id)
        for child, parent in itertools.pairwise(chain)
    ]
    store.contexts.put_parents(links)
    with pytest.raises(InvalidArgument, match="part of itself"):
        store.contexts.put_parents([ParentContext(child_id=chain[-1].id, parent_id=chain[0].id)])
    assert store.contexts.parents(chain[-1].id) == []
    with pytest.raises(NotFound, match="no context has id 99"):
        store.contexts.put_parents([ParentContext(child_id=chain[0].id, parent_id=99)])


def test_two_writers_cannot_close_a_cycle_between_them(store, context):
    one, other = context("one"), context("other")
    outcomes = []

    def work(child, parent):
        try:
            store.contexts.put_parents([ParentContext(child_id=child.id, parent_id=parent.id)])
            outcomes.append("put")
        except InvalidArgument:
            outcomes.append("refused")

    threads = [threading.Thread(target=work, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["put", "refused"]
