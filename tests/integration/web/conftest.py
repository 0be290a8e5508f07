"""A server of the API on the test's store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from graphstore import Store
from graphstore.database import Database
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.serving.addresses import Address
from graphstore.serving.security import Security
from graphstore.web import Options, Server
from tests.conftest import IRIS, empty
from tests.processes import listening


@pytest.fixture
def serve(store: Store) -> Iterator[Callable[..., Server]]:
    def make(**options: Any) -> Server:
        security = Security.read(**options.pop("security", {}))
        options = {"address": Address.parse("127.0.0.1:0"), "security": security, **options}
        return Server(store, Options(**options))

    with listening(make, grace=5) as start:
        yield start


class Client:
    """Sends requests to a server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port

    def send(self, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, str]:
        """The status of an answer, its headers and its text."""
        with closing(HTTPConnection(self._host, self._port, timeout=60)) as connection:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """The JSON that a call of the API answers."""
        address = f"/api/v1/{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        answer, headers, text = self.send(address)
        assert answer == status, (address, text)
        assert headers["content-type"] == "application/json"
        return json.loads(text, parse_constant=lambda constant: pytest.fail(constant))


@pytest.fixture
def api(serve: Callable[..., Server]) -> Client:
    """A client of a server on the test's store."""
    return Client(serve().url)


@pytest.fixture(scope="module")
def iris(database: Database) -> Store:
    """A store that holds the TFX history of `examples/`; the tests of a module only read it."""
    empty(database)
    store = Store(database)
    import_mlmd(store, IRIS)
    return store


@pytest.fixture(scope="module")
def iris_api(iris: Store) -> Iterator[Client]:
    """A client of a server on that store."""
    with Server(iris, Options(address=Address.parse("127.0.0.1:0"))) as server:
        yield Client(server.url)
