"""What is written down about a server."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from graphstore.errors import Unauthenticated
from graphstore.local.ports import Ports
from graphstore.local.state import State
from graphstore.system.processes import ProcessId


@pytest.fixture
def state():
    process = ProcessId.of(os.getpid())
    return State.of("5.26.30", Ports(17687, 17474), Path("/usr/bin/java"), process, certified=True)


def test_it_is_read_as_it_was_written(state, tmp_path):
    assert State.read(tmp_path) is None
    state.write(tmp_path)
    assert State.read(tmp_path) == state


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 2}', '{"format": 3}']
)
def test_what_cannot_be_read_is_nothing(text, tmp_path):
    (tmp_path / "state.json").write_text(text)
    assert State.read(tmp_path) is None


def test_one_that_ends_without_a_word_crashed(state, tmp_path):
    assert state.condition(tmp_path) == "running"
    dead_state = replace(state, process=replace(state.process, created=0.0))
    assert dead_state.condition(tmp_path) == "crashed"
    assert replace(dead_state, stopped=True).condition(tmp_path) == "stopped"


def test_one_that_said_goodbye_was_stopped_by_the_system(state, tmp_path):
    dead_state = replace(state, process=replace(state.process, created=0.0))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "console.log").write_text("INFO  Started.\nINFO  Stopped.\n")
    assert dead_state.condition(tmp_path) == "stopped"


def test_the_password_is_neither_in_the_state_nor_shown(state, tmp_path):
    (tmp_path / "password").write_text("secret\n")
    state.write(tmp_path)
    server = state.server(tmp_path, joined=True)
    assert server.password == "secret"
    assert "secret" not in repr(server)
    assert "secret" not in json.dumps(json.loads((tmp_path / "state.json").read_text()))


def test_a_password_that_is_gone_is_said_to_be(state, tmp_path):
    with pytest.raises(Unauthenticated, match="password"):
        state.server(tmp_path, joined=True)
