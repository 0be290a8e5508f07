"""Where local stores are kept, and where ephemeral ones."""

import stat

import pytest

from graphstore.errors import InvalidArgument, StartFailed
from graphstore.local import folders


@pytest.mark.parametrize("name", ["default", "demo", "2026-run_3", "A", "a" * 64])
def test_a_store_may_be_called(name):
    assert folders.store_folder(name).name == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "-a", "_a", "ä", "a b", "a" * 65])
def test_a_store_may_not_be_called(name):
    with pytest.raises(InvalidArgument, match="letters"):
        folders.store_folder(name)


def test_stores_are_in_the_data_folder(tmp_path):
    assert folders.stores_folder() == tmp_path / "home" / "stores"


def test_a_trap_in_the_temporary_folder_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    real = folders.ephemeral_folder()
    assert stat.S_IMODE(real.stat().st_mode) == 0o700
    real.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    real.symlink_to(elsewhere)
    with pytest.raises(StartFailed, match="TMPDIR"):
        folders.ephemeral_folder()
