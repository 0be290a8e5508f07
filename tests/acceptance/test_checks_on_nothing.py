"""A check that checked nothing has not passed: what is not there is exit code 3, JSON or not."""

import json

import pytest

from graphstore import Artifact, ArtifactType

NOWHERE = 2**40
COMMANDS = [
    ["artifacts", "--type", "Modle"],
    ["artifacts", "--context", NOWHERE],
    ["executions", "--type", "Trianer"],
    ["executions", "--context", f"c{NOWHERE}"],
    ["contexts", "--type", "Pipelien"],
    ["show", f"a{NOWHERE}"],
    ["show", f"e{NOWHERE}"],
    ["show", f"c{NOWHERE}"],
    ["lineage", f"a{NOWHERE}"],
    ["lineage", f"e{NOWHERE}", "--up"],
    ["explain", f"a{NOWHERE}"],
    ["impact", f"a{NOWHERE}"],
    ["diff", f"a{NOWHERE}", f"a{NOWHERE + 1}"],
    ["common-ancestors", f"a{NOWHERE}"],
    ["compare", f"a{NOWHERE}", f"a{NOWHERE + 1}"],
    ["history", "no-such-pipeline"],
    ["history", f"c{NOWHERE}"],
    ["can-rerun", f"e{NOWHERE}"],
    ["cache", f"e{NOWHERE}"],
    ["latest", "Modle"],
    ["latest", "Model", "--context", f"c{NOWHERE}"],
    ["latest", "Model", "--producer", "Trianer"],
    ["verify", f"a{NOWHERE}"],
    ["verify", "--type", "Modle"],
    ["verify", "--context", NOWHERE],
    ["verify", "--type", "Examples"],  # there is the type, and nothing of it
    ["query", "no.such.query"],
    ["query", "questions.what_trained_it", "--param", f"artifact_id={NOWHERE}"],
]


@pytest.fixture
def model(store, types):
    return store.artifacts.put(Artifact(type="Model", uri="s3://models/1"))


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(map(str, words)))
def test_what_is_not_there_is_three(model, command, words):
    plain = command(*words)
    assert plain.code == 3, plain
    assert plain.err.startswith("graphstore: no ") and plain.err.count("\n") == 1
    as_json = command(*words, "--json")
    assert as_json.code == 3 and as_json.out == "", as_json


@pytest.mark.parametrize("name", ["x.pdf", "x.pn", "folder/x.lineage"])
@pytest.mark.parametrize("asks", ["lineage", "explain"])
def test_a_file_whose_ending_is_no_format_is_told_in_a_sentence(model, command, asks, name):
    result = command(asks, model.id, "-o", name)
    assert result.code == 2 and result.err.count("\n") == 1
    assert "is no format; the endings are" in result.err


def test_the_ending_of_a_file_says_what_is_written(model, command, tmp_path):
    assert command("explain", model.id, "-o", tmp_path / "m.md").code == 0
    assert (tmp_path / "m.md").read_text().startswith("# ")
    assert command("lineage", model.id, "-o", tmp_path / "m.txt").code == 0
    assert f"a{model.id}" in (tmp_path / "m.txt").read_text()


def test_what_cannot_be_told_is_not_green(model, command):
    result = command("verify", model.id)
    assert result.code == 1 and "UNKNOWN" in result.out
    assert "1 of 1 are UNKNOWN" in result.err and "--accept-unknown" in result.err
    assert command("verify", f"a{model.id}", "--json").code == 1
    lenient_result = command("verify", f"a{model.id}", "--accept-unknown", "--json")
    assert lenient_result.code == 0 and json.loads(lenient_result.out)[0]["status"] == "UNKNOWN"


def test_of_what_stands_nowhere_nothing_was_checked(store, command):
    store.types.put(ArtifactType(name="Idea"))
    idea = store.artifacts.put(Artifact(type="Idea"))
    assert "nothing was checked" in command("verify", idea.id).err
    assert command("verify", idea.id).code == 1


def test_an_empty_answer_about_what_is_there_is_no_error(store, types, command):
    assert command("artifacts", "--type", "Model").code == 0
    assert json.loads(command("artifacts", "--type", "Model", "--json").out)["items"] == []
