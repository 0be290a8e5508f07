"""What pip calls the package, and what it is told to install."""

import ast
import re
import subprocess
import sys
from importlib.metadata import metadata

import pytest

from graphstore.errors import DISTRIBUTION, MissingExtra
from tests.conftest import ROOT

EXTRAS = metadata(DISTRIBUTION).get_all("Provides-Extra")
THEIRS = re.compile(
    r"\bgraphstore\[|(?:pip|uv) (?:install|add)\b[^\n;&|)]*?[ \t'\"]graphstore(?![\w-])"
)
"""A name of the package on the index that is not ours: with an extra, or after a command."""


def test_the_distribution_has_the_name_that_messages_use():
    assert metadata(DISTRIBUTION)["Name"] == DISTRIBUTION


def test_a_missing_extra_says_what_pip_has_to_install():
    text = str(MissingExtra("to_networkx", "networkx", "networkx"))
    assert f"pip install '{DISTRIBUTION}[networkx]'" in text


@pytest.mark.slow
def test_the_version_is_that_of_the_distribution():
    command = [sys.executable, "-m", "graphstore", "--version"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output == f"graphstore {metadata(DISTRIBUTION)['Version']}\n"


def test_every_extra_that_an_error_names_is_one():
    extras = {}
    for file in (ROOT / "graphstore").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "MissingExtra(" not in text:  # to parse all files takes a second
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "MissingExtra":
                extra = node.args[1]
                assert isinstance(extra, ast.Constant), file
                extras[f"{file.name}:{node.lineno}"] = extra.value
    assert len(extras) > 5
    assert {where: extra for where, extra in extras.items() if extra not in EXTRAS} == {}


@pytest.mark.parametrize(
    "text",
    [
        "pip install graphstore",
        "pip install --quiet 'graphstore'",
        'uv add "graphstore[all]"',
        "the extra `graphstore[draw]`",
        "pip install graphstore==0.1.0",
    ],
)
def test_a_name_that_is_not_ours_is_seen(text):
    assert THEIRS.search(text)


@pytest.mark.slow
def test_nothing_says_to_install_the_package_of_somebody_else():
    assert not THEIRS.search(f"pip install '{DISTRIBUTION}[all]' && graphstore demo")
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    matches = {}
    for name in files:
        file = ROOT / name
        if name == "tests/unit/test_distribution.py" or not file.is_file():
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture or a database
            continue
        if name == "CHANGELOG.md":  # what was released has the name that it had
            text = text.partition("\n## [0")[0]
        if advice := THEIRS.findall(text):
            matches[name] = advice
    assert matches == {}
