"""Servers that say that they are like Neo4j, and addresses that are none: nothing is written."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager

import pytest

from graphstore import Store
from graphstore.database import Database
from graphstore.errors import InvalidArgument, UnsupportedServer
from tests.bolt_proxy import _exactly, _message, _read, _write

SUCCESS, RUN, BEGIN = b"\x70", b"\x10", b"\x11"


@contextmanager
def server_that_calls_itself(agent):
    """A server of Bolt 5.4 that agrees to everything; yields the kinds of message it was sent."""
    kinds = []

    def serve(client):
        with client:
            try:
                _exactly(client, 20)
                client.sendall(b"\x00\x00\x04\x05")
                while True:
                    kinds.append(_read(client)[1:2])
                    _write(client, _message(SUCCESS, {"server": agent, "connection_id": "bolt-1"}))
            except OSError:
                pass

    def accept(listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"bolt://127.0.0.1:{listener.getsockname()[1]}", kinds
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "agent",
    [
        "Neo4j/5.26.0 compatible (Somegraph 3.1)",
        "Neo4j/v5.26.0 compatible graph database server - Somegraph",
        "Neo4j/5.26.0-compatible",
        "Neo4j/5.26.0 (Somegraph)",
        "Neo4j/5.26.0\nSomegraph",
        "Neo4j/5.2.0",
        "Neo4j/dev",
        "Somegraph/5.26.0",
        "",
    ],
)
def test_what_is_only_like_neo4j_is_refused_before_anything_is_asked(agent):
    with server_that_calls_itself(agent) as (uri, kinds):
        with pytest.raises(UnsupportedServer, match=r"needs Neo4j 5\.26"):
            Store.open(uri, auth=("neo4j", "password"))
    assert kinds
    assert not {RUN, BEGIN} & set(kinds)


@pytest.mark.parametrize("agent", ["Neo4j/5.26.30", "Neo4j/2026.08.1", "Neo4j/5.27-aura"])
def test_what_is_neo4j_is_taken(agent):
    with server_that_calls_itself(agent) as (uri, _):
        database = Database(uri, ("neo4j", "password"))
        assert database.server == agent
        database.close()


@pytest.mark.parametrize(
    ("uri", "instead"),
    [
        ("http://localhost:7474", "bolt://localhost:7687"),
        ("https://user:secret@example.org", "neo4j://example.org:7687"),
        ("http://[::1]:7474/browser/", "bolt://[::1]:7687"),
        ("example.org:7687", "bolt://example.org:7687"),
        ("ftp://example.org", "bolt://example.org:7687"),
        ("", "bolt://localhost:7687"),
        ("bolt://user:secret@[::1]:7687", "'bolt://[::1]:7687', and auth=(user, password)"),
        ("neo4j+s://user:secret@example.org", "'neo4j+s://example.org', and auth="),
    ],
)
def test_an_address_that_is_none_for_drivers_is_told_with_one_that_is(uri, instead):
    with pytest.raises(InvalidArgument) as error_info:
        Store.open(uri)
    assert instead in str(error_info.value)
    assert "secret" not in str(error_info.value)
    assert "\n" not in str(error_info.value)
