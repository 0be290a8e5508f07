"""Where the clients of other stores send what they send, as their protocols have it."""

__all__ = ["LINEAGE", "METADATA_STORE"]

LINEAGE = "/api/v1/lineage"
"""Events of OpenLineage; a batch of them below it."""
METADATA_STORE = "/ml_metadata.MetadataStoreService/"
"""Calls of ML Metadata by gRPC-web; the name of each below it."""
