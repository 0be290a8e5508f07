"""Where things are kept, who may look, and one process at a time."""

import stat
import threading
from pathlib import Path

import pytest

from graphstore.system import folders


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRAPHSTORE_CACHE_DIR", str(tmp_path / "cache"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_environment_says_where(tmp_path):
    assert folders.data_folder() == tmp_path / "home"
    assert folders.cache_folder() == tmp_path / "cache"


def test_without_it_they_are_the_users_own(monkeypatch):
    monkeypatch.delenv("GRAPHSTORE_HOME")
    monkeypatch.delenv("GRAPHSTORE_CACHE_DIR")
    assert folders.data_folder().is_relative_to(Path.home())
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


def test_nobody_else_can_open_a_lock(tmp_path):
    (tmp_path / "stores").mkdir(mode=0o755)
    with folders.lock_of(tmp_path / "stores" / "default"):
        assert mode(tmp_path / "stores") == 0o700
        assert mode(tmp_path / "stores" / ".default.lock") & 0o077 == 0


@pytest.mark.slow
def test_who_waits_for_a_lock_says_so(tmp_path):
    lock_event, release, messages = threading.Event(), threading.Event(), []

    def hold():
        with folders.lock_of(tmp_path / "store"):
            lock_event.set()
            release.wait()

    def on_progress(progress):
        messages.append(progress)
        release.set()

    holder = threading.Thread(target=hold)
    holder.start()
    lock_event.wait()
    with folders.lock_of(tmp_path / "store", on_progress):
        assert messages[0].step == "waiting for another process"
        assert messages[0].detail == "store"
    holder.join()
