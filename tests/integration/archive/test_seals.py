"""Archives of a store that is sealed: seals hold in a copy, and are left out of another store."""

import json
import zipfile

import pytest

from graphstore import Artifact, ArtifactType
from graphstore.interop.archive import export_archive, import_archive
from graphstore.proof.keys import make_key
from tests.integration.archive.contents import contents, differences, fill, fresh
from tests.integration.proof.conftest import change, run, settle, verify


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "keys" / "seals.json")


@pytest.fixture
def sealed(store, key):
    """Two seals, a tombstone and a purge among what is sealed, and something that is not sealed."""
    fill(store)
    loose = store.artifacts.put(Artifact(type="Examples"))
    settle(store)
    store.seals.make(key)
    change(store)
    store.delete("a1", reason="a test")
    store.delete(loose, purge=True)
    settle(store)
    store.seals.make(key)
    store.artifacts.put(Artifact(type="Examples"))
    return store


def test_seals_hold_in_a_copy(sealed, key, tmp_path):
    before, was = contents(sealed.database), verify(sealed, key)
    assert was.passed and was.deleted
    exported = export_archive(sealed, tmp_path / "all.zip")
    assert exported.lines["seal"] == 2 and exported.left_out == {}
    copy = fresh(sealed.database)
    report = import_archive(copy, tmp_path / "all.zip")
    assert report.exact and report.problems == []
    assert differences(before, contents(copy.database)) == []
    now = verify(copy, key)
    assert now.problems == [] and (now.same, now.deleted) == (was.same, was.deleted)

    settle(copy)
    assert copy.seals.make(key).number == 3
    assert verify(copy, key).passed
    run(copy.database, "MATCH (a:Artifact {id: 2}) SET a.uri = 's3://other'")
    assert not verify(copy, key).passed


def test_seals_are_left_out_of_a_store_that_has_something(sealed, key, tmp_path):
    export_archive(sealed, tmp_path / "all.zip")
    other = fresh(sealed.database)
    other.types.put(ArtifactType(name="Stranger"))
    report = import_archive(other, tmp_path / "all.zip")
    assert any("2 seal(s) of the archive's store are left out" in one for one in report.problems)
    assert other.seals.list() == []


def test_a_part_and_what_is_not_sealed_have_no_seals(sealed, tmp_path):
    part = export_archive(sealed, tmp_path / "part.zip", lineage="a3")
    assert part.lines["seal"] == 0
    run(sealed.database, "MATCH (n) WHERE n:GraphstoreSeal OR n:GraphstoreLeaves DELETE n")
    whole = export_archive(sealed, tmp_path / "whole.zip")
    assert whole.lines["seal"] == 0
    with zipfile.ZipFile(tmp_path / "whole.zip") as file:
        parts = json.loads(file.read("manifest.json"))["parts"]
    assert not any(part["kind"] == "seal" for part in parts)
