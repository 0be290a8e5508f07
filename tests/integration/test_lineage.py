"""Lineage: right, whole, and linear in its answer."""

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphstore import (
    Artifact,
    ArtifactState,
    Context,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    NodeRef,
    Stop,
    Within,
)
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import empty, examples

PRUNING_WALK = "VarLengthExpand(Pruning,BFS,All)"


def record(store, edges):
    """Store a graph of edges such as ``a0-e0`` (read) and ``e0-a1`` (made); ids are the numbers."""
    artifacts = sorted({int(n) for n in re.findall(r"a(\d+)", " ".join(edges))})
    executions = sorted({int(n) for n in re.findall(r"e(\d+)", " ".join(edges))})
    a = dict(
        zip(
            artifacts,
            store.artifacts.put_many([Artifact(type="Examples")] * len(artifacts)),
            strict=True,
        )
    )
    e = dict(
        zip(
            executions,
            store.executions.put_many([Execution(type="Trainer")] * len(executions)),
            strict=True,
        )
    )
    events = []
    for edge in edges:
        one, other = edge.split("-")
        reads = one[0] == "a"
        artifact, execution = (one, other) if reads else (other, one)
        events.append(
            Event(
                type=EventType.INPUT if reads else EventType.OUTPUT,
                artifact_id=a[int(artifact[1:])].id,
                execution_id=e[int(execution[1:])].id,
            )
        )
    store.events.put(events)
    return a, e


def names(graph, a, e):
    """The nodes and events of an answer in the words of `record`."""
    of_a = {artifact.id: f"a{number}" for number, artifact in a.items()}
    of_e = {execution.id: f"e{number}" for number, execution in e.items()}
    nodes = {of_a[i] for i in graph.artifacts} | {of_e[i] for i in graph.executions}
    events = {(of_a[x.artifact_id], of_e[x.execution_id], x.type.is_input) for x in graph.events}
    return nodes, events


# a0→e0; a1→e1→a3; a2→e2→a4; a3,a4→e3→a5: the fixture of ML Metadata's metadata_store_test.cc
FIXTURE = ["a0-e0", "a1-e1", "e1-a3", "a2-e2", "e2-a4", "a3-e3", "a4-e3", "e3-a5"]


@pytest.mark.parametrize(
    ("question", "hops", "nodes", "events"),
    [
        ("upstream", 0, "a4", 0),
        ("upstream", 1, "a4 e2", 1),
        ("upstream", 2, "a2 a4 e2", 2),
        ("upstream", None, "a2 a4 e2", 2),
        ("downstream", 1, "a4 e3", 1),
        ("downstream", None, "a4 a5 e3", 2),
        ("both", None, "a2 a4 a5 e2 e3", 4),
        ("connected", 1, "a4 e2 e3", 2),
        ("connected", 2, "a2 a3 a4 a5 e2 e3", 5),
        ("connected", 3, "a2 a3 a4 a5 e1 e2 e3", 6),
        ("connected", None, "a1 a2 a3 a4 a5 e1 e2 e3", 7),
    ],
)
def test_walks_follow_events_the_way_that_was_asked(store, types, question, hops, nodes, events):
    a, e = record(store, FIXTURE)
    graph = getattr(store.lineage, question)(a[4], max_hops=hops)
    answer = names(graph, a, e)
    assert (answer[0], len(answer[1])) == (set(nodes.split()), events)
    assert graph.starts == (a[4].ref,)


def test_a_walk_says_where_more_lies(store, types):
    a, e = record(store, FIXTURE)
    assert not store.lineage.upstream(a[5]).truncated
    graph = store.lineage.upstream(a[5], max_hops=2)
    assert graph.frontier == (a[3].ref, a[4].ref)
    assert not store.lineage.upstream(a[5], max_hops=5).truncated
    few = store.lineage.upstream(a[5], max_nodes=3)
    assert names(few, a, e)[0] == {"a5", "e3", "a3"}  # the nearest
    assert set(few.frontier) == {a[3].ref, e[3].ref}
    assert store.lineage.upstream(a[5], max_nodes=1).frontier == (a[5].ref,)
    # Where it starts is in the answer in any case.
    starts = [a[5], e[1], a[3]]
    least = store.lineage.upstream(starts, max_nodes=1)
    assert names(least, a, e)[0] == {"a5", "e1", "a3"}
    assert set(least.frontier) == {a[5].ref, e[1].ref}  # what made a[3] is there
    with pytest.raises(NotFound, match="4711"):
        store.lineage.upstream([*starts, 4711], max_nodes=1)


