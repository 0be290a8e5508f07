"""Parts of the graph around what filters choose: linear, in a bounded number of queries."""

import pytest

from graphstore import Artifact, Context, EventType, Execution
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound
from graphstore.filters import compile_filter
from graphstore.lineage.subgraph import Ending, find
from tests.integration.test_lineage import (
    FIXTURE,
    PRUNING_WALK,
    chain,
    db_hits,
    diamonds,
    operators,
    record,
)

PARAMETERS = {
    "artifact_ids": [1],
    "execution_ids": [],
    "max_hops": 5,
    "with_events": True,
    "with_contexts": True,
    "with_details": True,
}
ENDS = {
    "stop_artifact_ids": [1],
    "stop_execution_ids": [1],
    "left_out_artifact_ids": [1],
    "left_out_execution_ids": [1],
}


@pytest.mark.parametrize("ends", [{}, *({k: v} for k, v in ENDS.items()), ENDS], ids=str)
@pytest.mark.parametrize("hops", [2, 5, 100])  # of paths of one event each is a node
@pytest.mark.parametrize("direction", ["upstream", "downstream", "connected"])
def test_every_walk_is_planned_to_visit_a_node_once(store, database, direction, hops, ends):
    parameters = {**PARAMETERS, **ends, "max_hops": hops}
    text, values = QUERIES[f"lineage.subgraph_{direction}"].within(hops).to_send(parameters)
    with database.driver.session() as session:
        plan = list(operators(session.run("EXPLAIN " + text, values).consume().plan))
    assert {name for name in plan if "VarLength" in name or "Repeat" in name} == {PRUNING_WALK}


def hits(database, direction, artifact, **options):
    """What the database does for an answer."""
    parameters = {**PARAMETERS, "artifact_ids": [artifact.id], "max_hops": 100, **options}
    text, values = QUERIES[f"lineage.subgraph_{direction}"].within(100).to_send(parameters)
    with database.driver.session() as session:
        result = session.run("PROFILE " + text, values)
        nodes = sum(len(row["artifacts"]) + len(row["executions"]) for row in result)
        return db_hits(result.consume().profile), nodes


