"""What a user without ML Metadata's wheel is told."""

import subprocess
import sys

import pytest

CODE = """
import sys
for name in {missing}:
    sys.modules[name] = None  # as if it were not installed
import graphstore
try:
    import {module}
except ImportError as error:
    print(type(error).__name__, error, sep=": ")
"""


@pytest.mark.parametrize(
    "missing", [["ml_metadata"], ["ml_metadata", "google", "google.protobuf", "grpc"]], ids=len
)
@pytest.mark.parametrize(
    "module", ["graphstore.mlmd", "graphstore.mlmd.convert", "graphstore.mlmd.server"]
)
def test_the_error_says_what_to_install_and_where_that_exists(module, missing):
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(module=module, missing=missing)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("MissingExtra: graphstore.mlmd")
    for words in ("'.[mlmd]'", "ml-metadata 1.17.1", "3.9 to 3.11", "x86-64 Linux", "serve --grpc"):
        assert words in done.stdout
    assert done.stderr == ""


def test_the_package_itself_does_not_need_it():
    code = "import sys, graphstore, graphstore.cli; assert 'ml_metadata' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
