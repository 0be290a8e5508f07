"""Tokens that are bound to a namespace: which events of theirs are taken, and that nothing else is
served to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphstore import Execution, ExecutionType, PropertyKind, Store
from graphstore.web import Server
from tests.integration.openlineage.conftest import Answer, post
from tests.integration.openlineage.events import at, event, graph_of, run_id

Send = Callable[..., Answer]


@pytest.fixture
def url(serve: Callable[..., Server], tmp_path: Path) -> str:
    file = tmp_path / "tokens"
    file.write_text("ann a namespace=n\nbob b namespace=m\nroot r\n")
    return serve(security={"token_file": file}).url


@pytest.fixture
def send(url: str) -> Send:
    """Send something with a token."""

    def send(token: str, body: Any, path: str = "api/v1/lineage", **options: Any) -> Answer:
        return post(url, body, path, Authorization=f"Bearer {token}", **options)

    return send


def of(namespace: str, type_: str, minutes: float, run: int, **more: Any) -> Any:
    """An event of a job of this namespace, as are its parents."""
    one = event(type_, minutes, run, **more)
    parent = one["run"].get("facets", {}).get("parent", {})
    for each in (one, parent, parent.get("root", {})):
        if "job" in each:
            each["job"]["namespace"] = namespace
    return one


def test_events_of_the_namespace_are_taken_and_others_are_forbidden(
    store: Store, send: Send
) -> None:
    assert send("a", of("n", "COMPLETE", 1, 1, outputs=["x"], parent=9, root=8)).status == 201
    assert send("b", of("m", "COMPLETE", 2, 2, inputs=["x"])).status == 201
    before = graph_of(store)
    for theirs in ("m", "", "n/", "N"):
        answer = send("a", of(theirs, "COMPLETE", 3, 3))
        assert (answer.status, "bound to namespace 'n'" in answer.text) == (403, True), theirs
    assert graph_of(store) == before
    assert send("r", of("m", "COMPLETE", 3, 3)).status == 201
    changes = {change.by for one in store.executions.list() for change in store.changes(of=one)}
    assert changes == {"ann", "bob", "root"}


def with_parent(namespace: str, run: int, *, as_root: bool) -> Any:
    one = of("n", "START", 3, 3, parent=7, root=6)
    parent = one["run"]["facets"]["parent"]
    stranger = parent["root"] if as_root else parent
    stranger["job"]["namespace"], stranger["run"]["runId"] = namespace, run_id(run)
    return one


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(of("n", "FAIL", 3, 2), id="another namespace's run"),
        pytest.param(with_parent("m", 2, as_root=False), id="its run as the parent"),
        pytest.param(with_parent("m", 2, as_root=True), id="its run as the root"),
        pytest.param(with_parent("n", 2, as_root=False), id="its run as one's own parent"),
        pytest.param(with_parent("n", 2, as_root=True), id="its run as one's own root"),
        pytest.param(with_parent("m", 5, as_root=False), id="a new parent of its"),
        pytest.param(
            {**of("n", "FAIL", 3, 2), "run": {"runId": f"{{{run_id(2).upper()}}}"}},
            id="its run, spelled otherwise",
        ),
        pytest.param(
            {"eventTime": at(3), "dataset": {"namespace": "n", "name": "x"}}, id="a dataset"
        ),
        pytest.param({"eventTime": at(3), "job": {"namespace": "m", "name": "job"}}, id="its job"),
    ],
)
def test_what_touches_another_namespace_is_forbidden_and_changes_nothing(
    store: Store, send: Send, body: Any
) -> None:
    assert send("b", of("m", "START", 2, 2, inputs=["x"], outputs=["y"])).status == 201
    before = graph_of(store)
    assert send("a", body).status == 403
    batch = send("a", [body, of("n", "START", 4, 4)], "api/v1/lineage/batch").json()
    assert (batch["summary"]["successful"], batch["summary"]["non_retriable"]) == (1, 1)
    assert batch["failed_events"][0]["index"] == 0
    after = graph_of(store)
    assert {key: one for key, one in after["nodes"].items() if key in before["nodes"]} == (
        before["nodes"]
    )
    assert [*map(str, before["edges"])] == [
        one for one in map(str, after["edges"]) if run_id(4) not in one
    ]


def test_who_says_first_whose_a_run_is_is_right_within_one_batch_too(
    store: Store, send: Send
) -> None:
    mixed = [of("m", "START", 1, 1), of("n", "START", 2, 1)]
    assert send("r", mixed, "api/v1/lineage/batch").json()["status"] == "success"
    # Of a run of both neither may say anything.
    assert send("a", of("n", "FAIL", 3, 1)).status == 403
    assert send("b", of("m", "FAIL", 3, 1)).status == 403


def test_datasets_are_shared_and_jobs_of_ones_own_are_taken(store: Store, send: Send) -> None:
    job = {"eventTime": at(1), "job": {"namespace": "n", "name": "job", "facets": {"x": {"y": 1}}}}
    assert send("a", job).status == 201
    assert send("a", of("n", "COMPLETE", 1, 1, outputs=["x"])).status == 201
    assert send("b", of("m", "START", 2, 2, inputs=["x"])).status == 201
    (artifact,) = store.artifacts.list(type="openlineage.Dataset")
    assert {one.type.value for one in store.events.of_artifacts([artifact])} == {"INPUT", "OUTPUT"}


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "path", ["", "api/v1/lineage", "api/v1/runs", "static/../api", "login/", "docs", "openapi.json"]
)
def test_nothing_else_is_served(send: Send, method: str, path: str) -> None:
    if (method, path) == ("POST", "api/v1/lineage"):
        return
    assert send("a", "", path, method=method).status == 403


def test_health_is_told(send: Send) -> None:
    assert send("a", "", "health", method="GET").status == 200


def test_what_was_recorded_otherwise_is_not_told_of(store: Store, send: Send) -> None:
    """Neither that its external id is the run's, nor what it is."""
    type_ = ExecutionType(name="Other", properties={"said": PropertyKind.STRING})
    store.types.put(type_)
    store.executions.put(
        Execution(type="Other", external_id=run_id(1), properties={"said": "no JSON"})
    )
    before = graph_of(store)
    answer = send("a", of("n", "START", 1, 1))
    assert answer.status == 403 and "Other" not in answer.text
    assert send("r", of("n", "START", 1, 1)).status == 409
    assert graph_of(store) == before
