"""`Store.open` on local servers."""

import os
import subprocess
import sys

import pytest

from graphstore import Artifact, ArtifactType, Store, local
from graphstore.errors import InvalidArgument, LocalServerError, MissingExtra


def test_a_local_store_is_opened_joined_and_kept(home, monkeypatch):
    monkeypatch.delenv("NEO4J_URI", raising=False)
    reports = []
    with Store.open(name="kept", on_progress=reports.append) as store:
        assert reports[-1].step.startswith("starting Neo4j")
        store.types.put(ArtifactType(name="Model"))
        artifact = store.artifacts.put(Artifact(type="Model"))
    monkeypatch.setenv("GRAPHSTORE_STORE", "kept")
    with Store.open() as store:  # the server is still there
        assert store.artifacts.get(artifact.id) == artifact
    assert local.status("kept").condition == "running"
    local.down("kept")
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    with Store.open(name="kept") as store:  # a name wins over the environment
        assert store.artifacts.get(artifact.id) == artifact
    local.remove("kept")


def test_an_ephemeral_store_is_gone_when_it_is_closed(home):
    with Store.open(ephemeral=True) as store:
        store.types.put(ArtifactType(name="Model"))
        uri = store.database.uri
    with pytest.raises(Exception, match="no Neo4j answers"):
        Store.open(uri)


@pytest.mark.parametrize(
    "arguments",
    [
        {"uri": "bolt://x", "name": "y"},
        {"name": "y", "ephemeral": True},
        {"name": "y", "auth": ("a", "b")},
        {"name": "y", "database": "neo4j"},
        {"name": "../y"},
        {"name": ""},
    ],
)
def test_arguments_that_contradict_each_other_are_told(home, arguments):
    with pytest.raises(InvalidArgument):
        Store.open(**arguments)


def test_without_the_extra_it_is_named(home):
    code = (
        "import sys; sys.modules['jgo'] = None\n"
        "from graphstore import Store\n"
        "from graphstore.errors import MissingExtra\n"
        "try: Store.open(name='x')\n"
        "except MissingExtra as error: print(error.extra, error)\n"
    )
    environment = {**os.environ, "GRAPHSTORE_CACHE_DIR": str(home / "empty")}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment
    )
    assert result.stdout.startswith("local fetching Neo4j needs the package 'jgo'"), result.stderr
    assert issubclass(MissingExtra, ImportError)
    assert not issubclass(MissingExtra, LocalServerError)
