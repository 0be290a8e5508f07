"""What the tests of questions share."""

import pytest

from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS


@pytest.fixture
def own_folders(tmp_path, monkeypatch):
    """What is recorded on this machine's disk goes to a folder of the test, which it stands in."""
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def iris(store):
    """A store that holds the TFX history of `examples/`."""
    import_mlmd(store, IRIS)
    return store
