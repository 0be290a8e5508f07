"""Seals that are gone, others, or nobody's; keys that come after one another."""

import shutil
from itertools import pairwise

import pytest

from graphstore import Artifact, FailedPrecondition, InvalidArgument, NotFound
from graphstore.proof.keys import make_key, replace_key
from graphstore.proof.seal import Seal, file_name, seal_in
from tests.integration.proof.conftest import run, settle, verify


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "elsewhere"


@pytest.fixture
def three(store, types, key, folder):
    """Three seals, which are kept in a folder as well."""
    for number in range(3):
        store.artifacts.put(Artifact(type="Model", uri=f"s3://{number}"))
        settle(store)
        store.seals.make(key, folder=folder)
    return store


def texts(report):
    return [problem.text for problem in report.problems]


def test_seals_are_kept_as_they_are(three, key, folder):
    seals = three.seals.list()
    assert [seal.number for seal in seals] == [1, 2, 3]
    assert [seal_in(folder / file_name(n)) for n in (1, 2, 3)] == list(seals)
    assert all(one.previous == other.digest for other, one in pairwise(seals))
    report = verify(three, key, folder=folder)
    assert report.passed and report.files == 3 and report.unsealed == 0
    assert report.until == seals[-1].until and report.keys == (key.public,)


@pytest.mark.parametrize("number", [1, 2])
def test_a_seal_that_was_removed(three, key, number):
    run(three.database, "MATCH (s:GraphstoreSeal {number: $n}) DELETE s", n=number)
    assert any(f"seal {number} is missing" in text for text in texts(verify(three, key)))


def test_the_last_seal_cut_off_is_found_by_files_alone(three, key, folder):
    run(three.database, "MATCH (s:GraphstoreSeal {number: 3}) DELETE s")
    run(three.database, "MATCH (s:GraphstoreLeaves {seal: 3}) DELETE s")
    report = verify(three, key)
    assert report.passed and report.files is None and report.unsealed == 1
    report = verify(three, key, folder=folder)
    assert texts(report) == ["cut off: seal 3 is kept elsewhere, and missing in the store"]
    with pytest.raises(FailedPrecondition, match="seal 3, which is kept as a file"):
        three.seals.make(key, folder=folder)


def test_two_seals_swapped(three, key):
    run(three.database, "MATCH (s:GraphstoreSeal {number: 1}) SET s.number = 9")
    run(three.database, "MATCH (s:GraphstoreSeal {number: 2}) SET s.number = 1")
    run(three.database, "MATCH (s:GraphstoreSeal {number: 9}) SET s.number = 2")
    found = texts(verify(three, key))
    for number in (1, 2):
        assert f"seal {number} was altered: its signature is wrong" in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", "7"),
        ("number", "'2'"),
        ("store", "'store-other'"),
        ("since", "s.since - duration('PT1S')"),
        ("until", "s.until + duration('PT1S')"),
        ("until", "null"),
        ("until", "'then'"),
        ("size", "s.size - 1"),
        ("root", "replace(s.root, left(s.root, 1), 'x')"),
        ("previous", "''"),
        ("time", "datetime()"),
        ("key", "replace(s.key, right(s.key, 1), '')"),
        ("signature", "reverse(s.signature)"),
        ("signature", "toUpper(s.signature)"),
        ("successions", "['{}']"),
        ("successions", "['no JSON']"),
    ],
)
def test_each_property_of_a_seal(three, key, name, value):
    run(three.database, f"MATCH (s:GraphstoreSeal {{number: 2}}) SET s.{name} = {value}")
    report = verify(three, key)
    assert not report.passed
    assert {problem.what for problem in report.problems} & {"seal", "key"}
    assert any("seal 2" in text or "seal 7" in text for text in texts(report))


@pytest.mark.parametrize("name", ["keys", "digests", "salts", "number", "marks", "until", "seal"])
@pytest.mark.parametrize("value", ["null", "'x'", "7"])
def test_leaves_that_were_altered(three, key, name, value):
    leaves = "MATCH (l:GraphstoreLeaves {seal: 2})"
    run(three.database, f"{leaves} SET l.{name} = {value}")
    report = verify(three, key)
    assert report.passed == ((name, value) == ("number", "7"))


