"""The endpoint: what it takes and refuses, who may call, and what it says of itself."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphstore import Store
from graphstore.errors import InvalidArgument
from graphstore.serving.addresses import Address
from graphstore.web import Server
from tests.conftest import Server as Neo4j
from tests.integration.mlmd.certificates import Authority
from tests.integration.openlineage.conftest import post
from tests.integration.openlineage.events import event, run_id
from tests.proxy import proxy

ONE = event("COMPLETE", 1, 1, outputs=["orders"])
Serve = Callable[..., Server]


def runs(store: Store) -> list[str | None]:
    return sorted(str(one.external_id) for one in store.executions.list())


def test_an_event_is_answered_as_marquez_does_and_is_there(store: Store, server_url: str) -> None:
    answer = post(server_url, ONE)
    assert (answer.status, answer.text) == (201, "")
    (run,) = store.executions.list()
    assert (run.external_id, run.state and run.state.value) == (run_id(1), "COMPLETE")
    assert post(server_url, ONE, "api/v1/lineage/").status == 201  # and never sent elsewhere
    assert len(store.executions.list()) == 1


def test_there_is_a_batch_and_it_answers_as_the_specification_says(
    store: Store, server_url: str
) -> None:
    events = [ONE, {"eventTime": "never"}, event("START", 2, 2), 7]
    answer = post(server_url, events, "api/v1/lineage/batch")
    assert answer.status == 200
    failed = answer.json().pop("failed_events")
    assert answer.json()["status"] == "partial_success"
    assert answer.json()["summary"] == {
        "received": 4, "successful": 2, "failed": 2, "retriable": 0, "non_retriable": 2,
    }  # fmt: skip
    assert [(one["index"], one["retriable"]) for one in failed] == [(1, False), (3, False)]
    assert "eventTime is a time in ISO 8601" in failed[0]["reason"]
    assert runs(store) == [run_id(1), run_id(2)]
    whole = post(server_url, [ONE, ONE], "api/v1/lineage/batch")
    assert (whole.status, whole.json()["status"]) == (200, "success")
    assert whole.json()["failed_events"] == []
    assert post(server_url, {}, "api/v1/lineage/batch").status == 400


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "an event is a JSON object"),
        ("{}", "eventTime is a time"),
        ({**ONE, "run": None, "job": None}, "has a 'run', a 'job' or a 'dataset'"),
        ({**ONE, "run": {}}, "a run has a runId"),
        ({**ONE, "job": {"name": "x"}}, "a namespace and a name"),
        ({**ONE, "inputs": {}}, "inputs is a list"),
        ({**ONE, "outputs": ["orders"]}, "a dataset is an object"),
        ({**ONE, "eventTime": "2026-02-30T00:00:00Z"}, "there is no time"),
        ({**ONE, "run": {"runId": run_id(1), "facets": []}}, "facets is an object"),
        ({**ONE, "job": {"namespace": "n", "name": "x" * 9000}}, "bytes"),
    ],
    ids=lambda one: one if isinstance(one, str) and one.isascii() and " " in one else "",
)
def test_what_makes_no_sense_is_400_with_a_sentence(
    store: Store, server_url: str, body: Any, words: str
) -> None:
    answer = post(server_url, body)
    assert answer.status == 400
    assert words in answer.json()["error"]
    assert runs(store) == []


def test_a_get_takes_no_event_and_another_path_is_404_that_says_which_url_to_set(
    store: Store, server_url: str
) -> None:
    # Without /batch it is the API's question, which wants a node.
    assert post(server_url, ONE, method="GET").status == 400
    assert post(server_url, [ONE], "api/v1/lineage/batch", method="GET").status == 404
    assert runs(store) == []
    for path, status in (
        ("", 405),  # what Java's client makes of an address with a slash at its end
        ("api/v1/api/v1/lineage", 404),
        ("apis/v1", 404),
        ("lineage", 405),
    ):
        wrong = post(server_url, ONE, path)
        assert wrong.status == status
        url = server_url.rstrip("/")
        assert f"the URL of its client is {url} without a slash" in wrong.json()["error"]


def test_gzip_is_taken_and_bounded_when_it_is_inflated(store: Store, serve: Serve) -> None:
    url = serve(max_message=100_000).url
    assert post(url, ONE, gzipped=True).status == 201
    bomb = post(url, b" " * 1_000_000, gzipped=True)
    assert bomb.status == 413 and "--max-message" in bomb.json()["error"]
    assert post(url, b" " * 100_001).status == 413
    assert post(url, "{}", Content_Encoding="gzip").status == 400
    cut = gzip.compress(json.dumps(ONE).encode(), mtime=0)[:-9]
    assert "too early" in post(url, cut, Content_Encoding="gzip").json()["error"]
    assert post(url, "{}", Content_Encoding="br").status == 415
    assert runs(store) == [run_id(1)]


def test_a_token_is_asked_for_and_its_name_writes(
    store: Store, serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "tokens").write_text("airflow s3cr3t\n")
    url = serve(security={"token_file": tmp_path / "tokens"}).url
    assert post(url, ONE).status == 401
    assert post(url, ONE, Authorization="Bearer wrong").status == 401
    assert post(url, "", "health", method="GET").status == 200
    assert runs(store) == []
    assert post(url, ONE, Authorization="Bearer s3cr3t").status == 201
    assert {change.by for change in store.changes(of=store.executions.list()[0])} == {"airflow"}


def test_certificates_are_shown_and_asked_for(store: Store, serve: Serve, tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours", "ours"), Authority(tmp_path / "theirs", "theirs")
    pair, client = ours.sign("server"), ours.sign("spark")
    security = {
        "certificate": pair.certificate, "key": pair.key, "client_ca": ours.pair.certificate,
    }  # fmt: skip
    url = serve(address="0.0.0.0:0", security=security).url.replace("0.0.0.0", "localhost")
    context = ssl.create_default_context(cafile=str(ours.pair.certificate))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        post(url, ONE, context=context)
    other = theirs.sign("other")
    context.load_cert_chain(other.certificate, other.key)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        post(url, ONE, context=context)
    context = ssl.create_default_context(cafile=str(ours.pair.certificate))
    context.load_cert_chain(client.certificate, client.key)
    assert post(url, ONE, context=context).status == 201
    assert {change.by for change in store.changes(of=store.executions.list()[0])} == {"spark"}


def test_strangers_are_let_in_by_nobody_who_asks_nothing(serve: Serve) -> None:
    with pytest.raises(InvalidArgument, match="others can reach"):
        serve(address="0.0.0.0:0")


def test_while_neo4j_is_away_it_is_503_and_health_says_so(
    server: Neo4j, store: Store, serve: Serve
) -> None:
    with proxy(server.uri) as way:
        there = Neo4j(f"bolt://127.0.0.1:{way.port}", server.user, server.password)
        database = there.connect(max_transaction_retry_time=1.0)
        behind = serve(Store(database), ping_interval=0.1, ping_patience=1.0)
        url = behind.url
        assert post(url, ONE).status == 201
        way.down = True
        way.drop()
        await_status(503, lambda: post(url, "", "health", method="GET").status)
        answer = post(url, event("START", 2, 2))
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert post(url, [event("START", 2, 2)], "api/v1/lineage/batch").status == 503
        assert post(url, "", "health/live", method="GET").status == 200
        way.down = False
        await_status(201, lambda: post(url, event("START", 2, 2)).status)
        behind.stop(5)
        database.close()
    assert runs(store) == [run_id(1), run_id(2)]


def await_status(status: int, ask: Callable[[], int]) -> None:
    """Ask again for up to a quarter of a minute until this is answered."""
    ends = time.monotonic() + 15
    while (answer := ask()) != status:
        assert time.monotonic() < ends, answer
        time.sleep(0.1)


def test_metrics_count_what_came_by_route_and_status(serve: Serve) -> None:
    from graphstore.serving.addresses import Address

    server = serve(metrics=Address.parse("127.0.0.1:0"))
    post(server.url, ONE)
    post(server.url, "{")
    post(server.url, ONE, "something/else")
    assert server.metrics_url is not None
    with urllib.request.urlopen(server.metrics_url, timeout=10) as page:
        text = page.read().decode()
    for method, code in (("/api/v1/lineage", 201), ("/api/v1/lineage", 400), ("other", 404)):
        assert f'graphstore_http_calls_total{{code="{code}",method="POST {method}"}} 1.0' in text
    assert "graphstore_neo4j_up 1.0" in text


def test_a_client_that_goes_away_is_no_mistake_of_the_server(serve: Serve) -> None:
    server = serve(metrics=Address.parse("127.0.0.1:0"))
    with socket.create_connection((server.address.host, server.address.port)) as connection:
        head = b"POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{"
        connection.sendall(head)
    assert server.metrics_url is not None
    ended = time.monotonic() + 10
    told = ""
    while "graphstore_http_calls_total{" not in told and time.monotonic() < ended:
        with urllib.request.urlopen(server.metrics_url, timeout=10) as page:
            told = page.read().decode()
    assert 'code="400",method="POST /api/v1/lineage"} 1.0' in told
    assert 'code="500"' not in told


def test_an_event_of_what_was_deleted_is_409_and_stays_deleted(
    store: Store, server_url: str
) -> None:
    assert post(server_url, ONE).status == 201
    store.delete(store.executions.list()[0], reason="a test")
    answer = post(server_url, event("START", 0, 1))
    assert answer.status == 409
    assert "deleted" in answer.json()["error"]
    batch = post(server_url, [event("START", 0, 1), event("START", 0, 3)], "api/v1/lineage/batch")
    assert batch.json()["summary"]["failed"] == 1
    assert run_id(3) in runs(store)


def test_it_stops_when_what_is_under_way_is_finished(serve: Serve) -> None:
    server = serve()
    assert post(server.url, ONE).status == 201
    assert server.stop(5) == 0
    with pytest.raises(OSError):
        post(server.url, ONE)
