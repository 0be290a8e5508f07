"""What tests of recording share: folders of their own, and a look at what was stored."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from graphstore import Artifact


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test spools into the user's folder, and relative paths lead nowhere else."""
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def file(tmp_path) -> Callable[..., Path]:
    """A factory: a file of this name with this text."""

    def make(name: str, text: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return make


@pytest.fixture
def data(file) -> Artifact:
    """Something from outside that steps read."""
    return Artifact(type="Csv", uri=str(file("data.csv", "1,2\n")))


@pytest.fixture
def queries(caplog):
    """Counts the queries that go to the server within a block."""

    @contextmanager
    def count():
        messages: list[str] = []
        with caplog.at_level(logging.DEBUG, logger="neo4j.io"):
            before = len(caplog.records)
            yield messages
            for record in caplog.records[before:]:
                if (match := re.search(r" C: (\w+)", record.getMessage())) and match[1] == "RUN":
                    messages.append(record.getMessage())

    return count
