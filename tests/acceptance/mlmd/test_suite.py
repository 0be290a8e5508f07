"""ML Metadata's own test suite, unchanged, from its wheel: on a graphstore."""

import pytest

from tests.acceptance.mlmd.suite import EXPECTED_FAILURES, IDLE, run
from tests.wheel import need_ml_metadata

need_ml_metadata()


@pytest.mark.slow
def test_every_case_passes_in_process(server, database, tmp_path):
    outcomes = run(server, tmp_path)
    assert outcomes.keys() >= IDLE | EXPECTED_FAILURES  # the suite is the one that was counted
    results = {
        case: outcome
        for case, outcome in outcomes.items()
        if case not in IDLE and case not in EXPECTED_FAILURES
    }
    assert {case for case, outcome in results.items() if outcome != "passed"} == set()
    assert len(results) == 102
