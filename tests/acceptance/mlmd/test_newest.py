"""A server where ML Metadata's own wheel has none, and ML Metadata's newest client of it.

Both are in an environment of a Python for which there is no wheel of 1.17, made from nothing, with
protobuf 6. Of the client's release 1.21 the Python part is taken: the rest, its own store, asks for
a newer C library than many machines have, and its gRPC client does without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.acceptance.mlmd import newest_client
from tests.conftest import ROOT

pytest.importorskip("grpc_reflection", reason="needs the extra mlmd")

from tests.integration.mlmd.serving import run_server

CLIENT = "ml-metadata==1.21.0"
NEEDS = ["absl-py<2", "attrs<24", "six<2"]  # of the client, beside what the server needs

pytestmark = pytest.mark.slow


def newer_python() -> str | None:
    """A Python 3.12 or later that is here, and can make environments."""
    if sys.version_info >= (3, 12):
        return sys.executable
    code = "import ensurepip, sys, venv; print(sys.executable)"
    for minor in (14, 13, 12):
        if (python := shutil.which(f"python3.{minor}")) is None:
            continue
        environments = [os.environ]
        if pyenv := shutil.which("pyenv"):  # of whose Pythons only one is on the path
            latest = subprocess.run([pyenv, "latest", f"3.{minor}"], capture_output=True, text=True)
            environments.append({**os.environ, "PYENV_VERSION": latest.stdout.strip()})
        for environment in environments:
            result = subprocess.run(
                [python, "-c", code], capture_output=True, text=True, env=environment
            )
            if result.returncode == 0:
                return result.stdout.strip()
    return None


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the server, protobuf 6, and the newest client."""
    base = newer_python()
    if base is None:
        pytest.skip("needs a Python 3.12 or later")
    folder = tmp_path_factory.mktemp("newest")
    subprocess.run([base, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", f"{ROOT}[mlmd]", "protobuf>=6,<7", *NEEDS], check=True)
    platform = ["--platform=manylinux_2_39_x86_64", "--python-version=312", "--no-deps"]
    command = [*pip, "download", *platform, "--only-binary=:all:", "--dest", folder, CLIENT]
    subprocess.run(command, check=True)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    with zipfile.ZipFile(next(folder.glob("ml_metadata-*.whl"))) as wheel:
        wheel.extractall(site, [name for name in wheel.namelist() if name.endswith(".py")])
    extension = site / "ml_metadata" / "metadata_store" / "pywrap" / "metadata_store_extension.py"
    extension.write_text("metadata_store = None  # its own store, which nobody asks here\n")
    return python


def test_it_is_served_where_there_is_no_wheel_of_1_17(server, store, python, tmp_path):
    with run_server(server, tmp_path, "--grpc", "127.0.0.1:0", python=python) as one:
        command = [python, newest_client.__file__, one.address]
        result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "ml-metadata 1.21.0 was answered\n"
    (execution,) = store.executions.list()
    assert execution.name == "train"


def test_its_client_in_process_is_answered_too(server, store, python, tmp_path):
    variables = {"URI": server.uri, "USERNAME": server.user, "PASSWORD": server.password}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {f"NEO4J_{name}": value for name, value in variables.items()}
    result = subprocess.run(
        [python, newest_client.__file__],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "ml-metadata 1.21.0 was answered\n"


COMPARE = """
import sys
import google.protobuf
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from ml_metadata.proto import metadata_store_pb2, metadata_store_service_pb2
from graphstore.interop.mlmd.front.protos import service_pb2, store_pb2
from graphstore.mlmd import MetadataStore

def described(module):
    file = FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    messages = [(m.name, m) for m in file.message_type]
    while messages:
        name, message = messages.pop()
        messages += [(f"{name}.{n.name}", n) for n in message.nested_type]
        for f in message.field:
            yield name, f.name, f.number, f.type, f.label, f.type_name, f.default_value
        for enum in message.enum_type:
            yield from ((name, enum.name, v.name, v.number) for v in enum.value)
    for service in file.service:
        yield from ((m.name, m.input_type, m.output_type) for m in service.method)

for theirs, ours in (metadata_store_pb2, store_pb2), (metadata_store_service_pb2, service_pb2):
    assert set(described(theirs)) == set(described(ours))
print(sys.version_info >= (3, 12), google.protobuf.__version__.split(".")[0])
"""


def test_its_protocol_is_still_the_one_that_is_served(python, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, "-c", COMPARE]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (result.stdout, result.stderr) == ("True 6\n", "")
