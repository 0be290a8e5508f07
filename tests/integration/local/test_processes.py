"""Several processes and one server: at once, killed, and one after another."""

import os
import signal

import pytest

from graphstore import local
from graphstore.errors import StartFailed
from graphstore.local.ports import any_ports
from graphstore.local.state import State, orphan_of
from tests.integration.local.conftest import ask

UP = "server = up('shared'); print(server.pid, server.uri, server.joined)"


@pytest.fixture(autouse=True)
def no_server():
    yield
    if "shared" in local.local_stores():
        local.remove("shared")


@pytest.fixture
def own_ports(monkeypatch):
    """Ports that no other test asks for: whose server finds its port taken starts another one."""
    ports = any_ports()
    monkeypatch.setenv("GRAPHSTORE_BOLT_PORT", str(ports.bolt))
    monkeypatch.setenv("GRAPHSTORE_HTTP_PORT", str(ports.http))


def test_eight_processes_that_start_it_at_once_get_one_server_that_outlives_them(python):
    processes = [python(UP) for _ in range(8)]
    answers = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 8
    assert len({(pid, uri) for pid, uri, _ in answers}) == 1
    assert sorted(joins for _, _, joins in answers) == ["False"] + ["True"] * 7
    server = local.up("shared")
    assert str(server.pid) == answers[0][0]
    assert ask(server, "RETURN 1") == [1]


def test_a_start_whose_starter_is_killed_half_way_is_waited_for(python, home, own_ports):
    starter = python(UP)
    folder = home / "stores" / "shared"
    while (state := State.read(folder)) is None:
        assert starter.poll() is None
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    server = local.up("shared")
    assert server.pid == state.process.pid
    assert ask(server, "RETURN 1") == [1]


def test_a_server_that_is_written_down_nowhere_is_replaced_and_the_data_kept(python, home):
    """As it is if the starter is killed between starting the server and writing it down."""
    old_server = local.up("shared")
    ask(old_server, "CREATE (:Kept)")
    (old_server.folder / "state.json").unlink()
    server = local.up("shared")
    assert server.pid != old_server.pid
    assert not server.joined
    assert ask(server, "MATCH (k:Kept) RETURN count(k)") == [1]
    (server.folder / "state.json").unlink()
    assert local.down("shared").before == "running"
    assert orphan_of(server.folder) is None


def test_a_server_that_does_not_answer_in_time_is_left_alone_and_joined_later(home, own_ports):
    with pytest.raises(StartFailed, match="still runs"):
        local.up("shared", timeout=0.5)
    state = State.read(home / "stores" / "shared")
    assert state is not None
    assert state.process.alive()
    assert local.up("shared").pid == state.process.pid
    os.kill(state.process.pid, signal.SIGSTOP)  # it hangs: it takes no part in its stop
    outcome = local.down("shared", timeout=0.5)
    assert (outcome.before, outcome.killed) == ("running", True)
    assert not state.process.alive()
