"""The answer to a lineage question, without a server."""

import json

import networkx as nx
import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    Event,
    EventType,
    Execution,
    ExecutionState,
    LineageGraph,
    NodeRef,
    Proto,
)
from graphstore.errors import InvalidArgument


def event(type_, artifact, execution, role=""):
    path = (role, 0) if role else ()
    return Event(type=type_, path=path, artifact_id=artifact, execution_id=execution)


@pytest.fixture
def graph():
    """data → Trainer → model → Pusher → pushed; a Resolver passed the model on."""
    return LineageGraph(
        question="upstream",
        starts=(NodeRef("artifact", 3),),
        artifacts={
            3: Artifact(id=3, type="PushedModel", state=ArtifactState.LIVE),
            2: Artifact(id=2, type="Model", uri="s3://m", properties={"nan": float("nan")}),
            1: Artifact(id=1, type="Examples", custom_properties={"p": Proto("t", b"\xff")}),
        },
        executions={
            2: Execution(id=2, type="tfx.Pusher", state=ExecutionState.COMPLETE),
            1: Execution(id=1, type="tfx.Trainer", name="run <1>"),
            3: Execution(id=3, type="tfx.Resolver"),
        },
        events=(
            event(EventType.OUTPUT, 3, 2, "pushed"),
            event(EventType.INPUT, 2, 2, "model"),
            event(EventType.OUTPUT, 2, 1),
            event(EventType.INTERNAL_OUTPUT, 2, 3, "model"),
            event(EventType.INPUT, 1, 1, "examples"),
        ),
        frontier=(NodeRef("execution", 3),),
    )


def test_it_prints_as_an_outline(graph):
    assert str(graph) == (
        "What artifact 3 was made from: 3 artifacts, 3 executions, 5 events\n"
        "\n"
        "PushedModel a3  LIVE\n"
        "└─ pushed: Pusher e2  COMPLETE\n"
        "   └─ model: Model a2  s3://m\n"
        "      ├─ output: Trainer e1  'run <1>'\n"
        "      │  └─ examples: Examples a1\n"
        "      └─ model: Resolver e3\n"
        "\n"
        "Cut off: more lies behind 1 of these (e3)"
    )


def test_a_node_that_several_lead_to_is_opened_once(graph):
    again = graph.model_copy(update={"events": (*graph.events, event(EventType.INPUT, 2, 1))})
    text = str(again)
    assert text.count("(above)") == 1
    assert "input: Model a2  s3://m (above)" in text


@pytest.mark.slow
def test_a_deep_graph_prints():
    count = 5_000
    deep = LineageGraph(
        question="downstream",
        starts=(NodeRef("artifact", 0),),
        artifacts={n: Artifact(id=n, type="A") for n in range(count + 1)},
        executions={n: Execution(id=n, type="E") for n in range(count)},
        events=tuple(
            one
            for n in range(count)
            for one in (event(EventType.INPUT, n, n), event(EventType.OUTPUT, n + 1, n))
        ),
    )
    lines = str(deep).splitlines()
    assert lines[-1].endswith(f"A a{count}")
    assert max(map(len, lines)) < 200


def test_nodes_are_found_by_type_and_by_name(graph):
    assert [node.ref.short for node in graph.of_type("Trainer")] == ["e1"]
    assert graph.of_type("tfx.Trainer") == graph.of_type("Trainer")
    assert graph.of_type("Model") == [graph.artifacts[2]]
    assert graph.of_type("nothing") == []
    assert graph.node(NodeRef("execution", 2)).type == "tfx.Pusher"
    with pytest.raises(KeyError):
        graph.node(NodeRef("artifact", 9))


def test_executions_know_what_they_read_made_and_waited_for(graph):
    assert [e.artifact_id for e in graph.inputs_of(2)] == [2]
    assert [e.artifact_id for e in graph.outputs_of(2)] == [3]
    assert graph.inputs_of(9) == []
    assert graph.dependencies() == [(1, 2), (3, 2)]


