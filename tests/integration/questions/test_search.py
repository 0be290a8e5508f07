"""What one types into a box: ids, and how names, uris, external ids and digests begin."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from graphstore import Artifact, ArtifactType, Context, ContextType, Execution, ExecutionType
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument
from tests.integration.history.test_as_of import moment

SHA = "sha256:" + "7d56a25b" * 8


@pytest.fixture
def things(store):
    store.types.put_many(
        [ArtifactType(name="Data"), ExecutionType(name="Train"), ContextType(name="Run")]
    )
    made = store.publish(
        Execution(type="Train", name="train-1", external_id="job/17"),
        outputs=[
            Artifact(type="Data", name="Iris data", uri="file:///data/iris.csv", digest=SHA),
            Artifact(type="Data", name="iris", uri="s3://bucket/iris/1"),
            Artifact(type="Data", name="IRIS/2"),
        ],
        contexts=[Context(type="Run", name="iris-run")],
    )
    return made


def refs(found):
    return [hit.node.ref.short for hit in found.hits]


def test_each_way_finds_what_begins_so(store, things):
    a, b, c = (one.ref.short for one in things.outputs)
    e, run = things.execution.ref.short, things.contexts[0].ref.short
    assert refs(store.search("iris")) == [b, c, run, a]  # the whole name first
    assert refs(store.search(a)) == [a] and store.search(a).hits[0].way == "id"
    assert refs(store.search(f"execution:{things.execution.id}")) == [e]
    assert refs(store.search("train")) == [e]
    assert refs(store.search("job/")) == [e]
    assert refs(store.search("s3://bucket/ir")) == [b]
    for place in ("file:///data/ir", "/data/iris.csv"):
        assert refs(store.search(place)) == [a], place
    for digest in (SHA, SHA[:20], SHA[7:], SHA[7:13].upper()):
        found = store.search(digest)
        assert [(hit.node.ref.short, hit.way) for hit in found.hits] == [(a, "digest")], digest
    for nothing in ("ris", "7d56a", "a4500", "data/iris", ""):
        assert refs(store.search(nothing)) == [], nothing


def test_a_bound_that_is_reached_is_said(store, things):
    assert store.search("iris", limit=4).truncated is False
    found = store.search("iris", limit=2)
    assert (len(found.hits), found.truncated) == (2, True)
    assert "There is more" in str(found)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "*",
            "iris*",
            "name:iris",
            "+iris -x",
            '"iris',
            "(iris",
            "iris AND (",
            "[a TO z]",
            "a~0.5",
        ),
        *("iris\\", "/.*/", "{", "'; MATCH (n) DETACH DELETE n //", "\0", "%", "_", "💥", "\u202e"),
        *(" ", "a" * 1000, "$begins", "`", "\n", "9" * 400, "a" + "9" * 16),
    ],
)
def test_no_text_means_anything_but_itself(store, things, text):
    assert refs(store.search(text)) == []


def test_a_text_that_has_signs_in_it_is_found_by_them(store, things):
    name = "*?[a-z]+(\"'\\`%_$) 💥 ünïcode"
    node = store.artifacts.put(Artifact(type="Data", name=name))
    for end in (1, 5, len(name)):
        assert refs(store.search(name[:end])) == [node.ref.short]


@pytest.mark.parametrize(("text", "limit"), [("a" * 1001, 10), ("a", 0), ("a\ud800", 10)])
def test_what_cannot_be_right_is_refused(store, text, limit):
    with pytest.raises(InvalidArgument):
        store.search(text, limit=limit)


def test_what_was_not_there_then_is_left_out_and_the_rest_is_as_it_was(store, things):
    iris = things.outputs[1]
    then = moment(store.database)
    store.artifacts.put(iris.evolve(name="iris-new", uri="s3://bucket/iris/2"))
    store.artifacts.put(Artifact(type="Data", name="iris-later"))
    assert len(store.search("iris-").hits) == 3
    found = store.search("iris-", as_of=then)
    assert [(hit.node.ref, hit.node.name) for hit in found.hits] == [
        (iris.ref, "iris"),
        (things.contexts[0].ref, "iris-run"),
    ]
    assert store.search("iris", as_of=datetime(2020, 1, 1, tzinfo=timezone.utc)).hits == ()


def test_what_was_deleted_is_found_by_its_id_alone(store, things):
    iris = things.outputs[1]
    store.delete(iris)
    assert iris.ref.short not in refs(store.search("iris"))
    assert store.search(iris.ref.short).hits[0].node.deletion is not None


def test_every_way_is_by_an_index(store, things):
    """Else it would take longer in a larger store."""
    text, values = QUERIES["answers.search"].to_send(
        {"begins": ["iris"], "digests": [SHA], "limit": 5}
    )
    plan = store.database.driver.execute_query(f"EXPLAIN {text}", values).summary.plan

    def operators(one):
        yield one["operatorType"].partition("@")[0]
        for child in one.get("children", ()):
            yield from operators(child)

    names = list(operators(plan))
    assert sum("Seek" in name for name in names) == 9, names
    # Types are few; of nodes none is looked at in vain.
    assert [name for name in names if "Scan" in name] == ["NodeByLabelScan"] * 3, names


def test_types_count_their_nodes_up_to_a_bound_and_as_of_then(store, things):
    counts = store.types.counts()
    assert counts["artifact", "Data"] == 3 and counts["context", "Run"] == 1
    assert store.types.counts(most=2)["artifact", "Data"] == 2
    before = store.types.counts(as_of=datetime(2020, 1, 1, tzinfo=timezone.utc))
    assert before["artifact", "Data"] == 0
    with pytest.raises(InvalidArgument):
        store.types.counts(most=0)


def test_the_answer_in_json(store, things):
    found = json.loads(json.dumps(store.search("s3://").to_dict()))
    assert found["hits"][0]["way"] == "uri" and found["truncated"] is False
