"""PutExecution of a new execution: one query, as long as what it is given as read is as it is read;
else as many as it takes. Either way what is stored is what ML Metadata stores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

from ml_metadata import errors
from ml_metadata.proto import metadata_store_pb2 as pb

from graphstore.mlmd import MetadataStore
from tests.integration.mlmd.conftest import Both, request_of
from tests.integration.mlmd.test_writes import KINDS, everything, node, put_types, values

QUICK = ["execution.publish_many"]
INPUT = pb.Event(type=pb.Event.INPUT)


def event(type_: Any, key: str = "role") -> Any:
    path = pb.Event.Path(steps=[pb.Event.Path.Step(key=key)])
    return pb.Event(type=type_, path=path, milliseconds_since_epoch=1_700_000_000_000)


@pytest.fixture
def both(both: Both, store: Any) -> Both:
    """Artifacts 1 and 2 and contexts 1 and 2 are there."""
    put_types(both)
    message = node("artifact", uri="/read", state=pb.Artifact.LIVE)
    message.properties["int"].int_value = 7
    message.custom_properties["note"].string_value = "fine"
    message.custom_properties["shape"].struct_value.update({"rows": 3.5, "names": ["a", "b"]})
    both("PutArtifacts", artifacts=[message, node("artifact", uri="/other")])
    context = node("context", name="by id")
    context.properties["double"].double_value = 0.5
    both("PutContexts", contexts=[context, node("context", name="two")])
    for kind in KINDS:  # so that no lease is among the queries that are counted
        store.ids.give_back(kind, store.ids.take({kind: 100})[kind])
    return both


def ask(both: Both, change: Callable[[Any, Any], Any] | None = None, **options: Any) -> Any:
    """Put a new execution by both; `change` is made to what was read before it is given."""
    (message,) = both("GetArtifactsByID", artifact_ids=[1]).artifacts
    (context,) = both("GetContextsByID", context_ids=[1]).contexts
    if change is not None:
        change(message, context)
    return both(
        "PutExecution",
        execution=node("execution", properties=values(int=3)),
        artifact_event_pairs=[
            {"artifact": message, "event": event(pb.Event.INPUT)},
            {
                "event": pb.Event(
                    artifact_id=2, type=pb.Event.DECLARED_INPUT, milliseconds_since_epoch=1
                )
            },
            {"artifact": node("artifact", uri="/made"), "event": event(pb.Event.OUTPUT)},
        ],
        contexts=[context, node("context", name="by name"), node("context", name="by name")],
        options={
            "reuse_context_if_already_exist": True,
            "reuse_artifact_if_already_exist_by_external_id": True,
            **options,
        },
    )


def test_what_is_as_it_was_read_takes_one_query(both, count_queries):
    for number in (1, 2):
        with count_queries() as queries:
            answer = ask(both)
        assert [query for query in queries if not query.endswith((".get", "lease"))] == QUICK
        assert (answer.execution_id, list(answer.artifact_ids)) == (number, [1, 2, number + 2])
        assert list(answer.context_ids) == [1, 3, 3]
        both("GetEventsByExecutionIDs", execution_ids=[number])
    for context_id in (1, 3):
        both("GetArtifactsByContext", context_id=context_id)
        both("GetExecutionsByContext", context_id=context_id)


CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "a property": lambda message, _: message.properties["int"].CopyFrom(pb.Value(int_value=8)),
    "one more": lambda message, _: message.properties["double"].CopyFrom(pb.Value(double_value=1)),
    "one fewer": lambda message, _: message.custom_properties.pop("note"),
    "its kind": lambda message, _: message.custom_properties["note"].CopyFrom(
        pb.Value(double_value=1)
    ),
    "a Struct": lambda message, _: message.custom_properties["shape"].struct_value.update(
        {"rows": 4}
    ),
    "the uri": lambda message, _: setattr(message, "uri", "/elsewhere"),
    "the state": lambda message, _: setattr(message, "state", pb.Artifact.DELETED),
    "no state": lambda message, _: message.ClearField("state"),
    "an external id": lambda message, _: setattr(message, "external_id", "x"),
    "the context's": lambda _, context: context.properties["double"].CopyFrom(
        pb.Value(double_value=0.75)
    ),
    "its name": lambda _, context: setattr(context, "name", "renamed"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_updated(both, count_queries, change):
    with count_queries() as queries:
        ask(both, change)
    assert queries.count("batch.create") == 1
    everything(both)


def test_a_whole_number_is_not_the_same_number_with_a_point(both):
    def as_double(message: Any, _: Any) -> None:
        message.custom_properties["n"].double_value = 5.0

    both("PutArtifacts", artifacts=[node("artifact", custom_properties=values(n=5))])
    (message,) = both("GetArtifactsByID", artifact_ids=[3]).artifacts
    as_double(message, None)
    both("PutExecution", execution=node("execution"), artifact_event_pairs=[{"artifact": message}])
    everything(both)


REFUSALS: dict[str, dict[str, Any]] = {
    "an artifact that is not there": {
        "artifact_event_pairs": [{"artifact": node("artifact", id=99), "event": INPUT}]
    },
    "a context that is not there": {"contexts": [node("context", id=99, name="x")]},
    "an event twice": {
        "artifact_event_pairs": [
            {"event": pb.Event(artifact_id=1, type=pb.Event.INPUT, milliseconds_since_epoch=1)},
            {"event": pb.Event(artifact_id=1, type=pb.Event.INPUT, milliseconds_since_epoch=1)},
        ]
    },
    "a context's name that is taken": {
        "contexts": [node("context", name="two")],
        "options": {"reuse_context_if_already_exist": False},
    },
}


@pytest.mark.parametrize("fields", REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_is_refused_and_leaves_nothing(both, fields):
    answer = both("PutExecution", execution=node("execution"), **fields)
    assert isinstance(answer, type) and issubclass(answer, errors.StatusError)
    assert not both("GetExecutions").executions
    everything(both)


def test_a_context_by_name_and_by_id_is_one(both, store):
    both(
        "PutExecution",
        execution=node("execution"),
        artifact_event_pairs=[
            {"event": pb.Event(artifact_id=1, type=pb.Event.INPUT, milliseconds_since_epoch=1)},
            {"artifact": node("artifact"), "event": event(pb.Event.OUTPUT)},
        ],
        contexts=[node("context", name="two"), node("context", id=2, name="two")],
        options={"reuse_context_if_already_exist": True},
    )
    everything(both)
    with store.database.driver.session() as session:
        query = "MATCH (n)-[e:ATTRIBUTED_TO|ASSOCIATED_WITH]->(c {id: 2}) RETURN n, count(e)"
        assert all(count == 1 for _, count in session.run(query).values())


def test_threads_that_put_the_same_things_have_each_its_own(store, front):
    put_types(lambda method, **fields: _answer(front, method, fields))
    front.put_artifacts([node("artifact", uri=f"/{number}") for number in range(2)])
    front.put_contexts([node("context", name="by id")])
    artifacts, contexts = front.get_artifacts_by_id([1, 2]), front.get_contexts_by_id([1])

    def work(number: int) -> list[Any]:
        client = MetadataStore(store)
        return [
            client.put_execution(
                node("execution", name=f"{number}-{turn}"),
                [
                    *((one, event(pb.Event.INPUT)) for one in artifacts),
                    (node("artifact", uri=f"/{number}/{turn}"), event(pb.Event.OUTPUT)),
                ],
                # Now and then the context by its name: it is the same.
                [contexts[0] if turn % 2 else node("context", name="by id")],
                reuse_context_if_already_exist=True,
            )
            for turn in range(10)
        ]

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for part in pool.map(work, range(8)) for answer in part]
    assert len({execution_id for execution_id, _, _ in answers}) == 80
    new_ids = {artifact_ids[2] for _, artifact_ids, _ in answers}
    assert len(new_ids) == 80
    assert all([*ids[:2]] == [1, 2] and [*of] == [1] for _, ids, of in answers)
    with store.database.driver.session() as session:
        counts = session.run(
            "MATCH (n)-[e:ATTRIBUTED_TO|ASSOCIATED_WITH]->(:Context {id: 1})"
            " RETURN labels(n)[0] AS kind, count(e) AS edges, count(DISTINCT n) AS nodes"
        ).data()
        assert {(row["edges"], row["nodes"]) for row in counts} == {(82, 82), (80, 80)}
        (events,) = session.run("MATCH ()-[e:INPUT|OUTPUT]-() RETURN count(DISTINCT e)").single()
        assert events == 80 * 3


def _answer(front: Any, method: str, fields: Any) -> Any:
    from tests.integration.mlmd.conftest import call

    return call(front, method, request_of(method, **fields))


def test_an_event_of_an_artifact_that_is_not_there_is_refused(front):
    """ML Metadata stores it, and has an event of nothing."""
    put_types(lambda method, **fields: _answer(front, method, fields))
    with pytest.raises(errors.InvalidArgumentError, match="no artifact has id 99"):
        _answer(
            front,
            "PutExecution",
            {
                "execution": node("execution"),
                "artifact_event_pairs": [{"event": pb.Event(artifact_id=99, type=3)}],
            },
        )
    assert not front.get_executions()
