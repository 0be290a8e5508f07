"""A local store from its first start to its end, on each Neo4j that there is a lock for."""

import json
import os
import signal
import stat
import urllib.request
from pathlib import Path

import psutil
import pytest
from neo4j.exceptions import AuthError

from graphstore import local
from graphstore.errors import FailedPrecondition, Unauthenticated
from graphstore.local.folders import store_folder
from graphstore.local.ports import any_ports
from graphstore.local.state import State
from graphstore.system.folders import lock_of
from graphstore.system.processes import ProcessId
from tests.integration.local.conftest import VERSIONS, ask


@pytest.fixture(scope="module", params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture(scope="module")
def name(version):
    name = "store-" + version.replace(".", "-")
    yield name
    local.remove(name)


@pytest.fixture(scope="module")
def first(name, version):
    """The first start, by another process, which is gone; and what it saw."""
    reports, ports = [], any_ports()  # a worker beside takes the preferred ones when they are free
    server = local.up(
        name,
        neo4j_version=version,
        bolt_port=ports.bolt,
        http_port=ports.http,
        on_progress=reports.append,
    )
    return server, reports


@pytest.fixture
def server(first, name):
    return local.up(name)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_the_neo4j_that_was_asked_for(server, version):
    query = "CALL dbms.components() YIELD versions, edition RETURN versions[0] + ' ' + edition"
    assert ask(server, query)[0] == f"{version} community"
    assert server.neo4j_version == version


def test_the_first_start_is_no_join_and_the_next_one_is(first, server):
    first_server, reports = first
    assert not first_server.joined
    assert server.joined
    assert (server.pid, server.uri, server.password) == (
        first_server.pid,
        first_server.uri,
        first_server.password,
    )
    assert {(one.step, one.unit) for one in reports} >= {
        (f"starting Neo4j {first_server.neo4j_version}", "seconds")
    }


def test_it_listens_to_this_machine_alone(server):
    sockets = psutil.Process(server.pid).net_connections("inet")
    addresses = {one.laddr for one in sockets if one.status == psutil.CONN_LISTEN}
    ports = {int(address.rpartition(":")[2]) for address in (server.uri, server.http_address)}
    assert {address.port for address in addresses} == ports
    assert {address.ip.removeprefix("::ffff:") for address in addresses} == {"127.0.0.1"}
    assert not [one for one in sockets if one.type == 2]  # nor does it send datagrams


def test_only_the_user_can_read_it(server):
    assert mode(server.folder) == 0o700
    assert mode(server.folder / "password") == 0o600
    assert mode(server.folder / "state.json") == 0o600
    assert mode(server.folder / "data") == 0o700
    command = " ".join(psutil.Process(server.pid).cmdline())
    assert server.password not in command
    for file in ("conf/neo4j.conf", "conf/java.args", "logs/console.log", "logs/debug.log"):
        assert server.password not in (server.folder / file).read_text()


@pytest.mark.parametrize("password", ["neo4j", "password", ""])
def test_no_default_password_opens_it(server, password):
    with pytest.raises(AuthError):
        ask(server, "RETURN 1", password=password)


def test_a_driver_that_routes_finds_it(server):
    assert ask(server, "RETURN 1", uri=server.uri.replace("bolt:", "neo4j:")) == [1]


def test_the_browser_is_there_and_told_where_to_connect(server):
    with urllib.request.urlopen(server.browser_url) as page:
        assert b"<title>Neo4j Browser</title>" in page.read()
    with urllib.request.urlopen(server.http_address) as answer:
        assert json.load(answer)["bolt_direct"] == server.uri


def test_it_has_its_own_session_and_does_not_hear_the_terminal(server):
    assert os.getsid(server.pid) == server.pid


def test_the_status_says_where_and_what_and_how_much(server, name, version):
    status = local.status(name)
    assert (status.name, status.condition, status.pid) == (name, "running", server.pid)
    assert (status.uri, status.user, status.neo4j_version) == (server.uri, "neo4j", version)
    assert status.browser_url == server.browser_url
    assert status.folder == server.folder
    assert 1e6 < status.bytes_on_disk < 200e6
    assert status.started_at is not None
    assert status.started_at.utcoffset().total_seconds() == 0
    assert name in local.local_stores()


def test_its_logs_are_found(server, name):
    logs = local.logs(name)
    assert any(line.endswith("Started.") for line in logs.tail)
    assert local.logs(name, limit=2).tail == logs.tail[-2:]
    assert logs.console.is_file()
    assert logs.debug.is_file()


def test_what_it_was_not_started_with_is_not_pretended(server, name):
    with pytest.raises(FailedPrecondition, match="runs already"):
        local.up(name, bolt_port=1)
    with pytest.raises(FailedPrecondition, match="stop it first"):
        local.up(name, neo4j_version=next(one for one in VERSIONS if one != server.neo4j_version))


def test_a_password_that_was_changed_is_said_to_be(server, name):
    file = server.folder / "password"
    try:
        file.write_text("another one")
        with pytest.raises(Unauthenticated, match="write the new one into that file"):
            local.up(name)
    finally:
        file.write_text(server.password)


def test_one_that_was_killed_is_found_and_started_again_with_its_data(server, name):
    ask(server, "MERGE (:Kept {id: 1})")
    process = ProcessId.of(server.pid)
    os.kill(process.pid, signal.SIGKILL)
    while process.alive():
        pass
    assert local.status(name).condition == "crashed"
    assert State.read(server.folder).heap == "1g"
    again = local.up(name, neo4j_version=server.neo4j_version)
    assert not again.joined
    assert (again.uri, again.password) == (server.uri, server.password)
    assert again.pid != server.pid
    assert ask(again, "MATCH (k:Kept) RETURN k.id") == [1]


def test_one_that_was_stopped_keeps_its_data_and_its_address(server, name):
    ask(server, "MERGE (:Kept {id: 2})")
    outcome = local.down(name)
    assert (outcome.before, outcome.killed) == ("running", False)
    assert local.status(name).condition == "stopped"
    assert local.status(name).pid is None
    assert local.logs(name).tail[-1].endswith("Stopped.")
    assert local.down(name).before == "stopped"
    local.up(name, neo4j_version=server.neo4j_version, heap="640m", page_cache="80m")
    local.down(name)
    again = local.up(name, neo4j_version=server.neo4j_version)
    settings = (server.folder / "conf" / "neo4j.conf").read_text()
    assert "heap.max_size=640m" in settings and "pagecache.size=80m" in settings
    assert again.uri == server.uri
    assert 2 in ask(again, "MATCH (k:Kept) RETURN k.id")
    assert (server.folder / "logs" / "console.previous.log").is_file()


def test_who_stops_a_store_does_not_wait_for_ever_for_another_process(elsewhere):
    folder = store_folder("busy")
    folder.mkdir(parents=True)
    with lock_of(folder):
        with pytest.raises(FailedPrecondition, match="another process is at work on"):
            local.down("busy", timeout=0.2)
    assert local.down("busy", timeout=0.2).before == "stopped"