def test_leaves_of_another_record(three, key):
    """Who alters a record and makes a new leaf of it has another root."""
    run(
        three.database,
        "MATCH (one:GraphstoreLeaves {seal: 2}), (other:GraphstoreLeaves {seal: 3})"
        " SET one.digests = other.digests, one.salts = other.salts, one.marks = other.marks",
    )
    assert any("leaves of seal 2 were altered" in text for text in texts(verify(three, key)))


def test_a_store_without_a_seal_has_not_passed(store, key):
    report = verify(store, key)
    assert not report.passed and report.problems == []


def test_seals_of_a_key_that_nobody_trusts(three, tmp_path):
    other = make_key(tmp_path / "other" / "key")
    (problem,) = verify(three, other).problems
    assert problem.what == "key" and "unknown" in problem.text


def test_a_key_that_comes_after_the_first(three, key, tmp_path, folder):
    file = tmp_path / "keys" / "seals.json"
    second = replace_key(file)
    third = replace_key(file)
    three.artifacts.put(Artifact(type="Model"))
    settle(three)
    seal = three.seals.make(third, folder=folder)
    assert [one.key for one in seal.successions] == [second.public, third.public]
    for trusted in (key, second, third):
        report = verify(three, trusted, folder=folder)
        assert report.passed and report.keys == (key.public, third.public)
    three.artifacts.put(Artifact(type="Model"))
    settle(three)
    with pytest.raises(FailedPrecondition, match="your key does not come after it"):
        three.seals.make(key)
    three.seals.make(third)
    assert verify(three, key).passed
    run(three.database, "MATCH (s:GraphstoreSeal {number: 4}) SET s.successions = []")
    assert {"key"} <= {problem.what for problem in verify(three, key).problems}


def test_a_succession_that_is_put_into_a_seal_makes_no_key_known(three, key, tmp_path):
    """Who has a key of their own makes seals that name a trusted one."""
    owner = make_key(tmp_path / "owner" / "key")
    replaced = replace_key(tmp_path / "owner" / "key")
    rows = run(three.database, "MATCH (s:GraphstoreSeal {number: 3}) RETURN s")
    run(three.database, "MATCH (s:GraphstoreSeal {number: 3}) DELETE s")
    seal = Seal.from_row(rows[0]["s"])
    forged = Seal(**{**vars(seal), "successions": replaced.successions}).signed(key)
    run(three.database, "CREATE (s:GraphstoreSeal) SET s = $row", row=forged.row)
    assert not verify(three, owner).passed and not verify(three, replaced).passed


def test_files_that_differ_or_are_none(three, key, folder):
    with pytest.raises(InvalidArgument, match="no folder with seals"):
        verify(three, key, folder=folder / "nowhere")
    text = (folder / file_name(2)).read_text()
    (folder / file_name(2)).write_text(text.replace("payload", "pay", 1))
    assert any("no seal in" in one for one in texts(verify(three, key, folder=folder)))
    shutil.copy(folder / file_name(1), folder / file_name(2))
    assert verify(three, key, folder=folder).passed


def test_a_whole_chain_that_was_made_anew(three, key, folder):
    """The owner of the key can: who keeps the seals sees it."""
    run(three.database, "MATCH (n) WHERE n:GraphstoreSeal OR n:GraphstoreLeaves DELETE n")
    run(three.database, "MATCH (a:Artifact {id: 2}) SET a.uri = 's3://other'")
    three.seals.make(key)
    assert verify(three, key).passed
    found = texts(verify(three, key, folder=folder))
    assert any("seal 1 is not the one that is kept elsewhere" in text for text in found)
    assert any("cut off: seal 3" in text for text in found)


def test_no_key_of_ones_own(three, monkeypatch, tmp_path):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    with pytest.raises(NotFound, match="--key"):
        three.seals.verify()
    with pytest.raises(NotFound, match="'graphstore key' makes one"):
        three.seals.make()
    with pytest.raises(InvalidArgument, match="a list"):
        three.seals.verify(keys="ed25519:1")