def test_it_becomes_a_networkx_graph(graph):
    network = graph.to_networkx()
    assert nx.is_directed_acyclic_graph(network)
    assert nx.ancestors(network, NodeRef("artifact", 3)) >= {NodeRef("artifact", 1)}
    assert network.number_of_edges() == 5
    assert network.nodes[NodeRef("artifact", 2)]["node"] == graph.artifacts[2]
    (edge,) = network.get_edge_data(NodeRef("artifact", 1), NodeRef("execution", 1)).values()
    assert edge["role"] == "examples"


def test_it_comes_back_from_json(graph):
    text = graph.model_dump_json()
    data = json.loads(text)
    assert data["artifacts"]["2"]["properties"] == {"nan": "NaN"}
    assert data["artifacts"]["1"]["custom_properties"]["p"] == {"type_url": "t", "data": "_w=="}
    again = LineageGraph.model_validate_json(text)
    assert again.events == graph.events
    assert again.executions == graph.executions
    assert again.frontier == graph.frontier


def test_it_becomes_pictures(graph):
    assert "flowchart LR" in graph.to_mermaid()
    assert graph.to_dot().startswith("digraph")
    svg = graph.to_svg()
    for text in ("Trainer", "PushedModel", "examples", "run &lt;1&gt;"):
        assert text in svg


def test_a_notebook_shows_the_picture(graph):
    bundle = graph._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert bundle["text/plain"] == str(graph)
    assert bundle["text/vnd.mermaid"] == graph.to_mermaid()


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("45", NodeRef("artifact", 45)),
        (" a45 ", NodeRef("artifact", 45)),
        ("artifact:45", NodeRef("artifact", 45)),
        ("Artifact 45", NodeRef("artifact", 45)),
        ("e7", NodeRef("execution", 7)),
        ("execution/7", NodeRef("execution", 7)),
        ("c3", NodeRef("context", 3)),
    ],
)
def test_a_node_is_named_shortly(text, ref):
    assert NodeRef.parse(text) == ref
    assert NodeRef.parse(ref.short) == ref


@pytest.mark.parametrize("text", ["", "x", "b4", "-1", "a", "4.5", "1" * 20, "artifact"])
def test_what_names_no_node_is_told(text):
    with pytest.raises(InvalidArgument, match="names no node"):
        NodeRef.parse(text)


def test_an_outline_names_who_passed_something_on_in_its_line():
    repeats = {
        id_: Execution(id=id_, type="Gen", state=ExecutionState.CACHED) for id_ in range(2, 6)
    }
    graph = LineageGraph(
        question="upstream",
        starts=(NodeRef("artifact", 1),),
        artifacts={1: Artifact(id=1, type="Examples"), 2: Artifact(id=2, type="Old")},
        executions={1: Execution(id=1, type="Gen", state=ExecutionState.COMPLETE), **repeats},
        events=(
            *(event(EventType.OUTPUT, 1, id_, "data") for id_ in range(1, 6)),
            event(EventType.INPUT, 2, 2),
            event(EventType.OUTPUT, 2, 3),
        ),
    )
    outline = str(graph).partition("\n\n")[2]
    assert outline == (
        "Examples a1  (passed on by 4 CACHED: e2, e3, e4, …)\n└─ data: Gen e1  COMPLETE"
    )
    # Where nobody knows who made it, those who passed it on are all there is.
    alone = graph.model_copy(update={"starts": (NodeRef("artifact", 2),)})
    assert "└─ output: Gen e3  CACHED" in str(alone)


