"""What a step is given and returns was not made by it, unless it changed it."""

import hashlib
import time
from pathlib import Path
from typing import Annotated

import pytest

import graphstore
from graphstore import Artifact, ArtifactState, EventType


@pytest.fixture
def model(store, file):
    """A model that a step made."""
    with store.run("iris", capture=()) as run, run.execution("Train") as step:
        step.output("model", file("model", "weights"), type="Model")
    return step.outputs["model"][0]


def events_of(store, artifact):
    return sorted(event.type.value for event in store.events.of_artifacts([artifact.id]))


def by_decorator(store, model, table, work):
    @graphstore.step("Check", output="model")
    def check(model, table):
        work()
        return model

    with store.run("iris", capture=()):
        return check(model, table)


def by_block(store, model, table, work):
    with store.run("iris", capture=()) as run:
        with run.execution("Check", inputs={"model": model, "table": table}) as step:
            step.output("model", model)
            work()
    return step.outputs["model"][0]


def by_several_processes(store, model, table, work):
    with store.run("iris", "1", capture=()) as run:
        step = run.execution("Check", inputs={"model": model, "table": table}).start()
        step.output("model", model)
        text = step.dump()
        work()
        return run.load(text).complete().outputs["model"][0]


def by_dict(store, model, table, work):
    @graphstore.step("Check")
    def check(models, table):
        work()
        return {"all": [models["best"]]}

    with store.run("iris", capture=()):
        return check({"best": model}, table)["all"][0]


WAYS = [by_decorator, by_block, by_several_processes, by_dict]


@pytest.mark.parametrize("way", WAYS)
def test_it_is_passed_on(store, model, file, way):
    table = Artifact(type="Csv", uri=str(file("table.csv", "1,2")))
    answer = way(store, model, table, lambda: None)
    assert answer.id == model.id
    assert events_of(store, model) == ["INPUT", "INTERNAL_OUTPUT", "OUTPUT"]
    (table,) = store.artifacts.list(type="Csv")
    assert [one.type for one in store.lineage.upstream(model).executions.values()] == ["Train"]
    assert model.id not in store.lineage.downstream(table).artifacts
    assert not store.impact(table.id).models
    assert store.artifacts.get(model.id) == model


@pytest.mark.parametrize("way", WAYS)
def test_what_it_changed_is_another_artifact(store, model, file, way):
    table = Artifact(type="Csv", uri=str(file("table.csv", "1,2")))
    tuned = way(store, model, table, lambda: Path(model.uri).write_text("tuned"))
    assert tuned.id != model.id
    assert (tuned.type, tuned.uri, tuned.state) == ("Model", model.uri, ArtifactState.LIVE)
    assert tuned.digest != model.digest
    assert store.artifacts.get(model.id) == model
    lineage = store.lineage.upstream(tuned)
    assert {one.type for one in lineage.executions.values()} == {"Train", "Check"}
    assert {one.type for one in lineage.artifacts.values()} == {"Model", "Csv"}
    assert events_of(store, tuned) == ["OUTPUT"]


def test_what_was_said_of_the_old_contents_is_not_said_of_the_new(store, file):
    with store.run("iris", capture=()) as run, run.execution("Train") as step:
        step.output(
            "model", file("model", "1"), type="Model", properties={"accuracy": 0.9, "by": "me"}
        )
    (old,) = step.outputs["model"]
    properties = {**old.custom_properties, "accuracy": 0.95}
    with store.run("iris", capture=()) as run:
        with run.execution("Tune", inputs={"model": old}) as step:
            file("model", "2")
            step.output("model", old.evolve(custom_properties=properties))
    assert step.outputs["model"][0].custom_properties == {"accuracy": 0.95}


def test_what_is_from_outside_has_no_maker_in_who_passes_it_on(store, file):
    outside = Artifact(type="Model", uri=str(file("outside", "1")))
    table = Artifact(type="Csv", uri=str(file("table.csv", "1,2")))
    answer = by_decorator(store, outside, table, lambda: None)
    assert not store.lineage.upstream(answer).executions
    assert events_of(store, answer) == ["INPUT", "INTERNAL_OUTPUT"]
    (table,) = store.artifacts.list(type="Csv")
    assert not store.impact(table.id).models
    assert answer.id not in store.lineage.downstream(table).artifacts


def test_what_was_recorded_complete_is_passed_on_though_nobody_said_that_it_is_read(store, model):
    with store.run("iris", capture=()) as run, run.execution("Choose") as step:
        step.output("model", model)
    assert events_of(store, model) == ["INTERNAL_OUTPUT", "OUTPUT"]
    pending = store.artifacts.put(Artifact(type="Model", state=ArtifactState.PENDING))
    with store.run("iris", capture=()) as run, run.execution("Train") as step:
        step.output("model", pending)
    assert events_of(store, pending) == ["OUTPUT"]
    assert store.artifacts.get(pending.id).state is ArtifactState.LIVE


