"""ML Metadata's front: its clients, unchanged, on a graphstore.

In the same process::

    from graphstore.mlmd import connect

    with connect() as store:  # or connect("neo4j://...", auth=...)
        store.get_artifacts_by_type("Model")

`store` is an `ml_metadata.MetadataStore`, so this needs ML Metadata's wheel, extra ``ml-metadata``.
For clients elsewhere and in other languages there is ``graphstore serve --grpc``, which needs none
of it (extra ``mlmd``).
"""

from graphstore.interop.mlmd.front import protos
from graphstore.interop.mlmd.front.service import Service

__all__ = ["Service", "protos"]
