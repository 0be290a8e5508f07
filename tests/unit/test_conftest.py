"""What the tests rest on themselves: one environment everywhere, and workers that keep apart."""

import os
import stat
import time
from fnmatch import fnmatch
from types import SimpleNamespace

import pytest

from tests import conftest

OWN = {"GRAPHSTORE_HOME", "GRAPHSTORE_CACHE_DIR", "LC_ALL"}


def test_what_the_users_environment_says_is_not_heard(tmp_path):
    names = {
        name for name in os.environ if any(fnmatch(name, one) for one in conftest.FOREIGN_VARIABLES)
    }
    assert {
        name for name in names if not any(fnmatch(name, one) for one in conftest.OWN_VARIABLES)
    } == OWN
    (tmp_path / "file").touch()
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644
    assert time.strftime("%H:%M", time.localtime(0)) == "00:00"


@pytest.mark.parametrize(("workers", "is_refused"), [(None, False), (1, False), (2, True)])
def test_workers_do_not_share_a_server(monkeypatch, workers, is_refused):
    config = SimpleNamespace(getoption=lambda name, default: ["popen"] * (workers or 0) or default)
    conftest.pytest_configure(config)  # with a server for each it is no matter how many there are
    monkeypatch.setenv("GRAPHSTORE_TEST_URI", "bolt://neo4j:secret@localhost:7687")
    assert conftest.pytest_xdist_auto_num_workers() == 1
    if is_refused:
        with pytest.raises(pytest.UsageError, match="2 workers were asked for"):
            conftest.pytest_configure(config)
    else:
        conftest.pytest_configure(config)


def test_there_are_as_many_workers_as_processors_and_memory(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)
    monkeypatch.delenv("GRAPHSTORE_TEST_URI", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    for gigabytes, workers in ((64, 8), (4, 2), (1, 1)):
        memory = SimpleNamespace(available=gigabytes * 10**9)
        monkeypatch.setattr(conftest.psutil, "virtual_memory", lambda memory=memory: memory)
        assert conftest.pytest_xdist_auto_num_workers() == workers
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "3")
    assert conftest.pytest_xdist_auto_num_workers() is None


def test_the_long_ones_begin():
    def item(nodeid, *markers):
        return SimpleNamespace(
            nodeid=nodeid,
            path=nodeid.partition("::")[0],
            add_marker=lambda marker: None,
            get_closest_marker=lambda name: name in markers,
        )

    items = [
        item("tests/unit/a.py::a"),
        item("tests/integration/a.py::a"),
        item("tests/integration/b.py::a"),
        item("tests/integration/b.py::b", "slow"),
        item("tests/acceptance/a.py::a"),
        item("tests/integration/local/a.py::a"),
    ]
    before = list(items)
    conftest.pytest_collection_modifyitems(SimpleNamespace(), items)
    assert items == before  # by one process in the order of the files
    conftest.pytest_collection_modifyitems(SimpleNamespace(workerinput={}), items)
    assert [before.index(one) for one in items] == [2, 3, 5, 4, 1, 0]
