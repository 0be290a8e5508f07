"""The questions in plain Cypher answer alike for what the recorder recorded, and for own types."""

import math
from contextlib import suppress

import pytest

from graphstore import Artifact, ArtifactType, Execution, ExecutionType
from graphstore.database.queries import QUERIES
from graphstore.model.roles import Role, names_of
from graphstore.recording.cache import FACTS

NAMES = ("name", "state", "run_id", "host", "type", "code_version", "component_id", 'quo"ted')


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def ask(store, name, **parameters):
    return store.database.rows(QUERIES[name], **parameters)


@pytest.fixture
def failed_run(store):
    with suppress(OSError), store.run("p", capture=()) as run:
        with run.execution("Train", parameters={"error": "rate"}) as step:
            raise OSError("no space left on device")
    return run.context, step.execution


def test_failures_say_what_failed(store, failed_run):
    run, execution = failed_run
    (row,) = ask(store, "browse.failures")
    assert (row["id"], row["error"]) == (execution.id, "OSError: no space left on device")
    (run_row,) = ask(store, "browse.runs", types=["PipelineRun"])
    assert (run_row["outcome"], run_row["error"]) == ("FAILED", "OSError: no space left on device")
    assert run_row["failures"][0]["error"] == "OSError: no space left on device"
    facts = {
        r["fact"]: r["value"]
        for r in ask(store, "questions.who_triggered_the_run", context_id=run.id)
    }
    assert facts["error"] == "OSError: no space left on device"
    pipeline = store.contexts.get_by_name("Pipeline", "p")
    (went,) = ask(store, "questions.how_did_the_runs_go", context_id=pipeline.id)
    assert went["failed"] == [f"e{execution.id} Train: OSError: no space left on device"]


def test_what_is_no_error_of_tfx_is_none(store, failed_run):
    store.types.put(ExecutionType(name="Mine"))
    store.publish(Execution(type="Mine", state="FAILED", custom_properties={"error": "by hand"}))
    newest, _ = ask(store, "browse.failures")
    assert newest["error"] == "by hand"


def test_a_killed_run_reads_the_same_everywhere(store):
    run = store.run("p", capture=()).start()
    store.run("q", capture=()).start()
    context = store.contexts.get(run.context.id)
    for status in ("RUNNING", "ABANDONED"):
        properties = {**context.properties, "status": status, "pid": 2**22 + 1, "began": 1.0}
        store.contexts.put(context.evolve(properties=properties))
        rows = {row["id"]: row for row in ask(store, "browse.runs", types=["PipelineRun"])}
        assert rows[context.id]["outcome"] == status and rows[context.id]["steps"] == 0
        (last_run,) = store.history("p").runs
        assert last_run.outcome == status
        facts = {
            r["fact"]: r["value"]
            for r in ask(store, "questions.who_triggered_the_run", context_id=context.id)
        }
        assert facts["outcome"] == status
        assert last_run.gone == (status == "RUNNING")
    assert "graphstore doctor" not in str(store.history("p"))


def test_parameters_of_any_name_are_shown(store):
    steps = []
    for net in ("resnet50", "vit"):
        with store.run("p", capture=()) as run:
            parameters = {**{name: net for name in NAMES}, "activation": "None"}
            with run.execution("Train", parameters=parameters) as step:
                step.output("model", Artifact(type="Model"))
        properties = {**step.execution.custom_properties, "note": net}
        store.executions.put(step.execution.evolve(custom_properties=properties))
        steps.append(step)
    models = [step.outputs["model"][0].id for step in steps]
    rows = ask(store, "questions.hyperparameters", artifact_id=models[1])
    want = {**dict.fromkeys(NAMES, "vit"), "activation": "None"}
    assert {row["parameter"]: row["value"] for row in rows} == want
    assert store.explain(models[1]).hyperparameters == want
    rows = {row["part"]: row for row in ask(store, "questions.what_differs", artifact_ids=models)}
    names = {line.split(":")[0] for line in rows["Train"]["differences"]}
    assert names >= set(NAMES) and not names & {"note", "parameter_names"}
    (row,) = ask(store, "questions.can_it_be_skipped", execution_id=steps[1].execution.id)
    assert {d.removeprefix("parameter ") for d in row["differences"]} == set(NAMES)


def two_steps(store, *nets, is_recorded=True):
    """Two steps that were told a dict each, by the recorder or not, and their models."""
    for net in nets:
        if is_recorded:
            with store.run("p", capture=()) as run:
                with run.execution("Train", parameters={"net": net}, code="1") as step:
                    step.output("model", Artifact(type="Model"))
            yield step.execution.id, step.outputs["model"][0].id
        else:
            parameters = {"net": net}
            execution = Execution(type="Train", state="COMPLETE", custom_properties=parameters)
            publication = store.publish(execution, (), [Artifact(type="Model")])
            yield publication.execution.id, publication.outputs[0].id


