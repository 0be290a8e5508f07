"""A tour: a pipeline with a history, and every question that one asks of it.

    python examples/ask_everything.py [--folder FOLDER]

Four runs of `training_pipeline.py` go into your local store, or the one that NEO4J_URI names. The
second finds nothing to do but to train on. Then a delivery of data arrives with wrong labels: the
third run fails, since its model is not good enough. Somebody lowers the bar, and the fourth pushes
that model. It is found out, the older model goes back into production, and the questions begin.

Called again it records nothing, and asks the same. Each question below is one function of a few
lines: read them as examples. It needs scikit-learn (pip install scikit-learn).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import training_pipeline

from graphstore import Artifact, Context, Execution, ExecutionState, Store
from graphstore.errors import NotFound

REASON = "the newer one was trained on a delivery with wrong labels"


@dataclass(frozen=True)
class History:
    """What happened, as far as the questions name it."""

    good: Artifact
    """The model of the second run, which was trained on good data."""
    bad: Artifact
    """The model of the fourth run, which was not."""
    data: Artifact
    """The delivery of data with wrong labels."""
    failure: Context
    """The run that failed."""


# --- what happens ---------------------------------------------------------------------------------


def record(store: Store, folder: Path) -> None:
    """Four runs, a decision and two deployments."""
    run(store, folder)
    run(store, folder)  # all is skipped but the Trainer, which now has a model to start from
    good = store.resolve.latest_blessed("Model")[0].artifact
    store.decisions.deploy(good, "production", reason="the first one")

    mislabel(folder / "iris.csv")
    with suppress(ValueError):  # it is not blessed: the Pusher refuses it, and the run has FAILED
        run(store, folder)
    run(store, folder, "--least-accuracy", "0.3")
    bad = store.resolve.latest_blessed("Model")[0].artifact
    store.decisions.deploy(bad, "production", reason="newer is better")

    # Somebody looks at the numbers of both, prefers the older one, and says why.
    evaluations = [store.explain(model).evaluations[-1].artifact for model in (good, bad)]
    store.decisions.record(
        good,
        candidates=[good, bad],
        evaluations=evaluations,
        metric="accuracy",
        threshold=0.9,
        criterion="accuracy at least 0.9 on examples that it has not seen",
        reason=REASON,
    )
    store.decisions.deploy(good, "production", reason="back to the one that works")


def run(store: Store, folder: Path, *options: str) -> None:
    """One run of the pipeline."""
    training_pipeline.run_pipeline(
        store, training_pipeline.parse(["--folder", str(folder), *options])
    )


def mislabel(file: Path) -> None:
    """Give every other flower the name of another one."""
    head, *rows = file.read_text().splitlines()
    for number in range(0, len(rows), 2):
        features, _, label = rows[number].rpartition(",")
        rows[number] = f"{features},{(int(label) + 1) % 3}"
    file.write_text("\n".join([head, *rows]) + "\n")


def recall(store: Store) -> History | None:
    """What was recorded; None if nothing was."""
    try:
        decisions = store.executions.list(type="Decision")
    except NotFound:  # no decision was ever recorded here, so there is no such type
        return None
    decision = next((d for d in decisions if d.properties.get("reason") == REASON), None)
    if decision is None:
        return None
    candidates = [e for e in store.events.of_executions([decision]) if e.role == "candidates"]
    good, bad = (store.artifacts.get(e.artifact_id) for e in candidates if e.artifact_id)
    data = store.lineage.upstream(bad).of_type("Csv")[0]  # the nearest; the older data is behind
    assert isinstance(data, Artifact)
    runs = [run.context for run in store.history("iris-sklearn").runs]
    failure = next(run for run in runs if run.properties["status"] == "FAILED")
    return History(good, bad, data, failure)


# --- the questions --------------------------------------------------------------------------------
# Answers print, show themselves in a notebook, and are objects: each function prints one, or what
# of it answers the question.


def who_triggered_it(store: Store, history: History) -> object:
    """Who triggered the run that made this model, and where?"""
    triggers = store.explain(history.bad).triggered_by
    return "\n".join(f"{name}: {value}" for name, value in triggers.items())


def which_hyperparameters(store: Store, history: History) -> object:
    """With which hyperparameters was it trained?"""
    return dict(store.explain(history.bad).hyperparameters)


def where_is_the_file(store: Store, history: History) -> object:
    """Where is its file, and is it still what it was?"""
    passport = store.explain(history.bad)
    return f"{passport.model.uri}: {passport.file.status.value}"


def which_environment(store: Store, history: History) -> object:
    """In which environment was it trained?"""
    environment = store.explain(history.bad).environment
    properties = environment.properties if environment else {"distributions": {}}
    versions = {name: properties["distributions"].get(name) for name in ("numpy", "scikit-learn")}
    return f"Python {properties.get('python')} on {properties.get('platform')}, {versions}"


def which_data(store: Store, history: History) -> object:
    """Which data trained it, through every step back to the raw input?"""
    return store.lineage.upstream(history.bad)


def started_from_which(store: Store, history: History) -> object:
    """From which models was it started?"""
    models = store.explain(history.bad).base_models
    return " <- ".join(model.ref.short for model in [history.bad, *models])


def start_from_which(store: Store, history: History) -> object:
    """Which model would the next run start from?"""
    (latest,) = store.resolve.latest_blessed("Model")
    (best,) = store.resolve.best("Model", "accuracy", of="Evaluation")
    return (
        f"the last one that is blessed: {latest.artifact.ref.short};"
        f" the best one: {best.artifact.ref.short} (accuracy {best.value:.3f})"
    )


def who_made_it(store: Store, history: History) -> object:
    """Who made the examples, and who only passed them on from the cache?"""
    (examples,) = store.explain(history.bad).inputs["examples"]
    return "\n".join(
        f"{one.execution.ref.short} {one.execution.type}:"
        f" {'passed it on' if one.passed_on else 'made it'}"
        for one in store.lineage.producers(examples)
    )


def pushed_when(store: Store, history: History) -> object:
    """When was it pushed, to where, and is it still there?"""
    return "\n".join(
        f"{push.time:%Y-%m-%d %H:%M:%S} to {push.target}: {'live' if push.live else 'not any more'}"
        for push in store.explain(history.bad).pushes
    )


def why_preferred(store: Store, history: History) -> object:
    """Why is the other one preferred?"""
    (verdict,) = (v for v in store.explain(history.good).verdicts if v.metric is not None)
    return (
        f"{verdict.actor} preferred {verdict.winner} over {verdict.runner_up}:"
        f" {verdict.criterion}; {verdict.reason}"
    )


def passport(store: Store, history: History) -> object:
    """All that one asks of a model: its passport."""
    return store.explain(history.good)


def what_did_it_reach(store: Store, history: History) -> object:
    """What did the bad data reach?"""
    return store.impact(history.data)


def what_differs(store: Store, history: History) -> object:
    """In what do the two models differ?"""
    comparison = store.compare(history.good, history.bad, metric="accuracy")
    return comparison.only_differences()


def where_they_part(store: Store, history: History) -> object:
    """Where do the histories of the two models part?"""
    return store.diff(history.good, history.bad)


def what_is_common(store: Store, history: History) -> object:
    """What do the bad runs share that the good ones do not?"""
    runs = store.history("iris-sklearn").runs[-4:]
    first, second, third, fourth = (run.context for run in runs)
    return store.common_ancestors(bad=[third, fourth], good=[first, second])


def how_did_it_go(store: Store, history: History) -> object:
    """How did the runs go until now?"""
    return store.history("iris-sklearn", metric="accuracy")


def why_did_it_fail(store: Store, history: History) -> object:
    """Why did that run fail?"""
    steps = store.executions.list(context=history.failure.id)
    return "\n".join(
        f"{step.ref.short} {step.type}: {step.properties['error_message']}"
        for step in steps
        if step.state is ExecutionState.FAILED
    )


def can_it_be_skipped(store: Store, history: History) -> object:
    """Why was that run's first step not skipped?"""
    return store.cache.explain(step_of(store, history, "ExampleGen"))


