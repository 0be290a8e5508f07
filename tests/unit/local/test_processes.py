"""Processes: real ones, small."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from graphstore.local import processes
from graphstore.system.processes import ProcessId

SLEEPER = "import sys, time; print('ready', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER


@pytest.fixture
def spawn(tmp_path):
    """A factory: a process that runs this code and has begun to."""
    identities = []

    def make(code, *arguments):
        log = tmp_path / f"{len(identities)}.log"
        command = [sys.executable, "-c", code, *arguments]
        identity = processes.spawn(command, folder=tmp_path, output=log)
        identities.append(identity)
        while "ready" not in log.read_text():
            assert identity.alive(), log.read_text()
        return identity

    yield make
    for identity in identities:
        processes.stop(identity, timeout=0)


def test_a_process_ends_when_asked(spawn):
    identity = spawn(SLEEPER)
    assert processes.stop(identity, timeout=60)
    assert not identity.alive()
    assert processes.stop(identity, timeout=60)


def test_one_that_does_not_end_is_killed(spawn):
    identity = spawn(STUBBORN)
    assert not processes.stop(identity, timeout=0.2)
    assert not identity.alive()


def test_a_later_process_of_the_same_number_is_not_touched(spawn):
    identity = spawn(SLEEPER)
    earlier = replace(identity, created=identity.created - 3600)
    assert not earlier.alive()
    assert processes.stop(earlier, timeout=0)
    assert processes.listening_ports(earlier) == set()
    assert identity.alive()


def test_one_that_ended_and_waits_to_be_collected_is_not_alive(spawn):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = ProcessId.of(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.alive()
    child.communicate()


def test_it_does_not_belong_to_the_terminal_of_who_started_it(spawn):
    identity = spawn(SLEEPER)
    assert os.getsid(identity.pid) == identity.pid != os.getsid(0)
    os.kill(identity.pid, signal.SIGKILL)


def test_it_is_found_by_its_last_arguments(spawn, tmp_path):
    arguments = f"--home-dir={tmp_path}", "--console-mode"
    assert processes.find(*arguments) is None
    spawn(SLEEPER, *arguments, "--and-more")  # names them, and is another
    assert processes.find(*arguments) is None
    identity = spawn(SLEEPER, *arguments)
    match = processes.find(*arguments)
    assert match is not None
    assert match.pid == identity.pid
    assert processes.find(str(tmp_path)) is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may change")
def test_one_of_another_user_is_not_found(tmp_path):
    arguments = f"--home-dir={tmp_path}", "--console-mode"
    other = subprocess.Popen(
        ["/bin/sh", "-c", "echo ready; read line", "sh", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        user=65534,
        cwd="/",
    )
    try:
        assert other.stdout.readline() == b"ready\n"
        assert processes.find(*arguments) is None
    finally:
        other.kill()
        other.communicate()
