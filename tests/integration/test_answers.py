"""Whatever is answered can be said in JSON's types, strictly, and lists are tables, too."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Batch,
    Context,
    Event,
    Execution,
    ExecutionState,
    ExecutionType,
    NodeRef,
    Page,
    Proto,
    ToPublish,
)
from graphstore.local import LocalServer
from graphstore.model.plain import in_json


def strictly(value):
    """What comes back of it as JSON."""
    return json.loads(json.dumps(value, allow_nan=False))


@pytest.fixture
def answers(store, tmp_path):
    """An answer of every kind, about a history with numbers that are none and odd names."""
    (tmp_path / "raw").write_text("1")
    properties = {"accuracy": math.nan, "loss": math.inf, "shape": {"a": [1, None]}, "name": "x"}
    for _ in range(2):
        with store.run("iris", capture=()) as run:
            raw = Artifact(type="Raw", uri=str(tmp_path / "raw"))
            with run.execution(
                "Train", parameters={"rate": 0.1}, inputs={"raw": raw}, code="1", cache=True
            ) as step:
                if not step.cached:
                    step.output("model", tmp_path / "raw", type="Model", properties=properties)
    model = step.outputs["model"][0]
    decision = store.decisions.record(model, candidates=[model], metric="accuracy")
    deployment = store.decisions.deploy(model, "production")
    publication = store.publish(Execution(type="Train"), [model], [Artifact(type="Model")])
    (many,) = store.publish_many([ToPublish(Execution(type="Train"))])
    return {
        "artifact": model,
        "execution": decision,
        "context": store.contexts.get(run),
        "type": store.types.get(ExecutionType, "Train"),
        "event": store.events.of_artifacts(model)[0],
        "page": store.artifacts.list(limit=1),
        "graph": store.lineage.both(model),
        "run": store.lineage.run(run),
        "ids": store.lineage.ids("upstream", model),
        "found": list(store.lineage.stream("upstream", model)),
        "producers": store.lineage.producers(model),
        "passport": store.explain(model),
        "impact": store.impact(raw_of(store, model)),
        "divergence": store.diff(model, publication.outputs[0]),
        "common": store.common_ancestors([model]),
        "comparison": store.compare(model, publication.outputs[0]),
        "history": store.history("iris"),
        "rerun": store.can_rerun(step),
        "cache": store.cache.explain(step),
        "cached": step.cached,
        "checks": list(store.verify([model, publication.outputs[0]])),
        "deployed": deployment,
        "deployments": store.decisions.deployments(),
        "best": store.resolve.best("Model", "loss"),
        "publication": publication,
        "published": many,
        "put": store.put(Batch(executions=[Execution(type="Train")])),
        "running": store.doctor.running(),
        "flushed": store.flush(),
    }


def raw_of(store, model):
    (raw,) = store.lineage.upstream(model).of_type("Raw")
    return raw


def test_every_answer_says_itself_in_json(answers):
    for name, answer in answers.items():
        for one in answer if isinstance(answer, (list, tuple)) else [answer]:
            for part in one if isinstance(one, tuple) else [one]:
                assert isinstance(part.to_dict(), dict), name
                assert strictly(part.to_dict()) == part.to_dict(), name


def test_what_json_has_no_number_for_is_its_name(answers):
    properties = answers["artifact"].to_dict()["custom_properties"]
    assert (properties["accuracy"], properties["loss"]) == ("NaN", "Infinity")
    assert properties["shape"] == {"a": [1, None]}
    graph = answers["graph"].to_dict()
    assert graph["artifacts"][str(answers["artifact"].id)]["custom_properties"] == properties
    assert graph["truncated"] is False
    assert answers["context"].to_dict()["create_time"].endswith("+00:00")


def test_a_server_does_not_tell_its_password():
    server = LocalServer(
        "s", "bolt://x", "http://x", "x", "neo4j", "secret", "5", Path("f"), 1, False
    )
    assert "secret" not in json.dumps(server.to_dict()) and "password" not in server.to_dict()


@pytest.mark.parametrize(
    ("value", "document"),
    [
        (-math.inf, "-Infinity"),
        (np.float32("nan"), "NaN"),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1, 2]]), [[1, 2]]),
        (ExecutionState.FAILED, "FAILED"),
        (NodeRef("artifact", 4), "a4"),
        ({NodeRef("context", 4): {1}}, {"c4": [1]}),
        (datetime(2026, 1, 31, tzinfo=timezone.utc), "2026-01-31T00:00:00+00:00"),
        (timedelta(minutes=1), 60.0),
        (Path("x"), "x"),
        (b"\xff", "/w=="),
        (Proto("t", b"\xff"), {"type_url": "t", "data": "/w=="}),
        (Execution(type="T"), {"kind": "execution", "type": "T", "properties": {}}),
        (Event(type="INPUT", path=("a", 0)), {"type": "INPUT", "path": ["a", 0]}),
        (int, "<class 'int'>"),
    ],
    ids=str,
)
def test_a_value_in_json(value, document):
    answer = strictly(in_json(value))
    assert answer == document or {**answer, "custom_properties": {}} == {
        **document,
        "custom_properties": {},
    }


def test_a_page_is_a_table(store):
    store.types.put(ArtifactType(name="Model", properties={"accuracy": "DOUBLE", "name": "STRING"}))
    store.artifacts.put_many(
        [
            Artifact(type="Model", name="<b>", properties={"accuracy": 0.5, "name": "inner"}),
            Artifact(type="Model", uri="s3://x", custom_properties={"accuracy": 1, "tags": ["a"]}),
            Artifact(type="Model"),
        ]
    )
    page = store.artifacts.list(limit=2)
    rows = list(csv.DictReader(io.StringIO(page.to_csv())))
    assert [row["id"] for row in rows] == ["1", "2"]
    assert rows[0]["properties.name"] == "inner" and rows[0]["name"] == "<b>"
    assert (rows[0]["properties.accuracy"], rows[1]["custom_properties.accuracy"]) == ("0.5", "1")
    assert (rows[0]["tags"], rows[1]["tags"]) == ("", '["a"]')
    frame = page.to_pandas()
    assert list(frame["id"]) == [1, 2] and frame["uri"][1] == "s3://x"
    html = page._repr_html_()
    assert "&lt;b&gt;" in html and "<b>" not in html and "next_page" in html
    assert page.to_dict()["next_page"] == page.next_page and len(page.to_dict()["items"]) == 2
    assert Page((), None).to_csv() == "id,type\n" and list(Page((), None).to_pandas()) == [
        "id",
        "type",
    ]


def test_contexts_and_executions_are_tables_too(store, types):
    store.contexts.put(Context(type="Pipeline", name="p"))
    store.executions.put(Execution(type="Trainer", state="FAILED"))
    assert "Pipeline,p" in store.contexts.list().to_csv()
    assert "FAILED" in store.executions.list()._repr_html_()