@pytest.mark.parametrize(
    ("was", "now", "is_recorded", "can_it", "verdict"),
    [
        # The order of keys means nothing, as in fingerprints and `compare`.
        (
            {"b": [1, {"y": 1, "x": 2}], "a": 1},
            {"a": 1, "b": [1, {"x": 2, "y": 1}]},
            True,
            "yes",
            0,
        ),
        ({"b": [1, 2], "a": "x,y"}, {"a": "x,y", "b": [1, 2]}, False, "unknown", "unknown"),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}, True, "no", "differs"),
        ([64, 32], [32, 64], True, "no", "differs"),
        # What is stored of these is the same, and they are not.
        ({1: "a"}, {"1": "a"}, True, "no", "differs"),
    ],
)
def test_dicts_are_the_same_in_any_order(store, was, now, is_recorded, can_it, verdict):
    if not is_recorded:
        store.types.put(ExecutionType(name="Train"))
        store.types.put(ArtifactType(name="Model"))
    one, two = two_steps(store, was, now, is_recorded=is_recorded)
    (row,) = ask(store, "questions.can_it_be_skipped", execution_id=two[0])
    assert row["can_it"] == can_it, row
    assert row["parameters"] == {"yes": "the same", "unknown": "unknown"}.get(can_it, "others")
    rows = ask(store, "questions.what_differs", artifact_ids=[one[1], two[1]])
    rows = {row["part"]: row for row in rows}
    assert rows["Train"]["verdict"] == (verdict or "told the same"), rows
    same = was == now
    (fact,) = (f for f in store.compare(one[1], two[1]).facts if f.group == "parameter")
    assert fact.differs != same
    step = next(p for p in store.diff(one[1], two[1]).positions if p.part == "Train")
    assert (step.status == "same") == same


def test_what_is_stored_alike_and_differs_reads_differently(store):
    one, two = two_steps(store, {1: "a"}, {"1": "a"})
    comparison = store.compare(one[1], two[1])
    (fact,) = (f for f in comparison.differences if f.group == "parameter")
    texts = fact.texts()
    assert texts[0] != texts[1] and texts[0].startswith('{"1": "a"} (sha256:')
    assert texts[1] == '{"1": "a"} (itself)'
    (parameter,) = (f for f in comparison.to_dict()["facts"] if f["group"] == "parameter")
    assert [*parameter["digests"].values()][1] is None
    assert "parameter net: was" in str(store.diff(one[1], two[1]))


def test_runs_share_parameters_of_any_name_and_no_notes(store):
    runs = []
    for rate in ("bad", "good"):
        with store.run("p", capture=()) as run:
            with run.execution("Train", parameters={"name": rate}) as step:
                pass
        properties = {**step.execution.custom_properties, "note": rate}
        store.executions.put(step.execution.evolve(custom_properties=properties))
        runs.append(run.context.id)
    parameters = {"bad_ids": runs[:1], "good_ids": runs[1:]}
    rows = ask(store, "questions.what_do_bad_runs_share", **parameters)
    assert [row["what"] for row in rows if row["suspect"] == "parameter"] == ["Train name = bad"]


@pytest.mark.parametrize(
    ("first", "second", "common"),
    [
        ("x" * 150, "x" * 150, ["Train net = " + "x" * 100 + "… (of 150 characters)"]),
        ("x" * 150, "x" * 149 + "y", []),  # that differ where the answer has cut them off
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}, ['Train net = {"a":2,"b":1}']),
        ({1: "a"}, {"1": "a"}, []),
        (1, 1.0, ["Train net = 1"]),
        (1, "1", []),
        (math.nan, math.nan, ["Train net = NaN"]),
    ],
)
def test_runs_share_values_and_not_only_how_they_begin(store, first, second, common):
    runs = []
    for net in (first, second, "fine"):
        with store.run("p", capture=()) as run:
            with run.execution("Train", parameters={"net": net}):
                pass
        runs.append(run.context.id)
    parameters = {"bad_ids": runs[:2], "good_ids": runs[2:]}
    rows = ask(store, "questions.what_do_bad_runs_share", **parameters)
    assert [row["what"] for row in rows if row["suspect"] == "parameter"] == common


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        (
            [("e", "Epoch", 0.5), ("e", "Epoch", 0.9), ("e", "Epoch", 0.7)],
            "accuracy 0.7 (0.5..0.9, 3)",
        ),
        ([("model", "Model", 0.6), ("e", "Epoch", 0.9)], "accuracy 0.6"),
        ([("x", "ChurnModel2", 0.6), ("e", "Epoch", 0.9)], "accuracy 0.6"),
        ([("model", "Blob", 0.6), ("e", "Epoch", 0.9)], "accuracy 0.6"),
        ([("model", "Report", 0.6), ("e", "Epoch", 0.9)], "accuracy 0.9 (0.6..0.9, 2)"),
        ([("m", "Metrics", math.nan)], "accuracy NaN"),
    ],
)
def test_metrics_are_those_of_the_history(store, outputs, text):
    with store.run("p", capture=()) as run, run.execution("Train") as step:
        for role, type_, accuracy in outputs:
            step.output(role, Artifact(type=type_), properties={"accuracy": accuracy})
    pipeline = store.contexts.get_by_name("Pipeline", "p")
    (row,) = ask(store, "questions.how_did_the_runs_go", context_id=pipeline.id)
    assert row["metrics"] == [text]
    (run,) = store.history("p").runs
    assert f"accuracy {run.told('accuracy')}" == text


@pytest.mark.parametrize(
    "name", ["hyperparameters", "can_it_be_skipped", "what_differs", "what_do_bad_runs_share"]
)
def test_cypher_knows_what_recording_says_by_itself(name):
    text = QUERIES[f"questions.{name}"].text
    assert not [fact for fact in FACTS if f"'{fact}'" not in text]


@pytest.mark.parametrize("name", ["how_did_the_runs_go", "what_did_it_reach"])
def test_cypher_knows_the_names_of_types(name):
    text = QUERIES[f"questions.{name}"].text
    words = [
        *names_of(Role.MODEL)["model_endings"],
        *names_of(Role.EVALUATION)["evaluation_endings"],
    ]
    names = {*names_of(Role.MODEL)["known_names"]} - {"Examples", "Dataset"}
    assert not [word for word in [*words, *names] if f"'{word}'" not in text]
