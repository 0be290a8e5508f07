"""ML Metadata's own client in process, on a graphstore; see `graphstore.interop.mlmd.front`."""

from graphstore.interop.mlmd.front import Service, protos
from graphstore.interop.mlmd.front.client import MetadataStore, connect

__all__ = ["MetadataStore", "Service", "connect", "protos"]
