"""ML Metadata's lineage: the same answers as its own store gives, and in one traversal."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wheel import need_ml_metadata

need_ml_metadata()

from ml_metadata import MetadataStore as Peer
from ml_metadata import errors as peer_errors
from ml_metadata.proto import metadata_store_pb2 as pb
from ml_metadata.proto import metadata_store_service_pb2 as service_pb

from graphstore import Store
from graphstore import errors as our_errors
from graphstore.database import Transaction
from graphstore.interop.mlmd.front import convert
from graphstore.interop.mlmd.front.lineage import lineage_subgraph
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.mlmd import MetadataStore
from tests.conftest import IRIS, empty, examples
from tests.integration.test_lineage import FIXTURE, GOLDEN

Options = pb.LineageSubgraphQueryOptions
UPSTREAM, DOWNSTREAM = Options.UPSTREAM, Options.DOWNSTREAM
NODES_AND_EVENTS = ["artifacts", "executions", "events"]


def peer_store(path: Path) -> Peer:
    """ML Metadata's own store, on a file."""
    config = pb.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = pb.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return Peer(config)


def write(peer, edges, contexts=()):
    """Write a graph of edges such as ``a0-e0`` (read) and ``e0-a1`` (made); also ``a0+c0``.

    Nodes are named as they are here; artifacts have the uri ``uri://a0``. An edge may say its type
    and role: ``a0-e0:DECLARED_INPUT:data``.
    """
    types = {
        "a": peer.put_artifact_type(pb.ArtifactType(name="A", properties={"p": pb.INT})),
        "e": peer.put_execution_type(pb.ExecutionType(name="E")),
        "c": peer.put_context_type(pb.ContextType(name="C")),
    }
    names = sorted({name for edge in (*edges, *contexts) for name in re.findall(r"[aec]\d+", edge)})
    puts = {"a": peer.put_artifacts, "e": peer.put_executions, "c": peer.put_contexts}
    message = {"a": pb.Artifact, "e": pb.Execution, "c": pb.Context}
    ids = {}
    for kind in "aec":
        nodes = []
        for name in (name for name in names if name[0] == kind):
            nodes.append(message[kind](type_id=types[kind], name=name))
            nodes[-1].custom_properties["number"].int_value = int(name[1:])
            if kind == "a":
                nodes[-1].uri, nodes[-1].state = f"uri://{name}", pb.Artifact.LIVE
                nodes[-1].properties["p"].int_value = 7
            if kind == "e":
                nodes[-1].last_known_state = pb.Execution.COMPLETE
        ids.update(zip([node.name for node in nodes], puts[kind](nodes), strict=True))
    events = []
    for edge in edges:
        ends, _, rest = edge.partition(":")
        type_, _, role = rest.partition(":")
        one, other = ends.split("-")
        reads = one[0] == "a"
        artifact, execution = (one, other) if reads else (other, one)
        type_ = pb.Event.Type.Value(type_ or ("INPUT" if reads else "OUTPUT"))
        event = pb.Event(artifact_id=ids[artifact], execution_id=ids[execution], type=type_)
        if role:
            event.path.steps.add().key = role
            event.path.steps.add().index = 0
        events.append(event)
    peer.put_events(events)
    pairs = [pair.split("+") for pair in contexts]
    peer.put_attributions_and_associations(
        [pb.Attribution(artifact_id=ids[n], context_id=ids[c]) for n, c in pairs if n[0] == "a"],
        [pb.Association(execution_id=ids[n], context_id=ids[c]) for n, c in pairs if n[0] == "e"],
    )
    return ids


@pytest.fixture
def both(store, tmp_path):
    """A factory of the same history in ML Metadata's own store and in ours: a pair of clients."""

    def make(edges, contexts=()):
        peer = peer_store(tmp_path / "history.sqlite")
        write(peer, edges, contexts)
        import_mlmd(store, tmp_path / "history.sqlite")
        return peer, MetadataStore(store)

    return make


