"""Real local servers, on folders that are gone afterwards. The jars are those of the user's cache.

A start takes three to eight seconds, so tests share servers; one that hurts its server leaves it
as it found it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from graphstore import local

VERSIONS = ("5.26.30", "2026.08.1")
OWN_VARIABLES = (
    "GRAPHSTORE_BOLT_PORT",
    "GRAPHSTORE_HTTP_PORT",
    "GRAPHSTORE_MAVEN_REPOSITORY",
    "GRAPHSTORE_NEO4J_VERSION",
)


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory) -> Iterator[Path]:
    """The folder of local stores for all these tests; servers that are left over are stopped."""
    home = tmp_path_factory.mktemp("graphstore")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHSTORE_HOME", str(home))
        for variable in OWN_VARIABLES:
            patch.delenv(variable, raising=False)
        yield home
        for name in local.local_stores():
            local.remove(name)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Iterator[Path]:
    """A home of its own for one test."""
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path))
    yield tmp_path
    for name in local.local_stores():
        local.remove(name)


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A factory: another Python that runs this code, with the package's functions at hand."""
    processes = []

    def run(code: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", f"from graphstore.local import *\n{code}"],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def ask(server: local.LocalServer, query: str, **options: str) -> list[object]:
    """The first column of a query's answer."""
    uri = options.get("uri", server.uri)
    password = options.get("password", server.password)
    with GraphDatabase.driver(uri, auth=(server.user, password)) as driver:
        return [record[0] for record in driver.execute_query(query).records]
