"""docker/compose.yaml, as far as it can be tried without Docker."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from pathlib import Path
from shutil import which

import pytest

from graphstore.local import DEFAULT_VERSION

COMPOSE = Path(__file__).parents[2] / "docker" / "compose.yaml"
# What Neo4j's image, a slim Debian, has of what a health check may call: neither nc nor curl.
THERE = ("bash", "wget", "cat", "grep", "head", "sleep", "timeout")


@pytest.fixture
def image(tmp_path):
    """A folder of the programs that are in the image; its sh is dash."""
    if (dash := which("dash")) is None or which("bash") is None:
        pytest.skip("there is no dash and bash here")
    (tmp_path / "sh").symlink_to(dash)
    for program in THERE:
        if path := which(program):
            (tmp_path / program).symlink_to(path)
    return tmp_path


def health(image, port):
    """How the health check ends in the image, where its Bolt port is this one."""
    test = re.search(r"^ *test: (\[.*\])$", COMPOSE.read_text(), re.MULTILINE)
    how, *words = json.loads(test[1])
    assert how == "CMD"
    words = [word.replace("7687", str(port)) for word in words]
    result = subprocess.run(
        [str(image / words[0]), *words[1:]],
        env={"PATH": str(image)},
        capture_output=True,
        timeout=60,
    )
    return result.returncode


def test_it_is_healthy_if_and_only_if_something_listens(image):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert health(image, port) == 0
    assert health(image, port) != 0


def test_its_image_is_pinned_to_the_release_of_local_stores():
    assert f":-neo4j:{DEFAULT_VERSION}-community}}" in COMPOSE.read_text()


@pytest.mark.parametrize("line", ["restart: ", "mem_limit: ", "- logs:/logs", "- data:/data"])
def test_it_restarts_is_bounded_and_keeps_its_logs(line):
    assert line in COMPOSE.read_text()
