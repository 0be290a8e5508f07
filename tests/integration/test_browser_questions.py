"""The questions of `cypher/questions` in plain Cypher, on histories whose answers we know."""

import re
from datetime import datetime, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Context,
    Execution,
    ExecutionState,
    ExecutionType,
)
from graphstore.cli.browsing import address, question, questions, style
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.model.roles import PIPELINE_TYPES, RUN_TYPES
from tests.conftest import IRIS

QUESTIONS = [query for query in QUERIES.values() if query.name.startswith("questions.")]
PRUNING_WALK = "VarLengthExpand(Pruning,BFS,All)"


@pytest.fixture
def iris(store):
    import_mlmd(store, IRIS)
    return store


def ask(store, name, **parameters):
    """The rows of a question."""
    return store.database.rows(QUERIES[f"questions.{name}"], **parameters)


def test_the_model_in_production_of_a_real_tfx_history(iris):
    (live,) = ask(iris, "what_is_in_production")
    assert (live["model"], live["push"]) == ("a45 Model", "a49 PushedModel")
    (push,) = ask(iris, "where_was_it_pushed", artifact_id=45)
    assert (push["live"], push["where"]) == ("yes", "/pipelines/iris/serving/1795227941")
    (none,) = ask(iris, "where_was_it_pushed", artifact_id=54)
    assert none["live"] == "no: the step ran and pushed nothing"
    (old,) = ask(iris, "where_was_it_pushed", artifact_id=32)
    assert old["live"] == "no: a49 was pushed there later"
    assert [row["where"] for row in ask(iris, "where_is_the_file", artifact_id=45)] == [
        "/pipelines/iris/root/Trainer/model/44",
        "/pipelines/iris/serving/1795227941",
    ]


def test_how_it_was_made(iris):
    values = {
        row["parameter"]: row["value"] for row in ask(iris, "hyperparameters", artifact_id=45)
    }
    assert values == {
        "eval_args.num_steps": "5",
        "learning_rate": "0.02",
        "train_args.num_steps": "200",
    }
    data = ask(iris, "what_trained_it", artifact_id=45)
    graph = iris.lineage.upstream(45)
    assert {row["data"] for row in data} == {
        f"a{id_} {artifact.type}" for id_, artifact in graph.artifacts.items() if id_ != 45
    }
    assert {row["data"] for row in data if row["raw_input"] == "yes"} == {
        f"a{artifact.id} Examples" for artifact in iris.explain(45).raw_inputs
    }
    (maker,) = ask(iris, "who_triggered_it", artifact_id=45)
    assert (maker["step"], maker["did"], maker["pipeline"]) == ("e44 Trainer", "made it", "c1 iris")
    facts = {row["name"]: row["value"] for row in ask(iris, "which_environment", artifact_id=45)}
    assert (facts["tfx"], facts["captured as"]) == ("1.16.0", "the environment was not captured")


def test_walks_go_as_far_as_there_is_anything(store, types):
    """Sixty nights, each warm-started from the one before."""
    data, *_ = store.publish(Execution(type="Trainer"), (), [Artifact(type="Examples")]).outputs
    models = [data]
    for _ in range(60):
        models += store.publish(
            Execution(type="Trainer"), models[-1:], [Artifact(type="Model")]
        ).outputs
    first, last = models[0].ref.short, models[-1].ref.short
    trained = ask(store, "what_trained_it", artifact_id=models[-1].id)
    assert trained[-1]["data"] == f"{first} Examples" and trained[-1]["raw_input"] == "yes"
    assert {row["of"] for row in trained} == {60} == {len(trained)}
    reached = ask(store, "what_did_it_reach", artifact_id=data.id)
    assert reached[-1]["reached"] == f"{last} Model" and reached[-1]["steps_away"] == 60
    assert {row["of"] for row in reached} == {60} == {len(reached)}