def test_a_walk_starts_at_an_execution_or_at_several_nodes(store, types):
    a, e = record(store, FIXTURE)
    assert names(store.lineage.upstream(e[1]), a, e)[0] == {"e1", "a1"}
    assert names(store.lineage.upstream(NodeRef("execution", e[1].id)), a, e)[0] == {"e1", "a1"}
    several = store.lineage.downstream([a[0], e[1].ref, a[3].id])
    assert names(several, a, e)[0] == {"a0", "e0", "e1", "a3", "e3", "a5"}
    with pytest.raises(NotFound, match="no artifact has id 99"):
        store.lineage.upstream([a[0], 99])
    with pytest.raises(NotFound, match="no execution has id 99"):
        store.lineage.upstream(NodeRef("execution", 99))
    for wrong in ([], NodeRef("context", 1), Artifact(type="Examples")):
        with pytest.raises(InvalidArgument):
            store.lineage.upstream(wrong)
    for bound in ({"max_hops": -1}, {"max_hops": 1.5}, {"max_nodes": 0}, {"max_hops": True}):
        with pytest.raises(InvalidArgument, match="whole number"):
            store.lineage.upstream(a[0], **bound)


def test_a_walk_enters_only_what_it_may(store, types):
    store.types.put(ExecutionType(name="Evaluator"))
    data = store.artifacts.put(Artifact(type="Examples", state=ArtifactState.LIVE))
    base = store.publish(
        Execution(type="Trainer", state=ExecutionState.COMPLETE),
        inputs=[data],
        outputs=[Artifact(type="Model", state=ArtifactState.DELETED)],
        contexts=[Context(type="Pipeline", name="first")],
    )
    last = store.publish(
        Execution(type="Trainer", state=ExecutionState.CACHED),
        inputs=[data, base.outputs[0]],
        outputs=[Artifact(type="Model")],
        contexts=[Context(type="Pipeline", name="last")],
    )
    model, older = last.outputs[0], base.outputs[0]

    def ids(within):
        graph = store.lineage.upstream(model, within=within)
        assert not graph.truncated  # what may not be entered is not more
        return set(graph.artifacts), set(graph.executions)

    first, second = base.execution.id, last.execution.id
    everything = {model.id, older.id, data.id}, {first, second}
    assert ids(Within()) == everything
    assert ids(Within(artifact_types={"Model"})) == ({model.id, older.id}, {first, second})
    assert ids(Within(artifact_types=())) == ({model.id}, {second})
    assert ids(Within(execution_types={"Evaluator"})) == ({model.id}, set())
    assert ids(Within(artifact_states={ArtifactState.LIVE})) == ({model.id, data.id}, {second})
    assert ids(Within(execution_states=[ExecutionState.CACHED])) == (everything[0], {second})
    assert ids(Within(context=last.contexts[0].id)) == (everything[0], {second})
    assert ids(Within(since=base.execution.create_time)) == ({model.id, older.id}, {first, second})
    assert ids(Within(before=last.execution.create_time)) == ({model.id}, set())
    with pytest.raises(NotFound, match="no artifact type has name 'Modle'; did you mean 'Model'"):
        ids(Within(artifact_types={"Modle"}))
    with pytest.raises(NotFound, match="no context has id 99"):
        ids(Within(context=99))
    with pytest.raises(InvalidArgument, match="no time zone"):
        ids(Within(since=datetime(2026, 1, 1)))