def options(start, hops=None, *, direction=None, end_a=None, end_e=None, include=False):
    """The query's options; `start` is a filter on artifacts unless it begins with ``executions:``.

    Ends are filters; with a ``+`` in front they are in the answer, as all are if `include`.
    """
    query = Options()
    kind, _, filter_ = start.rpartition(":") if start.startswith("executions:") else ("", "", start)
    nodes = query.starting_executions if kind else query.starting_artifacts
    nodes.filter_query = filter_
    if hops is not None:
        query.max_num_hops = hops
    if direction is not None:
        query.direction = direction
    for ending, text in ((query.ending_artifacts, end_a), (query.ending_executions, end_e)):
        if text is not None:
            ending.filter_query = text.removeprefix("+")
            ending.include_ending_nodes = include or text.startswith("+")
    return query


def names_of(graph):
    """The nodes and events of an answer by the names of nodes; events as often as they are there.

    An event whose end is not among the nodes has the end's id in place of the name.
    """
    a = {node.id: node.name for node in graph.artifacts}
    e = {node.id: node.name for node in graph.executions}
    assert len(a) == len(graph.artifacts) and len(e) == len(graph.executions)
    events = sorted(
        (
            str(a.get(x.artifact_id, x.artifact_id)),
            str(e.get(x.execution_id, x.execution_id)),
            pb.Event.Type.Name(x.type),
            str(x.path),
            x.milliseconds_since_epoch,
        )
        for x in graph.events
    )
    return sorted(a.values()), sorted(e.values()), events


def edges_of(graph):
    """The events as in the tables below: ``a4-e2`` whatever the direction."""
    return {f"{artifact}-{execution}" for artifact, execution, *_ in names_of(graph)[2]}


A4 = "uri = 'uri://a4'"


@pytest.mark.parametrize(
    ("query", "artifacts", "executions", "events"),
    [
        (options(A4, 0), "a4", "", ""),
        (options(A4, 1), "a4", "e2 e3", "a4-e2 a4-e3"),
        (options(A4, 2), "a2 a3 a4 a5", "e2 e3", "a4-e2 a4-e3 a2-e2 a3-e3 a5-e3"),
        (options(A4, 3), "a2 a3 a4 a5", "e1 e2 e3", "a4-e2 a4-e3 a2-e2 a3-e3 a5-e3 a3-e1"),
        *(
            (
                options(A4, hops),
                "a1 a2 a3 a4 a5",
                "e1 e2 e3",
                "a4-e2 a4-e3 a2-e2 a3-e3 a5-e3 a3-e1 a1-e1",
            )
            for hops in (4, None, 1_000_000)
        ),
        (options(A4, 1, direction=UPSTREAM), "a4", "e2", "a4-e2"),
        (options(A4, 2, direction=UPSTREAM), "a2 a4", "e2", "a4-e2 a2-e2"),
        (options(A4, 100, direction=UPSTREAM), "a2 a4", "e2", "a4-e2 a2-e2"),
        (options(A4, 1, direction=DOWNSTREAM), "a4", "e3", "a4-e3"),
        (options(A4, 2, direction=DOWNSTREAM), "a4 a5", "e3", "a4-e3 a5-e3"),
        (
            options(A4, 3, end_a="uri = 'uri://a3'"),
            "a2 a4 a5",
            "e2 e3",
            "a2-e2 a4-e2 a4-e3 a5-e3",
        ),
        (
            options(A4, 20, end_a="name = 'a5'", end_e="name IN ('e1', 'e2')", include=True),
            "a3 a4 a5",
            "e1 e2 e3",
            "a3-e1 a3-e3 a4-e2 a4-e3 a5-e3",
        ),
        (
            options(A4, 20, end_a="name = 'a5'", end_e="name IN ('e1', 'e2')"),
            "a3 a4",
            "e3",
            "a3-e3 a4-e3",
        ),
        (options(A4, 20, end_a="+name = 'a4'"), "a4", "", ""),
        (options(A4, 20, end_a="name = 'a4'"), "", "", ""),
        (
            options("executions:name = 'e0' OR name = 'e3'", 2, direction=UPSTREAM),
            "a0 a3 a4",
            "e0 e1 e2 e3",
            "a0-e0 a3-e3 a4-e3 a3-e1 a4-e2",
        ),
    ],
)
def test_the_answers_of_ml_metadatas_own_tests(both, query, artifacts, executions, events):
    peer, ours = both(FIXTURE)
    graph = ours.get_lineage_subgraph(query)
    assert names_of(graph)[:2] == (artifacts.split(), executions.split())
    assert edges_of(graph) == set(events.split())
    assert len(graph.events) == len(events.split())
    assert names_of(graph) == names_of(peer.get_lineage_subgraph(query))


