"""How the command line loads Neo4j's driver."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CODE = """
import json, sys
from graphstore.cli.lean_driver import load_lean
{before}
load_lean()
load_lean()
import neo4j
loaded = [name for name in ("numpy", "pandas", "pyarrow") if sys.modules.get(name)]
import pandas, pyarrow
frame = pandas.DataFrame({{"a": [1]}})
print(json.dumps([loaded, list(frame.shape), neo4j._optional_deps.pd is pandas]))
"""


@pytest.mark.parametrize(
    ("before", "modules", "knows_frames"),
    [
        ("", [], False),
        ("import pandas", ["numpy", "pandas", "pyarrow"], True),  # pandas 3 loads PyArrow itself
        ("import neo4j", ["numpy", "pandas", "pyarrow"], True),
    ],
)
def test_it_leaves_out_what_is_not_loaded_yet_and_nothing_else(before, modules, knows_frames):
    code = CODE.format(before=before)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stderr == ""
    assert json.loads(result.stdout) == [modules, [1, 1], knows_frames]
