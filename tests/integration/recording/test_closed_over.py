"""What a cached function closes over, is bound to, or holds: files and artifacts that change."""

import functools
from pathlib import Path

import pytest

import graphstore
from graphstore import Artifact

calls: list[str] = []


def read(path, rate):
    calls.append(Path(path).read_text())
    return Artifact(type="Model", custom_properties={"rate": rate})


def over_path(path, artifact):
    return lambda rate: read(path, rate)


def over_artifact(path, artifact):
    return lambda rate: read(artifact.uri, rate)


def partial_of_path(path, artifact):
    return functools.partial(read, path)


class Holder:
    def __init__(self, path):
        self.path = path

    def fit(self, rate):
        return read(getattr(self.path, "uri", self.path), rate)


def bound_to_path(path, artifact):
    return Holder(path).fit


def bound_to_artifact(path, artifact):
    return Holder(artifact).fit


@pytest.mark.parametrize(
    "make", [over_path, over_artifact, partial_of_path, bound_to_path, bound_to_artifact]
)
def test_a_file_behind_it_counts_by_what_stands_there(store, file, make):
    calls.clear()
    path = file("data.csv", "1")
    with store.run("iris", capture=()) as run:
        with run.execution("Ingest") as step:
            step.output("data", path, type="Dataset")
        (artifact,) = step.outputs["data"]
        for text in ("1", "1", "22"):
            path.write_text(text)
            fit = graphstore.step("Fit", output="model", cache=True)(make(path, artifact))
            fit(0.1)
    assert calls == ["1", "22"]