def test_a_walk_stops_where_it_is_told_to(store, types):
    a, e = record(store, FIXTURE)

    def nodes(stop):
        graph = store.lineage.upstream(a[5], stop=stop)
        return names(graph, a, e)[0], graph.truncated

    assert nodes(Stop(nodes=[a[3]])) == ({"a5", "e3", "a3", "a4", "e2", "a2"}, False)
    assert nodes(Stop(nodes=[e[2].ref, a[3].id])) == ({"a5", "e3", "a3", "a4", "e2"}, False)
    assert nodes(Stop(execution_types={"Trainer"})) == ({"a5", "e3"}, False)
    assert nodes(Stop(artifact_types={"Examples"})) == ({"a5"}, False)  # the start too
    graph = store.lineage.upstream(a[5], event_types=[EventType.OUTPUT])
    assert names(graph, a, e)[0] == {"a5", "e3"}


def test_everything_between_two_nodes_is_one_graph(store, types):
    a, e = record(store, [*FIXTURE, "a3-e4", "e4-a6", "a6-e3"])
    graph = store.lineage.between(a[1], a[5])
    nodes, events = names(graph, a, e)
    assert nodes == {"a1", "e1", "a3", "e4", "a6", "e3", "a5"}
    assert len(events) == 7
    assert names(store.lineage.between(e[1], e[3]), a, e)[0] == {"e1", "a3", "e4", "a6", "e3"}
    nothing = store.lineage.between(a[0], a[5])
    assert (nothing.artifacts, nothing.executions, nothing.events) == ({}, {}, ())
    assert names(store.lineage.between(a[3], a[3]), a, e)[0] == {"a3"}
    with pytest.raises(NotFound):
        store.lineage.between(99, a[5])


def test_who_made_an_artifact_is_told_from_who_passed_it_on(store, artifact):
    data = artifact()
    model = Artifact(type="Model")
    maker = store.publish(Execution(type="Trainer", state=ExecutionState.COMPLETE), [data], [model])
    model = maker.outputs[0]
    publication = store.publish(
        Execution(type="Trainer", state=ExecutionState.CACHED), [data], [model]
    )
    resolver = store.publish(
        Execution(type="Trainer", state=ExecutionState.COMPLETE),
        events=[(model, Event(type=EventType.INTERNAL_OUTPUT, path=("model", 0)))],
    )
    again = store.publish(Execution(type="Trainer", state=ExecutionState.COMPLETE), [data], [model])
    producers = store.lineage.producers(model)
    assert [(p.execution.id, p.passed_on) for p in producers] == [
        (maker.execution.id, False),
        (again.execution.id, False),
        (publication.execution.id, True),
        (resolver.execution.id, True),
    ]
    assert producers[3].event.path == ("model", 0)
    assert store.lineage.producers(data) == []
    with pytest.raises(NotFound):
        store.lineage.producers(99)
    with pytest.raises(InvalidArgument):
        store.lineage.producers(maker.execution)


def test_a_run_is_its_executions_and_what_they_touched(store, artifact):
    run = Context(type="Pipeline", name="run")
    data = artifact()
    gen = store.publish(Execution(type="Trainer"), [data], [Artifact(type="Examples")], [run])
    train = store.publish(Execution(type="Trainer"), gen.outputs, [Artifact(type="Model")], [run])
    store.publish(Execution(type="Trainer"), train.outputs)  # of no run
    graph = store.lineage.run(train.contexts[0].id)
    assert set(graph.executions) == {gen.execution.id, train.execution.id}
    assert len(graph.artifacts) == 3
    assert graph.dependencies() == [(gen.execution.id, train.execution.id)]
    assert store.lineage.run(train.contexts[0].id, max_nodes=2).truncated
    empty_run = store.contexts.put(Context(type="Pipeline", name="empty"))
    assert store.lineage.run(empty_run.id).executions == {}
    with pytest.raises(NotFound):
        store.lineage.run(99)


def test_cycles_made_by_hand_do_no_harm(store, types):
    a, e = record(store, ["a1-e1", "e1-a2", "a2-e2", "e2-a1"])
    for question in ("upstream", "downstream", "both", "connected"):
        graph = getattr(store.lineage, question)(a[1])
        assert names(graph, a, e)[0] == {"a1", "a2", "e1", "e2"}
        assert len(graph.events) == 4
        assert str(graph)
    assert len(store.lineage.between(a[1], a[2]).nodes()) == 4


