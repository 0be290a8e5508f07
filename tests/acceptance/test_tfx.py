"""TFX itself on graphstore. Its install is 2 GB, so somebody has to ask for it."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("run_tfx.sh")


@pytest.mark.skipif(
    "GRAPHSTORE_TEST_TFX" not in os.environ,
    reason="GRAPHSTORE_TEST_TFX names no folder to install TFX into",
)
def test_a_pipeline_of_tfx_runs_on_graphstore_as_on_ml_metadata():
    result = subprocess.run(
        [SCRIPT, os.environ["GRAPHSTORE_TEST_TFX"]], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the same types, states, events and contexts in both" in result.stdout
    assert result.stdout.count("CACHED") == 3
    assert "warm start from" in result.stdout