def test_what_was_found_of_it(iris):
    (verdict,) = ask(iris, "why_was_it_preferred", artifact_id=45)
    assert (verdict["verdict"], verdict["threshold"]) == ("blessed", 0.6)
    assert verdict["metrics"] == ["accuracy 0.98", "examples 150"]
    (last,) = ask(iris, "why_was_it_preferred", artifact_id=54)
    assert (last["verdict"], last["metrics"][0]) == ("not blessed", "accuracy 0.3333")
    keys = ["accuracy", "custom_accuracy"]
    models = ask(iris, "which_model_to_start_from", type="Model", metric_keys=keys)
    assert [(row["model"], row["advice"]) for row in models[:2]] == [
        ("a54 Model", ["latest"]),
        ("a45 Model", ["latest blessed", "latest pushed"]),
    ]


def test_what_it_reached_is_what_python_says(iris):
    all_rows = ask(iris, "what_did_it_reach", artifact_id=1)
    rows = [row for row in all_rows if row["kind"].strip() != "other"]
    others = [row["reached"].split()[0] for row in all_rows if row["kind"].strip() == "other"]
    values = {
        ref.short for one in iris.impact(1).others for ref in one.nodes if one.kind == "artifact"
    }
    assert set(others) == values
    nodes = iris.impact(1).reached
    assert {row["reached"].split()[0] for row in rows} == {one.node.ref.short for one in nodes}
    assert len(rows) == len(nodes)
    live = {one.node.ref.short for one in nodes if one.live}
    assert {row["reached"].split()[0] for row in rows if row["live"] == "yes"} == live


def test_what_differs_names_the_data_the_steps_and_the_base_model(iris):
    answer_rows = ask(iris, "what_differs", artifact_ids=[32, 45])
    rows = {row["part"]: row for row in answer_rows}
    trainer = " ".join(rows["Trainer"]["differences"])
    assert '{"learning_rate": 0.005} / {"learning_rate": 0.02}' in trainer
    assert "train_args" in trainer
    assert rows["Examples"]["verdict"] == "differs"
    assert [
        (row["part"], row["in_a"]) for row in answer_rows if row["first_divergence"] == "here"
    ] == [
        ("CsvExampleGen", "e25"),
        ("Model", "a23"),
    ]
    same = ask(iris, "what_differs", artifact_ids=[45, 45])
    assert {row["verdict"] for row in same} == {"the same"}


def test_the_runs_of_the_pipeline(iris):
    runs = ask(iris, "how_did_the_runs_go", context_id=1)
    assert [row["outcome"] for row in runs] == ["COMPLETE"] * 2 + ["FAILED"] + ["COMPLETE"] * 4
    assert runs[2]["failed"] == ["e38 Trainer"]
    assert [row["pushed"] for row in runs[:2]] == ["no", "yes"]
    facts = {row["fact"]: row["value"] for row in ask(iris, "who_triggered_the_run", context_id=42)}
    assert facts["outcome"] == "FAILED"
    assert facts["triggered by"] == "unknown: not recorded"
    bad = ask(iris, "what_do_bad_runs_share", bad_ids=[42], good_ids=[34, 48])
    values = 'Trainer custom_config = {"explode": true, "learning_rate": 0.5}'
    assert values in {row["what"] for row in bad if row["suspect"] == "parameter"}
    assert not [row for row in bad if row["good"].startswith("2 ")]


def test_whether_steps_can_be_run_again_or_skipped(iris):
    findings = {row["part"]: row for row in ask(iris, "can_it_be_rerun", execution_id=44)}
    assert findings["execution"]["verdict"] == "green"
    assert findings["input base_model a32"]["verdict"] == "amber"
    assert {row["can_it"] for row in ask(iris, "can_it_be_skipped", execution_id=44)} == {"no"}


