"""An archive goes from one Neo4j to another, newer or older, and all of it is as it was."""

import pytest

from graphstore import Store, local
from graphstore.interop.archive import export_archive, import_archive
from tests.integration.archive.contents import contents, differences, fill, write_by_hand
from tests.integration.local.conftest import VERSIONS

OLD, NEW = VERSIONS


@pytest.fixture
def stores(elsewhere):
    """Two local stores on each Neo4j, by name; started when they are asked for."""

    def open_(name):
        version = OLD if name.startswith("old") else NEW
        local.up(name, neo4j_version=version, heap="300m", page_cache="32m")
        return Store.open(name=name)

    return open_


@pytest.mark.slow
def test_from_the_older_to_the_newer_and_back(stores, tmp_path):
    with stores("old") as store:
        fill(store)
        write_by_hand(store.database)
        before = contents(store.database)
        export_archive(store, tmp_path / "old.zip")
    local.down("old")
    with stores("new") as store:
        assert import_archive(store, tmp_path / "old.zip").exact
        assert differences(before, contents(store.database)) == []
        export_archive(store, tmp_path / "new.zip")
    local.down("new")
    with stores("old-again") as store:
        assert import_archive(store, tmp_path / "new.zip").exact
        assert differences(before, contents(store.database)) == []
