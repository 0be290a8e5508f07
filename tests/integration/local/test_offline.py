"""A server that runs while its database does not, and one that goes away again and again."""

import os
import shutil
import signal
import time

import pytest

from graphstore import Artifact, ArtifactType, Store, local
from graphstore.errors import DatabaseOffline, DiskFull, Unavailable
from graphstore.system.processes import ProcessId
from tests.integration.local.test_trouble import fill, mount


def kill(server):
    process = ProcessId.of(server.pid)
    os.kill(process.pid, signal.SIGKILL)
    while process.alive():
        time.sleep(0.01)


def test_a_damaged_database_is_seen_at_once_and_in_the_servers_words(elsewhere, tmp_path):
    server = local.up("damaged", heap="160m", page_cache="16m")
    assert local.status("damaged").wrong is None
    local.down("damaged")
    files = server.folder / "data" / "databases" / "neo4j"
    copy = tmp_path / "copy"
    shutil.copytree(files, copy)
    for file in files.glob("neostore*"):
        if file.is_file():
            file.write_bytes(os.urandom(64))
    with pytest.raises(DatabaseOffline, match=r"its database does not: it is .*Neo4j says: \w+"):
        local.up("damaged")
    status = local.status("damaged")
    assert (status.condition, bool(status.wrong)) == ("running", True)
    with pytest.raises(DatabaseOffline):  # by who joins it, too
        Store.open(name="damaged")
    local.down("damaged")
    shutil.rmtree(files)
    shutil.copytree(copy, files)
    assert local.up("damaged").folder == server.folder
    assert local.status("damaged").wrong is None


def test_a_disk_that_fills_up_under_a_server_is_named_and_up_mends_it_once_there_is_room(
    tmp_path, monkeypatch
):
    with mount(tmp_path, "220m") as disk:
        monkeypatch.setenv("GRAPHSTORE_HOME", str(disk))
        local.up("full")
        try:
            with Store.open(name="full", max_transaction_retry_time=1.0) as store:
                store.types.put(ArtifactType(name="Model"))
                artifact = store.artifacts.put(Artifact(type="Model", uri="s3://first"))
                filler = fill(disk)
                no_space = r"has stopped: .*(No space left|out of disk space)"
                with pytest.raises(Unavailable, match=no_space):
                    for _ in range(200):
                        large = {"text": "x" * 1_000_000}
                        store.artifacts.put(Artifact(type="Model", custom_properties=large))
                with pytest.raises(DiskFull, match="no space left on the device"):
                    local.up("full")
                assert " space" in (local.status("full").wrong or "")
                filler.unlink()
                assert not local.up("full").joined
                assert store.artifacts.get(artifact.id) == artifact  # which the open store finds
        finally:
            local.remove("full")


def test_who_opens_a_store_starts_its_server_again_each_time_it_is_killed(elsewhere, python):
    server = local.up("killed")
    with Store.open(name="killed") as store:
        store.types.put(ArtifactType(name="Model"))
    code = (
        "from graphstore import Artifact, Store\n"
        "with Store.open(name='killed') as store:\n"
        "    print(store.artifacts.put(Artifact(type='Model')).id)"
    )
    ids = []
    for _ in range(2):
        os.kill(server.pid, signal.SIGKILL)  # and not waited for: they come while it ends
        openers = [python(code) for _ in range(3)]
        ids += [one.communicate()[0].strip() for one in openers]
        assert [one.returncode for one in openers] == [0, 0, 0]
        server = local.up("killed")
    assert len(set(ids)) == 6
    with Store.open(name="killed") as store:
        assert len(store.artifacts.get_many(map(int, ids))) == 6