def test_a_step_that_was_recorded_twice_can_be_skipped(store, types):
    data = Artifact(type="Examples", uri="s3://1", state="LIVE")
    first = store.publish(
        Execution(type="Trainer", state=ExecutionState.COMPLETE, custom_properties={"rate": 0.1}),
        inputs={"data": data},
        outputs={"model": Artifact(type="Model", uri="s3://m", state="LIVE")},
    )
    again = Execution(
        type="Trainer", state=ExecutionState.COMPLETE, custom_properties={"rate": 0.1}
    )
    second = store.publish(again, inputs={"data": first.inputs[0]})
    (row,) = ask(store, "can_it_be_skipped", execution_id=second.execution.id)
    assert (row["can_it"], row["earlier"]) == ("yes", f"e{first.execution.id} Trainer")
    store.artifacts.put(first.outputs[0].model_copy(update={"state": ArtifactState.DELETED}))
    (row,) = ask(store, "can_it_be_skipped", execution_id=second.execution.id)
    assert (row["can_it"], row["outputs"]) == ("no", "1 gone")


def test_a_step_that_was_told_another_file_cannot_be_skipped(store, types):
    """A parameter may be called like what says which code TFX runs."""
    steps = [
        store.publish(
            Execution(
                type="Trainer",
                state=ExecutionState.COMPLETE,
                custom_properties={"module_file": file},
            )
        )
        for file in ("a.py", "b.py")
    ]
    (row,) = ask(store, "can_it_be_skipped", execution_id=steps[1].execution.id)
    assert (row["can_it"], row["differences"]) == ("no", ["parameter module_file"])


def test_a_parameter_may_be_called_like_what_the_store_notes_beside(store):
    """`_by` is who recorded a node, and no declared property `by`; `_until` is of its revisions."""
    trainer = ExecutionType(name="Trainer", properties={"parameter_names": "STRUCT"})
    store.types.put_many([trainer, ArtifactType(name="Model")])
    values = {"by": "zoe", "until": 3, "since": 2}
    step = Execution(
        type="Trainer", properties={"parameter_names": [*values]}, custom_properties=values
    )
    done = store.publish(step, outputs=[Artifact(type="Model")])
    store.executions.put(done.execution.evolve(custom_properties={"by": "zoe"}))
    for time, expected in (
        ({}, {"by": "zoe"}),
        ({"known_at": done.execution.create_time}, values),
    ):
        rows = ask(store, "hyperparameters", artifact_id=done.outputs[0].id, **time)
        assert {row["parameter"]: row["value"] for row in rows} == expected


def test_a_step_of_tfx_that_ran_another_module_cannot_be_skipped(store):
    type_ = "tfx.components.trainer.component.Trainer"
    store.types.put(ExecutionType(name=type_))
    steps = [
        store.publish(
            Execution(
                type=type_,
                state=ExecutionState.COMPLETE,
                custom_properties={"module_file": file, "module_path": "None"},
            )
        )
        for file in ("a.py", "b.py")
    ]
    (row,) = ask(store, "can_it_be_skipped", execution_id=steps[1].execution.id)
    assert (row["can_it"], row["code"], row["parameters"]) == ("no", "changed", "the same")


def test_an_input_that_is_gone_makes_a_rerun_red(store, types):
    publication = store.publish(
        Execution(type="Trainer", state=ExecutionState.COMPLETE),
        inputs={"data": Artifact(type="Examples", uri="s3://ü/✓", state="DELETED")},
        contexts=[Context(type="Pipeline", name="päp")],
    )
    worst = ask(store, "can_it_be_rerun", execution_id=publication.execution.id)[0]
    assert (worst["verdict"], worst["reason"]) == ("red", "it is DELETED (s3://ü/✓)")


def test_a_decision_shows_all_that_were_looked_at(store, types, artifact):
    models = [artifact(type="Model", uri=f"s3://{n}") for n in range(3)]
    store.decisions.record(
        models[1], candidates=models, metric="auc", threshold=0.8, reason="the best", actor="ana"
    )
    rows = ask(store, "why_was_it_preferred", artifact_id=models[0].id)
    assert [(row["model"], row["verdict"]) for row in rows] == [
        (f"a{models[1].id} Model", "preferred"),
        (f"a{models[0].id} Model", "not preferred"),
        (f"a{models[2].id} Model", "not preferred"),
    ]
    assert (rows[0]["reason"], rows[0]["by"], rows[0]["criterion"]) == ("the best", "ana", "auc")
    store.decisions.deploy(models[0], "production")
    store.decisions.deploy(models[1], "production", actor="ana")
    (live,) = ask(store, "what_is_in_production")
    assert (live["model"], live["by"]) == (f"a{models[1].id} Model", "ana")
    (push,) = ask(store, "where_was_it_pushed", artifact_id=models[0].id)
    assert push["live"].startswith("no: retired by")


