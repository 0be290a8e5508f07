"""Runs ML Metadata's own test suite, as it lies in its wheel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from tests.conftest import ROOT, Server

__all__ = ["EXPECTED_FAILURES", "IDLE", "run"]

IDLE = frozenset(
    f"test_connection_config_with_grpc_{what}"
    for what in (
        "max_receive_message_length",
        "max_receive_message_length_errors",
        "http2_max_ping_strikes",
        "client_timeout_sec_errors",
    )
)
"""Cases that return at once unless the client is of gRPC, and then call the factory wrongly."""
EXPECTED_FAILURES = frozenset(
    [
        "test_downgrade_metadata_store",
        "test_enable_metadata_store_upgrade_migration",
    ]
)
"""Cases that ML Metadata itself does not run: migrations of its own databases."""


def run(server: Server, folder: Path, *arguments: str) -> dict[str, str]:
    """Run the suite in a process of its own.

    Args:
        server: The Neo4j whose database the cases run over; it is emptied before each.
        folder: Where to keep the result.
        arguments: Passed on to pytest: which cases, or the suite's own
            ``--use_grpc_backend --grpc_host=... --grpc_port=...``.

    Returns:
        What became of each case: passed, failed or skipped.
    """
    results = folder / "outcomes.json"
    suite = find_spec("ml_metadata.metadata_store.metadata_store_test")
    assert suite is not None and suite.origin is not None
    # By its path: only so does pytest find the options that the folder's conftest adds in time.
    command = [sys.executable, "-m", "pytest", suite.origin]
    command += ["-p", "tests.acceptance.mlmd.harness", "-p", "no:cacheprovider"]
    command += ["-c", os.devnull, f"--rootdir={folder}", "-q", "--no-header", *arguments]
    settings = {"server": asdict(server), "results": str(results)}
    environment = {**os.environ, "GRAPHSTORE_SUITE": json.dumps(settings)}
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900
    )
    print(result.stdout[-30_000:], result.stderr[-10_000:])  # pytest shows it if the test fails
    outcomes: dict[str, str] = json.loads(results.read_text())
    return outcomes
