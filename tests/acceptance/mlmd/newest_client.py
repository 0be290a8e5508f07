"""What ML Metadata's newest Python client asks, and what it has to be answered.

``python newest_client.py HOST:PORT`` asks a server, without an argument the store at NEO4J_URI, in
process. It runs in an environment in which that client is, and no tests are. Release 1.21 says of
filters that they are gone, and sends them all the same.
"""

import sys
import warnings

from ml_metadata import ListOptions, MetadataStore, __version__, errors, proto
from ml_metadata.proto import metadata_store_pb2 as pb


def client(address: str | None) -> MetadataStore:
    """A client of a server, or of a store in process."""
    if address is None:
        from graphstore.mlmd import connect

        return connect()
    host, _, port = address.rpartition(":")
    return MetadataStore(proto.MetadataStoreClientConfig(host=host, port=int(port)))


def main(store: MetadataStore) -> None:
    """Write a small history, and read it back by filters and by lineage."""
    data = store.put_artifact_type(pb.ArtifactType(name="Data", properties={"rows": pb.INT}))
    model = store.put_artifact_type(pb.ArtifactType(name="Model"))
    trainer = store.put_execution_type(pb.ExecutionType(name="Trainer"))
    run = store.put_context_type(pb.ContextType(name="Run"))
    context = pb.Context(type_id=run, name="run 1")
    examples = pb.Artifact(
        type_id=data, name="examples", uri="s3://examples", state=pb.Artifact.LIVE
    )
    examples.properties["rows"].int_value = 150
    examples.custom_properties["schema"].struct_value.update({"columns": ["a", "é"]})
    execution_id, (data_id, model_id), (context_id,) = store.put_execution(
        pb.Execution(type_id=trainer, name="train", last_known_state=pb.Execution.COMPLETE),
        [
            (examples, pb.Event(type=pb.Event.INPUT)),
            (pb.Artifact(type_id=model, name="model"), pb.Event(type=pb.Event.OUTPUT)),
        ],
        [context],
    )

    def listed(filter_query: str) -> list[int]:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            nodes = store.get_artifacts(ListOptions(limit=5, filter_query=filter_query))
        if __version__ >= "1.21":
            assert [one.category for one in told] == [DeprecationWarning]
        return [node.id for node in nodes]

    assert listed("properties.rows.int_value > 100") == [data_id]
    assert listed("contexts_c.name = 'run 1' AND type = 'Model'") == [model_id]
    assert listed("events_e.type = OUTPUT AND uri = 's3://nowhere'") == []
    try:
        listed("no filter at all")
    except errors.InvalidArgumentError as error:
        assert "no filter at all" in error.message or "filter" in error.message
    else:
        raise AssertionError("a filter that is none was taken")

    graph = store.get_lineage_subgraph(
        pb.LineageSubgraphQueryOptions(
            starting_artifacts=pb.LineageSubgraphQueryOptions.StartingNodes(
                filter_query="name = 'model'"
            ),
            direction=pb.LineageSubgraphQueryOptions.UPSTREAM,
            max_num_hops=10,
        )
    )
    assert sorted(node.id for node in graph.artifacts) == sorted([data_id, model_id])
    assert [node.name for node in graph.executions] == ["train"]
    assert [node.id for node in graph.contexts] == [context_id]
    assert sorted(event.type for event in graph.events) == [pb.Event.INPUT, pb.Event.OUTPUT]
    (stored,) = store.get_artifacts_by_id([data_id])
    assert stored.custom_properties["schema"].struct_value["columns"][1] == "é"
    assert store.get_executions_by_context(context_id)[0].id == execution_id
    assert store.get_artifact_by_type_and_name("Model", "nothing") is None
    try:
        store.get_artifact_type("Nothing")
    except errors.NotFoundError:
        pass
    else:
        raise AssertionError("a type that is not there was found")
    print(f"ml-metadata {__version__} was answered")


if __name__ == "__main__":
    main(client(sys.argv[1] if len(sys.argv) > 1 else None))
