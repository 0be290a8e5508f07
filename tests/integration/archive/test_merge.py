"""An archive into a store that has something: what is the same is one, all else is added."""

import shutil

import pytest

from graphstore import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Execution,
    FailedPrecondition,
    ParentContext,
    PropertyKind,
    Store,
)
from graphstore.interop.archive import export_archive, import_archive
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS, empty
from tests.integration.archive.contents import (
    BOOKS,
    OF_A_STORE,
    contents,
    differences,
    fill,
    fresh,
    interrupted,
    put_types,
    write_by_hand,
)

HISTORY = ("GraphstoreSource", "Type", *BOOKS)
"""What is counted apart from the history that was imported."""


def history(store: Store):
    """What was recorded, whatever the ids."""
    return contents(store.database, without=OF_A_STORE, labels_out=HISTORY)


def unchanged(report):
    return all(one.unchanged == one.read and not one.left_out for one in report.counts.values())


@pytest.fixture
def archive(store, tmp_path):
    """An archive of a store with a bit of everything; the store is empty again."""
    fill(store)
    write_by_hand(store.database)
    path = tmp_path / "all.zip"
    export_archive(store, path)
    return path


@pytest.fixture
def stranger(database, archive):
    """A store with something else, under ids that the archive has, too."""
    store = fresh(database)
    store.types.put(ArtifactType(name="Stranger"))
    for number in range(3):
        store.artifacts.put(Artifact(type="Stranger", uri=f"s3://stranger/{number}"))
    return store


def test_it_comes_beside_what_is_there(archive, stranger, database):
    before = history(stranger)
    report = import_archive(stranger, archive)
    assert not report.exact and report.agrees and report.problems == []
    after = history(stranger)
    assert before[0] <= after[0]
    assert len(stranger.artifacts.list(type="Stranger")) == 3
    came = after[0] - before[0], after[1] - before[1]
    import_archive(fresh(database), archive)
    assert differences(came, history(Store(database))) == []


def test_again_it_changes_nothing(archive, stranger):
    import_archive(stranger, archive)
    before = contents(stranger.database)
    report = import_archive(stranger, archive)
    assert report.agrees and unchanged(report)
    after = contents(stranger.database)
    assert [text for text in differences(before, after) if "GraphstoreSource" not in text] == []


def test_into_the_store_that_it_is_of_it_changes_nothing(store, tmp_path):
    fill(store)
    write_by_hand(store.database)
    import_mlmd(store, IRIS)
    export_archive(store, tmp_path / "all.zip")
    before = history(store)
    report = import_archive(store, tmp_path / "all.zip")
    assert report.agrees and unchanged(report) and report.problems == []
    assert differences(before, history(store)) == []


@pytest.mark.parametrize("exact", [True, False])
def test_a_later_archive_brings_what_is_new_and_what_changed(store, tmp_path, exact):
    fill(store)
    write_by_hand(store.database)
    export_archive(store, tmp_path / "one.zip")
    fill(store, runs=1, name="wine")
    model = store.artifacts.list(type="Model")[0]
    store.artifacts.put(model.evolve(uri="s3://moved", custom_properties={"now": True}))
    write_by_hand(
        store.database,
        "MATCH (a:Artifact {id: 2}), (e:Execution {id: 2})"
        " CREATE (a)-[:INPUT {path: ['late'], time: datetime()}]->(e)"
        " WITH a MATCH (:Execution)-[:LOGGED]->(s:GraphstoreSeries)"
        " SET s.count = s.count + 1, s.steps = s.steps + 2, s.values = s.values + 0.25"
        " CREATE (:Revision {_until: datetime(), uri: 'once'})-[:REVISION_OF]->(a)",
    )
    export_archive(store, tmp_path / "two.zip")
    later = history(store)

    other = fresh(store.database)
    if not exact:
        other.types.put(ArtifactType(name="Stranger"))
    import_archive(other, tmp_path / "one.zip")
    report = import_archive(other, tmp_path / "two.zip")
    assert report.agrees and report.problems == [] and not report.exact
    assert differences(later, history(other)) == []
    assert report.counts["artifact"].updated == 1
    assert report.counts["attachment"].updated == 1
    assert report.counts["execution"].created == 1
    assert unchanged(import_archive(other, tmp_path / "two.zip"))


def test_what_was_changed_here_since_stays(archive, stranger):
    import_archive(stranger, archive)
    model = stranger.artifacts.list(type="Model")[0]
    stranger.artifacts.put(model.evolve(uri="s3://here"))
    report = import_archive(stranger, archive)
    assert report.counts["artifact"].updated == 0
    assert stranger.artifacts.get(model.id).uri == "s3://here"


