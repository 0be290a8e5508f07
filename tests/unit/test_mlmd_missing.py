"""What a user without ML Metadata's wheel is told."""

import functools
import json
import subprocess
import sys

import pytest

MODULES = [
    "graphstore.mlmd",
    "graphstore.interop.mlmd.front.convert",
    "graphstore.interop.mlmd.front.server",
]
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
    half = ("graphstore.mlmd", "graphstore.interop.mlmd.front")
    assert not [name for name in sys.modules if name.startswith(half)]
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


@pytest.mark.parametrize(
    "missing", [["ml_metadata"], ["ml_metadata", "google", "google.protobuf", "grpc"]], ids=len
)
@pytest.mark.parametrize("module", MODULES)
def test_the_error_says_what_to_install_and_where_that_exists(module, missing):
    messages, err = messages_without(*missing)
    assert messages[module].startswith("MissingExtra: graphstore.mlmd")
    for words in (
        "'graphstore-ml[mlmd]'",
        "ml-metadata 1.17.1",
        "3.9 to 3.11",
        "x86-64 Linux",
        "serve --grpc",
    ):
        assert words in messages[module]
    assert err == ""


def test_the_package_itself_does_not_need_it():
    code = "import sys, graphstore, graphstore.cli; assert 'ml_metadata' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