def test_a_path_that_it_read_and_of_which_nothing_new_is_said(store, file):
    @graphstore.step("Load")
    def load() -> Annotated[Path, "Examples"]:
        return Path(file("data", "1,2"))

    @graphstore.step("Validate")
    def validate(data, schema) -> Annotated[Path, "Examples"]:
        return Path(data)

    @graphstore.step("Clean")
    def clean(data, schema) -> Annotated[Path, "Cleaned"]:
        return Path(data)

    with store.run("iris", capture=()):
        data = load()
        validate(data, file("schema", "a,b"))
        (made,) = store.artifacts.list(type="Examples")
        assert events_of(store, made) == ["INPUT", "INTERNAL_OUTPUT", "OUTPUT"]
        clean(data, file("schema", "a,b"))
    (cleaned,) = store.artifacts.list(type="Cleaned")
    assert [one.id for one in store.artifacts.list(type="Examples")] == [made.id]
    assert made.id in store.lineage.upstream(cleaned).artifacts


def test_a_skipped_step_gives_it_again(store, model, file):
    @graphstore.step("Check", output="model", cache=True)
    def check(model, limit):
        return model

    def states():
        return [one.state.value for one in store.executions.list(type="Check", order_by="id")]

    with store.run("iris", capture=()):
        assert [check(model, 1).id for _ in range(2)] == [model.id] * 2
    assert states() == ["COMPLETE", "CACHED"]
    assert store.cache.explain(store.executions.list(type="Check", order_by="id")[1]).hit
    assert events_of(store, model).count("INTERNAL_OUTPUT") == 1
    Path(model.uri).write_text("gone another way")
    with store.run("iris", capture=()):
        check(model, 1)
    assert states() == ["COMPLETE", "CACHED", "COMPLETE"]


def test_one_of_whose_contents_nothing_is_known_is_told(store, caplog):
    outside = Artifact(type="Model", uri="s3://models/1")
    with store.run("iris", capture=()) as run:
        with run.execution("Check", inputs={"model": outside}) as step:
            step.output("model", step.inputs["model"][0])
    assert (
        "nothing was recorded. If the step changed it, give its uri, with version=" in caplog.text
    )
    assert events_of(store, step.outputs["model"][0]) == ["INPUT", "INTERNAL_OUTPUT"]


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_what_a_step_that_failed_was_given_is_not_abandoned(store, model, end):
    with store.run("iris", capture=()) as run:
        step = run.execution("Check", inputs={"model": model}).start()
        step.output("model", model)
        step.output("report", Artifact(type="Report"))
        step.fail(ValueError("no")) if end == "fail" else step.cancel()
    assert step.outputs["model"][0].state is ArtifactState.LIVE
    assert step.outputs["report"][0].state is ArtifactState.ABANDONED
    assert store.artifacts.get(model.id).state is ArtifactState.LIVE


@pytest.mark.parametrize("how", ["flush", "dump", "start"])
def test_what_is_still_being_written_is_stored_as_it_ends(store, file, how):
    with store.run("iris", capture=()) as run:
        step = run.execution("Train")
        if how == "start":
            step.output("model", file("model", "half"), type="Model")
        step.start()
        if how != "start":
            step.output("model", file("model", "half"), type="Model")
        step.log(loss=0.5)
        step.set(note=1)
        if how == "flush":
            step.flush()
        if how == "dump":
            step = run.load(step.dump())
        assert not store.artifacts.list(type="Model")
        file("model", "whole")
        step.complete()
    (model,) = store.artifacts.list(type="Model")
    assert (model.state, model.digest) == (ArtifactState.LIVE, step.outputs["model"][0].digest)
    assert model.digest == f"sha256:{hashlib.sha256(b'whole').hexdigest()}"
    assert [e.type for e in store.events.of_artifacts([model.id])] == [EventType.OUTPUT]


def test_the_object_that_it_was_given_is_that_input_whatever_it_has(store, file):
    objects = [
        Artifact(type="Model", custom_properties={"rate": 0.1}),
        Artifact(type="Model", uri=str(file("m", "1")), custom_properties={"rate": 0.1}),
        Artifact(type="Model", uri=str(file("n", "1")), name="best"),
        Artifact(type="Model", uri=str(file("o", "1")), external_id="o"),
    ]
    for number, model in enumerate(objects, start=1):
        table = Artifact(type="Csv", uri=str(file("table.csv", "1,2")))
        answer = by_decorator(store, model, table, lambda: None)
        assert events_of(store, answer) == ["INPUT", "INTERNAL_OUTPUT"]
        assert len(store.artifacts.list(type="Model").items) == number


def test_what_is_said_of_it_besides_is_told(store, model, caplog):
    with store.run("iris", capture=()) as run:
        with run.execution("Check", inputs={"model": model}) as step:
            step.output("model", model, properties={"accuracy": 0.9})
    assert f"of a{model.id}, which is there already, what differs in its accuracy" in caplog.text
    assert store.artifacts.get(model.id) == model