@pytest.mark.parametrize("count", [30, 60])  # 100 hops reach 50 of them: 2^50 paths
def test_diamonds_in_a_row_cost_what_a_chain_does(store, types, database, count):
    a, _ = record(store, list(diamonds(count)))
    depth = min(count, 50)
    for direction, start in (("upstream", count), ("downstream", 0), ("connected", 0)):
        work, nodes = hits(database, direction, a[start])
        assert nodes == 3 * depth + 1
        if direction == "upstream":
            line, _ = record(store, list(chain(nodes // 2)))
        last = {"upstream": nodes // 2, "downstream": 0, "connected": 0}[direction]
        # A chain of 100 hops has 101 nodes; an answer of diamonds as many and half of that again.
        chain_work, chain_nodes = hits(database, direction, line[last])
        assert work / nodes < 2 * chain_work / chain_nodes
        # Nor do ends make it more.
        stops = {"stop_artifact_ids": [-1], "stop_execution_ids": [-1]}
        assert hits(database, direction, a[start], **stops)[0] < 2 * work


def test_an_answer_has_rows_columns_and_types(store, types, database):
    a, _ = record(store, FIXTURE)
    run = store.publish(
        Execution(type="Trainer"),
        inputs={"data": [a[5]]},
        contexts=[Context(type="Pipeline", name="p")],
    )
    answer = find(database, "artifact", f"id = {a[5].id}", direction="downstream", details=True)
    assert answer.artifact_ids == [a[5].id]
    assert answer.execution_ids == [run.execution.id]
    (events,) = answer.events
    assert (events.type, events.path) == (EventType.INPUT, ("data", 0))
    edges = store.lineage.downstream(a[5], max_hops=1).events
    assert list(events) == list(edges)
    (members,) = answer.members
    assert (members.context_id, members.artifact_ids, members.execution_ids) == (
        run.contexts[0].id,
        [a[5].id],
        [run.execution.id],
    )
    assert [row["id"] for row in answer.artifacts] == [a[5].id]
    assert answer.executions[0]["type"] == "Trainer"
    millis = run.contexts[0].create_time.timestamp() * 1000
    assert answer.contexts[0]["create_time"] == pytest.approx(millis)
    assert {type_.name for type_ in answer.types} == {"Examples", "Trainer", "Pipeline"}
    assert all(type_.properties for type_ in answer.types)
    bare = find(
        database,
        "artifact",
        f"id = {a[5].id}",
        direction="downstream",
        events=False,
        contexts=False,
    )
    assert (bare.artifact_ids, bare.execution_ids) == (answer.artifact_ids, answer.execution_ids)
    assert not (bare.events or bare.members or bare.artifacts or bare.contexts or bare.types)


def test_who_names_ids_is_answered_by_one_query(store, types, database, monkeypatch):
    import graphstore.lineage.subgraph

    a, e = record(store, FIXTURE)
    monkeypatch.setattr(
        graphstore.lineage.subgraph, "_choose", lambda *_, **__: pytest.fail("asked")
    )
    for filter_ in (
        f"id = {a[4].id}",
        f"id IN ({a[4].id}, 4711)",
        f"id = {a[4].id} OR id = {a[4].id} OR id = 4711",
    ):
        answer = find(database, "artifact", filter_, direction="upstream", max_hops=1)
        assert (answer.artifact_ids, answer.execution_ids) == ([a[4].id], [e[2].id])
    with pytest.raises(NotFound, match="nothing to start from"):
        find(database, "artifact", "id IN (4711, 4712)")


def test_more_than_one_row_of_nodes_is_one_answer(store, types, database):
    a, e = record(store, [f"e0-a{number}" for number in range(2_345)])
    answer = find(database, "execution", f"id = {e[0].id}", details=True)
    assert answer.artifact_ids == sorted(artifact.id for artifact in a.values())
    assert [row["id"] for row in answer.artifacts] == answer.artifact_ids
    assert sum(len(events.times) for events in answer.events) == 2_345


def test_ends_are_asked_of_what_is_reached_only(store, types, database, monkeypatch):
    """Not of the whole store, whatever index there is for the filter."""
    import graphstore.lineage.subgraph

    a, _ = record(store, list(chain(40)))
    ids = []
    choose = graphstore.lineage.subgraph._choose

    def watch(transaction, verb, kind, to, **parameters):
        ids.extend(parameters.get(f"{kind}_ids", ()))
        return choose(transaction, verb, kind, to, **parameters)

    monkeypatch.setattr(graphstore.lineage.subgraph, "_choose", watch)
    end = Ending(f"id = {a[38].id}", include=True)
    answer = find(
        database, "artifact", f"id = {a[40].id}", direction="upstream", ending_artifacts=end
    )
    assert answer.artifact_ids == [a[38].id, a[39].id, a[40].id]
    assert len(ids) <= 3  # a40, a39, a38: four hops

    far = Ending(f"id = {a[20].id}", include=False)
    answer = find(
        database, "artifact", f"id = {a[40].id}", direction="upstream", ending_artifacts=far
    )
    assert answer.artifact_ids == [a[number].id for number in range(21, 41)]
    assert len(answer.execution_ids) == 20
    assert sum(len(events.times) for events in answer.events) == 39


@pytest.mark.parametrize(
    "filter_", ["type = 'Examples'", "uri = 'x'", "name = 'x'", "contexts_c.name = 'p'", "id < 500"]
)
def test_filters_of_ends_look_at_the_given_nodes_only(store, types, database, filter_):
    """Whatever index could find all that they let through: here 500 nodes."""
    run = Context(type="Pipeline", name="p")
    store.publish(
        Execution(type="Trainer"),
        outputs=[Artifact(type="Examples", uri="x") for _ in range(500)],
        contexts=[run],
    )
    condition = compile_filter("artifact", filter_)
    text = QUERIES["lineage.sift_artifacts"].text.replace("true // filter", condition.text)
    parameters = {"artifact_ids": [1, 2], **condition.parameters}
    with database.driver.session() as session:
        work = db_hits(session.run("PROFILE " + text, parameters).consume().profile)
    assert work < 200


def test_bounds_and_starts_that_cannot_be(store, types, database):
    a, _ = record(store, FIXTURE)
    for hops in (-1, True, 1.5, None):
        with pytest.raises(InvalidArgument, match="max_num_hops"):
            find(database, "artifact", "id = 1", max_hops=hops)
    with pytest.raises(NotFound, match="nothing to start from"):
        find(database, "execution", "name = 'ü'")
    with pytest.raises(InvalidArgument):
        find(database, "artifact", "")
    answer = find(database, "artifact", f"id = {a[4].id}", max_hops=10**9)
    assert len(answer.artifact_ids) == 5
