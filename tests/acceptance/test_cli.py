"""The command line: what it prints, and how it ends."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

from graphstore import Artifact, Context, Execution, ExecutionState
from graphstore.interop.mlmd_import import import_mlmd
from tests.conftest import IRIS


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


COMMANDS = [
    "artifacts",
    "backup",
    "browser",
    "cache",
    "can-rerun",
    "common-ancestors",
    "compare",
    "contexts",
    "delete",
    "demo",
    "diff",
    "doctor",
    "down",
    "erase",
    "executions",
    "explain",
    "export",
    "flush",
    "history",
    "impact",
    "import",
    "key",
    "latest",
    "lineage",
    "log",
    "logs",
    "production",
    "prove",
    "query",
    "restore",
    "retain",
    "rm",
    "runs",
    "seal",
    "search",
    "serve",
    "show",
    "spool",
    "status",
    "stores",
    "types",
    "ui",
    "up",
    "verify",
]


def test_every_command_has_help(graphstore):
    text = graphstore("--help").stdout
    assert sorted(re.findall(r"^  ([a-z][\w-]*)  +[A-Z]", text, re.M)) == COMMANDS
    for command in COMMANDS:
        assert "Usage: " in graphstore(command, "--help").stdout
    assert re.fullmatch(r"graphstore \d+\.\d+\.\d+\n", graphstore("--version").stdout)
    assert "--show-completion" in text


def test_an_import_prints_counts_that_agree(store, graphstore):
    text = graphstore("import", "mlmd", str(IRIS)).stdout
    assert re.search(r"Artifact\s+58\s+58\s+0\s+0\s+0\s+58", text)
    assert "Every row that was read is accounted for." in text
    again = json.loads(graphstore("import", "mlmd", str(IRIS), "--json").stdout)
    assert again["agrees"] is True
    assert again["tables"]["Event"]["unchanged"] == 136


def test_lists_and_their_pages(iris, graphstore):
    text = graphstore("artifacts", "--type", "Model", "--newest", "--limit", "2").stdout
    assert re.findall(r"^a(\d+)", text, re.M) == ["54", "45"]
    token = re.search(r"--after (\S+)", text)[1]
    page = json.loads(
        graphstore(
            "artifacts", "--type", "Model", "--newest", "--limit", "2", "--after", token, "--json"
        ).stdout
    )
    assert [item["id"] for item in page["items"]] == [32, 23]
    failures = json.loads(graphstore("executions", "--state", "FAILED", "--json").stdout)
    assert [item["id"] for item in failures["items"]] == [2, 38]
    assert "a45" not in graphstore("artifacts", "--before", "2020-01-01").stdout
    assert (
        "no artifacts like that"
        in graphstore("artifacts", "--type", "ModelRun", "--state", "DELETED").stdout
    )
    assert "iris" in graphstore("contexts", "--type", "pipeline").stdout
    assert len(json.loads(graphstore("types", "--json").stdout)) == 21
    assert "mlmd.Dataset" in graphstore("types", "--all", "--kind", "artifact").stdout
    assert graphstore("types", "--as-of", "2001-01-01").stdout.strip() == "no types"


def test_a_command_starts_without_what_the_driver_loads_for_frames(iris, graphstore):
    result = graphstore("show", "45", PYTHONPROFILEIMPORTTIME="1")
    modules = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "neo4j" in modules
    # What it asks for and does not get has a line, too, and no modules of its own.
    assert not {name for name in modules if name.startswith(("numpy.", "pandas.", "pyarrow."))}


def test_show_tells_all_of_a_node(iris, graphstore):
    text = graphstore("show", "45").stdout
    assert "artifact 45 of type Model" in text
    assert re.search(r"INTERNAL_OUTPUT\s+e48\s+Resolver", text)
    assert re.search(r"OUTPUT\s+e44\s+Trainer", text)
    assert "belongs to" in text
    assert re.search(r"train_args\s+\{", graphstore("show", "e44").stdout)
    assert re.search(r"part of\s+c1\s+pipeline\s+iris", graphstore("show", "c2").stdout)
    data = json.loads(graphstore("show", "e44", "--json").stdout)
    assert (data["kind"], data["state"], len(data["events"])) == ("execution", "COMPLETE", 5)


@pytest.mark.parametrize("format", ["tree", "table", "mermaid", "dot", "svg", "json"])
def test_lineage_in_every_format(iris, graphstore, tmp_path, format):
    text = graphstore("lineage", "a45", "--up", "--max-hops", "4", "--format", format).stdout
    assert "Trainer" in text
    if format == "json":
        # Without what the resolver of a later run chose; that is there if it is asked for.
        assert len(json.loads(text)["events"]) == 11
        whole = graphstore(
            "lineage", "a45", "--up", "--max-hops", "4", "--passed-on", "--json"
        ).stdout
        assert len(json.loads(whole)["events"]) == 14
    if format == "svg":
        assert ET.fromstring(text).tag.endswith("svg")
    if format != "table":
        result = graphstore("lineage", "a45", "--up", "--max-hops=4", "-f", format, "-o", "out")
        assert (tmp_path / "out").read_text(encoding="utf-8") == text
        assert "wrote out" in result.stderr


def test_lineage_both_ways_and_cut(iris, graphstore):
    both = graphstore("lineage", "45").stdout
    assert both.startswith("Lineage of artifact 45")
    assert "Cut off: more lies behind" in graphstore("lineage", "45", "--max-nodes", "5").stdout
    near = graphstore("lineage", "45", "--up", "--max-hops", "2", "--json").stdout
    result = graphstore("lineage", "45", "--up", "--depth", "2", "--json")
    assert result.stdout == near
    assert "--depth is called --max-hops now" in result.stderr
    down = graphstore("lineage", "e1", "--down", "--json").stdout
    assert json.loads(down)["question"] == "downstream"


def test_queries_are_listed_printed_and_run(iris, graphstore):
    assert "lineage.upstream" in graphstore("query").stdout
    queries = json.loads(graphstore("query", "--json").stdout)
    assert {"name", "access", "summary"} == set(queries[0])
    assert "lineage.upstream" in {one["name"] for one in queries}
    text = graphstore("query", "browse/runs.cypher", "--text").stdout
    assert text.startswith("// The runs of every pipeline")
    assert ":param artifact_id => 45;" in graphstore("query", "params").stdout
    rows = json.loads(
        graphstore("query", "browse.runs", "-p", 'types=["pipeline_run"]', "--json").stdout
    )
    assert [row["outcome"] for row in rows] == ["COMPLETE"] * 4 + ["FAILED"] + ["COMPLETE"] * 2
    assert rows[0]["began"].startswith("2026-11-21T02:25:02")
    assert "Examples" in graphstore("query", "browse.overview").stdout
    assert "BASE" in graphstore("query", "browse.model_chain").stdout.upper()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["show", "999"], 3, "no artifact has id 999"),
        (["show", "x9"], 2, "'x9' names no node"),
        (["lineage", "c1"], 2, "expected an artifact or an execution; c1 is a context"),
        (["lineage", "45", "--max-hops", "-1"], 2, "--max-hops"),
        (["lineage", "45", "--format", "png"], 2, "'png'"),
        (["artifacts", "--type", "Modle"], 3, "did you mean 'Model'"),
        (["artifacts", "--state", "COMPLETE"], 2, "artifact states are"),
        (["artifacts", "--after", "junk"], 2, "no page token"),
        (["import", "mlmd", "nowhere.db"], 2, "found nothing"),
        (["query", "no.such"], 3, "no query has name 'no.such'"),
        (["query", "artifact.create"], 2, "changes the store"),
        (["query", "browse.runs"], 2, "needs --param types=..."),
        (["query", "browse.runs", "-p", "colour=1"], 2, "has the parameters types"),
        (["status", "--store", "no/such"], 2, "no/such"),
        (["logs", "--store", "nothing"], 3, "local store"),
        (["lineage", "45", "-o", "no/such/folder/x.svg"], 1, "no/such/folder/x.svg"),
        (["production", "--on", "tomorrow"], 2, "takes a day or a time"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_mistakes_are_told_in_a_line(iris, graphstore, arguments, code, says):
    result = graphstore(*arguments, code=code)
    assert says in result.stderr


def test_a_server_that_is_not_there_is_told(graphstore):
    result = graphstore("artifacts", code=4, NEO4J_URI="bolt://127.0.0.1:1")
    assert "no Neo4j answers at bolt://127.0.0.1:1" in result.stderr
    result = graphstore("artifacts", "--uri", "ftp://x", code=2)
    assert "cannot connect" in result.stderr


def test_an_empty_store_is_no_error(store, graphstore):
    assert graphstore("artifacts").stdout.strip() == "no artifacts"
    assert graphstore("types").stdout.strip() == "no types"
    assert graphstore("query", "browse.overview").stdout.strip() == "no rows"


def test_what_users_call_things_is_shown_as_it_is(store, types, graphstore):
    store.publish(
        Execution(type="Trainer", name="[red]not markup[/red] ✓", state=ExecutionState.FAILED),
        outputs={"mödel": Artifact(type="Model", uri="s3://[x]", custom_properties={"[a]": "[b]"})},
        contexts=[Context(type="Pipeline", name="[/]")],
    )
    assert "[red]not markup[/red] ✓" in graphstore("executions").stdout
    text = graphstore("show", "a1").stdout
    assert "s3://[x]" in text and "[a]" in text and "[b]" in text and "[/]" in text
    assert "mödel" in graphstore("lineage", "a1").stdout


def test_the_demo_answers_on_any_server(store, graphstore, server, tmp_path):
    text = graphstore("demo", "--uri", server.uri).stdout
    assert re.search(r"\b5\s+2026-11-21 02:25:27\s+4\s+6\s+0\s+FAILED\s+Trainer e38", text)
    assert text.count("COMPLETE") == 6
    assert "InputResolutionError" in text
    assert "a49 was pushed" in text
    assert "a58 is newer, but its Pusher ran and pushed nothing" in text
    chain = re.findall(
        r"^(a\d+)\s+(e\d+)\s+(a\d+) \S+\s+(a\d+) \S+\s+(\w+)\s+\w*.*learning_rate", text, re.M
    )
    assert chain == [
        ("a45", "e44", "a41", "a43", "a32"),
        ("a32", "e30", "a28", "a30", "a23"),
        ("a23", "e22", "a19", "a21", "a14"),
        ("a14", "e14", "a10", "a12", "a5"),
        ("a5", "e6", "a1", "a3", "none"),
    ]
    assert "learning_rate=0.02" in text
    assert re.search(r"PushedModel\s+6\s+a9 a18 a27 a36 a49 a58", text)
    assert "none: all 54 executions of this history ran" in text
    picture = tmp_path / "graphstore-demo.svg"
    assert str(picture) in text
    assert ET.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    graphstore("demo", "--uri", server.uri, "--format", "mermaid", "-o", "x.mmd")
    assert "flowchart LR" in (tmp_path / "x.mmd").read_text(encoding="utf-8")


def test_json_is_json_whatever_the_numbers(store, types, graphstore):
    values = {"up": float("inf"), "down": float("-inf"), "none": float("nan"), "one": 1.5}
    model = store.artifacts.put(Artifact(type="Model", custom_properties=values))

    def refuse(constant):
        raise AssertionError(constant)

    for command in (["show", model.ref.short], ["artifacts"]):
        text = graphstore(*command, "--json").stdout
        json.loads(text, parse_constant=refuse)
        assert '"-Infinity"' in text
