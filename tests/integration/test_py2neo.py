"""Lineage as py2neo has it, compared with what py2neo itself reads, and written by it."""

import sys
from datetime import datetime, timedelta, timezone

import py2neo
import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ExecutionType,
    PropertyKind,
    Proto,
)
from graphstore.database.spelling import BESIDE
from graphstore.errors import MissingExtra
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS, empty

BORN = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=timezone.utc)


@pytest.fixture
def graph(server):
    """The same server, as py2neo sees it."""
    graph = py2neo.Graph(server.uri, auth=(server.user, server.password))
    yield graph
    graph.service.connector.close()


@pytest.fixture
def unusual(store):
    """A model whose keys, values, labels and paths are those that need care."""
    kinds = {kind.value.lower(): kind for kind in PropertyKind}
    store.types.put(ArtifactType(name="my.Artifact", properties={**kinds, "id": PropertyKind.INT}))
    store.types.put(ExecutionType(name="1st`step"))
    properties = {
        "int": 2**53,
        "double": float("inf"),
        "string": "ü\n'\"`{}",
        "boolean": True,
        "struct": {"a": [1, None, {"b": "c"}]},
        "proto": Proto("type.googleapis.com/x", b"\x00\xff"),
        "id": 7,
    }
    publication = store.publish(
        Execution(type="1st`step", state=ExecutionState.COMPLETE, start_time=BORN),
        {"a": Artifact(type="my.Artifact", name="raw", custom_properties={"id": "x", "`": 1})},
        {"m": Artifact(type="my.Artifact", properties=properties, state=ArtifactState.LIVE)},
        events=[
            (
                Artifact(type="my.Artifact", uri="s3://x"),
                Event(type=EventType.DECLARED_INPUT, path=("[0]", 0, "k"), time=BORN),
            )
        ],
    )
    return publication.outputs[0]


def read(graph, lineage):
    """What py2neo reads of these nodes and of the events between them."""
    ids = {"artifacts": list(lineage.artifacts), "executions": list(lineage.executions)}
    nodes = graph.run(
        "MATCH (n) WHERE n:Artifact AND n.id IN $artifacts OR n:Execution AND n.id IN $executions"
        " RETURN n",
        **ids,
    )
    events = graph.run(
        "MATCH (a:Artifact)-[r]-(e:Execution) WHERE a.id IN $artifacts AND e.id IN $executions"
        " RETURN r",
        **ids,
    )
    return py2neo.Subgraph((row[0] for row in nodes), (row[0] for row in events))


def plain(subgraph):
    """A subgraph as plain values, in an order of its own; without what the store notes of nodes."""

    def which(node):
        return "Artifact" if node.has_label("Artifact") else "Execution", node["id"]

    def keys(node):
        return sorted(item for item in dict(node).items() if item[0] not in BESIDE)

    nodes = [(*which(n), sorted(n.labels), keys(n)) for n in subgraph.nodes]
    relations = [
        (which(r.start_node), type(r).__name__, which(r.end_node), r["path"], str(r["time"]))
        for r in subgraph.relationships
    ]
    return sorted(nodes, key=lambda one: one[:2]), sorted(relations)


@pytest.mark.parametrize("start", [1, 45])
def test_it_is_what_py2neo_reads(store, graph, start):
    import_mlmd(store, IRIS)
    lineage = store.lineage.upstream(start)
    assert plain(lineage.to_py2neo()) == plain(read(graph, lineage))


def test_any_keys_and_values_are_those_of_the_database(store, graph, unusual):
    lineage = store.lineage.both(unusual)
    assert len(lineage.artifacts) == 3
    assert plain(lineage.to_py2neo()) == plain(read(graph, lineage))


def test_py2neo_merges_it_into_an_empty_database(store, graph, database):
    import_mlmd(store, IRIS)
    before = store.lineage.upstream(45)
    subgraph = before.to_py2neo()
    empty(database)
    for _ in range(2):  # what is there is found
        graph.merge(before.to_py2neo() if subgraph.graph else subgraph)
    after = store.lineage.upstream(45)
    assert after.artifacts.keys() == before.artifacts.keys()
    assert after.artifacts[45].uri == before.artifacts[45].uri
    assert after.executions[44].custom_properties == before.executions[44].custom_properties
    edges = [
        {(e.artifact_id, e.type, e.path, e.execution_id) for e in g.events} for g in (before, after)
    ]
    assert edges[0] == edges[1]
    # It may write a time a nanosecond early, which is the microsecond before.
    early = before.artifacts[45].create_time - after.artifacts[45].create_time
    assert timedelta(0) <= early <= timedelta(microseconds=1)


def test_nothing_is_nothing(store, types):
    alone = store.artifacts.put(Artifact(type="Model"))
    other = store.artifacts.put(Artifact(type="Model"))
    assert len(store.lineage.upstream(alone).to_py2neo().nodes) == 1
    assert not store.lineage.between(alone, other).to_py2neo().nodes


def test_without_the_extra(store, types, monkeypatch):
    lineage = store.lineage.upstream(store.artifacts.put(Artifact(type="Model")))
    monkeypatch.setitem(sys.modules, "py2neo", None)
    with pytest.raises(MissingExtra, match="py2neo"):
        lineage.to_py2neo()
