"""The REST API: that it answers what the commands print, and refuses what cannot be right."""

import json
from datetime import datetime, timezone
from urllib.parse import urlencode

import pytest

from graphstore import Artifact, ArtifactType, Execution, ToPublish
from tests.acceptance.conftest import command  # noqa: F401  a fixture
from tests.integration.history.test_as_of import moment
from tests.integration.history.test_questions_then import Pipeline
from tests.integration.web.conftest import Client

THEN = "2099-01-31T12:00"

# Of each call what is asked, and the command that must print the same.
SAME = {
    "nodes/a45": ({}, ["show", "a45"]),
    "nodes/e44": ({}, ["show", "e44"]),
    "nodes/c2": ({}, ["show", "c2"]),
    "artifacts": (
        {"type": "Model", "limit": 2, "newest": "true", "filter": "id > 5"},
        ["artifacts", "--type", "Model", "--limit", "2", "--newest", "--filter", "id > 5"],
    ),
    "executions": (
        {"state": ["FAILED", "COMPLETE"], "limit": 3, "as_of": THEN},
        ["executions", "--state", "FAILED", "--state", "COMPLETE", "-n", "3", "--as-of", THEN],
    ),
    "contexts": (
        {"since": "2020-01-01", "order_by": "create_time"},
        ["contexts", "--since", "2020-01-01", "--order-by", "create_time"],
    ),
    "contexts/c2/artifacts": ({}, ["artifacts", "--context", "c2"]),
    "contexts/c2/executions": ({}, ["executions", "--context", "c2"]),
    "types": ({"kind": "artifact", "all": "true"}, ["types", "--kind", "artifact", "--all"]),
    "lineage": (
        {"of": "a45", "direction": "upstream", "max_hops": 3, "passed_on": "true"},
        ["lineage", "a45", "--up", "--max-hops", "3", "--passed-on"],
    ),
    "explain/a45": ({"as_of": THEN}, ["explain", "a45", "--as-of", THEN]),
    "impact/a1": ({}, ["impact", "a1"]),
    "diff": ({"a": "a45", "b": "a54"}, ["diff", "a45", "a54"]),
    "common-ancestors": (
        {"bad": ["a45", "a54"], "good": ["a5"]},
        ["common-ancestors", "a45", "a54", "--good", "a5"],
    ),
    "compare": (
        {"of": ["a5", "a45", "a54"], "metric": "accuracy", "only_differences": "true"},
        ["compare", "a5", "a45", "a54", "--metric", "accuracy", "--only-differences"],
    ),
    "history": ({"pipeline": "iris", "limit": 3}, ["history", "iris", "--limit", "3"]),
    "production": ({}, ["production"]),
    "latest": ({"type": "Model", "blessed": "true"}, ["latest", "Model", "--blessed"]),
    "can-rerun/e44": ({}, ["can-rerun", "e44"]),
    "changes": ({"of": "a45"}, ["log", "a45"]),
    "spool": ({}, ["spool", "list"]),
}


def test_every_call_answers_what_its_command_prints(iris_api, command):  # noqa: F811
    wrong = {}
    for path, (query, arguments) in SAME.items():
        printed = command(*arguments, "--json")
        assert printed.out, (arguments, printed.err)
        expected, answer = json.loads(printed.out), iris_api.get(path, **query)
        if path == "history":  # each says at which moment it was asked
            assert answer.pop("on") and expected.pop("on")
        if answer != expected or not (expected or path == "spool"):
            wrong[path] = (answer, expected)
    assert wrong == {}
    running = json.loads(command("doctor", "--json").out)["running"]
    assert iris_api.get("doctor")["running"] == running
    verified = json.loads(command("verify", "a45", "a54", "--json").out)
    assert iris_api.get("verify", id=["a45", "a54"]) == verified


def test_the_query_behind_what_was_reached_is_of_the_time_that_the_page_is(iris, iris_api):
    for path, code in ((f"/a1/impact?as_of={THEN}", "&lt;= datetime(&#39;20"), ("/a1/impact", "")):
        status, _, page = iris_api.send(path, accept="text/html")
        assert status == 200 and "MATCH (start:Artifact {id: 1})" in page
        assert code in page and "&lt;= $known_at" not in page
        assert ("// as of" in page) == bool(code)