DIAMOND = ["a1-e1", "e1-a2", "a2-e2", "a1-e2"]
A1, E1 = "name = 'a1'", "name = 'e1'"


@pytest.mark.parametrize(
    ("query", "artifacts", "executions", "events"),
    [
        (options(A1, 2, end_e="+" + E1), "a1 a2", "e1 e2", "a1-e1 a1-e2 a2-e2"),
        (options(A1, 3, end_e="+" + E1), "a1 a2", "e1 e2", "a1-e1 a1-e2 a2-e2 a2-e1"),
        (options(A1, 3, end_e=E1), "a1 a2", "e2", "a1-e2 a2-e2"),
        (options(A1, 3, direction=DOWNSTREAM, end_e="+" + E1), "a1", "e1 e2", "a1-e1 a1-e2"),
        # The edge into a node that was visited already, when its source is followed.
        (options(A1, 3, direction=DOWNSTREAM), "a1 a2", "e1 e2", "a1-e1 a1-e2 a2-e1 a2-e2"),
        (options(A1, 2, direction=DOWNSTREAM), "a1 a2", "e1 e2", "a1-e1 a1-e2 a2-e1"),
        (options("executions:" + E1, 0, end_e=E1), "", "", ""),
        (options("executions:" + E1, 0, end_e="+" + E1), "", "e1", ""),
        (options(A1, 5, end_e=""), "a1", "", ""),  # a filter that is set to '' lets all through
        (options(A1, 5, end_e="+"), "a1", "e1 e2", "a1-e1 a1-e2"),
    ],
)
def test_edges_that_close_a_diamond(both, query, artifacts, executions, events):
    peer, ours = both(DIAMOND)
    graph = ours.get_lineage_subgraph(query)
    assert names_of(graph)[:2] == (artifacts.split(), executions.split())
    assert edges_of(graph) == set(events.split())
    assert names_of(graph) == names_of(peer.get_lineage_subgraph(query))


def memberships(graph):
    return (
        sorted(node.name for node in graph.contexts),
        sorted((x.artifact_id, x.context_id) for x in graph.attributions),
        sorted((x.execution_id, x.context_id) for x in graph.associations),
    )


CONTEXTS = ["a1+c0", "a3+c1", "e3+c1", "e3+c2", "a4+c2", "a5+c3", "a0+c4"]


def test_contexts_are_those_of_the_answer_and_do_not_extend_it(both):
    peer, ours = both(FIXTURE, CONTEXTS)
    start = "contexts_0.name = 'c0' OR contexts_1.name = 'c2'"
    # ML Metadata joins: under an OR too a node must have both contexts (and one has two).
    for filter_ in (start, "contexts_0.name = 'c2'"):
        for hops in range(4):
            query = options(filter_, hops)
            graph, theirs = ours.get_lineage_subgraph(query), peer.get_lineage_subgraph(query)
            assert names_of(graph) == names_of(theirs)
            assert memberships(graph) == memberships(theirs)
    assert memberships(graph)[0] == ["c1", "c2", "c3"]


def whole(graph):
    """All of an answer, comparable; what has no order is sorted."""
    return {
        field.name: sorted(
            m.SerializeToString(deterministic=True) for m in getattr(graph, field.name)
        )
        for field in graph.DESCRIPTOR.fields
    }


MASKS = [
    None,
    [],
    ["artifacts"],
    ["executions", "execution_types"],
    ["contexts"],
    ["context_types"],
    ["attributions"],
    ["associations", "events"],
    ["artifacts", "artifact_types", "nonsense"],
    ["nonsense"],
    ["parent_contexts"],
]