def can_it_be_rerun(store: Store, history: History) -> object:
    """Can the training be run again?"""
    return store.can_rerun(step_of(store, history, "Trainer"))


def is_it_unchanged(store: Store, history: History) -> object:
    """Are the files still what they were when they were recorded?"""
    checks = store.verify(store.artifacts.list(type="Csv"))
    return "\n".join(f"{one.ref.short} {one.uri}: {check.status.value}" for one, check in checks)


def step_of(store: Store, history: History, type: str) -> Execution:
    """A step of the run that failed."""
    steps = store.executions.list(context=history.failure.id)
    return next(step for step in steps if step.type == type)


QUESTIONS: list[Callable[[Store, History], object]] = [
    who_triggered_it,
    which_hyperparameters,
    where_is_the_file,
    which_environment,
    which_data,
    started_from_which,
    start_from_which,
    who_made_it,
    pushed_when,
    why_preferred,
    passport,
    what_did_it_reach,
    what_differs,
    where_they_part,
    what_is_common,
    how_did_it_go,
    why_did_it_fail,
    can_it_be_skipped,
    can_it_be_rerun,
    is_it_unchanged,
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("iris-tour"))
    options = parser.parse_args()
    with Store.open() as store:
        if recall(store) is None:
            record(store, options.folder.resolve())
        history = recall(store)
        assert history is not None
        for question in QUESTIONS:
            print(f"\n=== {question.__doc__}\n\n{question(store, history)}")


if __name__ == "__main__":
    main()