def diamonds(count):
    for number in range(count):
        for side in (2 * number, 2 * number + 1):
            yield from (f"a{number}-e{side}", f"e{side}-a{number + 1}")


def test_thirty_diamonds_are_ninety_one_nodes(store, types, database):
    """2^30 paths: a walk that visited paths would not return."""
    a, _ = record(store, list(diamonds(30)))
    graph = store.lineage.upstream(a[30])
    assert (len(graph.artifacts), len(graph.executions), len(graph.events)) == (31, 60, 120)
    assert len(store.lineage.both(a[15]).events) == 120
    assert len(store.lineage.connected(a[15]).events) == 120
    assert len(store.lineage.between(a[0], a[30]).events) == 120
    # Work in proportion: a chain of as many nodes and fewer events costs about as much.
    hits = {}
    for name, start in (("diamonds", a[30]), ("chain", record(store, list(chain(45)))[0][45])):
        query = QUERIES["lineage.upstream"].within(None)
        parameters = {"artifact_ids": [start.id], "execution_ids": [], "limit": 10_000}
        parameters |= {**MAKER_FILTERS, "trails": [], "trail_ids": [], "look_for_trails": True}
        with database.driver.session() as session:
            text, values = query.to_send(parameters)
            summary = session.run("PROFILE " + text, values).consume()
        hits[name] = db_hits(summary.profile)
    assert hits["diamonds"] < 3 * hits["chain"]


def chain(count):
    for number in range(count):
        yield from (f"a{number}-e{number}", f"e{number}-a{number + 1}")


def db_hits(plan):
    return plan["args"].get("DbHits", 0) + sum(map(db_hits, plan.get("children", [])))


def operators(plan):
    yield plan["operatorType"].split("@")[0]
    for child in plan.get("children", []):
        yield from operators(child)


FILTERS = {
    "passing": "CACHED",
    "choice": "INTERNAL_OUTPUT",
    "trails": [[1, 2]],
    "trail_ids": [2],
    "event_types": ["INPUT"],
    "within_type_ids": [1],
    "within_artifact_states": ["LIVE"],
    "within_execution_states": ["COMPLETE"],
    "within_artifact_ids": [1],
    "within_execution_ids": [1],
    "within_since": datetime(2026, 1, 1, tzinfo=timezone.utc),
    "within_before": datetime(2026, 1, 1, tzinfo=timezone.utc),
    "stop_type_ids": [1],
    "stop_artifact_ids": [1],
    "stop_execution_ids": [1],
}


MAKER_FILTERS = {key: FILTERS[key] for key in ("passing", "choice", "trails", "trail_ids")}


OTHERS = [{**MAKER_FILTERS, key: FILTERS[key]} for key in FILTERS if key not in MAKER_FILTERS]


@pytest.mark.parametrize("filters", [{}, MAKER_FILTERS, *OTHERS, FILTERS], ids=str)
@pytest.mark.parametrize("hops", [None, 2, 5])  # of paths of one event each is a node
@pytest.mark.parametrize("question", ["upstream", "downstream", "connected"])
def test_every_walk_is_planned_to_visit_a_node_once(store, database, question, hops, filters):
    query = QUERIES[f"lineage.{question}"].within(hops)
    parameters = {"artifact_ids": [1], "execution_ids": [], "limit": 10, **filters}
    parameters["look_for_trails"] = True
    with database.driver.session() as session:
        text, values = query.to_send(parameters)
        result = session.run("EXPLAIN " + text, values)
        plan = list(operators(result.consume().plan))
    assert PRUNING_WALK in plan
    assert {name for name in plan if "VarLength" in name or "Repeat" in name} == {PRUNING_WALK}


