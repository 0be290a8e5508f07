"""How something was built, as a statement that in-toto's own package reads."""

import json
from base64 import b64decode

import google.protobuf.json_format as pb_json
import pytest
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementPb

from graphstore import Artifact, Event, EventType, Execution, FailedPrecondition, InvalidArgument
from graphstore.interop.slsa import BUILD_TYPE, export_slsa
from graphstore.proof.keys import is_signed, make_key


def statement_of(text):
    """What a statement says, if it is one."""
    pb = pb_json.Parse(text, StatementPb())
    Statement.copy_from_pb(pb).validate()
    predicate = json.loads(text)["predicate"]
    pb_json.ParseDict(predicate, Provenance())  # no field that the specification has not
    return json.loads(text)


def test_it_is_what_the_specification_says(history):
    statement = statement_of(export_slsa(history.store, history.model).text)
    algorithm, digits = history.model.digest.split(":")
    assert algorithm == "sha256-tree"  # no sha256, which would be of one file
    (subject,) = statement["subject"]
    assert subject["digest"] == {"sha256-tree": digits}
    assert subject["name"].endswith(f":{history.model.ref.short}")
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    definition = statement["predicate"]["buildDefinition"]
    assert definition["buildType"] == BUILD_TYPE
    assert definition["externalParameters"]["type"] == "Train"
    assert definition["externalParameters"]["parameters"]["nan"] == "NaN"
    assert definition["internalParameters"]["state"] == "COMPLETE"
    details = statement["predicate"]["runDetails"]
    assert details["metadata"]["invocationId"].endswith(f":{history.train.ref.short}")
    assert details["metadata"]["startedOn"].endswith("Z")
    assert details["builder"]["id"].startswith("urn:graphstore:store-")
    assert details["byproducts"] == []


def test_what_it_read_is_named_with_its_place_and_digest(history):
    statement = statement_of(export_slsa(history.store, history.train).text)
    dependencies = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    by_uri = {one.get("uri"): one for one in dependencies}
    for artifact in (history.raw, history.other):
        algorithm, digits = artifact.digest.split(":")
        assert by_uri[artifact.uri]["digest"] == {algorithm: digits}
        assert by_uri[artifact.uri]["annotations"]["roles"] == ["examples"]
    commit = history.run.properties.get("git_commit")
    assert [one["digest"]["gitCommit"] for one in dependencies if one["name"] == "code"] == (
        [commit] if commit else []
    )


def test_what_has_no_digest_says_so_and_is_no_subject(store):
    with store.run("p", "r", capture=()) as run:
        with run.execution("Ingest") as step:
            step.output("data", Artifact(type="Dataset", uri="s3://b/k", digest="etag:abc"))
        with run.execution("Train", inputs={"data": step.outputs["data"]}) as train:
            train.output("model", Artifact(type="Model", digest="md5:00"))
            train.output("log", Artifact(type="Log"))
    statement = statement_of(export_slsa(store, train.outputs["model"][0]).text)
    assert statement["subject"][0]["digest"] == {"md5": "00"}
    (dependency,) = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert "digest" not in dependency
    assert dependency["annotations"]["noDigest"] == "etag:abc"  # evidence, and no digest
    (log,) = statement["predicate"]["runDetails"]["byproducts"]
    assert log["annotations"]["noDigest"] == "none was recorded"
    with pytest.raises(FailedPrecondition, match="only 'etag:abc' was recorded"):
        export_slsa(store, step.outputs["data"][0])
    with pytest.raises(FailedPrecondition, match=r"no digest of its contents.*none was recorded"):
        export_slsa(store, train.execution)


def test_who_was_skipped_built_nothing_and_several_builds_are_none(store, history):
    store = history.store
    sha = "sha256:" + "0" * 64
    store.publish(Execution(type="Train"), outputs={"model": Artifact(type="Model", digest=sha)})
    raw = store.artifacts.put(Artifact(type="Dataset", digest=sha))
    with pytest.raises(FailedPrecondition, match="nobody is known to have made it"):
        export_slsa(store, raw)
    other = store.executions.put(Execution(type="Train"))
    store.events.put([Event(type=EventType.OUTPUT, artifact_id=history.model, execution_id=other)])
    with pytest.raises(FailedPrecondition, match=r"2 executions made it: name one \(e\d+, e\d+\)"):
        export_slsa(store, history.model)
    with pytest.raises(FailedPrecondition, match="made nothing"):
        export_slsa(store, history.failed)
    with pytest.raises(InvalidArgument):
        export_slsa(store, history.run)


def test_it_is_signed_with_the_key_as_dsse_has_it(history, tmp_path):
    key = make_key(tmp_path / "key.json")
    envelope = json.loads(export_slsa(history.store, history.model, key=key).text)
    payload = b64decode(envelope["payload"])
    statement_of(payload.decode())
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    (signature,) = envelope["signatures"]
    digits = b64decode(signature["sig"]).hex()
    assert is_signed(key.public, digits, envelope["payloadType"], payload)
    assert not is_signed(key.public, digits, envelope["payloadType"], payload + b" ")