@pytest.mark.parametrize("mask", MASKS, ids=str)
def test_whole_answers_are_those_of_ml_metadata(both, mask):
    """In an empty store an import keeps ids, so that all can be compared, byte for byte."""
    peer, ours = both(
        [*FIXTURE, "a5-e4:DECLARED_INPUT:x", "e4-a6:PENDING_OUTPUT:y", "a6-e4:INTERNAL_INPUT"],
        CONTEXTS,
    )
    for query in (options(A4), options("executions:name = 'e4'", 2, direction=UPSTREAM)):
        expected = whole(peer.get_lineage_subgraph(query, mask))
        assert whole(ours.get_lineage_subgraph(query, mask)) == expected
        assert whole(lineage_subgraph(ours.store, query, mask)) == expected
        # And what a client of the service itself is told.
        request = service_pb.GetLineageSubgraphRequest(lineage_subgraph_query_options=query)
        request.read_mask.paths.extend(mask or [])
        theirs = service_pb.GetLineageSubgraphResponse()
        peer._call("GetLineageSubgraph", request, theirs)
        answer = service_pb.GetLineageSubgraphResponse()
        ours._call("GetLineageSubgraph", request, answer)
        assert whole(answer.lineage_subgraph) == whole(theirs.lineage_subgraph)


def test_types_are_given_without_the_nodes_that_have_them(both):
    """ML Metadata's client loses them if the mask names anything else but types."""
    peer, ours = both(FIXTURE)
    graph = lineage_subgraph(ours.store, options(A4), ["artifact_types", "events"])
    assert [type_.name for type_ in graph.artifact_types] == ["A"]
    assert not graph.artifacts and not graph.execution_types and len(graph.events) == 7
    assert not peer.get_lineage_subgraph(options(A4), ["artifact_types", "events"]).artifact_types


def test_one_call_gives_what_the_calls_for_nodes_give(store, artifact, types):
    """Rows become the messages that models would, whatever the properties are."""
    from graphstore import Context, Execution, Proto

    every = {
        "int_value": -1,
        "double_value": 0.1 + 0.2,
        "string_value": "mlmd-struct::ü\U0001f600",
        "struct_value": {"a": [1, None, {"b": "c"}]},
        "proto_value": Proto("type.googleapis.com/x", b"\x00\xff"),
        "boolean_value": True,
    }
    custom = {**every, "custom_x": "", "name": "n", "_": float("-inf"), "state": False}
    fields = {"properties": every, "custom_properties": custom, "external_id": "x"}
    data = artifact(uri=None)
    publication = store.publish(
        Execution(type="Trainer", **fields),
        [data],
        [artifact(name="", state="DELETED", uri="u", **fields)],
        [Context(type="Pipeline", name="p", **fields)],
    )
    graph = lineage_subgraph(store, options(f"id = {data.id}"))
    expected = [data, *publication.outputs]
    assert list(graph.artifacts) == [
        convert.node_to_proto(store.artifacts.get(node.id)) for node in expected
    ]
    assert list(graph.executions) == [convert.node_to_proto(publication.execution)]
    assert list(graph.contexts) == [convert.node_to_proto(node) for node in publication.contexts]


def test_a_hundred_executions_side_by_side_have_no_event_twice(both):
    edges = []
    for number in range(1, 101):
        edges += [
            f"a0-e{number}",
            f"e{number}-a{number}",
            f"a{number}-e{100 + number}",
            f"e{100 + number}-a101",
        ]
    peer, ours = both(edges)
    for hops in range(5):
        query = options("name = 'a0'", hops)
        names = names_of(ours.get_lineage_subgraph(query))
        assert names == names_of(peer.get_lineage_subgraph(query))
        assert len(names[2]) == len(set(names[2])) == 100 * hops
    # Ends that are asked about by the hundred.
    query = options("name = 'a0'", end_e="+name LIKE 'e1__' OR name = 'e200'")
    assert names_of(ours.get_lineage_subgraph(query)) == names_of(peer.get_lineage_subgraph(query))


