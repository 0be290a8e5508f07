"""Where things are kept, and who may look."""

import stat
import threading
from pathlib import Path

import pytest

from graphstore.errors import InvalidArgument, StartFailed
from graphstore.local import folders


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", ["default", "demo", "2026-run_3", "A", "a" * 64])
def test_a_store_may_be_called(name):
    assert folders.store_folder(name).name == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "-a", "_a", "ä", "a b", "a" * 65])
def test_a_store_may_not_be_called(name):
    with pytest.raises(InvalidArgument, match="letters"):
        folders.store_folder(name)


def test_the_environment_says_where(tmp_path):
    assert folders.stores_folder() == tmp_path / "home" / "stores"
    assert folders.cache_folder() == tmp_path / "cache"


def test_without_it_they_are_the_users_own(monkeypatch):
    monkeypatch.delenv("GRAPHSTORE_HOME")
    monkeypatch.delenv("GRAPHSTORE_CACHE_DIR")
    assert folders.stores_folder().is_relative_to(Path.home())
    assert folders.cache_folder().is_relative_to(Path.home())


def test_a_private_file_is_for_the_user_alone_and_replaces_the_one_before(tmp_path):
    file = tmp_path / "password"
    folders.write_private(file, "one")
    folders.write_private(file, "two")
    assert file.read_text() == "two"
    assert mode(file) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_an_open_folder_is_closed(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir(mode=0o755)
    folders.make_private(folder)
    assert mode(folder) == 0o700


def test_a_trap_in_the_temporary_folder_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    real = folders.ephemeral_folder()
    assert mode(real) == 0o700
    real.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    real.symlink_to(elsewhere)
    with pytest.raises(StartFailed, match="TMPDIR"):
        folders.ephemeral_folder()


def test_who_waits_for_a_lock_says_so(tmp_path):
    held, release, seen = threading.Event(), threading.Event(), []

    def hold():
        with folders.locked(tmp_path / "store"):
            held.set()
            release.wait()

    def on_progress(progress):
        seen.append(progress)
        release.set()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    with folders.locked(tmp_path / "store", on_progress):
        assert seen[0].step == "waiting for another process"
        assert seen[0].detail == "store"
    holder.join()