def test_calls_without_a_command_answer_what_the_store_does(iris, iris_api):
    nodes = iris_api.get("nodes", id=["e44", "a45", "c2", "45"])
    assert [one["id"] for one in nodes] == [44, 45, 2, 45]
    assert nodes[0] == iris.executions.get(44).to_dict()
    events = iris_api.get("nodes/e44/events", limit=2)
    assert len(events["items"]) == 2
    rest = iris_api.get("nodes/e44/events", after=events["next_page"])
    assert rest["next_page"] is None
    whole = iris_api.get("nodes/e44")
    assert events["items"] + rest["items"] == whole["events"]
    assert "events_truncated" not in whole
    assert iris_api.get("nodes/c2/series") == {}
    runs = iris_api.get("contexts/c1/children", limit=3)
    assert len(runs["items"]) == 3
    more = iris_api.get("contexts/c1/children", limit=1000, after=runs["next_page"])
    assert [one["id"] for one in runs["items"] + more["items"]] == [
        one.id for one in iris.contexts.children(1)
    ]
    assert [one["id"] for one in iris_api.get("contexts/c2/parents")] == [1]
    assert iris_api.get("seals") == []
    paths = iris_api.get("lineage", of="a1", to="a45")
    between = iris.lineage.between(1, 45)
    assert paths == json.loads(between.model_dump_json(exclude_none=True))
    narrow = iris_api.get(
        "lineage",
        of="a45",
        direction="upstream",
        artifact_type="Examples",
        execution_state="COMPLETE",
    )
    assert {one["type"] for one in narrow["artifacts"].values()} <= {"Examples", "Model"}


def test_lists_go_on_where_a_page_ends(iris, iris_api):
    ids, after = [], {}
    while True:
        page = iris_api.get("artifacts", limit=20, **after)
        ids += [one["id"] for one in page["items"]]
        if page.get("next_page") is None:
            break
        after = {"after": page["next_page"]}
    assert ids == [one.id for one in iris.artifacts.iterate()]


@pytest.mark.parametrize(
    ("path", "query", "status", "says"),
    [
        ("nodes/a999999", {}, 404, "a999999|999999"),
        ("nodes/a4x5", {}, 400, "a4x5"),
        ("nowhere", {}, 404, "/api lists the calls"),
        ("artifacts", {"limit": 100_000}, 400, "limit: "),
        ("artifacts", {"limt": 1}, 400, "'limt' is no parameter of this call"),
        ("artifacts", {"filter": "nonsense ="}, 400, "nonsense"),
        ("artifacts", {"type": "Modle"}, 404, "Model"),
        ("artifacts", {"state": "LIVELY"}, 400, "LIVELY"),
        ("lineage", {}, 400, "of: field required"),
        ("lineage", {"of": "a45", "direction": "sideways"}, 400, "direction: "),
        ("lineage", {"of": "a1", "to": "a45", "artifact_type": "Model"}, 400, "no other"),
        ("lineage", {"of": "c2"}, 400, "context"),
        ("explain/a45", {"as_of": "yesterday"}, 400, "as_of takes a day or a time"),
        ("explain/a45", {"as_of": "seal:9"}, 404, "seal"),
        ("compare", {"of": "a45", "smallest": "true"}, 400, "smallest"),
        ("cache/e44", {}, 409, "no fingerprint"),
        ("latest", {"type": "Model", "blessed": "true", "pushed": "true"}, 400, "give one"),
    ],
)
def test_what_cannot_be_right_is_one_sentence(iris_api, path, query, status, says):
    answer = iris_api.get(path, status, **query)
    assert list(answer) == ["error"]
    assert any(one in answer["error"] for one in says.split("|")), answer


def test_a_walk_that_is_cut_says_where(iris, iris_api):
    graph = iris_api.get("lineage", of="a45", direction="upstream", max_nodes=3)
    assert len(graph["artifacts"]) + len(graph["executions"]) == 3
    assert graph["frontier"]


