"""The locks, and how they are read."""

import re
from pathlib import Path

import pytest

from graphstore.errors import InvalidArgument
from graphstore.local import distribution as module
from graphstore.local.distribution import (
    DEFAULT_VERSION,
    Distribution,
    distribution,
    known_versions,
    newer,
)


@pytest.mark.parametrize("version", known_versions())
def test_a_lock_says_all_that_a_start_needs(version):
    lock = distribution(version)
    assert lock.version == version
    assert 21 in lock.java
    assert lock.main.startswith("org.neo4j.server.")
    names = [jar.name for jar in lock.jars]
    assert len(set(names)) == len(names) > 200
    assert f"neo4j-{version}.jar" in names
    assert "neo4j-browser-5.24.0.jar" in names
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in lock.jars)
    assert 100e6 < lock.size < 300e6


@pytest.mark.parametrize("version", known_versions())
def test_a_lock_is_written_as_it_is_read(version):
    text = (Path(module.__file__).parent / f"neo4j-{version}.lock").read_text()
    header, _, rest = text.partition("\n")
    assert header.startswith("# ")
    assert Distribution.parse(text).render() == rest
    assert "http" not in re.sub(r"[\w.]+:\S*http\S*", "", text)  # no address, only coordinates


def test_the_version_is_the_one_asked_for_or_the_environments_or_the_default(monkeypatch):
    assert distribution().version == DEFAULT_VERSION
    monkeypatch.setenv("GRAPHSTORE_NEO4J_VERSION", "2026.08.1")
    assert distribution().version == "2026.08.1"
    assert distribution("5.26.30").version == "5.26.30"


def test_a_version_without_a_lock_is_refused():
    with pytest.raises(InvalidArgument, match=r"'4\.4\.1', only on .*5\.26\.30"):
        distribution("4.4.1")


def test_another_lock_is_another_folder():
    lock = distribution()
    text = lock.render()
    assert Distribution.parse(text).folder == lock.folder
    assert Distribution.parse(text.replace("java: 17\n", "")).folder != lock.folder


def test_calendar_releases_come_after_the_numbered_ones():
    assert newer("2026.08.1", "5.26.30")
    assert newer("5.26.30", "5.26.9")
    assert not newer("5.26.30", "5.26.30")