def test_a_walk_starts_at_no_more_than_a_hundred_nodes(both):
    """As ML Metadata documents it; it takes 101 in fact."""
    _, ours = both([f"a{number}-e0" for number in range(120)])
    graph = ours.get_lineage_subgraph(options("name LIKE 'a%'", 0))
    first = sorted(node.id for node in ours.get_artifacts())[:100]
    assert [node.id for node in graph.artifacts] == first


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (Options(), "InvalidArgument"),
        (Options(max_num_hops=1), "InvalidArgument"),
        (options(""), "InvalidArgument"),
        (Options(starting_executions=Options.StartingNodes()), "InvalidArgument"),
        (options("name = 'a4'", -1), "InvalidArgument"),
        (options("name = 4"), "InvalidArgument"),
        (options("nonsense = 4"), "InvalidArgument"),
        (options("name = 'a4'", end_a="name ="), "InvalidArgument"),
        (options("executions:name = 'e1'", end_e="uri = 'x'"), "InvalidArgument"),
        (options("name = 'nobody'"), "NotFound"),
        (options("executions:name = 'ü\U0001f600\\''"), "NotFound"),
    ],
    ids=str,
)
def test_what_cannot_be_asked(both, query, error):
    peer, ours = both(FIXTURE)
    for client in (peer, ours):
        with pytest.raises(getattr(peer_errors, f"{error}Error")):
            client.get_lineage_subgraph(query)
    with pytest.raises(getattr(our_errors, error)):
        lineage_subgraph(ours.store, query)


def test_filters_of_ends_are_checked_before_anything_runs(both):
    """ML Metadata does not notice a wrong one of which no node is asked."""
    _, ours = both(FIXTURE)
    with pytest.raises(peer_errors.InvalidArgumentError, match="nonsense"):
        ours.get_lineage_subgraph(options(A4, 0, end_e="nonsense = 1"))


def test_an_empty_store_has_nothing_to_start_from(store):
    with pytest.raises(peer_errors.NotFoundError, match="nothing to start from"):
        MetadataStore(store).get_lineage_subgraph(options("id = 1"))


def test_the_call_that_nobody_implements(store):
    request, response = service_pb.GetLineageGraphRequest(), service_pb.GetLineageGraphResponse()
    with pytest.raises(peer_errors.UnimplementedError, match="GetLineageSubgraph"):
        MetadataStore(store)._call("GetLineageGraph", request, response)


@st.composite
def histories(draw):
    """Random acyclic histories; all types of events, and now and then a pair has two."""
    executions = draw(st.integers(1, 8))
    edges, count = [], 1
    for execution in range(executions):
        for artifact in draw(st.sets(st.integers(0, count - 1), max_size=4)):
            type_ = draw(st.sampled_from(["INPUT", "DECLARED_INPUT", "INTERNAL_INPUT"]))
            edges.append(f"a{artifact}-e{execution}:{type_}:{draw(st.sampled_from(['', 'x']))}")
            if draw(st.integers(0, 5)) == 0:
                edges.append(f"a{artifact}-e{execution}:INPUT")
        outputs = set(range(count, count + draw(st.integers(0, 2))))
        count += len(outputs)
        if count > 1 and draw(st.booleans()):  # what another had made is passed on
            outputs.add(draw(st.integers(1, count - 1)))
        for artifact in sorted(outputs):
            type_ = draw(
                st.sampled_from(["OUTPUT", "DECLARED_OUTPUT", "INTERNAL_OUTPUT", "PENDING_OUTPUT"])
            )
            edges.append(f"e{execution}-a{artifact}:{type_}")
    unique = {edge.rpartition(":")[0]: edge for edge in edges if edge.count(":") == 2}
    unique.update({edge: edge for edge in edges if edge.count(":") == 1})
    return sorted(unique.values()) or ["a0-e0"]


def some_of(letter):
    """A filter that lets some nodes through, by their names."""
    numbers = st.lists(st.integers(0, 12), min_size=1, max_size=3)
    names = numbers.map(lambda value: ", ".join(f"'{letter}{number}'" for number in value))
    return names.map(lambda value: f"name IN ({value})")


some_options = st.builds(
    options,
    some_of("a") | some_of("e").map("executions:{}".format),
    st.sampled_from([None, 0, 1, 2, 3, 6]),  # each is a query that the server has to plan
    direction=st.sampled_from([None, UPSTREAM, DOWNSTREAM, Options.BIDIRECTIONAL]),
    end_a=st.none() | some_of("a"),
    end_e=st.none() | some_of("e"),
    include=st.booleans(),
)


