"""What the tests of the local Neo4j that start no server share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GRAPHSTORE_VARIABLES = (
    "GRAPHSTORE_BOLT_PORT",
    "GRAPHSTORE_HTTP_PORT",
    "GRAPHSTORE_JAVA",
    "GRAPHSTORE_MAVEN_REPOSITORY",
    "GRAPHSTORE_NEO4J_VERSION",
    "JAVA_HOME",
)


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test sees the user's stores, cache or environment."""
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRAPHSTORE_CACHE_DIR", str(tmp_path / "cache"))
    for variable in GRAPHSTORE_VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def program(tmp_path) -> Callable[..., Path]:
    """A factory: a program of this name that runs these lines of Python."""
    if sys.platform == "win32":
        pytest.skip("a script is no program on Windows")

    def make(name: str, body: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!{sys.executable}\n{body}\n")
        file.chmod(0o755)
        return file

    return make


@pytest.fixture
def fake_java(program) -> Callable[..., Path]:
    """A factory: a program that says it is this version of Java, and does no more."""

    def make(name: str, version: str) -> Path:
        line = f'openjdk version "{version}" 2025-04-15'
        return program(name, f"import sys\nprint({line!r}, file=sys.stderr)")

    return make
