"""The names that modules had before they moved."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings

import pytest

from graphstore.system.moved import new_name
from tests.processes import LEAN
from tests.wheel import need_ml_metadata

OLD = {
    "graphstore.digest": "graphstore.recording.digest",
    "graphstore.recorder.spool": "graphstore.recording.spool",
    "graphstore.repository.batch": "graphstore.storage.writing.batch",
    "graphstore.repository.filtering.parsing": "graphstore.filters.parsing",
    "graphstore.repository.nodes": "graphstore.storage.nodes",
    "graphstore.queries": "graphstore.database.queries",
    "graphstore.uris": "graphstore.system.uris",
    "graphstore.mlmd.service": "graphstore.interop.mlmd.front.service",
    "graphstore.questions.divergence": "graphstore.questions.diff",
    "graphstore.questions.passport": "graphstore.questions.explanation",
    "graphstore.questions.root_cause": "graphstore.questions.common_ancestors",
    "graphstore.interop.mlmd_batches": "graphstore.interop.importing.batches",
    "graphstore.interop.mlmd_file": "graphstore.interop.mlmd.databases.file",
}


@pytest.mark.parametrize(("old", "new"), OLD.items())
def test_an_old_name_is_the_module_itself_and_warns(old: str, new: str) -> None:
    if "mlmd.front" in new:
        pytest.importorskip("google.protobuf")
    if old.startswith("graphstore.mlmd."):  # the package is there, and imports the wheel
        need_ml_metadata()
    sys.modules.pop(old, None)
    with warnings.catch_warnings(record=True) as records:
        warnings.simplefilter("always")
        module = importlib.import_module(old)
    assert any(f"{old} is called {new} now" in str(one.message) for one in records)
    assert module is importlib.import_module(new)
    assert module.__spec__ is not None and module.__spec__.name == module.__name__ == new


def test_what_did_not_move_has_no_other_name() -> None:
    for name in ("graphstore", "graphstore.mlmd", "graphstore.store", "graphstored.digest", "json"):
        assert new_name(name) is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_never_was_is_not_there() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"graphstore\.recorder\.nothing"):
        importlib.import_module("graphstore.recorder.nothing")


@pytest.mark.slow
def test_an_old_name_makes_no_second_module() -> None:
    code = (
        f"{LEAN}from graphstore.recorder import channel, spool\n"
        "import graphstore.recording.channel as new, graphstore.recorder.channel as old\n"
        "assert channel is new is old and spool.__name__ == 'graphstore.recording.spool'\n"
        "from graphstore.recorder.records import Record\n"
        "from graphstore.recording.records import Record as Same\n"
        "assert Record is Same\n"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code]).returncode == 0