def answer(client, query):
    """What a client answers, or which error it raises."""
    try:
        return names_of(client.get_lineage_subgraph(query, NODES_AND_EVENTS))
    except peer_errors.StatusError as error:
        return type(error)


@examples(25)
@given(history=histories(), queries=st.lists(some_options, min_size=4, max_size=12))
def test_random_histories_are_answered_as_ml_metadata_does(
    database, tmp_path_factory, history, queries
):
    path = tmp_path_factory.mktemp("peer") / "history.sqlite"
    peer = peer_store(path)
    write(peer, history)
    empty(database)
    store = Store(database)
    import_mlmd(store, path)
    ours = MetadataStore(store)
    for one in queries:
        assert answer(ours, one) == answer(peer, one), str(one)


@pytest.mark.parametrize("file", GOLDEN)
def test_real_histories_are_answered_as_ml_metadata_did(store, shared_data, file):
    report = import_mlmd(store, shared_data / file)
    golden = json.loads((shared_data / "golden" / f"{Path(file).stem}.json").read_text())
    client = MetadataStore(store)
    of_a = {a.source_id: a.id for a in store.artifacts.iterate() if a.source == report.source}
    of_e = {e.source_id: e.id for e in store.executions.iterate() if e.source == report.source}
    for artifact, answers in golden["lineage"].items():
        for ask, (artifacts, executions, events) in answers.items():
            query = options(
                f"id = {of_a[int(artifact)]}",
                int(re.sub(r"\D", "", ask)),
                direction=UPSTREAM if ask.startswith("up") else DOWNSTREAM,
            )
            request = service_pb.GetLineageSubgraphRequest(lineage_subgraph_query_options=query)
            request.read_mask.paths.extend(NODES_AND_EVENTS)
            response = service_pb.GetLineageSubgraphResponse()
            client._call("GetLineageSubgraph", request, response)
            graph = response.lineage_subgraph
            assert [node.id for node in graph.artifacts] == sorted(of_a[i] for i in artifacts), ask
            assert [node.id for node in graph.executions] == sorted(of_e[i] for i in executions)
            assert len(graph.events) == events


def test_a_real_history_is_answered_whole_as_ml_metadata_does(store, tmp_path):
    """Both ways from every artifact, with ends, byte for byte."""
    copy = tmp_path / "tfx-iris.sqlite"
    copy.write_bytes(IRIS.read_bytes())
    peer, ours = peer_store(copy), MetadataStore(store)
    import_mlmd(store, IRIS)
    for id_ in range(1, 59, 4):
        for query in (
            options(f"id = {id_}", 3),
            options(f"id = {id_}", end_e="+type LIKE '%Trainer%'"),
            options(f"id = {id_}", 9, direction=UPSTREAM, end_a="contexts_run.id = 4"),
        ):
            expected = peer.get_lineage_subgraph(query)
            for graph in (ours.get_lineage_subgraph(query), lineage_subgraph(store, query)):
                for type_ in graph.artifact_types:  # which ML Metadata's call leaves out
                    type_.ClearField("base_type")
                assert whole(graph) == whole(expected)


@pytest.fixture
def query_names(monkeypatch):
    """The queries that are run, by name."""
    names = []
    run = Transaction._run

    def note_query(self, query, parameters):
        names.append(query.name)
        return run(self, query, parameters)

    monkeypatch.setattr(Transaction, "_run", note_query)
    return names


def test_the_number_of_queries_does_not_grow(both, query_names):
    edges = [f"a{n}-e{n}" for n in range(60)] + [f"e{n}-a{n + 1}" for n in range(60)]
    _, ours = both(edges)
    for hops in (0, 1, 10, 100):
        query_names.clear()
        lineage_subgraph(ours.store, options("name = 'a30'", hops))
        assert query_names == ["lineage.choose_artifacts", "lineage.subgraph_connected"]
    query_names.clear()
    ends = {"end_a": "name = 'a59'", "end_e": "name LIKE '%5'"}
    lineage_subgraph(ours.store, options("name = 'a30'", **ends))
    assert len(query_names) <= 2 + 4 * 3
