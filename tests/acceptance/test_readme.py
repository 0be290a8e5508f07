"""The README and the examples do what they say."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest

from graphstore import Store
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
    return [text for name, text in fences if name == language]


def test_the_python_of_the_readme_prints_what_it_says(store, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(Store, "open", lambda: store)
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path))
    # As a file, since the source of a step is read from where it stands.
    file = tmp_path / "readme.py"
    file.write_text("\n".join(blocks("python")))
    names = {}
    exec(compile(file.read_text(), str(file), "exec"), names)
    (expected,) = [text for text in blocks("") if text.startswith("What artifact")]
    assert capsys.readouterr().out == expected
    assert [node.type for node in names["graph"].of_type("DataSet")] == ["DataSet"]


@pytest.mark.parametrize(
    "order",
    [
        "readme first training",
        "tour training first readme readme",
        "training readme training first",
    ],
)
def test_all_of_it_runs_in_one_store_in_any_order(store, monkeypatch, capsys, tmp_path, order):
    """What one of them declares and records is nothing that another one stumbles over."""
    monkeypatch.setattr(Store, "open", lambda: store)
    monkeypatch.setattr(Store, "close", lambda store: None)
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    monkeypatch.setattr(sys, "argv", ["tour", "--folder", str(tmp_path / "tour")])
    file = tmp_path / "readme.py"
    file.write_text("\n".join(blocks("python")))
    first, training, tour = map(
        importlib.import_module, ("first_pipeline", "training_pipeline", "ask_everything")
    )
    options = training.parse(["--folder", str(tmp_path / "training")])
    run = {
        "readme": lambda: exec(compile(file.read_text(), str(file), "exec"), {}),
        "first": lambda: first.record(store),
        "training": lambda: training.run_pipeline(store, options),
        "tour": tour.main,
    }
    for name in order.split():
        run[name]()


def test_the_shell_of_the_readme_works(store, graphstore):
    from graphstore.interop.mlmd_import import import_mlmd
    from tests.conftest import IRIS

    import_mlmd(store, IRIS)
    commands = [
        line
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith("graphstore ")
    ]
    assert len(commands) >= 5
    for command in commands:
        words = [word.strip("'") for word in command.split()[1:]]
        graphstore(*[str(IRIS) if word == "metadata.sqlite" else word for word in words])


def test_the_cypher_of_the_readme_finds_something(store, database):
    from graphstore.interop.mlmd_import import import_mlmd
    from tests.conftest import IRIS

    import_mlmd(store, IRIS)
    for text in blocks("cypher"):
        with database.driver.session() as session:
            assert list(session.run(text))


def test_the_demo_prints_what_the_readme_shows(store, graphstore, server):
    (block,) = [text for text in blocks("") if "How did the runs end?" in text]
    output = graphstore("demo", "--uri", server.uri).stdout
    plain_output = re.sub(r"[ \t]+", " ", output)
    for line in block.splitlines():
        line = re.sub(r"\s+", " ", line).strip()
        if line and line != "…":
            assert line in plain_output, line


def test_links_of_the_documents_lead_somewhere():
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_first_pipeline_is_recorded(store, capsys):
    spec = importlib.util.spec_from_file_location(
        "example", ROOT / "examples" / "first_pipeline.py"
    )
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    model = example.record(store)
    graph = store.lineage.both(model)
    assert {node.type for node in graph.nodes()} == {
        "DataSet",
        "SavedModel",
        "Evaluation",
        "ExampleGen",
        "Trainer",
        "Evaluator",
    }
    assert {e.state.value for e in graph.executions.values()} == {"COMPLETE"}
    (experiment,) = store.contexts.of_artifact(model.id)
    assert len(store.executions.list(context=experiment.id)) == 3
    again = example.record(store)  # a second run: another model, the same types and experiment
    assert again.id != model.id
    assert len(store.contexts.list()) == 1


def test_the_first_pipeline_runs_as_a_script(store, server):
    result = subprocess.run(
        [sys.executable, "examples/first_pipeline.py"],
        cwd=ROOT,
        env={
            **os.environ,
            "NEO4J_URI": server.uri,
            "NEO4J_USERNAME": server.user,
            "NEO4J_PASSWORD": server.password,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert "SavedModel a2  LIVE  path/to/model/file" in result.stdout
