"""Another user's program that listens where the server of a local store was: it learns nothing."""

import multiprocessing
import os
import signal
import socket
import ssl
import subprocess
from contextlib import contextmanager

import pytest

from graphstore import ArtifactType, Store, local
from graphstore.errors import Unavailable
from graphstore.local.ports import any_ports
from graphstore.local.state import State
from graphstore.system.processes import ProcessId

SECONDS = 1.0  # how long a query is tried again


def _listen(port, certificate, queue, ready):
    """Accept whoever comes, and note all that is said; with a certificate, if there is one."""
    context = None
    if (
        certificate is not None
    ):  # read before it is another user's, who cannot look into our folders
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    if hasattr(os, "setuid") and os.getuid() == 0:
        os.setuid(65534)
    with socket.create_server(("127.0.0.1", port)) as listener:
        ready.set()
        while True:
            client, _ = listener.accept()
            with client:
                client.settimeout(1)
                try:
                    if context is not None:
                        client = context.wrap_socket(client, server_side=True)
                    while some := client.recv(65536):
                        queue.put(some)
                        if some.startswith(b"\x60\x60\xb0\x17"):
                            client.sendall(b"\x00\x00\x04\x05")  # Bolt 5.4, by all means
                except OSError:
                    queue.put(b"")


@contextmanager
def listener(port, certificate=None):
    """A program of another user at a port; yields what it heard."""
    fork = multiprocessing.get_context("fork")
    queue, ready = fork.Queue(), fork.Event()
    other = fork.Process(target=_listen, args=(port, certificate, queue, ready), daemon=True)
    other.start()
    try:
        assert ready.wait(30)
        yield queue
    finally:
        other.kill()
        other.join()


def all_of(queue):
    data = b""
    while not queue.empty():
        data += queue.get()
    return data


def kill(server):
    process = ProcessId.of(server.pid)
    os.kill(process.pid, signal.SIGKILL)
    while process.alive():
        pass


def port_of(server):
    return int(server.uri.rpartition(":")[2])


@pytest.fixture(scope="module")
def name():
    # Ports that are nobody's: at those of its first choice another store may be quicker.
    ports = any_ports()
    local.up("guarded", bolt_port=ports.bolt, http_port=ports.http)
    yield "guarded"
    local.remove("guarded")


@pytest.fixture
def server(name):
    return local.up(name)


@pytest.fixture
def forged_certificate(tmp_path):
    """A certificate that says the same as the store's, and is somebody else's."""
    file = tmp_path / "forged.pem"
    file.touch(mode=0o644)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    names = ["-nodes", "-subj", "/CN=a local store of graphstore", "-addext"]
    parts = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "crt")]
    try:
        subprocess.run(
            [*command, *names, "subjectAltName=IP:127.0.0.1", *parts],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("there is no openssl here")
    file.write_text((tmp_path / "key").read_text() + (tmp_path / "crt").read_text())
    return file


def test_an_open_store_says_nothing_to_who_took_the_port_and_finds_the_server_elsewhere(server):
    port = port_of(server)
    with Store.open(name="guarded", max_transaction_retry_time=SECONDS) as store:
        type_ = store.types.put(ArtifactType(name="Model"))
        kill(server)
        with listener(port) as queue:
            with pytest.raises(Unavailable, match="its process does not run"):
                store.database.ping()
            assert all_of(queue) == b""
            # Even if the process seems to run, as one that hangs in its end does.
            with _state_of_a_process_that_runs(server):
                with pytest.raises(Unavailable):
                    store.database.ping()
            data = all_of(queue)
            assert server.password.encode() not in data
            assert data[:1] in (b"", b"\x16")  # the first byte of TLS
            again = local.up("guarded")
            assert port_of(again) != port
            assert store.types.get(ArtifactType, type_.name) == type_
            assert server.password.encode() not in all_of(queue)


def test_a_certificate_of_somebody_else_is_none(server, forged_certificate):
    port = port_of(server)
    with Store.open(name="guarded", max_transaction_retry_time=SECONDS) as store:
        kill(server)
        with listener(port, forged_certificate) as queue, _state_of_a_process_that_runs(server):
            with pytest.raises(Unavailable, match="certificate"):
                store.database.ping()
            assert all_of(queue) == b""


def test_who_opens_a_store_whose_port_was_taken_starts_it_at_another(server):
    port = port_of(server)
    kill(server)
    with listener(port) as queue:
        with Store.open(name="guarded") as store:
            store.database.ping()
        assert all_of(queue) == b""


@contextmanager
def _state_of_a_process_that_runs(server):
    file = server.folder / "state.json"
    before = file.read_text()
    from dataclasses import replace

    state = State.read(server.folder)
    replace(state, process=ProcessId.of(os.getpid())).write(server.folder)
    try:
        yield
    finally:
        file.write_text(before)
