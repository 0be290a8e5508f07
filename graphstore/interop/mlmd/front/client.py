"""ML Metadata's own client over a store in the same process: the one thing that needs its wheel.

The wheel's messages go in as they are, since what answers reads messages of either kind; its
answers come back as bytes, from which the wheel's own classes read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from graphstore.errors import MissingExtra, StoreError
from graphstore.interop.mlmd.front.lineage import lineage_subgraph
from graphstore.interop.mlmd.front.service import Service
from graphstore.interop.mlmd.front.status import code_of, message_of
from graphstore.store import Store

try:
    import ml_metadata
    import ml_metadata.errors
    from ml_metadata.proto import metadata_store_pb2
except Exception as error:  # protobuf's generated code raises TypeError with another protobuf
    raise MissingExtra(
        "graphstore.mlmd, ML Metadata's own client in process,",
        "ml-metadata",
        "ml-metadata",
        "its wheel 1.17.1 exists for CPython 3.9 to 3.11 on x86-64 Linux only; clients elsewhere"
        " are served by `graphstore serve --grpc`, which does not need it",
    ) from error

__all__ = ["MetadataStore", "connect"]


class MetadataStore(ml_metadata.MetadataStore):  # type: ignore[misc]  # it has no types
    """ML Metadata's `MetadataStore`, with a graphstore in place of its database.

    All that ML Metadata's documentation says of it holds: the same methods, messages, list options,
    paging, retries and errors (`ml_metadata.errors`).
    """

    def __init__(self, store: Store) -> None:
        """A client of a store that is open.

        Args:
            store: The store; `close` closes it.
        """
        # What the base class keeps, and code around it looks at; it connects to nothing.
        self._config = metadata_store_pb2.ConnectionConfig()
        self._max_num_retries = 5
        self._service_client_wrapper = None
        self._using_db_connection = True
        self._metadata_store = None
        self.store = store
        """The store itself, to ask it what ML Metadata cannot."""
        self._service = Service(store)

    def _call_method(self, method_name: str, request: Any, response: Any) -> None:
        """Answer a call; the hook by which the base class reaches C++ or gRPC."""
        with _errors():
            answer = self._service.call(method_name, request)
            response.ParseFromString(answer.SerializeToString())

    def get_lineage_subgraph(
        self,
        query_options: Any,
        field_mask_paths: Sequence[str] | None = None,
        extra_options: Any = None,
    ) -> Any:
        """What the base class answers, by one call where that makes six."""
        with _errors():
            graph = metadata_store_pb2.LineageGraph()
            return lineage_subgraph(self.store, query_options, field_mask_paths, graph)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> MetadataStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def _errors() -> Iterator[None]:
    """Turn our errors into ML Metadata's."""
    try:
        yield
    except StoreError as error:
        raise ml_metadata.errors.make_exception(message_of(error), int(code_of(error))) from error


def connect(uri: str | None = None, **options: Any) -> MetadataStore:
    """Open a store, and a `MetadataStore` on it; close it when done, or use it in a ``with``.

    Args:
        uri: The address of a Neo4j; None for the local store, or where NEO4J_URI says.
        options: Passed on to `graphstore.Store.open`, whose errors are raised.
    """
    return MetadataStore(Store.open(uri, **options))
