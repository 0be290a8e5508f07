"""What goes wrong at a start, with real servers, and how it is said."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest

from graphstore import local
from graphstore.errors import DiskFull, NewerData, PortInUse, StartFailed
from graphstore.local.distribution import distribution
from graphstore.local.download import fetch
from graphstore.local.java import find_java
from graphstore.local.launch import Launch
from graphstore.local.ports import Ports, any_ports
from graphstore.system.progress import silent
from tests.integration.local.conftest import VERSIONS, ask


@pytest.fixture
def busy_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_taken_is_named_with_who_has_it(elsewhere, busy_port):
    with pytest.raises(PortInUse, match=rf"Bolt port {busy_port}.*\(process {os.getpid()}\)"):
        local.up(bolt_port=busy_port)
    assert local.status().condition == "stopped"


@pytest.mark.parametrize(("version", "which"), [(VERSIONS[0], "bolt"), (VERSIONS[1], "http")])
def test_a_port_that_is_taken_while_neo4j_starts_is_replaced(tmp_path, busy_port, version, which):
    release = distribution(version)
    fetch(release)
    launch = Launch(tmp_path, release, find_java(release), "512m", "64m", ephemeral=True)
    free = any_ports()
    busy_ports = Ports(busy_port, free.http) if which == "bolt" else Ports(free.bolt, busy_port)
    choices = [free, busy_ports]
    server = launch.run(lambda: choices.pop(), timeout=180, on_progress=silent)
    try:
        assert choices == []
        assert server.uri == free.uri
        assert ask(server, "RETURN 1") == [1]
    finally:
        os.kill(server.pid, 9)


def test_data_of_a_newer_neo4j_is_refused_whatever_is_left_to_tell(elsewhere):
    newer, older = VERSIONS[1], VERSIONS[0]
    folder = local.up("new", neo4j_version=newer).folder
    local.down("new")
    console = (folder / "logs" / "console.log").read_text()

    with pytest.raises(NewerData, match=f"Neo4j {newer} wrote .*NEO4J_VERSION={newer}"):
        local.up("new", neo4j_version=older)
    (folder / "state.json").unlink()
    with pytest.raises(NewerData, match=f"Neo4j {newer} wrote"):
        local.up("new", neo4j_version=older)
    assert (folder / "logs" / "console.log").read_text() == console  # nothing was started

    shutil.rmtree(folder / "logs")
    with pytest.raises(NewerData, match="a newer Neo4j wrote"):
        local.up("new", neo4j_version=older)
    assert ask(local.up("new", neo4j_version=newer), "RETURN 1") == [1]


def test_data_of_an_older_neo4j_is_brought_up_to_date_and_there_is_no_way_back(elsewhere):
    newer, older = VERSIONS[1], VERSIONS[0]
    server = local.up("old", neo4j_version=older)
    ask(server, "CREATE (:Kept)")
    local.down("old")
    assert ask(local.up("old", neo4j_version=newer), "MATCH (k:Kept) RETURN count(k)") == [1]
    local.down("old")
    (server.folder / "state.json").unlink()
    with pytest.raises(NewerData, match=f"Neo4j {newer} wrote"):
        local.up("old", neo4j_version=older)


@contextmanager
def mount(tmp_path, size):
    """A disk of this size."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this root may not mount")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk):
    """Take every byte of a disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        for size in (65536, 1):
            with suppress(OSError):
                while True:
                    stream.write(bytes(size))
    return filler


@pytest.fixture
def small_disk(tmp_path):
    with mount(tmp_path, "24m") as disk:
        yield disk


def test_a_full_disk_is_said_to_be_full(small_disk, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(small_disk))
    with pytest.raises(DiskFull, match=r"no space left .* GRAPHSTORE_HOME"):
        local.up()
    assert local.status().condition != "running"


def test_a_disk_without_a_byte_left_is_said_to_be_full(small_disk, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(small_disk))
    fill(small_disk)
    with pytest.raises(DiskFull, match=r"no space left .*\(0 MB are free\)"):
        local.up()


def test_a_full_cache_is_said_to_be_full(small_disk, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(small_disk))
    monkeypatch.setenv("GRAPHSTORE_CACHE_DIR", str(small_disk))
    with pytest.raises(DiskFull, match=r"MB are needed and 2\d MB are free"):
        local.up()


def test_a_server_that_ends_says_why(elsewhere, monkeypatch):
    java, real = elsewhere / "java", find_java(distribution(None)).path
    java.write_text(
        "#!/bin/sh\n"
        '[ "$1" = -version ] && { echo \'openjdk version "21.0.8"\'; exit; }\n'
        '[ "$2" = org.neo4j.cli.AdminTool ] && exit\n'
        f'case "$*" in *keytool*) exec {shlex.quote(str(real))} "$@";; esac\n'
        "echo Error: it is not my day; exit 3\n"
    )
    java.chmod(0o755)
    monkeypatch.setenv("GRAPHSTORE_JAVA", str(java))
    with pytest.raises(StartFailed, match=r"console\.log and says:\nError: it is not my day"):
        local.up()
    assert local.status().condition == "crashed"