def test_it_is_described_and_only_reads(iris, iris_api):
    status, _, text = iris_api.send("/api/openapi.json")
    schema = json.loads(text)
    assert status == 200 and schema["openapi"].startswith("3.")
    assert schema["servers"] == [{"url": "/api"}]
    assert "HTTPValidationError" not in text and "422" not in text
    for path, methods in schema["paths"].items():
        assert list(methods) == ["get"], path
        assert all(one["description"] for one in methods["get"].get("parameters", ())), path
    status, _, text = iris_api.send("/api/v1/artifacts", "DELETE")
    assert status == 405 and "nothing answers" in text
    status, _, page = iris_api.send("/api", accept="text/html")
    assert status == 200 and all(f"GET /api{path}<" in page for path in schema["paths"])
    # OpenLineage's events still come in where they did.
    assert iris_api.send("/api/v1/lineage", "POST")[0] == 400


def test_metrics_name_the_calls(iris, iris_api):
    iris_api.get("nodes/a45")
    iris_api.get("nowhere", 404)
    status, headers, text = iris_api.send("/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain")
    assert 'graphstore_http_calls_total{code="200",method="GET /api/v1/nodes/{node}"}' in text
    assert 'graphstore_http_calls_total{code="404",method="GET /api"}' in text
    assert "graphstore_neo4j_up 1.0" in text


def test_series_and_why_a_step_was_not_skipped(store, api, command):  # noqa: F811
    with store.run("sweep", "one", capture=()) as run:
        with run.execution("Train", code="1", cache=True) as step:
            for loss in (float("inf"), 1.5):
                step.log(loss=loss)
    series = api.get(f"nodes/e{step.execution.id}/series")
    assert series["loss"]["values"] == ["Infinity", 1.5]
    why = json.loads(command("cache", step.execution.ref.short, "--json").out)
    assert api.get(f"cache/{step.execution.ref.short}") == why and why["execution"]


def test_types_are_told_as_of_a_time(store, database, api, command):  # noqa: F811
    store.types.put(ArtifactType(name="T", properties={"first": "INT"}))
    then = moment(database)
    store.types.put(ArtifactType(name="T", properties={"second": "STRING"}))
    store.types.put(ArtifactType(name="later"))
    found = api.get("types", as_of=then.isoformat())  # and those that a server puts as it begins
    assert found[-1]["name"] == "T" and found[-1]["properties"] == {"first": "INT"}
    assert json.loads(command("types", "--json", "--as-of", then.isoformat()).out) == found
    assert [one["name"] for one in api.get("types")[len(found) - 1 :]] == ["T", "later"]
    assert api.get("types", as_of="2001-01-01", all="true") == []
    status, _, page = api.send(f"/types?{urlencode({'as_of': then.isoformat()})}")
    assert status == 200
    assert "first <small>INT</small>" in page and "second <small>" not in page
    assert ">later</a>" not in page and "graphstore types --as-of" in page
    page = api.send("/types")[2]
    assert "second <small>STRING</small>" in page and ">later</a>" in page


def test_changes_are_followed_by_a_cursor(store, types, api):
    first = store.artifacts.put(Artifact(type="Model", name="first"))
    page = api.get("changes", limit=1000)
    assert first.ref.short in [one["node"] for one in page["items"]]
    assert page["until"] is None or isinstance(page["until"], str)
    assert api.get("changes", since="2020-01-01", limit=1000)["items"] == page["items"]
    latest_first = api.get("changes", newest=True, limit=1000)["items"]
    assert latest_first == page["items"][::-1]
    assert "no feed to follow" in str(api.get("changes", 400, newest=True, settled=True))


