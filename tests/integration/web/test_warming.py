"""A young server is asked in advance what the first visitor of each page would wait for."""

from __future__ import annotations

import json
import threading

import pytest

from graphstore.database.queries import Query
from graphstore.serving.addresses import Address
from graphstore.web import Options, Server, pages
from tests.conftest import until
from tests.integration.web.conftest import Client

OPTIONS = Options(address=Address.parse("127.0.0.1:0"), warm_up=True)
LATER = [
    *("/", "/runs", "/models", "/models?start=1", "/changes", "/types", "/search?q=iris"),
    *("/c48", "/a45", "/a41", "/a41/impact", "/e44", "/lineage?of=a45", "/lineage?of=a41"),
    *("/lineage/picture?of=a45", "/lineage?of=a45&with=a54"),
    *("/compare?of=a45&of=a54", "/compare?of=c56&of=c48"),
    *("/artifacts", "/executions", "/contexts", "/changes?of=a45"),
]
"""What is asked of other nodes than those that were warmed up with."""


@pytest.fixture
def sent(monkeypatch):
    """The texts of all queries that were sent, by their names."""
    texts, to_send = [], Query.to_send

    def noting(self, parameters):
        text, values = to_send(self, parameters)
        texts.append((self.name, text))
        return text, values

    monkeypatch.setattr(Query, "to_send", noting)
    return texts


def test_what_visitors_ask_was_planned_before_they_came(iris, iris_api, sent):
    answered = pages.warm_up(iris, lambda: True)
    assert len(answered) > 15
    planned = set(sent)
    sent.clear()
    for path in LATER:
        status, _, text = iris_api.send(path, accept="text/html")
        assert status == 200, (path, text)
    cold = {name for name, text in sent if (name, text) not in planned}
    assert cold == set()


def test_a_server_warms_up_beside_what_it_answers(iris):
    with Server(iris, OPTIONS) as server:
        client = Client(server.url)
        assert client.send("/health")[0] == 200
        until(lambda: json.loads(client.send("/health")[2])["warm"])
        assert client.send("/", accept="text/html")[0] == 200


def test_one_that_stops_does_not_wait_until_all_is_warm(iris):
    with Server(iris, OPTIONS):
        pass
    until(lambda: not any(one.name == "graphstore-warming" for one in threading.enumerate()))


def test_an_empty_store_and_one_that_is_left_are_no_trouble(store, sent):
    assert "/" in pages.warm_up(store, lambda: True)
    sent.clear()
    assert pages.warm_up(store, lambda: False) == []
    store.types.all()  # which is still open
