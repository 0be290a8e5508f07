"""Which ports are chosen."""

import os
import socket

import pytest

from graphstore.errors import InvalidArgument, PortInUse
from graphstore.local.ports import Ports, Wish, any_ports, choose


@pytest.fixture
def busy_port():
    """A port that this process listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one.getsockname()[1]


def test_those_of_last_time_come_first_then_the_preferred_then_any(busy_port):
    last, preference = any_ports(), any_ports()
    assert choose(Wish(), last, preference) == last
    choice = choose(Wish(), Ports(busy_port, last.http), preference)
    assert choice == Ports(preference.bolt, last.http)
    free = choose(Wish(), Ports(busy_port, busy_port), Ports(busy_port, busy_port))
    assert busy_port not in (free.bolt, free.http)
    assert free.bolt != free.http


def test_one_that_was_asked_for_is_taken_or_refused(busy_port):
    ports = any_ports()
    assert choose(Wish(bolt=ports.bolt)).bolt == ports.bolt
    with pytest.raises(PortInUse) as error_info:
        choose(Wish(http=busy_port), ports)
    message = str(error_info.value)
    assert f"HTTP port {busy_port}" in message
    assert f"(process {os.getpid()})" in message
    assert "GRAPHSTORE_HTTP_PORT" in message


def test_the_caller_is_heard_before_the_environment(monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_BOLT_PORT", "7001")
    assert Wish.of(None, None) == Wish(bolt=7001)
    assert Wish.of(7002, 7003) == Wish(7002, 7003)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port, monkeypatch):
    with pytest.raises(InvalidArgument, match="1 to 65535"):
        Wish.of(port, None)
    monkeypatch.setenv("GRAPHSTORE_HTTP_PORT", "http")
    with pytest.raises(InvalidArgument, match="GRAPHSTORE_HTTP_PORT"):
        Wish.of(None, None)


def test_the_addresses_are_loopback_and_the_browser_is_told_where_to_connect():
    ports = Ports(17687, 17474)
    assert ports.uri == "bolt://127.0.0.1:17687"
    assert ports.browser_url == (
        "http://127.0.0.1:17474/browser/?dbms=bolt://neo4j@127.0.0.1:17687&db=neo4j"
    )