@pytest.mark.parametrize("query", QUESTIONS, ids=lambda query: query.name)
def test_an_empty_store_has_no_answers_and_no_errors(query, store):
    ids = {"artifact_id": 1, "execution_id": 1, "context_id": 1, "artifact_ids": [1, 2]}
    more = {"bad_ids": [1], "good_ids": [], "type": "Model", "metric_keys": ["accuracy"]}
    parameters = {name: v for name, v in {**ids, **more}.items() if name in query.parameters}
    assert store.database.rows(query, **parameters) == []


@pytest.mark.parametrize("query", QUESTIONS, ids=lambda query: query.name)
def test_walks_are_linear_and_types_of_runs_are_those_of_python(query, store, database):
    parameters = dict.fromkeys(query.parameters, 1)
    parameters |= {name: [1, 2] for name in parameters if name.endswith(("_ids", "_keys"))}
    parameters |= {name: datetime.now(timezone.utc) for name in parameters if name == "known_at"}
    with database.driver.session(database=database.name) as session:
        plan = session.run("EXPLAIN " + query.text, parameters).consume().plan

    def operators(part):
        yield part["operatorType"]
        for child in part.get("children", ()):
            yield from operators(child)

    walks = {name for name in operators(plan) if name.startswith("VarLengthExpand")}
    assert not [name for name in operators(plan) if name.startswith(("AllNodes", "NodeByLabel"))]
    is_walk = bool(re.search(r"\{0,(40)?\}", query.text))
    assert not is_walk or walks == {PRUNING_WALK + "@neo4j"}
    for types in re.findall(r"\w+\.type IN (\['PipelineRun'[^]]*\])", query.text):
        assert tuple(re.findall(r"'([^']+)'", types)) == RUN_TYPES
    for types in re.findall(r"\w+\.type IN (\['Pipeline',[^]]*\])", query.text):
        assert tuple(re.findall(r"'([^']+)'", types)) == PIPELINE_TYPES


@pytest.mark.parametrize("entry", questions(), ids=lambda entry: entry.query.name)
def test_every_question_can_be_filled_in(entry):
    ids = {"two artifacts": ["a1", "2"]}.get(entry.of, ["7"] if entry.of else [])
    text, arguments = entry.text(ids)
    code = re.sub("(?m)^//.*$", "", text)
    assert "$" not in code
    assert len(arguments) == len(ids)
    assert len(address(text)) < 16_000  # Neo4j takes 20,000 bytes of headers


def test_what_cannot_be_filled_in_is_refused():
    assert question("what-trained-it") == question("questions/what_trained_it.cypher")
    assert question("upstream").query.name == "browse.upstream"
    assert "{id: [32, 45][side]}" in question("what_differs").text(["a32", "45"])[0]
    for name, ids, says in [
        ("what_trained_it", ["e4"], "is asked of an artifact; e4 is an execution"),
        ("what_trained_it", [], "is asked of an artifact, e.g. a45: none named"),
        ("what_trained_it", ["1", "2"], "2 named"),
        ("what_trained_it", ["1}) DETACH DELETE n //"], "names no node"),
        ("what_differs", ["1"], "two artifacts"),
        ("overview", ["1"], "takes no id"),
    ]:
        with pytest.raises(InvalidArgument, match=re.escape(says)):
            question(name).text(ids)
    with pytest.raises(InvalidArgument, match="leave --good out"):
        question("upstream").text(["1"], ["c1"])
    with pytest.raises(NotFound, match="did you mean what_trained_it"):
        question("what_traind_it")
    for text in ("a & b", "a # b"):
        with pytest.raises(InvalidArgument, match="takes no"):
            address(text)
    address(style())
