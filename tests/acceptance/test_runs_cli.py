"""`graphstore can-rerun`, `compare` and `history` as a user runs them."""

import csv
import io
import json
import re

import pytest

from graphstore import ArtifactState
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


def test_can_rerun(iris, graphstore):
    text = graphstore("can-rerun", "44").stdout
    assert text.startswith("Trainer e44: amber\n")
    assert "amber  environment: was not captured" in text
    assert json.loads(graphstore("can-rerun", "e44", "--json").stdout)["verdict"] == "amber"
    model = iris.artifacts.get(41).evolve(state=ArtifactState.DELETED)
    iris.artifacts.put(model)
    text = graphstore("can-rerun", "e44", code=1).stdout
    assert "red    input examples a41: it is DELETED, not LIVE" in text
    assert "no execution has id 999" in graphstore("can-rerun", "999", code=3).stderr
    assert "artifact 45 cannot be run" in graphstore("can-rerun", "a45", code=2).stderr


def test_compare(iris, graphstore):
    text = graphstore("compare", "a5", "54", "45", "--metric", "accuracy").stdout
    assert text.startswith("3 artifacts, by accuracy: ")
    assert re.search(r"^\* +learning_rate +0\.01 +0\.02 +0\.001$", text, re.M)
    assert "eval_args.num_steps" in text
    text = graphstore("compare", "c2", "c48", "--only-differences").stdout
    assert "eval_args.num_steps" not in text and "Trainer.train_args.num_steps" in text
    answer = json.loads(graphstore("compare", "e44", "e52", "--json").stdout)
    assert answer["subjects"] == ["e44", "e52"]
    rows = list(csv.reader(io.StringIO(graphstore("compare", "5", "14", "--csv").stdout)))
    assert rows[0] == ["group", "fact", "differs", "a5", "a14"]
    cut = graphstore("compare", "5", "14", "23", "--csv", "--limit", "2")
    assert "of 3, the rest is left out" in cut.stderr and cut.stdout.splitlines()[0].endswith(
        "a5,a14"
    )
    assert "one kind" in graphstore("compare", "a5", "e44", code=2).stderr
    assert "two subjects" in graphstore("compare", "a5", code=2).stderr
    assert "there are accuracy" in graphstore("compare", "5", "14", "--metric", "x", code=2).stderr
    assert "give one" in graphstore("compare", "5", "14", "--json", "--csv", code=2).stderr
    assert "--metric" in graphstore("compare", "5", "14", "--smallest", code=2).stderr


def test_a_table_that_goes_on_says_so_beside_it(iris, graphstore):
    for command in ("artifacts", "executions", "contexts"):
        cut = graphstore(command, "--format", "csv", "--limit", "2")
        assert len([*csv.reader(io.StringIO(cut.stdout))]) == 3
        assert "more: --after " in cut.stderr
        assert "more" not in graphstore(command, "--format", "csv", "--limit", "1000").stderr


def test_history(iris, graphstore, tmp_path):
    text = graphstore("history", "iris").stdout
    assert "outcome   ✓✓✓✓✗✓✓" in text
    assert graphstore("history", "iris", "--limit", "2").stdout.startswith(
        "iris (c1): the last 2 of 7 runs\n"
    )
    result = graphstore("history", "iris", "--metric", "accuracy", "--svg", "x.svg", "--json")
    assert len(json.loads(result.stdout)["runs"]) == 7
    assert (tmp_path / "x.svg").read_text(encoding="utf-8").startswith("<svg ")
    assert "no runs until" in graphstore("history", "iris", "--on", "2020-01-01").stdout
    assert "there are 'iris'" in graphstore("history", "nope", code=3).stderr
    assert "there are accuracy" in graphstore("history", "iris", "--metric", "x", code=2).stderr


def test_what_is_in_production(iris, graphstore):
    assert "Model a45" in graphstore("production").stdout
    rows = json.loads(graphstore("production", "--on", "2026-11-21", "--json").stdout)
    assert [(one["model"], one["deployment"]) for one in rows] == [("a45", "a49")]
    assert "nothing was in production then" in graphstore("production", "--on", "2020-01-31").stdout
    assert graphstore("production", "--target", "nowhere", code=3).returncode == 3
    assert graphstore("production", "--on", "yesterday", code=2).returncode == 2
