"""ML Metadata's own client in process, on a graphstore; see `graphstore.interop.mlmd.front`."""

from graphstore.interop.mlmd.front import MetadataStore, Service, connect, protos

__all__ = ["MetadataStore", "Service", "connect", "protos"]
