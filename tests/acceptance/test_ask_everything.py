"""`examples/ask_everything.py`: that its tour answers every question, and rightly."""

import os
import re
import subprocess
import sys

import pytest

from graphstore import ExecutionState
from tests.conftest import ROOT
from tests.processes import neo4j_variables


@pytest.fixture
def tour(store, server, tmp_path):
    """Runs the script; its answers by question."""

    def run():
        result = subprocess.run(
            [sys.executable, str(ROOT / "examples" / "ask_everything.py")],
            cwd=tmp_path,
            env={
                **os.environ,
                **neo4j_variables(server),
                "GRAPHSTORE_HOME": str(tmp_path / "home"),
                "USER": "ada",
                "LOGNAME": "ada",
            },
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert result.returncode == 0, result.stderr
        parts = re.split(r"^=== (.*)\n\n", result.stdout, flags=re.M)[1:]
        return dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))

    return run


def test_every_question_is_answered(store, tour, tmp_path):
    answers = tour()

    # What happened, as the store has it: four runs, of which the third failed.
    runs = store.history("iris-sklearn").runs
    assert [run.outcome for run in runs] == ["COMPLETE", "COMPLETE", "FAILED", "COMPLETE"]
    models = store.artifacts.list(type="Model")
    first, good, failed_model, bad = (model.ref.short for model in models)
    clean, wrong = (csv.ref.short for csv in store.artifacts.list(type="Csv"))
    trainers = [e.ref.short for e in store.executions.list(type="Trainer")]
    accuracy = {
        round(evaluation.properties["accuracy"], 6)
        for evaluation in store.artifacts.list(type="Evaluation")
    }
    assert min(accuracy) < 0.6 and max(accuracy) > 0.9

    assert "user: ada" in answers["Who triggered the run that made this model, and where?"]
    assert "'regularisation': 1.0" in answers["With which hyperparameters was it trained?"]
    where = answers["Where is its file, and is it still what it was?"]
    assert where == f"{models[3].uri}: UNCHANGED"
    version = "{}.{}.{}".format(*sys.version_info)
    assert f"Python {version} on" in answers["In which environment was it trained?"]

    data = answers["Which data trained it, through every step back to the raw input?"]
    assert f"Csv {wrong}" in data and f"Csv {clean}" in data
    chain = answers["From which models was it started?"]
    assert chain == f"{bad} <- {failed_model} <- {good} <- {first}"
    start = answers["Which model would the next run start from?"]
    assert f"blessed: {bad}; the best one: {good} (accuracy {max(accuracy):.3f})" in start
    assert re.fullmatch(
        r"e\d+ ExampleGen: made it\ne\d+ ExampleGen: passed it on",
        answers["Who made the examples, and who only passed them on from the cache?"],
    )

    pushes = answers["When was it pushed, to where, and is it still there?"].splitlines()
    assert re.fullmatch(r"\S+ \S+ to production: not any more", pushes[0])
    assert re.fullmatch(rf"\S+ \S+ to {tmp_path}/\S+/model-{models[3].id}.json: live", pushes[1])
    why = answers["Why is the other one preferred?"]
    assert why.startswith(f"ada preferred {good} (accuracy {max(accuracy):g}")
    assert f"over {bad} (accuracy {min(accuracy):g}" in why
    assert why.endswith("the newer one was trained on a delivery with wrong labels")
    passport = answers["All that one asks of a model: its passport."]
    assert re.search(r"production, .*, by ada: still there", passport)
    assert re.search(r"production, .*, by ada: replaced", passport)

    impact = answers["What did the bad data reach?"]
    assert impact.startswith(f"Csv {wrong} reached 2 deployments (1 live), 2 models (2 live)")
    assert f"Model {good}" not in impact and f"Model {bad}" in impact
    differs = answers["In what do the two models differ?"]
    assert re.search(
        rf"^\*  metric +accuracy +{max(accuracy):g} +{min(accuracy):g}$", differs, re.M
    )
    parts = answers["Where do the histories of the two models part?"]
    first_divergence = parts.split("They first diverge at\n")[1].splitlines()[0]
    assert f"source (Csv) {clean} | {wrong}" in first_divergence
    common = answers["What do the bad runs share that the good ones do not?"]
    assert f"2 of 2 bad, 0 of 2 good  artifact Csv {wrong}" in common
    assert f"Csv {clean}" not in common

    assert "outcome   ✓✓✗✓" in answers["How did the runs go until now?"]
    fails = answers["Why did that run fail?"]
    assert re.fullmatch(rf"e\d+ Pusher: model {models[2].id} is not blessed.*", fails)
    reason = answers["Why was that run's first step not skipped?"]
    assert "ExampleGen" in reason and "input source: was" in reason
    assert answers["Can the training be run again?"].startswith(f"Trainer {trainers[2]}: ")
    report = answers["Are the files still what they were when they were recorded?"]
    assert re.fullmatch(
        rf"{clean} {tmp_path}/\S+/iris.csv: CHANGED\n{wrong} {tmp_path}/\S+/iris.csv: UNCHANGED",
        report,
    )
    assert len(answers) == 20


def test_called_again_it_records_nothing_and_says_the_same(store, tour):
    first = tour()
    count = len(list(store.executions.iterate()))
    states = [e.state for e in store.executions.iterate()]
    assert {ExecutionState.CACHED, ExecutionState.FAILED} <= set(states)
    assert tour() == first
    assert len(list(store.executions.iterate())) == count
