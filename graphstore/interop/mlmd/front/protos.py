"""ML Metadata's own wheel: the messages of its service, its client and its errors.

Everything of this package imports them from here, so that there is one place that says what is
missing when they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphstore.errors import MissingExtra
from graphstore.store import Store

__all__ = ["SERVICE", "Handler", "ml_metadata", "service_pb2", "store_pb2"]

Handler = Callable[[Store, Any], Any]
"""What answers one call of the service: a store and the request to the response."""

_WHEEL = (
    "its wheel, ml-metadata 1.17.1, exists for CPython 3.9 to 3.11 on x86-64 Linux only; elsewhere"
    " run `graphstore serve --grpc` on such a machine and use ML Metadata's clients from any other"
)

try:
    import ml_metadata
    import ml_metadata.errors
    from ml_metadata.proto import metadata_store_pb2 as store_pb2
    from ml_metadata.proto import metadata_store_service_pb2 as service_pb2
except Exception as error:  # protobuf's generated code raises TypeError with another protobuf
    raise MissingExtra(
        "graphstore.mlmd, the front for ML Metadata's clients,", "mlmd", "ml-metadata", _WHEEL
    ) from error

SERVICE = service_pb2.DESCRIPTOR.services_by_name["MetadataStoreService"]
"""What the service is: its calls, each with its request and its response."""
