"""ML Metadata's `MetadataStoreService` over a store: a request in, a response out.

Every front is made of this: the client in the same process and the gRPC server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.message import Message

from graphstore.errors import Unimplemented
from graphstore.interop.mlmd.front import lineage, reads, types, writes
from graphstore.interop.mlmd.front.protos import SERVICE, Handler, service_pb2
from graphstore.store import Store

__all__ = ["METHODS", "Method", "Service"]


@dataclass(frozen=True)
class Method:
    """One call of the service."""

    name: str
    """Its name, e.g. ``PutArtifacts``."""
    request: type[Message]
    """The class of its request."""
    response: type[Message]
    """The class of its response."""
    handler: Handler
    """What answers it."""


class Service:
    """The service over one store. As safe to share between threads as that is."""

    def __init__(self, store: Store) -> None:
        """The service; the store is not closed by it."""
        self.store = store

    def call(self, method_name: str, request: Message) -> Message:
        """Answer a call.

        Args:
            method_name: Which, e.g. ``PutArtifacts``.
            request: Its request.

        Returns:
            Its response.

        Raises:
            StoreError: If it cannot be answered; `interop.mlmd.front.status.code_of` has the code.
        """
        method = METHODS.get(method_name)
        if method is None:
            raise Unimplemented(f"{SERVICE.full_name} has no call {method_name!r}")
        response: Message = method.handler(self.store, request)
        return response


_HANDLERS: Mapping[str, Handler] = {
    **types.HANDLERS,
    **reads.HANDLERS,
    **writes.HANDLERS,
    **lineage.HANDLERS,
}

METHODS: Mapping[str, Method] = {
    method.name: Method(
        method.name,
        getattr(service_pb2, method.input_type.name),
        getattr(service_pb2, method.output_type.name),
        _HANDLERS[method.name],
    )
    for method in SERVICE.methods
}
"""Every call by its name."""
