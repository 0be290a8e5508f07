"""`graphstore impact`, `diff` and `common-ancestors`: what they print, and how they end."""

import json

import pytest

from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


def test_impact_names_every_model_and_push_once(iris, graphstore):
    text = graphstore("impact", "a1").stdout
    assert text.startswith("Examples a1 reached 6 deployments (1 live), 6 models (6 live), 12 eval")
    assert "by a1 e6 a5 e8 a9" in text
    answer = json.loads(graphstore("impact", "1", "--json").stdout)
    assert len({one["id"] for one in answer["reached"]}) == len(answer["reached"]) == 24
    assert answer["reached"][0]["pipelines"] == [{"id": "c1", "name": "iris"}]
    assert "Cut off" in graphstore("impact", "a1", "--max-nodes", "9").stdout


def test_diff_names_what_differs(iris, graphstore):
    text = graphstore("diff", "a45", "a54").stdout
    assert "parameter custom_config.learning_rate: was 0.02, is 0.001" in text
    answer = json.loads(graphstore("diff", "45", "54", "--json").stdout)
    assert answer["first"][0]["part"] == "CsvExampleGen"
    assert answer["positions"][0]["status"] == "changed"


def test_common_ranks_what_the_bad_share(iris, graphstore):
    text = graphstore("common-ancestors", "a45", "a54", "--good", "a5", "--good", "e6").stdout
    assert text.startswith("What 2 bad have in common and 2 good have not: ")
    answer = json.loads(
        graphstore("common-ancestors", "a45", "c56", "--good", "a32", "--json").stdout
    )
    assert answer["bad"] == ["a45", "c56"]
    assert answer["suspects"][0]["id"] == "a45"


def test_the_old_name_of_a_command_and_of_a_query_is_taken_and_says_the_new_one(iris, graphstore):
    arguments = ("a45", "--good", "a32", "--json")
    old = graphstore("common", *arguments)
    assert old.stdout == graphstore("common-ancestors", *arguments).stdout
    assert "graphstore common is called graphstore common-ancestors now" in old.stderr
    result = graphstore("query", "answers.rerun", "--text")
    assert result.stdout == graphstore("query", "answers.can_rerun", "--text").stdout
    assert "answers.rerun is called answers.can_rerun now" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["impact", "99"], 3, "no artifact has id 99"),
        (["impact", "e6"], 2, "expected an artifact; e6 is an execution"),
        (["diff", "a1", "c1"], 2, "expected an artifact; c1 is a context"),
        (["common-ancestors", "a1", "--good", "a1"], 2, "both bad and good"),
        (["common-ancestors", "c99"], 3, "no context has id 99"),
        (["common-ancestors", "x"], 2, "'x' names no node"),
    ],
)
def test_mistakes_are_told_in_a_line(iris, graphstore, arguments, code, says):
    assert says in graphstore(*arguments, code=code).stderr
