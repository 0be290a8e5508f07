"""A server of OpenLineage's endpoint on the test's store, and a plain client of it."""

from __future__ import annotations

import gzip
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from graphstore import Store
from graphstore.serving.addresses import Address
from graphstore.serving.security import Security
from graphstore.web import Options, Server
from tests.processes import listening


@pytest.fixture
def serve(store: Store) -> Iterator[Callable[..., Server]]:
    def make(of: Store = store, address: str = "127.0.0.1:0", **options: Any) -> Server:
        security = Security.read(**options.pop("security", {}))
        return Server(of, Options(address=Address.parse(address), security=security, **options))

    with listening(make, grace=5) as start:
        yield start


@pytest.fixture
def server_url(serve: Callable[..., Server]) -> str:
    return serve().url


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


def post(
    url: str,
    body: Any,
    path: str = "api/v1/lineage",
    *,
    method: str = "POST",
    gzipped: bool = False,
    context: ssl.SSLContext | None = None,
    **headers: str,
) -> Answer:
    """Send something; what is no text as JSON. A redirection is an answer like any other."""
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    data = data if isinstance(data, bytes) else data.encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if gzipped:
        data, headers = gzip.compress(data, mtime=0), {**headers, "Content-Encoding": "gzip"}
    parts = urlsplit(url)
    if context is None:
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    else:
        connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=60, context=context)
    with closing(connection):
        connection.request(method, parts.path + path, data, headers)
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read().decode())
