"""Lineage over the tables, on engines that are not the store's: the same answers."""

from __future__ import annotations

import runpy
import sys
from datetime import timedelta

import pytest

from graphstore.interop.parquet import export_parquet
from tests.conftest import ROOT
from tests.integration.parquet.questions import record, told_by

EXAMPLE = runpy.run_path(str(ROOT / "examples" / "lineage_on_engines.py"))


@pytest.fixture
def tables(store, tmp_path, monkeypatch):
    """The tables of a random history, and nodes to ask about."""
    monkeypatch.setattr("graphstore.storage.changes.SETTLING", timedelta(0))
    starts = record(store)
    export_parquet(store, tmp_path / "tables")
    return tmp_path / "tables", starts


@pytest.mark.parametrize("downstream", [False, True])
def test_engines_answer_as_the_store_does(store, tables, downstream):
    folder, starts = tables
    told = told_by(store, starts, downstream)
    assert len(told) > 10 * len(set(starts))
    names = [start.short for start in starts]
    for engine in ("duckdb", "networkx"):
        assert EXAMPLE[engine](folder, names, downstream) == told, engine


def test_the_example_is_a_program(store, tables, capsys, monkeypatch):
    folder, (start, *_) = tables
    monkeypatch.setattr(sys, "argv", ["lineage_on_engines.py", str(folder), start.short])
    EXAMPLE["main"]()
    assert f'{{"of": "{start.short}", "node": "{start.short}"}}' in capsys.readouterr().out