def test_what_was_changed_here_and_later_there_is_kept_as_a_revision(store, tmp_path):
    fill(store)
    export_archive(store, tmp_path / "one.zip")
    model = store.artifacts.list(type="Model")[0]
    store.artifacts.put(model.evolve(uri="s3://there"))
    write_by_hand(
        store.database,
        "MATCH (a:Artifact {uri: 's3://there'})"
        " SET a.last_update_time = datetime() + duration('P1D')",
    )
    export_archive(store, tmp_path / "two.zip")

    other = fresh(store.database)
    other.types.put(ArtifactType(name="Stranger"))
    import_archive(other, tmp_path / "one.zip")
    mine = other.artifacts.list(type="Model")[0]
    other.artifacts.put(mine.evolve(uri="s3://here"))
    report = import_archive(other, tmp_path / "two.zip")
    assert report.agrees and report.counts["artifact"].updated == 1
    assert other.artifacts.get(mine.id).uri == "s3://there"
    with store.database.driver.session(database="neo4j") as session:
        before = session.run(
            "MATCH (r:Revision)-[:REVISION_OF]->(:Artifact {id: $id})"
            " RETURN r.uri ORDER BY r._until",
            id=mine.id,
        ).value()
    assert before == [mine.uri, "s3://here"]


def test_a_copy_gives_back_what_was_added_to_it(store, tmp_path):
    fill(store)
    export_archive(store, tmp_path / "one.zip")
    copy = fresh(store.database)
    import_archive(copy, tmp_path / "one.zip")
    copy.artifacts.put(copy.artifacts.get(1).evolve(uri="s3://changed in the copy"))
    fill(copy, runs=1, name="wine")
    export_archive(copy, tmp_path / "copy.zip")
    later = history(copy)

    first = fresh(store.database)
    first.types.put(ArtifactType(name="Stranger"))
    import_archive(first, tmp_path / "one.zip")
    report = import_archive(first, tmp_path / "copy.zip")
    assert report.counts["execution"].created == 1
    assert report.counts["execution"].unchanged == 2
    assert differences(later, history(first)) == []


def test_a_copy_of_a_copy_knows_where_all_began(store, tmp_path):
    fill(store, runs=1)
    export_archive(store, tmp_path / "one.zip")
    copy = fresh(store.database)
    import_archive(copy, tmp_path / "one.zip")
    fill(copy, runs=1, name="wine")
    export_archive(copy, tmp_path / "two.zip")
    other = fresh(store.database)
    import_archive(other, tmp_path / "two.zip")
    for name in ("one.zip", "two.zip"):
        assert unchanged(import_archive(other, tmp_path / name))


def test_a_store_that_has_gone_its_own_way_is_refused(store, tmp_path):
    fill(store, runs=1)
    export_archive(store, tmp_path / "one.zip")
    copy = fresh(store.database)
    import_archive(copy, tmp_path / "one.zip")
    export_archive(copy, tmp_path / "backup.zip")
    fill(copy, runs=1, name="wine")
    export_archive(copy, tmp_path / "lost.zip")
    # It is put back to what it was, by hand, and goes on with the ids that it gave away before.
    write_by_hand(
        copy.database,
        "MATCH (e:Execution) WHERE e.id > 1"
        " SET e.create_time = e.create_time + duration({seconds: 1})",
    )
    before = contents(copy.database)
    with pytest.raises(FailedPrecondition, match="its own way"):
        import_archive(copy, tmp_path / "lost.zip")
    assert differences(before, contents(copy.database)) == []


def test_names_that_others_have_are_qualified(archive, database):
    other = fresh(database)
    fill(other, name="iris")
    with database.driver.session(database="neo4j") as session:
        session.run("MATCH (n) REMOVE n.external_id").consume()
    report = import_archive(other, archive)
    source = report.source
    names = {one.name for one in other.executions.list()}
    assert names == {
        *(f"iris trainer {number}" for number in range(2)),
        *(f"iris trainer {number}@{source}" for number in range(2)),
    }
    assert report.agrees
    assert sum("it is 'iris trainer" in text for text in report.problems) == 2
    assert sum("they are one now" in text for text in report.problems) == 3
    again = import_archive(other, archive)
    assert unchanged(again)
    assert len(other.executions.list()) == 4


def test_what_has_an_external_id_that_is_here_is_the_same(archive, database):
    other = fresh(database)
    put_types(other)
    mine = other.executions.put(Execution(type="Trainer", external_id="iris:step:1"))
    report = import_archive(other, archive)
    assert report.counts["execution"].created == 1
    assert len(other.executions.list()) == 2
    assert other.events.of_executions(mine)
    assert unchanged(import_archive(other, archive))


