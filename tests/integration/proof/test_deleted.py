"""What was deleted counts as that, and that it was is sealed; what only looks like it is found."""

import pytest

from graphstore import Artifact, Execution
from graphstore.check_proof import check
from tests.integration.proof.conftest import run, settle, verify


@pytest.fixture
def history(store, types, key):
    """Data, a model, and a report that nothing was made of; sealed."""
    data = Artifact(type="Examples", uri="s3://data")
    done = store.publish(Execution(type="Trainer"), [data], [Artifact(type="Model", uri="s3://m")])
    store.artifacts.put(done.inputs[0].evolve(uri="s3://again"))
    store.publish(Execution(type="Trainer"), done.outputs, [Artifact(type="Examples")])
    store.artifacts.put(Artifact(type="Examples", uri="s3://loose"))
    settle(store)
    store.seals.make(key)
    return store


def records(report):
    return [problem.record for problem in report.problems]


def test_a_tombstone_is_no_missing_record(history, key):
    before = verify(history, key).same
    history.delete("a1", reason="a test")
    report = verify(history, key)
    assert report.problems == [] and (report.same, report.deleted) == (before - 2, 2)
    settle(history)
    assert history.seals.make(key).size == 1
    report = verify(history, key)
    assert report.passed and (report.same, report.deleted) == (before - 1, 2)


def test_what_was_purged_is_no_missing_record(history, key):
    before = verify(history, key)
    history.delete("a4", purge=True)
    report = verify(history, key)
    assert report.passed and (report.same, report.deleted) == (before.same - 1, 1)
    settle(history)
    assert history.seals.make(key).size == 1
    assert verify(history, key).passed
    run(history.database, "MATCH (d:GraphstoreDeletion) DELETE d")
    assert records(verify(history, key)) == ["a4", "the purge of a4"]


def test_a_purge_takes_edges_along(history, key):
    history.delete("e2", purge=True)
    report = verify(history, key)
    assert report.problems == [] and report.deleted >= 3


def test_what_came_and_went_between_two_seals(history, key):
    history.artifacts.put(Artifact(type="Model"))
    history.delete("a5")
    settle(history)
    assert history.seals.make(key).size == 1
    assert verify(history, key).passed


@pytest.mark.parametrize(
    ("text", "record"),
    [
        # Made to look as if it had been deleted before it was sealed.
        ("MATCH (a:Artifact {id: 2}) SET a = a {.id, .type, .type_id, .create_time, ._by,"
         " _deleted: a.create_time}", "the deletion of a2"),
        ("MATCH (a:Artifact {id: 1}) SET a._deleted_by = 'nobody'", "the deletion of a1"),
        ("MATCH (a:Artifact {id: 1}) SET a._deleted_why = 'other'", "the deletion of a1"),
        ("MATCH (a:Artifact {id: 1}) SET a.uri = 's3://made up'", "the deletion of a1"),
        ("MATCH (a:Artifact {id: 1}) SET a.type = 'Model'", "the deletion of a1"),
        ("MATCH (a:Artifact {id: 1}) REMOVE a._deleted, a._deleted_by, a._deleted_why", "a1"),
        ("MATCH (a:Artifact {id: 1})-[e:INPUT]->() DELETE e", "a1 INPUT e1"),
        ("MATCH (a:Artifact {id: 1}) DETACH DELETE a", "the deletion of a1"),
    ],
)  # fmt: skip
def test_deletions_that_were_altered_or_made_up(history, key, text, record):
    history.delete("a1", reason="a test")
    settle(history)
    history.seals.make(key)
    run(history.database, text)
    found = records(verify(history, key))
    assert any(one.startswith(record) for one in found), found


def test_a_lineage_is_proven_through_a_tombstone(history, key):
    history.delete("a1")
    settle(history)
    history.seals.make(key)
    assert check(history.seals.prove("a2", key), key.public)


def test_the_salts_of_what_was_deleted_go(history, key):
    history.delete("a1")
    history.delete("a4", purge=True)
    before = verify(history, key)
    assert history.seals.forget() == 3  # two states of the one, and the other
    after = verify(history, key)
    assert after.problems == [] and (after.same, after.deleted) == (before.same, before.deleted)
    assert history.seals.forget() == 0
    (row,) = run(history.database, "MATCH (l:GraphstoreLeaves) RETURN l.salts AS s, l.keys AS k")
    for at, one in enumerate(row["k"].split("\n")):
        salt = bytes(row["s"])[16 * at : 16 * at + 16]
        is_gone = one.startswith(("state artifact 1 ", "state artifact 4 "))
        assert (salt == bytes(16)) == is_gone, one


@pytest.mark.parametrize(
    "find",
    ["(e:Artifact {id: 2})", "(e:Execution {id: 1})", "(:Artifact {id: 2})-[e:INPUT]->()",
     "(:Artifact {id: 1})<-[:REVISION_OF]-(e:Revision)"],
)  # fmt: skip
def test_what_was_erased_is_counted_as_that(history, key, find):
    """As an erasure leaves it: a value is another one, and it says when that was done."""
    before = verify(history, key).same
    run(history.database, f"MATCH {find} SET e.custom_note = 'erased', e._erased = datetime()")
    assert not verify(history, key).passed  # until the salts go
    assert history.seals.forget() >= 1
    report = verify(history, key)
    assert report.problems == [] and report.erased >= 1
    assert report.same + report.erased == before


def test_a_salt_that_somebody_removes_hides_nothing(history, key):
    run(history.database, "MATCH (a:Artifact {id: 2}) SET a.uri = 's3://other'")
    (row,) = run(history.database, "MATCH (l:GraphstoreLeaves) RETURN l.salts AS s")
    run(history.database, "MATCH (l:GraphstoreLeaves) SET l.salts = $s", s=bytes(len(row["s"])))
    report = verify(history, key)
    assert report.same == 0 and "erased" in {problem.what for problem in report.problems}
    assert "a2" in records(report)


def test_an_erasure_takes_the_salts_along(history, key):
    model = history.artifacts.get(2)
    history.artifacts.put(model.evolve(custom_properties={"note": "by Erika Mustermann"}))
    history.artifacts.put(model.evolve(custom_properties={"note": "by somebody"}))
    history.delete("a1", reason="asked for by Erika Mustermann")
    settle(history)
    size = sum(seal.size for seal in (*history.seals.list(), history.seals.make(key)))
    history.erase(values=["Erika Mustermann"])
    report = verify(history, key)
    assert report.problems == [] and report.erased >= 1
    assert report.same + report.erased + report.deleted == size
    assert report.unsealed == 0  # an erasure is no record
    history.erase("e2", reason="asked for")
    report = verify(history, key)
    assert report.problems == [] and report.same + report.erased + report.deleted == size
    settle(history)
    history.seals.make(key)
    assert verify(history, key).passed
