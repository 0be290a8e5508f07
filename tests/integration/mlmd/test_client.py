"""ML Metadata's client over a store in the same process."""

from __future__ import annotations

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from graphstore import Artifact, Store
from graphstore.errors import Unavailable
from graphstore.mlmd import MetadataStore, connect
from tests.proxy import proxy


def test_connect_opens_a_store_and_closes_it(store, server):
    with connect(server.uri, auth=(server.user, server.password), database="neo4j") as client:
        type_id = client.put_artifact_type(pb.ArtifactType(name="Model"))
        (id_,) = client.put_artifacts([pb.Artifact(type_id=type_id, uri="models/1")])
        assert client.store.artifacts.get(id_).uri == "models/1"
    assert store.artifacts.get(id_).type == "Model"
    with pytest.raises(Exception, match="closed"):
        client.get_artifacts()


def test_where_nothing_answers_there_is_no_client():
    with pytest.raises(Unavailable):
        connect("bolt://127.0.0.1:1", auth=("neo4j", "x"), connection_timeout=1)


def test_methods_are_found_in_ml_metadatas_class_too(front):
    put, get = (
        ml_metadata.MetadataStore.put_context_type,
        ml_metadata.MetadataStore.get_context_type,
    )
    id_ = put(front, pb.ContextType(name="Pipeline"))
    assert get(front, "Pipeline").id == id_


def test_what_graphstore_wrote_is_seen(front, store, types):
    artifact = store.artifacts.put(
        Artifact(type="Model", name="m", properties={"double_value": 0.1 + 0.2, "int_value": 1})
    )
    message = front.get_artifact_by_type_and_name("Model", "m")
    assert message.id == artifact.id and message.type_id == types.model.id
    assert message.properties["double_value"].double_value == 0.1 + 0.2
    assert message.HasField("uri") and message.uri == ""
    assert front.get_artifacts_by_uri("") == [message]


def test_a_server_that_is_gone_is_unavailable(server, store):
    with proxy(server.uri) as way:
        uri = f"bolt://127.0.0.1:{way.port}"
        options = {"connection_timeout": 1, "max_transaction_retry_time": 1}
        with Store.open(uri, auth=(server.user, server.password), **options) as remote:
            client = MetadataStore(remote)
            assert client.get_artifact_types() == []
            way.down = True
            way.drop()
            with pytest.raises(ml_metadata.errors.UnavailableError, match="no Neo4j answers"):
                client.get_artifacts()
            way.down = False
            assert client.get_artifacts() == []
