"""ML Metadata on its own database in memory, and on a graphstore: asked the same, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from graphstore import Store
from graphstore.database import Transaction
from tests.processes import listening

OPAQUE = ("create_time_since_epoch", "last_update_time_since_epoch", "next_page_token")


def call(client: Any, method: str, request: Any) -> Any:
    """Make a call of the service by a client, whose class may have no method for it."""
    from ml_metadata.proto import metadata_store_service_pb2

    response = getattr(metadata_store_service_pb2, f"{method}Response")()
    client._call_method(method, request, response)
    return response


def request_of(method: str, **fields: Any) -> Any:
    """The request of a call, as ML Metadata's clients make it: a message of its wheel."""
    from ml_metadata.proto import metadata_store_service_pb2

    return getattr(metadata_store_service_pb2, f"{method}Request")(**fields)


def plain(message: Any) -> Any:
    """What is set in a message, as plain data; of what two stores cannot agree on, only that it is
    there: when it was, and how a list goes on."""
    content: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.name in OPAQUE:
            if value != "":  # no token
                content[field.name] = "set"
        elif field.message_type is not None and field.message_type.GetOptions().map_entry:
            content[field.name] = {key: _plain(value[key]) for key in value}
        elif field.label == field.LABEL_REPEATED:
            content[field.name] = [_plain(item) for item in value]
        else:
            content[field.name] = _plain(value)
    return content


def _plain(value: Any) -> Any:
    if hasattr(value, "ListFields"):
        return plain(value)
    return repr(value) if isinstance(value, float) else value  # NaN is NaN


class Both:
    """Two clients that are asked the same, and must answer the same."""

    def __init__(self, real: Any, front: Any) -> None:
        self.real, self.front = real, front

    def __call__(self, method: str, **fields: Any) -> Any:
        """Make a call of both.

        Returns:
            The response of the graphstore, or the class of the error, if both raised that.
        """
        from ml_metadata import errors

        request = request_of(method, **fields)
        real, front = (self._answer(client, method, request) for client in (self.real, self.front))
        if (real, front) != (errors.InternalError, errors.AlreadyExistsError):
            # ML Metadata leaves it to its database to find some of the names that are taken.
            assert self._as_plain(front) == self._as_plain(real), f"{method}({request})"
        return front

    def _answer(self, client: Any, method: str, request: Any) -> Any:
        from ml_metadata.errors import StatusError

        try:
            return call(client, method, request)
        except StatusError as error:
            return type(error)

    def _as_plain(self, answer: Any) -> Any:
        return answer if isinstance(answer, type) else plain(answer)


@pytest.fixture
def front(store: Store) -> Any:
    """A client of an empty graphstore."""
    from graphstore.mlmd import MetadataStore

    return MetadataStore(store)


@pytest.fixture
def real() -> Any:
    """A client of an empty store of ML Metadata's own."""
    import ml_metadata

    config = ml_metadata.proto.ConnectionConfig()
    config.sqlite.SetInParent()
    return ml_metadata.MetadataStore(config)


@pytest.fixture
def both(real: Any, front: Any) -> Both:
    """Both of them."""
    return Both(real, front)


@pytest.fixture
def serve(store: Store) -> Iterator[Callable[..., Any]]:
    """A factory of servers that listen, on the store of the test unless told otherwise."""
    from graphstore.interop.mlmd.front.server import Address, Options, Server

    def make(over: Store | None = None, **options: Any) -> Server:
        options = {"address": Address.parse("127.0.0.1:0"), **options}
        return Server(over or store, Options(**options))

    with listening(make) as start:
        yield start


QueryCounter = Callable[[], Any]


@pytest.fixture
def count_queries(monkeypatch: pytest.MonkeyPatch) -> QueryCounter:
    """``with count_queries() as names:`` fills a list with the names of queries that are run."""
    original_run = Transaction._run

    @contextmanager
    def count() -> Iterator[list[str]]:
        names: list[str] = []

        def run(self: Transaction, query: Any, parameters: Any) -> Any:
            names.append(query.name)
            return original_run(self, query, parameters)

        with monkeypatch.context() as patch:
            patch.setattr(Transaction, "_run", run)
            yield names

    return count
