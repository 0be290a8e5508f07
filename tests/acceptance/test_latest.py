"""`graphstore latest`, and the page about resolving."""

import json
import re

import pytest

from graphstore import Artifact, ArtifactState
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS, ROOT


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


def test_the_latest_is_shown(iris, graphstore):
    text = graphstore("latest", "Model", "-n", "2").stdout
    assert re.findall(r"^(a\d+) +Model +LIVE +/pipelines\S+ +2026-11-21", text, re.M) == [
        "a54",
        "a45",
    ]
    on = graphstore("latest", "Model", "--on", "2026-11-21 02:25:30").stdout
    assert re.findall(r"^a\d+", on, re.M) == ["a32"]
    here = [
        "--context",
        "c1",
        "--context",
        "5",
        "--producer",
        "tfx.components.trainer.component.Trainer",
    ]
    assert "no artifacts like that" in graphstore("latest", "Model", *here).stdout
    data = json.loads(graphstore("latest", "Model", "--json").stdout)
    assert [(node["kind"], node["id"]) for node in data] == [("artifact", 54)]
    assert json.loads(graphstore("latest", "Model", "--on", "2020-01-01", "--json").stdout) == []


def test_the_latest_blessed_pushed_and_best_are_shown_with_why(iris, graphstore):
    blessings = graphstore("latest", "Model", "--blessed").stdout
    assert re.search(r"created \(UTC\) +blessing\na45 .* a47", blessings)
    pushes = graphstore("latest", "Model", "--pushed", "-n", "2").stdout
    assert re.search(r"created \(UTC\) +push\na45 .* a49\s+a32 .* a36", pushes)
    (one,) = json.loads(graphstore("latest", "Model", "--blessed", "--json").stdout)
    assert (one["id"], one["blessing"]["id"]) == (45, 47)
    ask = ["latest", "Model", "--best", "accuracy", "--of", "ModelEvaluation"]
    assert re.search(r"value +evaluation\na23 .* 1\.0 +a26", graphstore(*ask).stdout)
    (worst,) = json.loads(graphstore(*ask, "--smallest", "--json").stdout)
    assert (worst["id"], worst["value"], worst["evaluation"]["id"]) == (54, 0.333333, 57)
    own = graphstore("latest", "ModelEvaluation", "--best", "accuracy", "--smallest").stdout
    assert re.search(r"value +\na57 .* 0\.333333", own)


def test_any_state_can_be_asked_for(store, types, graphstore):
    best = {"double_value": 0.5}
    store.artifacts.put(Artifact(type="Model", state=ArtifactState.DELETED, properties=best))
    ask = ["latest", "Model", "--best", "double_value"]
    assert "no artifacts like that" in graphstore(*ask).stdout
    (one,) = json.loads(graphstore(*ask, "--any-state", "--json").stdout)
    assert (one["state"], one["value"]) == ("DELETED", 0.5)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["Modle"], 3, "did you mean 'Model'"),
        (["Model", "--context", "99"], 3, "no context has id 99"),
        (["Model", "--context", "a1"], 2, "expected a context; a1 is an artifact"),
        (["Model", "--context", "iris"], 2, "'iris' names no node"),
        (["Model", "--blessed", "--pushed"], 2, "give one"),
        (["Model", "--smallest"], 2, "give --best"),
        (["Model", "-n", "0"], 2, "--limit"),
        (["Model", "--on", "yesterday"], 2, "--on"),
        (
            ["Model", "--best", "accuracy", "--of", "Metrics"],
            3,
            "no artifact type has name 'Metrics'",
        ),
    ],
)
def test_mistakes_are_told_in_a_line(iris, graphstore, arguments, code, says):
    assert says in graphstore("latest", *arguments, code=code).stderr


def test_the_old_spelling_of_an_option_is_taken_and_says_the_new_one(iris, graphstore):
    result = graphstore("latest", "Model", "--number", "2")
    assert result.stdout == graphstore("latest", "Model", "--limit", "2").stdout
    assert "--number is called --limit now" in result.stderr
    assert "--number" not in graphstore("latest", "--help").stdout
    result = graphstore("history", "iris", "--last", "2")
    assert result.stdout.startswith("iris (c1): the last 2 of 7 runs\n")
    assert "--last is called --limit now" in result.stderr
    assert "--last" not in graphstore("history", "--help").stdout


def test_the_page_about_resolving_does_what_it_says(iris, graphstore, capsys):
    page = (ROOT / "docs" / "resolve.md").read_text(encoding="utf-8")
    names = {"store": iris}
    for code in re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S):
        exec(code, names)
    assert (names["base"].id, names["best"].value) == (54, 1.0)
    assert (
        "artifact 45 of type Model by artifact 47 of type ModelBlessing" in capsys.readouterr().out
    )
    for block in re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S):
        for command in block.splitlines():
            assert "Model" in graphstore(*command.split()[1:]).stdout
    methods = {name for name in dir(iris.resolve) if not name.startswith("_")}
    assert methods == set(re.findall(r"^\| `(\w+)` \| .* \|.*\|$", page, re.M))