def cache_graph(*extra, starts=(), artifacts=(), executions=()):
    """raw → Gen 1 → data; the CACHED Gens 2 and 3 read the same and passed the same on."""
    state = ExecutionState.CACHED
    return LineageGraph(
        question="upstream",
        starts=tuple(starts) or (NodeRef("artifact", 1),),
        artifacts={
            id_: Artifact(id=id_, type="Examples", name=f"data {id_}") for id_ in (1, 2, *artifacts)
        },
        executions={
            1: Execution(id=1, type="Gen", state=ExecutionState.COMPLETE),
            **{id_: Execution(id=id_, type="Gen", state=state) for id_ in (2, 3, *executions)},
        },
        events=(
            *(event(EventType.INPUT, 2, id_, "raw") for id_ in (1, 2, 3)),
            *(event(EventType.OUTPUT, 1, id_, "data") for id_ in (1, 2, 3)),
            *extra,
        ),
    )


def keys(picture):
    return {box.key for box in picture.boxes}


def test_pictures_fold_what_only_passed_artifacts_on():
    graph = cache_graph()
    picture = graph.picture()
    assert keys(picture) == {"a1", "a2", "e1"}
    assert len(picture.arrows) == 2
    (data,) = [box for box in picture.boxes if box.key == "a1"]
    assert data.caption == "a1 · passed on by 2"
    assert ("passed on by", "2 CACHED: e2, e3") in data.tooltip
    assert [box.key for box in data.folded] == ["e2", "e3"]
    assert picture.note == "2 CACHED executions that only passed artifacts on are not drawn"
    assert graph.title in picture.title  # which counts all that was found
    for text in (graph.to_svg(), graph.to_dot(), graph.to_mermaid()):
        assert "passed on by 2" in text
    for draw in (graph.to_svg, graph.to_dot, graph.to_mermaid, graph.to_html):
        assert draw(fold=False) != draw()


def test_a_picture_can_show_all():
    picture = cache_graph().picture(fold=False)
    assert keys(picture) == {"a1", "a2", "e1", "e2", "e3"}
    assert len(picture.arrows) == 6
    assert picture.note == ""
    assert not any(box.folded for box in picture.boxes)


@pytest.mark.parametrize(
    "graph",
    [
        cache_graph(starts=[NodeRef("execution", 2)]),  # it was asked about
        cache_graph(event(EventType.OUTPUT, 3, 2, "more"), artifacts=[3]),  # it alone made another
        cache_graph(event(EventType.INPUT, 3, 2, "aside"), artifacts=[3]),  # it alone read another
        cache_graph(
            event(EventType.OUTPUT, 3, 2), event(EventType.OUTPUT, 3, 4),
            artifacts=[3], executions=[4],
        ),
    ],
    ids=["asked about", "a maker", "a reader", "a maker among others that were cached"],
)  # fmt: skip
def test_what_did_more_than_pass_on_is_drawn(graph):
    picture = graph.picture()
    assert "e2" in keys(picture)
    assert "e3" not in keys(picture)
    (data,) = [box for box in picture.boxes if box.key == "a1"]
    assert data.caption == "a1 · passed on by 1"
    assert picture.note.startswith("1 CACHED execution that only passed artifacts on is")
    ends = {end for arrow in picture.arrows for end in (arrow.source, arrow.target)}
    assert ends == keys(picture)  # nothing stands alone


def test_both_notes_are_said():
    graph = cache_graph().model_copy(update={"frontier": (NodeRef("artifact", 2),)})
    assert graph.picture().note == (
        "cut off: more lies behind 1 of these;"
        " 2 CACHED executions that only passed artifacts on are not drawn"
    )


def test_the_name_of_an_artifact_is_drawn_and_that_of_an_execution_is_told():
    boxes = cache_graph().picture().boxes
    assert {box.name for box in boxes} == {"data 1", "data 2", ""}
    graph = LineageGraph(
        question="run",
        starts=(),
        artifacts={},
        executions={1: Execution(id=1, type="tfx.Gen", name="7d29-11")},
        events=(),
    )
    (box,) = graph.picture().boxes
    assert (box.label, box.name) == ("Gen", "")
    assert ("name", "7d29-11") in box.tooltip
