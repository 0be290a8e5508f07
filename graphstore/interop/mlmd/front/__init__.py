"""ML Metadata's front: its clients, unchanged, on a graphstore.

In the same process::

    from graphstore.mlmd import connect

    with connect() as store:  # or connect("neo4j://...", auth=...)
        store.get_artifacts_by_type("Model")

`store` is an `ml_metadata.MetadataStore`. For clients elsewhere and in other languages there is
``graphstore serve --grpc``. Needs the extra ``mlmd``.
"""

from graphstore.interop.mlmd.front import protos  # noqa: I001  # the first: it says what to install

from graphstore.interop.mlmd.front.client import MetadataStore, connect
from graphstore.interop.mlmd.front.service import Service

__all__ = ["MetadataStore", "Service", "connect", "protos"]