def test_an_external_id_that_something_else_has_is_qualified(archive, database):
    other = fresh(database)
    put_types(other)
    write_by_hand(
        database,
        "MATCH (t:Type {kind: 'execution', name: 'mlmd.Train'})"
        " CREATE (:Execution {id: 900, type_id: t.id, type: t.name, external_id: 'iris:step:1'})",
    )
    report = import_archive(other, archive)
    assert report.counts["execution"].created == 2
    assert any(f"iris:step:1@{report.source}" in text for text in report.problems)


def test_two_stores_come_into_one(store, tmp_path):
    fill(store, name="iris")
    export_archive(store, tmp_path / "iris.zip")
    one = history(store)
    other = fresh(store.database)
    fill(other, name="wine", runs=3)
    export_archive(other, tmp_path / "wine.zip")
    two = history(other)
    both = fresh(store.database)
    both.types.put(ArtifactType(name="Stranger"))
    for _ in range(2):
        for name in ("iris.zip", "wine.zip"):
            assert import_archive(both, tmp_path / name).agrees
    assert differences((one[0] + two[0], one[1] + two[1]), history(both)) == []


def test_sources_of_one_name_that_are_not_one_are_kept_apart(store, tmp_path):
    import_mlmd(store, IRIS, source="mlmd")
    export_archive(store, tmp_path / "one.zip")
    other = fresh(store.database)
    write_by_hand(
        store.database,
        "CREATE (:GraphstoreSource {name: 'mlmd', create_time: datetime(), first_artifact: ['x']})",
    )
    report = import_archive(other, tmp_path / "one.zip")
    assert any("is another one here" in text for text in report.problems)
    assert {one.source for one in other.artifacts.list()} == {f"mlmd@{report.source}"}
    assert unchanged(import_archive(other, tmp_path / "one.zip"))


def test_what_an_archive_brought_of_a_file_is_known_when_the_file_comes(store, tmp_path):
    shutil.copy(IRIS, tmp_path / "iris.sqlite")
    import_mlmd(store, tmp_path / "iris.sqlite")
    export_archive(store, tmp_path / "one.zip")
    other = fresh(store.database)
    other.types.put(ArtifactType(name="Stranger"))
    import_archive(other, tmp_path / "one.zip")
    report = import_mlmd(other, tmp_path / "iris.sqlite")
    assert all(table.created == 0 for table in report.tables.values())


def test_types_grow_and_those_that_contradict_are_kept_apart(store, tmp_path):
    store.types.put(ArtifactType(name="A", properties={"x": PropertyKind.INT}))
    store.types.put(ArtifactType(name="B", properties={"x": PropertyKind.INT}))
    store.artifacts.put(Artifact(type="A", properties={"x": 1}))
    store.artifacts.put(Artifact(type="B", properties={"x": 2}))
    export_archive(store, tmp_path / "one.zip")
    other = fresh(store.database)
    other.types.put(ArtifactType(name="A", properties={"y": PropertyKind.INT}))
    other.types.put(ArtifactType(name="B", properties={"x": PropertyKind.STRING}))
    report = import_archive(other, tmp_path / "one.zip")
    assert other.types.get("artifact", "A").properties.keys() == {"x", "y"}
    assert other.types.get("artifact", "B", report.source).properties["x"] is PropertyKind.INT
    assert [one.properties for one in other.artifacts.list()] == [{"x": 1}, {"x": 2}]
    assert other.artifacts.list()[1].type_version == report.source


def test_no_context_becomes_part_of_itself(store, tmp_path):
    store.types.put(ContextType(name="C"))
    one, two = (store.contexts.put(Context(type="C", name=name)) for name in "ab")
    store.contexts.put_parents([ParentContext(child_id=one.id, parent_id=two.id)])
    export_archive(store, tmp_path / "one.zip")
    empty(store.database)
    other = Store(store.database)
    other.types.put(ContextType(name="C"))
    one, two = (other.contexts.put(Context(type="C", name=name)) for name in "ab")
    other.contexts.put_parents([ParentContext(child_id=two.id, parent_id=one.id)])
    report = import_archive(other, tmp_path / "one.zip")
    assert report.counts["edge"].left_out == 1 and not report.agrees
    assert any("part of itself" in text for text in report.problems)
    assert [c.name for c in other.contexts.parents(two.id)] == ["a"]
    assert list(other.contexts.parents(one.id)) == []


@pytest.mark.parametrize("after", [0, 2, 5])
def test_an_import_that_was_interrupted_is_done_again(
    archive, stranger, database, monkeypatch, after
):
    monkeypatch.setattr("graphstore.interop.archive.batches.NODES", 2)
    before = history(stranger)
    with interrupted(monkeypatch, after):
        import_archive(stranger, archive)
    assert import_archive(Store(database), archive).agrees
    after_all = history(stranger)
    came = after_all[0] - before[0], after_all[1] - before[1]
    import_archive(fresh(database), archive)
    assert differences(came, history(Store(database))) == []
