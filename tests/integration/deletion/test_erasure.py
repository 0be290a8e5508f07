"""Erasure: a person's data is nowhere any more, and the trail stays."""

from __future__ import annotations

import pytest

from graphstore import Artifact, Context, ContextType, Event, Execution, InvalidArgument, run
from graphstore.database import acting
from graphstore.recording.spool import spool_folder
from tests.integration.deletion.graphs import SECRET, iris, properties_of, query, values
from tests.integration.promises.ways import NOWHERE


@pytest.fixture
def history(store, types):
    with acting(SECRET):
        h = iris(store)
    # What it says stands in what was said before, in an edge, in a name, an external id and a uri.
    store.artifacts.put(h.model.evolve(uri=f"/home/{SECRET}/m", external_id=f"m/{SECRET}"))
    store.contexts.put(h.run_1.evolve(name=f"of {SECRET}", custom_properties={"by": SECRET}))
    with acting(SECRET):
        store.events.put(
            [Event(type="INPUT", artifact_id=h.raw, execution_id=h.evaluator, path=(SECRET,))]
        )
    return h


def arrows(database):
    return sorted(query(database, "MATCH (a)-[e]->(b) RETURN [type(e), a.id, b.id]"))


def test_a_value_stands_nowhere_and_the_trail_stays(store, database, history):
    before = arrows(database)
    assert values(database, SECRET) > 15
    plan = store.erase(values=[SECRET], dry_run=True)
    assert values(database, SECRET) > 15
    report = store.erase(values=[SECRET])
    assert values(database, SECRET) == 0
    assert arrows(database) == before
    assert dict(report.properties) == dict(plan.properties) and report.left == []
    assert report.properties["_by"] > 5
    model = store.artifacts.get(history.model)
    assert model.uri == "/home/erased/m" and model.external_id is None
    assert model.custom_properties == {"note": "erased", "deep": {"who": ["erased"]}}
    assert store.contexts.get(history.run_1).name == f"of erased {history.run_1.ref.short}"
    assert properties_of(database, history.model)["_erased"] is not None
    assert {one.by for one in store.changes(of=history.raw) if one.what == "recorded"} == {"erased"}
    assert store.erase(values=[SECRET]).properties == {}


def test_only_whole_words_are_written_over(store, types):
    said = {"a": "ann, anna and joann: ann@x, (ann)", "b": "planning", "c": {"ann": ["ann"]}}
    one = store.artifacts.put(Artifact(type="Examples", custom_properties=said))
    report = store.erase(values=["ann"])
    assert store.artifacts.get(one).custom_properties == {
        "a": "erased, anna and joann: erased@x, (erased)",
        "b": "planning",
        "c": {"erased": ["erased"]},
    }
    assert report.properties == {"custom_a": 1, "custom_c": 1}
    assert report.within_words == 1 and "within a longer word" in str(report)


def test_a_value_that_json_spells_otherwise(store, types, database):
    value = 'Zoë "Z" \\ Quote'
    store.artifacts.put(
        Artifact(type="Examples", custom_properties={"deep": {"who": value}, "flat": value})
    )
    store.erase(values=[value])
    assert values(database, "Zo") == 0


def test_names_stay_unique(store, types):
    nodes = store.artifacts.put_many(
        [Artifact(type="Examples", name=f"{SECRET} {n}") for n in "ab"]
        + [Artifact(type="Examples", name=SECRET)]
    )
    store.erase(values=[f"{SECRET} a", f"{SECRET} b", SECRET])
    assert [store.artifacts.get(one).name for one in nodes] == [
        f"erased {one.ref.short}" for one in nodes
    ]


def test_where_it_stands_still_is_said(store, types):
    store.types.put(ContextType(name=f"Team {SECRET}"))
    store.contexts.put(Context(type=f"Team {SECRET}", name="x"))
    report = store.erase(values=[SECRET])
    assert any(f"type: Team {SECRET}" in one for one in report.left)


def test_nodes_are_forgotten_with_their_external_ids(store, database, history):
    report = store.erase(history.trainer, reason="asked for")
    assert history.trainer.ref in report.nodes.nodes
    left = properties_of(database, history.trainer)
    assert "external_id" not in left and left["_by"] == "erased" and left["_erased"]
    assert store.executions.get(history.trainer).deletion.reason == "asked for"
    # What was deleted before is forgotten, too.
    store.delete(history.model)
    store.erase(history.model)
    assert "external_id" not in properties_of(database, history.model)
    again = store.executions.put(Execution(type="Trainer", external_id="e/1"))
    assert again.id != history.trainer.id


@pytest.mark.parametrize("bad", [[], [""], ["ab"], ["  a  "], [1]])
def test_what_is_no_value_is_refused(store, bad):
    with pytest.raises(InvalidArgument):
        store.erase(values=bad)


def test_what_waits_on_the_disk_has_it_no_more(store, types, tmp_path, monkeypatch):
    from graphstore import Store

    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    nowhere = {"uri": NOWHERE, "auth": ("nobody", "nothing"), "database": "neo4j"}
    with run("p", "one", capture=(), **nowhere) as away:
        with away.execution("Trainer", parameters={"who": SECRET}) as step:
            step.output("model", Artifact(type="Model", uri=f"s3://{SECRET}/m"))
    here = Store(store.database, address=f"{NOWHERE} neo4j")
    files = [path for path in spool_folder(here.address).iterdir() if path.is_file()]
    assert any(SECRET.encode() in path.read_bytes() for path in files)
    assert here.erase(values=[SECRET], dry_run=True).spooled > 0
    assert here.erase(values=[SECRET]).spooled > 0
    assert not any(SECRET.encode() in path.read_bytes() for path in files)
    report = here.flush()
    assert report.waiting == 0 and report.rejected == ()
    (model,) = store.artifacts.list(type="Model")
    assert model.uri == "s3://erased/m"
    assert values(store.database, SECRET) == 0
