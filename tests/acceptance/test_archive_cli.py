"""`graphstore export archive` and `import archive`, as a user runs them."""

import json
import time
from datetime import datetime, timedelta, timezone

import pytest

from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS, empty


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


def test_a_store_goes_out_and_comes_back(iris, command, tmp_path):
    out = command("export", "archive", tmp_path / "all.zip")
    assert (out.code, out.out) == (0, "")
    assert "artifacts" in out.err and "MB" in out.err
    shown = command("show", "a45").out
    empty(iris.database)
    back = command("import", "archive", tmp_path / "all.zip")
    assert back.code == 0
    assert "is a copy of store-" in back.out and "All that was read is accounted for." in back.out
    assert command("show", "a45").out == shown


def test_what_json_says(iris, command, tmp_path):
    exported = json.loads(
        command("export", "archive", tmp_path / "a.zip", "--lineage", "a45", "--json").out
    )
    assert exported["nodes"]["Artifact"] > 5 and exported["left_out"] == {}
    report = json.loads(command("import", "archive", tmp_path / "a.zip", "--json").out)
    assert report["agrees"] and not report["exact"]
    assert report["counts"]["artifact"]["unchanged"] == exported["nodes"]["Artifact"]


def explain(command):
    """What is told of a model, but for the events: those of an import have no order."""
    answer = json.loads(command("explain", "a45", "--json").out)
    del answer["lineage"]["events"]
    return answer


def test_what_the_store_said_on_a_day_is_asked_in_a_copy(iris, command, tmp_path):
    time.sleep(1.1)  # until that is final
    then = datetime.now(timezone.utc) - timedelta(seconds=1.05)
    shown = explain(command)
    iris.artifacts.put(iris.artifacts.get(45).evolve(custom_properties={"note": "later"}))
    out = command("export", "archive", tmp_path / "then.zip", "--as-of", then.isoformat())
    assert (out.code, out.out) == (0, "")
    assert explain(command) != shown
    empty(iris.database)
    assert command("import", "archive", tmp_path / "then.zip").code == 0
    assert explain(command) == shown
    refused = command("export", "archive", tmp_path / "no.zip", "--as-of", "2990-01-01")
    assert refused.code == 1 and "not final yet" in refused.err


def test_a_file_that_is_there_is_not_written_over(iris, command, tmp_path):
    (tmp_path / "all.zip").write_text("mine")
    refused = command("export", "archive", tmp_path / "all.zip")
    assert refused.code == 1 and "say --force" in refused.err
    assert command("export", "archive", tmp_path / "all.zip", "--force").code == 0


def test_mistakes_end_in_a_sentence(store, command, tmp_path):
    def fails(code, words, *arguments):
        result = command(*arguments)
        assert result.code == code and result.out == ""
        assert words in result.err and result.err.count("\n") == 1

    (tmp_path / "text.zip").write_text("no zip")
    fails(2, "no archive", "import", "archive", tmp_path / "text.zip")
    fails(1, "cannot read", "import", "archive", tmp_path / "nowhere.zip")
    fails(1, "no folder", "export", "archive", tmp_path / "no" / "all.zip")
    fails(3, "nowhere", "export", "archive", tmp_path / "all.zip", "--pipeline", "nowhere")
    fails(
        2,
        "give one",
        "export",
        "archive",
        tmp_path / "all.zip",
        "--pipeline",
        "a",
        "--lineage",
        "a1",
    )
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".zip"] == ["text.zip"]


def test_a_server_that_does_not_answer_is_said(command, tmp_path):
    result = command("export", "archive", tmp_path / "all.zip", "--uri", "bolt://127.0.0.1:9")
    assert result.code == 4 and "no Neo4j answers" in result.err
