"""A path that one step returned, and the next is given: lineage follows it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from graphstore import Artifact, step


@dataclass
class Splits:
    train: Path
    test: str


def write(folder, number=1):
    path = folder / f"{number}.csv"
    path.write_text(f"{number}\n")
    return path


@step("Trainer", output="model")
def train(data) -> Artifact:
    return Artifact(type="Model", custom_properties={"accuracy": 0.9})


def reads(store, model):
    """What the step that made a model read: type by role."""
    graph = store.lineage.upstream(model, max_hops=2)
    return {
        str(event.path[0]): graph.artifacts[event.artifact_id].type
        for event in graph.events
        if event.type.is_input
    }


@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda folder: write(folder), {"data": "Output"}),
        (lambda folder: str(write(folder)), {"data": "Output"}),
        (lambda folder: write(folder).as_uri(), {"data": "Output"}),
        (lambda folder: [write(folder), write(folder, 2)], {"data": "Output"}),
        (lambda folder: {"a": write(folder), "b": 3}, {"data.a": "A"}),
        (
            lambda folder: Splits(write(folder), str(write(folder, 2))),
            {"data.train": "Train", "data.test": "Test"},
        ),
    ],
)
def test_what_a_step_returned_is_read_by_the_next(store, tmp_path, cache, make, expected):
    @step("Prepare", cache=cache, version="1")
    def prepare(raw):
        return make(tmp_path)

    raw = Artifact(type="Raw", custom_properties={"day": 1}, external_id="day 1")
    for _ in range(2):  # given again, it is the same
        with store.run("p", capture=()):
            model = train(prepare(raw))
        assert reads(store, model) == expected
        above = store.lineage.upstream(model)
        assert "Raw" in {one.type for one in above.artifacts.values()}


def test_what_was_edited_in_between_is_not_what_was_made(store, tmp_path):
    @step("Prepare")
    def prepare(raw):
        return write(tmp_path)

    with store.run("p", capture=()):
        path = prepare(Artifact(type="Raw", external_id="day 1"))
        path.write_text("by hand\n")
        model = train(path)
    above = store.lineage.upstream(model)
    assert "Raw" not in {one.type for one in above.artifacts.values()}


def test_a_place_to_write_to_is_not_read(store, tmp_path):
    @step("Report")
    def report(number, to):
        to.write_text(str(number))
        return to

    @step("Other")
    def other(to):
        return None

    to = tmp_path / "report.txt"
    with store.run("p", capture=()) as run:
        report(1, to)
        report(2, to)
        other(Path(to))
    graph = store.lineage.run(run.context)
    assert not [event for event in graph.events if event.type.is_input]
