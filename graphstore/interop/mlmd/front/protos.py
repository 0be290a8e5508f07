"""ML Metadata's protocol: the messages of its service, from definitions of our own.

They are made of `protocol/descriptors.binpb`, which `scripts/write_protocol.py` writes, in a pool
of their own: ML Metadata's wheel registers the same names in protobuf's default one, where each can
stand but once. So both may be in a process, each with classes of its own; what answers calls reads
messages of either, and answers in ours.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

from graphstore.errors import MissingExtra
from graphstore.store import Store

try:
    from google.protobuf import any_pb2, descriptor_pb2, field_mask_pb2, struct_pb2
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
    from google.protobuf.message_factory import GetMessageClass
except ImportError as error:
    raise MissingExtra("ML Metadata's protocol", "mlmd", "protobuf") from error

__all__ = ["POOL", "SERVICE", "Handler", "service_pb2", "store_pb2"]

Handler = Callable[[Store, Any], Any]
"""What answers one call of the service: a store and the request to the response."""

POOL = DescriptorPool()
"""Where the descriptors are."""


def _add_files() -> list[Any]:
    """The descriptors of our files, which are in the pool from now on, with what they import."""
    for module in (any_pb2, descriptor_pb2, field_mask_pb2, struct_pb2):
        POOL.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    data = files(__package__).joinpath("protocol", "descriptors.binpb").read_bytes()
    protos = descriptor_pb2.FileDescriptorSet.FromString(data).file
    for proto in protos:
        POOL.AddSerializedFile(proto.SerializeToString())
    return [POOL.FindFileByName(proto.name) for proto in protos]


def _module(file: Any) -> Any:
    """What a generated module has: classes, and enums with their values, by their names."""
    module = SimpleNamespace(DESCRIPTOR=file)
    for name, message in file.message_types_by_name.items():
        setattr(module, name, GetMessageClass(message))
    for name, enum in file.enum_types_by_name.items():
        setattr(module, name, EnumTypeWrapper(enum))
        vars(module).update((value.name, value.number) for value in enum.values)
    return module


store_pb2, service_pb2 = map(_module, _add_files())
"""The things, and the calls: each as protobuf's generated code would be."""

SERVICE = service_pb2.DESCRIPTOR.services_by_name["MetadataStoreService"]
"""What the service is: its calls, each with its request and its response."""
