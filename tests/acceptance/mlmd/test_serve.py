"""`graphstore serve`: a process of its own, as an administrator runs it."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path
from time import sleep

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

from ml_metadata import errors, proto
from ml_metadata.proto.metadata_store_service_pb2 import GetArtifactTypesRequest

from tests.conftest import ROOT
from tests.integration.mlmd.certificates import Authority
from tests.integration.mlmd.serving import Call, await_refusal, client, hold, run_server, stub
from tests.processes import serving


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "serve"


def scrape(one):
    with urllib.request.urlopen(one.announcement["metrics"], timeout=10) as page:
        return page.read()


def in_flight(one):
    """Wait until a call is being answered."""
    for _ in range(200):
        if b"calls_in_flight 1.0" in scrape(one):
            return
        sleep(0.05)
    raise AssertionError("no call is being answered")


def test_it_says_where_it_listens_and_how_it_stopped(server, store, folder):
    with run_server(
        server, folder, "--grpc", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--log", "json"
    ) as one:
        assert one.announcement["listening"] == f"127.0.0.1:{one.announcement['port']}"
        assert one.announcement["tls"] is False and one.announcement["clients_need"] == []
        mlmd = client(one)
        assert mlmd.put_artifact_type(proto.ArtifactType(name="T")) >= 10
        with pytest.raises(errors.NotFoundError):
            mlmd.get_artifact_type("secret")
        assert b'code="NOT_FOUND",method="GetArtifactType"} 1.0' in scrape(one)
        one.process.send_signal(signal.SIGTERM)
        # The last call may have been answered and not yet be counted out.
        assert one.next() in [
            {"stopping": True, "under_way": under_way, "grace": 30.0} for under_way in (0, 1)
        ]
        assert one.next() == {"stopped": True, "cut_off": 0}
        assert one.process.wait(30) == 0
        put_call, get, *rest = one.log_lines()
    assert (put_call["event"], put_call["method"], put_call["code"]) == (
        "call",
        "PutArtifactType",
        "OK",
    )
    assert (get["event"], get["method"], get["code"]) == ("call", "GetArtifactType", "NOT_FOUND")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", put_call["time"])
    assert put_call["level"] == "info"
    assert [line["event"] for line in rest] == ["stopping", "stopped"]
    assert "secret" not in json.dumps(one.log_lines())
    assert [t.name for t in store.types.all("artifact")][-1] == "T"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_what_is_under_way(server, store, database, folder, number):
    with run_server(server, folder, "--grpc", "localhost:0", "--metrics", "localhost:0") as one:
        mlmd = client(one)
        mlmd.put_artifact_type(proto.ArtifactType(name="T"))
        with hold(database, "T"):
            call = Call(mlmd.put_artifact_type, proto.ArtifactType(name="T"))
            in_flight(one)
            one.process.send_signal(number)
            assert one.next()["under_way"] == 1
            await_refusal(one)
        assert call.result() >= 10
        assert one.next() == {"stopped": True, "cut_off": 0}
        assert one.process.wait(30) == 0


def test_it_does_not_wait_longer_than_the_grace(server, store, database, folder):
    with run_server(
        server, folder, "--grpc", "localhost:0", "--metrics", "localhost:0", "--grace", "0.5"
    ) as one:
        mlmd = client(one)
        mlmd.put_artifact_type(proto.ArtifactType(name="T"))
        with hold(database, "T"):
            call = Call(mlmd.put_artifact_type, proto.ArtifactType(name="T"))
            in_flight(one)
            one.process.send_signal(signal.SIGTERM)
            assert one.next()["under_way"] == 1
            assert one.next() == {"stopped": True, "cut_off": 1}
            assert one.process.wait(30) == 1
            with pytest.raises(errors.StatusError):
                call.result()


def test_a_second_signal_ends_it_at_once(server, store, database, folder):
    with run_server(server, folder, "--grpc", "localhost:0", "--metrics", "localhost:0") as one:
        mlmd = client(one)
        mlmd.put_artifact_type(proto.ArtifactType(name="T"))
        with hold(database, "T"):
            call = Call(mlmd.put_artifact_type, proto.ArtifactType(name="T"))
            in_flight(one)
            one.process.send_signal(signal.SIGINT)
            assert one.next()["stopping"] is True
            one.process.send_signal(signal.SIGINT)
            assert one.process.wait(10) == 128 + signal.SIGINT
            with pytest.raises(errors.StatusError):
                call.result()


def test_a_unix_socket_left_by_a_killed_server_is_taken_over(server, store, folder):
    address = f"unix:{folder}/mlmd.sock"
    with run_server(server, folder, "--grpc", address) as one:
        one.kill()
        assert stat.S_ISSOCK((folder / "mlmd.sock").stat().st_mode)
    with run_server(server, folder, "--grpc", address) as one:
        assert one.announcement["listening"] == address and one.announcement["port"] is None
        assert one.end() == 0
    assert not (folder / "mlmd.sock").exists()


def test_it_speaks_plainly_without_json(server, store, tmp_path):
    with serving(server, tmp_path, "--grpc", "127.0.0.1:0", "--log", "off") as process:
        first = process.stdout.readline()
        assert re.fullmatch(r"listening on 127\.0\.0\.1:\d+\n", first)
        client(first.split()[-1]).get_artifact_types()
        process.terminate()
        out, err = process.stdout.read(), process.stderr.read()
        process.wait(60)
    # The last call may have been answered and not yet be counted out.
    assert re.sub("under way: 1", "under way: 0", out).splitlines() == [
        f"store:     {server.uri} neo4j",
        "clients:   all on this machine",
        "stopping: calls under way: 0, for 30 s at most",
        "stopped; all calls have ended",
    ]
    assert err == "" and process.returncode == 0


def test_what_it_refuses(store, graphstore, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        error = graphstore("serve", "--grpc", address, code=4).stderr
        assert f"{address} is taken" in error
        error = graphstore("serve", "--grpc", "127.0.0.1:0", "--metrics", address, code=4).stderr
        assert f"{address} is taken" in error
    assert "ask for certificates" in graphstore("serve", "--grpc", "0.0.0.0:0", code=2).stderr
    assert "HOST:PORT" in graphstore("serve", "--grpc", "nowhere", code=2).stderr
    assert "give both" in graphstore("serve", "--tls-cert", "server.pem", code=2).stderr
    assert "no-such-file" in graphstore("serve", "--token-file", "no-such-file", code=1).stderr
    assert (
        "there must be" in graphstore("serve", "--threads", "9", "--max-calls", "8", code=2).stderr
    )
    result = graphstore("serve", "--grpc", "127.0.0.1:0", code=4, NEO4J_URI="bolt://127.0.0.1:9")
    assert "no Neo4j answers" in result.stderr


def test_the_documentations_clients_connect(server, store, folder, tmp_path, monkeypatch):
    text = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
    plain, mutual, retry_example = re.findall(r"```python\n(.*?)```", text, re.S)
    ours = Authority(tmp_path / "ours", "graphstore tests")
    server_identity, own = ours.sign("server"), ours.sign("trainer")
    tls = ["--tls-cert", str(server_identity.certificate), "--tls-key", str(server_identity.key)]
    tls += ["--client-ca", str(ours.pair.certificate)]
    for name, file in (
        ("ca.pem", ours.pair.certificate),
        ("trainer.key", own.key),
        ("trainer.pem", own.certificate),
    ):
        (tmp_path / name).write_text(file.read_text())
    mutual = re.sub(r'open\("(.*?)"\)\.read\(\)', r'Path("\1").read_text()', mutual)
    monkeypatch.chdir(tmp_path)
    with run_server(server, folder, "--grpc", "127.0.0.1:0") as one:
        port = str(one.announcement["port"])
        names = {}
        exec(plain.replace("8080", port), names)
        assert names["store"].put_artifact_type(proto.ArtifactType(name="T")) >= 10
        exec(retry_example.replace("8080", port), names)
        with names["channel"] as channel:
            assert stub(channel).GetArtifactTypes(GetArtifactTypesRequest()).artifact_types
    with run_server(server, folder, "--grpc", "0.0.0.0:0", *tls) as one:
        names = {"Path": Path}
        exec(plain.replace("8080", str(one.announcement["port"])), names)
        with pytest.raises(errors.UnavailableError):
            names["store"].get_artifact_types()
        exec(mutual, names)
        mlmd = names["MetadataStore"](names["config"])
        assert [type_.name for type_ in mlmd.get_artifact_types()] == ["T"]
        assert one.announcement["tls"] is True and one.announcement["clients_need"] == [
            "certificate"
        ]


def test_the_documentation_names_every_option(graphstore):
    text = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
    options = set(re.findall(r"^  (--[a-z-]+)", graphstore("serve", "--help").stdout, re.M))
    assert len(options) > 10
    assert {option for option in options if option not in text} <= {"--database"}


MISSING = """
import sys
sys.modules[{module!r}] = None
from graphstore.cli import main
sys.argv = ["graphstore", "serve", "--grpc", "127.0.0.1:0"]
main()
"""


@pytest.mark.parametrize("module", ["grpc", "grpc_health", "prometheus_client", "google.protobuf"])
def test_without_the_extra_it_says_what_to_install(module):
    code = MISSING.format(module=module)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 4, result.stderr
    assert re.search(r"needs the package '[\w.-]+'.*graphstore-ml\[mlmd\]'", result.stderr)
    assert "Traceback" not in result.stderr


def test_the_other_commands_do_not_load_grpc():
    code = (
        "import sys; from graphstore.cli.app import application\n"
        "try: application()(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'grpc', 'google.protobuf', 'prometheus_client'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