@pytest.mark.parametrize("changes", [False, True])
@pytest.mark.parametrize("way", [*WAYS])
def test_an_object_that_says_where_something_is_that_a_step_made(store, model, file, way, changes):
    given = Artifact(type="Model", uri=model.uri)
    table = Artifact(type="Csv", uri=str(file("table.csv", "1,2")))
    work = (lambda: Path(model.uri).write_text("tuned")) if changes else (lambda: None)
    answer = way(store, given, table, work)
    assert (answer.id == model.id) is not changes
    if changes:
        assert events_of(store, model) == ["INPUT", "OUTPUT"]
        assert events_of(store, answer) == ["OUTPUT"]
        assert answer.digest != model.digest
    else:
        assert events_of(store, model) == ["INPUT", "INTERNAL_OUTPUT", "OUTPUT"]


def test_what_somebody_else_changed_before_it_began_was_not_made_by_it(store, file):
    def make(run, text):
        with run.execution("Make") as step:
            step.output("data", file("data", text), type="Data")
        return step.outputs["data"][0]

    with store.run("iris", capture=()) as run:
        old, new = make(run, "1"), make(run, "2")
        time.sleep(0.05)  # the clock of files is coarse
        with run.execution("Check", inputs={"data": old}) as step:
            step.output("data", old)
        assert step.outputs["data"][0].id == new.id
        assert events_of(store, new) == ["INTERNAL_OUTPUT", "OUTPUT"]
        file("data", "3")  # nobody knows by whom
        time.sleep(0.05)
        with run.execution("Check", inputs={"data": old}) as step:
            step.output("data", old)
    assert events_of(store, step.outputs["data"][0]) == ["INTERNAL_OUTPUT"]


def test_an_input_by_its_path_keeps_its_type_when_it_is_changed(store, model):
    with store.run("iris", capture=()) as run, run.execution("Tune") as step:
        given = step.input("model", Path(model.uri))
        Path(model.uri).write_text("tuned")
        step.output("model", given)
    assert [one.type for one in step.outputs["model"]] == ["Model"]


def read(run, **inputs):
    with run.execution("Read", inputs=inputs) as step:
        pass
    return step


def types_above(store, step):
    return {one.type for one in store.lineage.upstream(step.execution).executions.values()}


@pytest.mark.parametrize("role", ["model", "best"])
@pytest.mark.parametrize("spelling", [Path, str])
def test_what_a_step_within_made_is_passed_on(store, file, spelling, role):
    @graphstore.step("Train", output="model")
    def train(data: Path, depth: int) -> Path:
        return file("model", f"weights {depth}")

    @graphstore.step("Tune", output=role, cache=True, version="1")
    def tune(data: Path):
        return spelling(max(train(data, depth) for depth in (1, 2)))

    @graphstore.step("Pipe", cache=True, version="1")
    def pipe(data: Path):
        return {role: tune(data)}

    data = file("data.csv", "1,2")
    with store.run("iris", capture=()) as run:
        for _ in range(2):  # the second time it is skipped
            path = pipe(data)[role]
            step = read(run, model=path)
            assert types_above(store, step) == {"Read", "Train"}
    model = step.inputs["model"][0]
    assert model.type == "Model"
    assert len(store.artifacts.list(type="Model")) == 2
    assert set(events_of(store, model)) == {"OUTPUT", "INTERNAL_OUTPUT", "INPUT"}


@pytest.mark.parametrize("digest", [None, "version:1"])
def test_what_a_step_within_made_elsewhere_is_passed_on(store, digest, caplog):
    with store.run("iris", capture=()) as run, run.execution("Tune") as outer:
        with run.execution("Train") as inner:
            inner.output("model", "s3://models/1", type="Model", digest=digest)
        outer.output("best", "s3://models/1/", digest=digest)
    assert inner.outputs["model"][0].id == outer.outputs["best"][0].id
    assert ("as far as is known" in caplog.text) is (digest is None)


@pytest.mark.parametrize(
    "said",
    [{"type": "Best"}, {"name": "best"}, {"properties": {"accuracy": 0.9}}],
    ids=["type", "name", "properties"],
)
def test_what_a_step_within_made_and_is_said_to_be_something_else_is_told(
    store, file, caplog, said
):
    with store.run("iris", capture=()) as run, run.execution("Tune") as outer:
        with run.execution("Train") as inner:
            inner.output("model", file("model", "weights"), type="Model")
        outer.output("model", file("model", "weights"), **{"type": "Model", **said})
    made, output = inner.outputs["model"][0], outer.outputs["model"][0]
    assert made.id != output.id
    assert f"is what a step within it made, Model a{made.id}, with another" in caplog.text


def test_what_was_changed_after_a_step_within_made_it_is_not_passed_on(store, file):
    with store.run("iris", capture=()) as run, run.execution("Tune") as outer:
        with run.execution("Train") as inner:
            inner.output("model", file("model", "weights"), type="Model")
        outer.output("model", file("model", "tuned"), type="Model")
        with pytest.raises(KeyError), run.execution("Train") as failing:
            failing.output("other", file("other", "half"), type="Model")
            raise KeyError
        outer.output("other", file("other", "half"), type="Model")
    for step in (inner, outer):
        assert events_of(store, step.outputs["model"][0]) == ["OUTPUT"]
    assert events_of(store, outer.outputs["other"][0]) == ["OUTPUT"]
