"""ML Metadata's own test suite, unchanged, through its own gRPC client: on `graphstore serve`."""

import pytest

from tests.acceptance.mlmd.suite import EXPECTED_FAILURES, IDLE, run
from tests.wheel import need_ml_metadata

need_ml_metadata()

from tests.integration.mlmd.serving import run_server


@pytest.mark.slow
def test_every_case_that_a_grpc_client_can_run_passes(server, database, tmp_path):
    # The server stays, in a process of its own, while the database below it is emptied before
    # each case: it must not answer from what it remembers.
    with run_server(server, tmp_path / "serve", "--grpc", "127.0.0.1:0", "--log", "json") as one:
        host, _, port = one.address.rpartition(":")
        outcomes = run(
            server, tmp_path, "--use_grpc_backend", f"--grpc_host={host}", f"--grpc_port={port}"
        )
        calls = [line for line in one.log_lines() if line["event"] == "call"]
    successes = {case for case, outcome in outcomes.items() if outcome == "passed"}
    # The idle ones fail before they call anything: they call the suite's own factory wrongly.
    # tests/integration/mlmd/test_server.py tests what they are about.
    assert outcomes.keys() - successes == IDLE | EXPECTED_FAILURES
    assert len(successes) == 102
    assert len(calls) > 300
    assert not [call for call in calls if call["code"] in ("INTERNAL", "UNKNOWN")]