@st.composite
def graphs(draw):
    """Random acyclic histories: executions in order, which read what was there before."""
    executions = draw(st.integers(1, 12))
    edges, count = [], 1
    for execution in range(executions):
        for artifact in draw(st.sets(st.integers(0, count - 1), max_size=4)):
            edges.append((f"a{artifact}", f"e{execution}"))
        for _ in range(draw(st.integers(0, 2))):
            edges.append((f"e{execution}", f"a{count}"))
            count += 1
        if count > 1 and draw(st.booleans()):  # what another had made is passed on
            edges.append((f"e{execution}", f"a{draw(st.integers(1, count - 1))}"))
    return list(dict.fromkeys(edges))


@examples(60)
@given(edges=graphs(), hops=st.none() | st.integers(0, 6), data=st.data())
def test_walks_agree_with_networkx(database, edges, hops, data):
    from graphstore import ArtifactType, Store

    empty(database)
    store = Store(database)
    store.types.put(ArtifactType(name="Examples"))
    store.types.put(ExecutionType(name="Trainer"))
    reference = nx.DiGraph(edges)
    if not edges:
        return
    a, e = record(store, [f"{one}-{other}" for one, other in edges])
    start = data.draw(st.sampled_from(sorted(reference.nodes)))
    node = (a if start[0] == "a" else e)[int(start[1:])]
    for question, digraph in (
        ("upstream", reference.reverse()),
        ("downstream", reference),
        ("connected", reference.to_undirected()),
    ):
        depth = nx.single_source_shortest_path_length(digraph, start, cutoff=hops)
        pairs = {
            frozenset((one, other))
            for one in depth
            if hops is None or depth[one] < hops
            for other in digraph[one]
        }
        graph = getattr(store.lineage, question)(node, max_hops=hops)
        nodes, events = names(graph, a, e)
        assert nodes == set(depth)
        assert {frozenset(event[:2]) for event in events} == pairs
        beyond = {n for n in depth if hops is not None and depth[n] == hops and digraph[n]}
        assert {name_of(ref, a, e) for ref in graph.frontier} == beyond


def name_of(ref, a, e):
    nodes = a if ref.kind == "artifact" else e
    return next(f"{ref.kind[0]}{n}" for n, node in nodes.items() if node.id == ref.id)


GOLDEN = [
    "tfx-iris.sqlite",
    "tfx_chicago_taxi_v4.db",
    "cmf_al_object_detection_v10.db",
    "brempong_tfx_v10.db",
]


@pytest.mark.parametrize("file", GOLDEN)
def test_answers_are_those_of_ml_metadata(store, shared_data, file):
    """Every artifact of real histories, both ways, 1, 2, 3 and 40 hops: node for node."""
    report = import_mlmd(store, shared_data / file)
    check_golden(store, shared_data, file, report.source)


def check_golden(store, shared_data: Path, file: str, source: str) -> None:
    golden = json.loads((shared_data / "golden" / f"{Path(file).stem}.json").read_text())
    artifacts = {a.source_id: a.id for a in store.artifacts.iterate() if a.source == source}
    executions = {e.source_id: e.id for e in store.executions.iterate() if e.source == source}
    assert set(map(int, golden["lineage"])) <= set(artifacts)
    for artifact, answers in golden["lineage"].items():
        for ask, (expected_artifacts, expected_executions, events) in answers.items():
            way = "upstream" if ask.startswith("up") else "downstream"
            graph = getattr(store.lineage, way)(
                artifacts[int(artifact)], max_hops=int(re.sub(r"\D", "", ask)), passed_on=True
            )
            assert set(graph.artifacts) == {artifacts[i] for i in expected_artifacts}, (
                artifact,
                ask,
            )
            assert set(graph.executions) == {executions[i] for i in expected_executions}
            assert len(graph.events) == events


def test_times_bound_a_walk_in_any_zone(store, artifact):
    data = artifact()
    tomorrow = datetime.now(timezone(timedelta(hours=9))) + timedelta(days=1)
    model = store.publish(Execution(type="Trainer"), [data], [Artifact(type="Model")]).outputs[0]
    assert len(store.lineage.upstream(model, within=Within(before=tomorrow)).nodes()) == 3
    assert len(store.lineage.upstream(model, within=Within(since=tomorrow)).nodes()) == 1
