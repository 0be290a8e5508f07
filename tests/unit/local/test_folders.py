"""Where local stores are kept, and where ephemeral ones."""

import os
import stat

import pytest

from graphstore.errors import InvalidArgument, StartFailed
from graphstore.local import folders, throwaway


@pytest.mark.parametrize("name", ["default", "demo", "2026-run_3", "A", "a" * 64])
def test_a_store_may_be_called(name):
    assert folders.store_folder(name).name == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "-a", "_a", "ä", "a b", "a" * 65])
def test_a_store_may_not_be_called(name):
    with pytest.raises(InvalidArgument, match="letters"):
        folders.store_folder(name)


def test_stores_are_in_the_data_folder(tmp_path):
    assert folders.stores_folder() == tmp_path / "home" / "stores"


def test_a_trap_in_the_temporary_folder_is_not_used_and_keeps_nobody_from_working(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    real = folders.ephemeral_folder()
    assert stat.S_IMODE(real.stat().st_mode) == 0o700
    real.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    real.symlink_to(elsewhere)
    assert folders.ephemeral_folder() == tmp_path / "cache" / "ephemeral"
    assert stat.S_IMODE(folders.ephemeral_folder().stat().st_mode) == 0o700
    assert not list(elsewhere.iterdir())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_a_folder_of_somebody_else_in_the_temporary_folder_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    foreign = folders.ephemeral_folder()
    os.chown(foreign, 65534, 65534)
    trap = foreign / "1-1.00-x"  # as if its owner, process 1, had ended
    trap.mkdir()
    assert folders.ephemeral_folder() == tmp_path / "cache" / "ephemeral"
    throwaway.reap()
    assert trap.exists()


def test_the_cache_is_private(tmp_path):
    folder = tmp_path / "cache" / "neo4j"
    folders.guard_cache(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) & 0o022 == 0
    folder.chmod(0o755)
    folders.guard_cache(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("which", ["cache", "cache/neo4j"])
@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_cache_that_others_can_write_to_is_refused(tmp_path, which, mode):
    folder = tmp_path / "cache" / "neo4j"
    folders.guard_cache(folder)
    (tmp_path / which).chmod(mode)
    with pytest.raises(StartFailed, match="others can write to"):
        folders.guard_cache(folder)
