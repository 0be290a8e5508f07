"""What a user without ML Metadata's wheel, or without the packages of its server, is told."""

import functools
import json
import subprocess
import sys

import pytest

FRONT = ["graphstore.interop.mlmd.front.convert", "graphstore.interop.mlmd.front.server"]
MODULES = ["graphstore.mlmd", *FRONT]
# A Python takes its time to start: one tries all of the modules, of which each is refused anew,
# since an import that fails leaves nothing behind.
CODE = """
import importlib, json, sys
# As if it were not installed. Nor is what Neo4j's driver imports if it is there, and takes longest.
for name in (*{missing}, "numpy", "pandas", "pyarrow"):
    sys.modules[name] = None
import graphstore
told = {{}}
for module in {modules}:
    try:
        importlib.import_module(module)
    except ImportError as error:
        told[module] = f"{{type(error).__name__}}: {{error}}"
        assert module not in sys.modules
print(json.dumps(told))
"""


@functools.cache
def messages_without(*missing):
    """What each module says where these packages are missing; and what went to the error output."""
    result = subprocess.run(
        [sys.executable, "-c", CODE.format(modules=MODULES, missing=missing)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout), result.stderr


@pytest.mark.slow
def test_the_client_in_process_says_where_its_wheel_exists():
    pytest.importorskip("grpc_reflection", reason="without it the server is not there either")
    messages, err = messages_without("ml_metadata")
    assert list(messages) == ["graphstore.mlmd"] and err == ""
    assert messages["graphstore.mlmd"].startswith("MissingExtra: graphstore.mlmd")
    for words in (
        "'graphstore-ml[ml-metadata]'",
        "1.17.1",
        "3.9 to 3.11",
        "x86-64 Linux",
        "serve --grpc",
    ):
        assert words in messages["graphstore.mlmd"]


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_without_protobuf_and_grpc_the_error_says_what_to_install(module):
    messages, err = messages_without("ml_metadata", "google", "google.protobuf", "grpc")
    assert (
        messages[module].startswith("MissingExtra: ")
        and "'graphstore-ml[mlmd]'" in messages[module]
    )
    assert err == ""


def test_the_package_itself_does_not_need_it():
    code = "import sys, graphstore, graphstore.cli; assert 'ml_metadata' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
