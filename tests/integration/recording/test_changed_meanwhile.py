"""What changes while a step reads it: nobody knows which of the two it read, and that is said."""

from pathlib import Path

import pytest

import graphstore
from graphstore import Artifact, InvalidArgument
from graphstore.database.queries import QUERIES

CHANGED = "changed while it ran"


@pytest.fixture
def train(store, file):
    """Trains on data in a run of its own, while something is done; returns the step."""

    def call(data, meanwhile=lambda step: None, *, cache=True, **options):
        with store.run("iris") as run:
            with run.execution("Trainer", cache=cache, code="1", **data, **options) as step:
                if step.cached is None:
                    meanwhile(step)
                    step.output("model", file("model", "weights"), type="Model")
        return step

    return call


def inputs(path):
    return {"inputs": {"data": Artifact(type="Csv", uri=str(path))}}


def parameters(path):
    return {"parameters": {"data": Path(path)}}


def closed_over(path):
    path = Path(path)

    def work():
        return path

    return {"code": work}


@pytest.mark.parametrize("given", [inputs, parameters])
def test_what_was_changed_meanwhile_lets_nothing_be_skipped(store, train, file, caplog, given):
    data = file("data.csv", "old")
    step = train(given(data), lambda step: data.write_text("new"))
    assert CHANGED in caplog.text
    stored = store.executions.get(step.ref.id)
    assert stored.fingerprint is None and CHANGED in stored.properties["inputs_changed"]
    assert CHANGED in str(store.cache.explain(step))
    for text in ("new", "old"):
        data.write_text(text)
        assert train(given(data)).cached is None
    assert train(given(data)).cached is not None


def test_so_with_a_path_that_the_code_closes_over(store, file, caplog):
    data, runs = file("data.csv", "old"), []

    def call(meanwhile):
        @graphstore.step("Trainer", output="model", cache=True)
        def train():
            runs.append(data.read_text())
            meanwhile()
            return Artifact(type="Model", uri=str(file("model", "weights")))

        with store.run("iris"):
            train()

    call(lambda: data.write_text("new"))
    data.write_text("old")
    call(lambda: None)
    assert len(runs) == 2


def test_explain_says_why_it_could_not_stand_in(store, train, file):
    data = file("data.csv", "old")
    first = train(inputs(data), lambda step: data.write_text("new"))
    data.write_text("old")
    second = train(inputs(data))
    assert str(store.cache.explain(second)) == (
        f"Trainer e{second.ref.id} does what e{first.ref.id} did, but of that is known: its"
        f" input data ({data}) changed while it ran"
    )
    rows = store.database.rows(QUERIES["questions.can_it_be_skipped"], execution_id=second.ref.id)
    assert [row["can_it"] for row in rows] == ["no"]


def test_what_is_as_it_was_is_no_change(store, train, file, caplog):
    data = file("data.csv", "old")
    train(inputs(data), lambda step: (data.write_text("new"), data.write_text("old")))
    assert CHANGED not in caplog.text
    assert train(inputs(data)).cached is not None


def test_what_was_read_and_removed_is_no_change(store, train, file, caplog):
    data = file("data.csv", "old")
    train(inputs(data), lambda step: data.unlink())
    file("data.csv", "old")
    assert CHANGED not in caplog.text
    assert train(inputs(data)).cached is not None


@pytest.mark.parametrize("place", ["data", "data/new.csv", "data/deep/new.csv"])
def test_what_it_makes_there_itself_is_no_change(store, train, file, caplog, place):
    data = file("data/a.csv", "old").parent

    def add(step):
        new = file("data/deep/new.csv" if "deep" in place else "data/new.csv", "new")
        step.output("more", Artifact(type="Csv", uri=str(data.parent / place)))
        assert new.exists()

    train(inputs(data), add)
    assert CHANGED not in caplog.text


def test_a_folder_in_which_another_writes_is_changed(store, train, file, caplog):
    data = file("data/a.csv", "old").parent
    train(inputs(data), lambda step: file("data/b.csv", "new"))
    assert CHANGED in caplog.text


def test_who_trusts_what_was_recorded_is_told_and_skipped(store, train, file, caplog):
    data = file("data.csv", "old")
    train(inputs(data), lambda step: data.write_text("new"), cache="trust")
    assert CHANGED in caplog.text
    data.write_text("old")
    assert train(inputs(data), cache="trust").cached is None


@pytest.mark.parametrize("how", ["by its id", "by an answer"])
def test_what_was_recorded_and_is_changed_counts_too(store, train, file, caplog, how):
    data = file("data.csv", "old")
    artifact = store.artifacts.get(train(inputs(data)).inputs["data"][0].id)
    given = {"inputs": {"data": artifact.id if how == "by its id" else artifact}}
    train(given, lambda step: data.write_text("new"), parameters={"rate": 1})
    assert CHANGED in caplog.text


def test_without_cache_it_is_told_all_the_same(store, train, file, caplog):
    data = file("data.csv", "old")
    step = train(inputs(data), lambda step: data.write_text("new"), cache=False)
    assert CHANGED in caplog.text
    assert CHANGED in store.executions.get(step.ref.id).properties["inputs_changed"]


def test_a_store_is_named_by_a_text(store):
    with pytest.raises(InvalidArgument, match="a local store is named by a text"):
        graphstore.run("iris", store=store)
