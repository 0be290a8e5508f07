"""What was erased is in none of Neo4j's files once the store is written anew, as the guide says."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphstore import Artifact, ArtifactType, Store, local
from graphstore.interop.archive import export_archive, import_archive
from tests.integration.deletion.graphs import SECRET


def files_with(folder: Path, text: str) -> set[str]:
    """The files below a folder that have a text in them."""
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and text.encode() in path.read_bytes()
    }


@pytest.mark.slow
def test_what_was_erased_is_in_no_file_of_a_store_that_is_written_anew(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("GRAPHSTORE_HOME", str(home))
    with Store.open(name="old") as store:
        store.types.put(ArtifactType(name="Model"))
        node = Artifact(type="Model", uri=f"s3://{SECRET}", custom_properties={"who": SECRET})
        store.artifacts.put(node)
        store.erase(values=[SECRET])
        export_archive(store, tmp_path / "all.zip")
    local.down("old")
    assert files_with(home, SECRET)  # that is why
    with Store.open(name="new") as store:
        assert import_archive(store, tmp_path / "all.zip").exact
        (copy,) = store.artifacts.list()
        assert copy.uri == "s3://erased"
    local.down("new")
    local.remove("old")
    assert files_with(home, SECRET) == set()
    assert files_with(home, "s3://erased")
    local.remove("new")