def test_it_is_behind_the_door(iris, serve, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("ada secret-token\n")
    client = Client(serve(security={"token_file": tokens}).url)
    for path in ("/api/v1/artifacts", "/api/openapi.json", "/metrics"):
        status, _, text = client.send(path)
        assert status == 401 and "token" in json.loads(text)["error"]
        assert client.send(path, authorization="Bearer secret-token")[0] == 200


def test_what_somebody_recorded_is_text(store, types, api):
    name = "<script>alert(1)</script>\u202e\x1b[31m"
    model = store.artifacts.put(Artifact(type="Model", name=name))
    status, headers, text = api.send(f"/api/v1/nodes/{model.ref.short}", accept="text/html")
    assert status == 200 and headers["content-type"] == "application/json"
    assert headers["x-content-type-options"] == "nosniff"
    assert json.loads(text)["name"] == name


def test_a_node_with_many_events_says_that_there_are_more(store, types, api):
    data = [Artifact(type="Examples") for _ in range(1001)]
    done = store.publish(Execution(type="Trainer"), {"data": data}).execution.ref.short
    node = api.get(f"nodes/{done}")
    assert len(node["events"]) == 1000 and node["events_truncated"] is True
    assert "contexts_truncated" not in node
    first = api.get(f"nodes/{done}/events", limit=700)
    rest = api.get(f"nodes/{done}/events", limit=700, after=first["next_page"])
    assert len(first["items"]) == 700 and rest["next_page"] is None
    every = {one["artifact_id"] for one in first["items"] + rest["items"]}
    assert len(every) == 1001
    for after in ("-1", "x", "²", "9" * 30):
        assert "no page token" in api.get(f"nodes/{done}/events", 400, after=after)["error"]


def test_production_is_bounded_and_says_so(store, types, api):
    """Pushes whose folder nobody knows serve side by side: a year of them is thousands."""
    old, new = (store.artifacts.put(Artifact(type="Model", uri=uri)) for uri in ("old", "new"))
    long_ago = datetime(2020, 1, 1, tzinfo=timezone.utc)
    store.decisions.deploy(old, "the first target", time=long_ago)
    store.types.put(ArtifactType(name="PushedModel"))
    pushes = (
        ToPublish(
            Execution(type="Trainer"),
            inputs={"model": new},
            outputs={"push": Artifact(type="PushedModel", uri=f"s3://pushes/{at}")},
        )
        for at in range(205)
    )
    assert len(list(store.publish_many(pushes))) == 205
    every = [one.artifact.ref.short for one in store.production()]
    assert len(every) == 206
    assert [one["deployment"] for one in api.get("production")] == every
    assert not api.send("/api/v1/production")[1].get_all("graphstore-warning", [])
    assert [one["deployment"] for one in api.get("production", limit=3)] == every[:3]
    (more,) = api.send("/api/v1/production?limit=3")[1].get_all("graphstore-warning", [])
    assert more == "these are the last 3; more were deployed, or pushed"
    home = api.send("/", accept="text/html")[2]
    assert home.count("s3://pushes/") == 20 and "The last 20." in home
    page = api.send("/models", accept="text/html")[2]
    table = page.partition("In production")[2].partition("</table>")[0]
    assert table.count("s3://pushes/") == 200 and "The last 200;" in page
    assert '<span class="good">the first target</span>' in page  # though that is not in the table


def test_deployments_are_paged(store, types, api):
    model = store.artifacts.put(Artifact(type="Model"))
    for target in ("a", "b", "a"):
        store.decisions.deploy(model, target)
    page = api.get("deployments", limit=2)
    rest = api.get("deployments", limit=2, after=page["next_page"])
    ids = [one["deployment"]["id"] for one in page["items"] + rest["items"]]
    assert ids == [one.deployment.id for one in store.decisions.deployments()]
    assert rest["next_page"] is None
    assert len(api.get("deployments", live="true")["items"]) == 2
    assert len(api.get("deployments", target="a", model=model.ref.short)["items"]) == 2
    assert "no page token" in api.get("deployments", 400, after="nonsense")["error"]


def test_what_an_answer_may_lack_is_told_with_it(store, api, database):
    pipeline = Pipeline(store, 0)
    pipeline.load()
    pipeline.train()
    pipeline.train()
    then = moment(database)
    text = then.replace(tzinfo=None).isoformat()
    asked = {"type": "Model", "limit": 2, "any_state": "true"}

    def told(path: str) -> list[str]:
        status, headers, body = api.send(path)
        assert status == 200, body
        return headers.get_all("graphstore-warning", [])

    path = f"/api/v1/latest?{urlencode({**asked, 'as_of': text})}"
    assert not told(path)
    store.delete(f"a{pipeline.models[0]}", reason="bad data")
    (lacks,) = told(path)
    assert f"such as a{pipeline.models[0]}: whether they came into question" in lacks
    assert not told(f"/api/v1/latest?{urlencode(asked)}")
    page = f"/models?{urlencode({'start': 1, 'as_of': text})}"
    assert "Not all is known: " in api.send(page, accept="text/html")[2]
