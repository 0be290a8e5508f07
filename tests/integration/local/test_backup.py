"""Backups of local stores: written while the server is down, which is up again whatever happens."""

import os
import signal
import time

import pytest

from graphstore import Artifact, ArtifactType, Store, local
from graphstore.errors import (
    AlreadyExists,
    FailedPrecondition,
    LocalServerError,
    NotFound,
    StartFailed,
)
from graphstore.local.folders import store_folder
from graphstore.local.launch import Launch
from tests.integration.archive.contents import contents, differences


def record(name, uri):
    """Record something in a local store, and say all that it holds then."""
    with Store.open(name=name, create=False) as store:
        store.types.put(ArtifactType(name="Data"))
        store.artifacts.put(Artifact(type="Data", uri=uri))
        return contents(store.database)


def held(name):
    with Store.open(name=name, create=False) as store:
        return contents(store.database)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A local store, its backup, what it held then, and what `backup` said."""
    local.up("saved", heap="256m", page_cache="32m")
    before = record("saved", "s3://one")
    path = tmp_path_factory.mktemp("backup") / "saved.dump"
    report = local.backup("saved", path)
    yield path, before, report
    for name in {"saved", "again"} & {*local.local_stores()}:
        local.remove(name)


def test_a_backup_becomes_a_store_with_all_that_was_there(saved):
    path, before, report = saved
    assert report.restarted and report.bytes == path.stat().st_size
    assert local.status("saved").condition == "running"
    assert sorted(path.parent.iterdir()) == [path]
    record("saved", "s3://two")
    server = local.restore("again", path)
    assert differences(before, held("again")) == []
    assert differences(before, held("saved")) != []
    assert server.name == "again" and local.status("again").condition == "running"


def test_a_store_is_replaced_only_with_force_and_keeps_its_password_and_ports(saved):
    path, before, _ = saved
    password, uri = local.password("saved"), local.status("saved").uri
    record("saved", "s3://three")
    with pytest.raises(FailedPrecondition, match="say --force"):
        local.restore("saved", path)
    server = local.restore("saved", path, force=True)
    assert differences(before, held("saved")) == []
    assert (server.password, server.uri) == (password, uri)


def test_what_is_no_backup_leaves_what_is_there(saved, tmp_path):
    path, _, _ = saved
    (tmp_path / "text").write_text("no backup" * 1000)
    (tmp_path / "half").write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    before = held("saved")
    for name in ("text", "half"):
        with pytest.raises(LocalServerError, match="reading a backup"):
            local.restore("saved", tmp_path / name, force=True)
        with pytest.raises(LocalServerError):
            local.restore("no-store", tmp_path / name)
    assert differences(before, held("saved")) == []
    assert "no-store" not in local.local_stores()
    assert not list(store_folder("saved").parent.glob(".*.restored"))


def test_the_server_is_up_again_if_the_backup_fails(saved, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise StartFailed("no")

    monkeypatch.setattr(Launch, "admin", fail)
    with pytest.raises(StartFailed):
        local.backup("saved", tmp_path / "saved.dump")
    assert local.status("saved").condition == "running"
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_said_before_the_server_is_stopped(saved, tmp_path):
    path, _, _ = saved
    pid = local.status("saved").pid
    with pytest.raises(AlreadyExists, match="--force"):
        local.backup("saved", path)
    with pytest.raises(FailedPrecondition, match="no folder"):
        local.backup("saved", tmp_path / "no" / "saved.dump")
    with pytest.raises(FailedPrecondition, match="is a folder"):
        local.backup("saved", tmp_path)
    with pytest.raises(NotFound, match="nowhere"):
        local.backup("nowhere", tmp_path / "saved.dump")
    with pytest.raises(FailedPrecondition, match="cannot read"):
        local.restore("new", tmp_path / "no.dump")
    assert local.status("saved").pid == pid


def test_a_server_that_was_killed_is_backed_up_with_all_that_was_committed(saved, tmp_path):
    before = record("saved", "s3://four")
    os.kill(local.status("saved").pid, signal.SIGKILL)
    while local.status("saved").condition == "running":
        time.sleep(0.1)
    report = local.backup("saved", tmp_path / "saved.dump")
    assert not report.restarted
    assert local.status("saved").condition == "stopped"
    local.restore("again", tmp_path / "saved.dump", force=True)
    assert differences(before, held("again")) == []
