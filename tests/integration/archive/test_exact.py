"""An archive into an empty store: all of it is as it was."""

import json
import zipfile

import pytest

from graphstore import Artifact, ArtifactType, FailedPrecondition, Store
from graphstore.database.queries import QUERIES
from graphstore.interop.archive import export_archive, exporter, import_archive
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS
from tests.integration.archive.contents import (
    contents,
    differences,
    fill,
    fresh,
    interrupted,
    write_by_hand,
)


def manifest_of(path):
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read("manifest.json"))


@pytest.fixture
def full(store):
    """A store with a bit of everything."""
    fill(store)
    write_by_hand(store.database)
    import_mlmd(store, IRIS)
    return store


def test_all_of_a_store_comes_back_as_it_was(full, tmp_path):
    before = contents(full.database)
    exported = export_archive(full, tmp_path / "all.zip")
    copy = fresh(full.database)
    report = import_archive(copy, tmp_path / "all.zip")
    assert differences(before, contents(copy.database)) == []
    assert report.exact and report.agrees and report.problems == []
    assert exported.left_out == {} and exported.edges_out == {}
    assert all(one.created == one.read > 0 for one in report.counts.values())
    assert report.counts["edge"].read + report.counts["attachment"].read == sum(before[1].values())


def test_ids_go_on_after_those_of_the_archive(full, tmp_path):
    export_archive(full, tmp_path / "all.zip")
    highest = max(one.id for one in full.artifacts.list())
    highest_type = max(one.id for one in full.types.all())
    copy = fresh(full.database)
    import_archive(copy, tmp_path / "all.zip")
    assert copy.artifacts.put(Artifact(type="Examples", uri="s3://new")).id > highest
    assert copy.types.put(ArtifactType(name="New")).id > highest_type


def test_a_copy_is_a_store_of_its_own_and_knows_whose_ids_it_has(full, tmp_path):
    export_archive(full, tmp_path / "all.zip")
    store = manifest_of(tmp_path / "all.zip")["store"]
    copy = fresh(full.database)
    import_archive(copy, tmp_path / "all.zip")
    export_archive(copy, tmp_path / "copy.zip")
    copied = manifest_of(tmp_path / "copy.zip")["store"]
    assert copied["id"] != store["id"]
    assert copied["copied"] == [
        {"store": store["id"]}
        | {kind: store["next_ids"][kind] - 1 for kind in ("artifact", "execution", "context")}
    ]


def test_two_archives_of_one_store_have_the_same_lines(full, tmp_path):
    for name in ("one.zip", "two.zip"):
        export_archive(full, tmp_path / name)
    one, two = (manifest_of(tmp_path / name) for name in ("one.zip", "two.zip"))
    assert one["parts"] == two["parts"]


def test_the_edges_of_a_node_with_very_many_come_back(full, tmp_path, monkeypatch):
    monkeypatch.setattr(exporter, "_MANY_EDGES", 1)
    before = contents(full.database)
    export_archive(full, tmp_path / "all.zip")
    copy = fresh(full.database)
    report = import_archive(copy, tmp_path / "all.zip")
    assert differences(before, contents(copy.database)) == []
    assert report.agrees


def test_parts_have_a_size_at_most(full, tmp_path, monkeypatch):
    monkeypatch.setattr("graphstore.interop.archive.file._PART_BYTES", 2_000)
    monkeypatch.setattr(exporter, "_FIRST_PAGE", 3)
    monkeypatch.setattr(exporter, "_PAGE", 3)
    before = contents(full.database)
    export_archive(full, tmp_path / "all.zip")
    assert {"artifacts-00001.jsonl", "artifacts-00002.jsonl"} <= {
        part["name"] for part in manifest_of(tmp_path / "all.zip")["parts"]
    }
    copy = fresh(full.database)
    import_archive(copy, tmp_path / "all.zip")
    assert differences(before, contents(copy.database)) == []


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr("graphstore.interop.archive.batches.NODES", 2)


@pytest.mark.parametrize("after", [0, 1, 4, 9, 14])
def test_an_import_that_was_interrupted_goes_on(after, store, tmp_path, monkeypatch, small_batches):
    fill(store)
    write_by_hand(store.database)
    before = contents(store.database)
    export_archive(store, tmp_path / "all.zip")
    copy = fresh(store.database)
    with interrupted(monkeypatch, after):
        import_archive(copy, tmp_path / "all.zip")
    with pytest.raises(FailedPrecondition, match="has not ended"):
        export_archive(copy, tmp_path / "half.zip")
    report = import_archive(Store(store.database), tmp_path / "all.zip")
    assert differences(before, contents(copy.database)) == []
    assert report.exact and report.agrees


def test_another_archive_waits_until_the_first_is_there(store, tmp_path, monkeypatch):
    fill(store)
    export_archive(store, tmp_path / "one.zip")
    fill(store, name="wine")
    export_archive(store, tmp_path / "two.zip")
    copy = fresh(store.database)
    with interrupted(monkeypatch, after=0):
        import_archive(copy, tmp_path / "one.zip")
    with pytest.raises(FailedPrecondition, match="another archive is being copied"):
        import_archive(copy, tmp_path / "two.zip")


def test_what_is_somebody_elses_is_counted_and_left_out(full, tmp_path):
    write_by_hand(
        full.database,
        "MATCH (a:Artifact) WITH a ORDER BY a.id LIMIT 2"
        " MERGE (p:Person {name: 'Ada'}) CREATE (p)-[:OWNS]->(a)"
        " MERGE (:Thing:Other) MERGE (:Artifact {uri: 'no id'})",
    )
    report = export_archive(full, tmp_path / "all.zip")
    assert report.left_out == {"Artifact": 1, "Other:Thing": 1, "Person": 1}


def test_an_empty_store_is_an_archive_too(store, tmp_path):
    before = contents(store.database)
    export_archive(store, tmp_path / "none.zip")
    report = import_archive(fresh(store.database), tmp_path / "none.zip")
    assert differences(before, contents(store.database)) == []
    assert report.counts["type"].created == 9


@pytest.mark.parametrize("kind", ["artifact", "execution"])
def test_a_page_looks_at_no_more_than_its_own_edges(store, kind):
    """Not at the members of each context that it leads to, which may be all that there are."""
    write_by_hand(
        store.database,
        "CREATE (context:Context {id: 1}) WITH context UNWIND range(1, 200) AS id"
        " CREATE (a:Artifact {id: id})-[:INPUT]->(e:Execution {id: id}),"
        " (a)-[:ATTRIBUTED_TO]->(context), (e)-[:ASSOCIATED_WITH]->(context)",
    )
    query = QUERIES[f"archive.page_{kind}s"]
    parameters = {"after_id": 0, "limit": 200} | ({"most": 9} if kind == "artifact" else {})
    text = query.with_parameters(parameters).text
    with store.database.driver.session(database=store.database.name) as session:
        result = session.run("PROFILE " + text, parameters)
        assert len(list(result)) == 200
        assert hits(result.consume().profile) < 200 * 60


def hits(plan):
    """How often the database was asked for something by a plan and all that is below it."""
    return plan["args"].get("DbHits", 0) + sum(hits(one) for one in plan.get("children", ()))
