"""An answer that keeps columns is, to whoever has it, the answer of models that it stands for."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j.time import DateTime

from graphstore import Artifact, Event, Execution, LineageGraph, NodeRef
from graphstore.errors import InvalidArgument
from graphstore.graph.columns import Events, NodeList, NodesById, place_of
from graphstore.lineage.walks import _graph, _Walk
from graphstore.storage.rows import event_from_row, node_from_row

MILLIS = st.one_of(st.none(), st.integers(0, 4_000_000_000_000))
ODD = st.sampled_from(["by hand", 3.5, [1], DateTime(2020, 1, 2, 3, 4, 5), 2**62, True])
VALUES = st.one_of(
    st.text(max_size=3), st.integers(-9, 9), st.booleans(), st.floats(allow_nan=False),
    st.just(['{"a": [1]}']), st.just(["type", "AAE="]), ODD,
)  # fmt: skip
STATES = st.sampled_from(["LIVE", "COMPLETE", "no state"])
PROPERTIES = st.fixed_dictionaries(
    {"type": st.sampled_from(["Model", "a.Trainer"]), "type_id": st.integers(1, 3)},
    optional={
        "name": st.text(max_size=3),
        "state": STATES,
        "create_time": st.one_of(MILLIS, ODD),
        "size": VALUES,
        "custom_note": VALUES,
        "_by": st.just("ann"),
        "_deleted": st.just(DateTime(2020, 1, 2)),
        "_past": st.just([{"_until": DateTime(2021, 1, 1), "size": 7, "name": [False]}]),
    },
)
TYPES = st.sampled_from(["INPUT", "OUTPUT", "INTERNAL_OUTPUT"])
PATHS = st.sampled_from([[], ["model"], ["model", "[0]"], ["\\[0]"]])


@st.composite
def answers(draw: Any) -> tuple[list[dict[str, Any]], list[bool], list[Any]]:
    """What a walk answers: rows of nodes and their events, with what they are made of."""
    nodes = [
        {"id": id_, **properties}
        for id_, properties in enumerate(draw(st.lists(PROPERTIES, min_size=1, max_size=8)), 1)
    ]
    kinds = draw(st.lists(st.booleans(), min_size=len(nodes), max_size=len(nodes)))
    events = draw(
        st.lists(
            st.tuples(
                st.integers(0, len(nodes) - 1), st.integers(1, 9), TYPES, PATHS,
                st.one_of(st.just(0), MILLIS.filter(bool), ODD),
            ),
            max_size=12,
        )
    )  # fmt: skip
    return nodes, kinds, events


def rows_of(nodes: list[dict[str, Any]], kinds: list[bool], events: list[Any], size: int) -> Any:
    """The same as the query answers it, so many nodes in a row."""
    for begin in range(0, len(nodes), size):
        chunk = list(zip(nodes, kinds, strict=True))[begin : begin + size]
        groups: dict[Any, list[int]] = {}
        for place, (node, is_artifact) in enumerate(chunk):
            groups.setdefault((is_artifact, tuple(node)), []).append(place)
        here = [one for one in events if begin <= one[0] < begin + size]
        numbers: dict[Any, list[int]] = {}
        for number, (_, _, type_, path, _) in enumerate(here):
            numbers.setdefault((type_, tuple(path)), []).append(number)
        yield {
            "nodes": [
                [is_artifact, at, list(keys), [[chunk[n][0][key] for n in at] for key in keys]]
                for (is_artifact, keys), at in groups.items()
            ],
            "depths": list(range(begin, begin + len(chunk))),
            "stopped": [],
            "events": [
                [[type_, list(path), some] for (type_, path), some in numbers.items()],
                [[e[0] - begin for e in here], [e[1] for e in here], [e[4] for e in here]],
            ],
        }


def eager(
    nodes: list[dict[str, Any]], kinds: list[bool], events: list[Any], **fields: Any
) -> LineageGraph:
    """The same of models, each made at once."""
    of_kind: dict[bool, dict[int, Any]] = {True: {}, False: {}}
    for node, is_artifact in zip(nodes, kinds, strict=True):
        model: Any = Artifact if is_artifact else Execution
        of_kind[is_artifact][node["id"]] = node_from_row(node, model)
    found: dict[Any, Event] = {}
    for place, other, type_, path, time in events:
        id_, is_artifact = nodes[place]["id"], kinds[place]
        if other in of_kind[not is_artifact]:
            ends = (id_, other) if is_artifact else (other, id_)
            key = (*ends, type_, tuple(path))
            found.setdefault(key, event_from_row(*ends, type_, path, time))
    return LineageGraph.model_construct(
        artifacts=of_kind[True], executions=of_kind[False], events=tuple(found.values()), **fields
    )


def walked(answer: Any, size: int = 3) -> LineageGraph:
    rows = list(rows_of(*answer, size))
    return _graph("run", (), _Walk.of(rows), None, 10**9)


@pytest.mark.slow
@given(answers(), st.integers(1, 9))
def test_it_is_what_models_made_at_once_would_be(answer: Any, size: int) -> None:
    nodes, kinds, events = answer
    order = sorted(range(len(events)), key=lambda n: events[n][0])  # events come by their nodes
    answer = (nodes, kinds, [events[n] for n in order])
    graph = walked(answer, size)
    other = eager(*answer, question="run", starts=(), frontier=graph.frontier)
    assert list(graph.artifacts) == list(other.artifacts)
    assert list(graph.executions) == list(other.executions)
    for id_ in reversed(graph.artifacts):  # one by one, and against their order
        assert graph.artifacts[id_] == other.artifacts[id_]
        assert repr(graph.artifacts[id_]) == repr(other.artifacts[id_])
    assert [graph.events[n] for n in range(len(graph.events))] == list(other.events)
    assert graph == other
    assert other == graph
    assert repr(graph) == repr(other)
    assert graph.to_dict() == other.to_dict()
    assert list(graph.nodes()) == list(other.nodes())
    assert [node.ref for node in graph.nodes()] == list(graph.refs())
    assert pickle.loads(pickle.dumps(graph)) == copy.deepcopy(graph) == copy.copy(graph) == other
    assert hash(graph.events) == hash(other.events)


@pytest.fixture
def graph() -> LineageGraph:
    nodes = [
        {"id": 3, "type": "Model", "type_id": 1, "uri": "s3://m", "size": 5},
        {"id": 7, "type": "Trainer", "type_id": 2, "name": "t", "state": "COMPLETE"},
        {"id": 1, "type": "Data", "type_id": 3},
    ]
    events = [(0, 7, "OUTPUT", ["model", "[0]"], 5), (1, 1, "INPUT", ["data"], 0)]
    return walked((nodes, [True, False, True], events))


@pytest.fixture
def whole(graph: LineageGraph) -> LineageGraph:
    fields = dict(graph)
    fields |= {"artifacts": dict(graph.artifacts), "executions": dict(graph.executions)}
    return LineageGraph(**{**fields, "events": tuple(graph.events)})


def test_what_is_not_touched_is_no_model(graph: LineageGraph, monkeypatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a model was made")

    monkeypatch.setattr("graphstore.storage.columns.node_reader", refuse)
    monkeypatch.setattr("graphstore.graph.columns.event_from_row", refuse)
    assert (len(graph.artifacts), len(graph.events), len(graph.nodes())) == (2, 2, 3)
    assert 3 in graph.artifacts
    assert 7 not in graph.artifacts
    assert graph.refs() == [NodeRef("artifact", 3), NodeRef("artifact", 1), NodeRef("execution", 7)]
    assert graph.artifacts.keys() & {1, 2} == {1}
    assert graph.title == "A run: 2 artifacts, 1 execution, 2 events"
    assert graph.evolve(question="both").artifacts is graph.artifacts
    with pytest.raises(AssertionError, match="a model was made"):
        graph.artifacts[3]


def test_what_is_touched_is_made_once(graph: LineageGraph) -> None:
    one = graph.artifacts[1]
    assert graph.artifacts[1] is one is graph.nodes()[1] is list(graph.artifacts.values())[1]
    assert next(iter(graph.events)) is graph.events[0]


def test_it_is_written_as_models_are(graph: LineageGraph, whole: LineageGraph) -> None:
    assert type(whole.artifacts) is dict
    assert type(whole.events) is tuple
    assert graph == whole
    for options in (
        {},
        {"exclude_none": True},
        {"exclude": {"artifacts": {3: {"uri"}}}},
        {"include": {"events": {0: {"path"}}, "executions": True}},
    ):
        assert graph.model_dump(**options) == whole.model_dump(**options)
        assert graph.model_dump_json(**options) == whole.model_dump_json(**options)
    assert LineageGraph.model_validate_json(graph.model_dump_json()) == whole
    assert type(pickle.loads(pickle.dumps(graph)).artifacts) is dict


def test_it_goes_with_dicts_tuples_and_lists(graph: LineageGraph) -> None:
    assert graph.artifacts | {9: 1} == {**graph.artifacts, 9: 1} == dict(graph.artifacts) | {9: 1}
    assert {9: 1} | graph.artifacts == {9: 1, **graph.artifacts}
    assert graph.events + (1,) == (*graph.events, 1)  # noqa: RUF005
    assert (1,) + graph.events == (1, *graph.events)  # noqa: RUF005
    assert [1] + graph.nodes() == [1, *graph.nodes()]  # noqa: RUF005
    assert graph.events[1:] == tuple(graph.events)[1:]
    assert graph.events[-1] == tuple(graph.events)[-1]
    assert graph.events != list(graph.events)
    with pytest.raises(IndexError):
        graph.events[2]
    with pytest.raises(KeyError):
        graph.artifacts[7]
    with pytest.raises(TypeError, match="unhashable"):
        hash(graph)


def test_executions_are_no_artifacts(graph: LineageGraph) -> None:
    with pytest.raises(InvalidArgument, match="LineageGraph artifacts"):
        LineageGraph(**{**dict(graph), "artifacts": graph.executions})
    with pytest.raises(InvalidArgument, match="LineageGraph events"):
        LineageGraph(**{**dict(graph), "events": [1]})


def test_parts_are_joined_and_chosen(graph: LineageGraph) -> None:
    artifacts = graph.artifacts
    assert isinstance(artifacts, NodesById)
    more = NodesById(
        Artifact,
        {2: place_of(0, 1), 3: place_of(0, 0)},
        [{"id": [3, 2], "type": ["Model", "Other"]}],
    )
    joined = artifacts.joined(more)
    assert {id_: node.type for id_, node in joined.items()} == {3: "Model", 1: "Data", 2: "Other"}
    assert list(joined) == [3, 1, 2]
    assert list(joined.only({2, 3})) == [3, 2]
    assert list(joined.only({2, 3}).values()) == [artifacts[3], more[2]]
    events = graph.events
    assert isinstance(events, Events)
    others = Events(
        [("INPUT", ("x",)), ("OUTPUT", ("model", "[0]"))], [0, 1], [4, 3], [5, 7], [6, 5]
    )
    assert events.joined(others) == (*events, others[0])
    none = Events([], [], [], [], [])
    assert none.joined(none) == ()
    assert isinstance(graph.nodes(), NodeList)
