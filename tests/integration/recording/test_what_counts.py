"""What a step can read counts when it is asked whether it was done before, wherever it stands."""

import os
import subprocess
import sys
import threading

import pytest

import graphstore
from graphstore import Artifact

calls = []
"""What functions did; not closed over, where it would count."""

PROGRAM = """
import dataclasses, functools, os, sys
from typing import ClassVar
import graphstore
from graphstore import Artifact

RATE = float(os.environ["RATE"])

class Config:
    rate = {rate}
    def __init__(self): self.depth = 1
    def scale(self, x): return x * {factor}

@dataclasses.dataclass
class Split:
    data: Artifact
    rate: ClassVar[float] = RATE

class Trainer:
    rate = {rate}
    def __init__(self): self.depth = 1

    @graphstore.step("Method", output="model", cache=True)
    def fit(self, data):
        ran.append("method")
        return Artifact(type="Model", custom_properties={{"rate": self.rate}})

    @classmethod
    @graphstore.step("ClassMethod", output="model", cache=True)
    def build(cls, data):
        ran.append("class method")
        return Artifact(type="Model", custom_properties={{"rate": cls.rate}})

def scaled(factor):
    def decorate(function):
        @functools.wraps(function)
        def inner(*args):
            print(f"times {{factor}}", file=sys.stderr)
            return function(*args)
        return inner
    return decorate

@graphstore.step("Object", output="model", cache=True)
def with_object(config):
    ran.append("object")
    return Artifact(type="Model", custom_properties={{"rate": config.rate}})

@graphstore.step("Artifacts", output="model", cache=True)
def with_artifacts(split):
    ran.append("artifacts")
    return Artifact(type="Model", custom_properties={{"rate": split.rate}})

@graphstore.step("Decorated", output="model", cache=True)
@scaled(RATE)
def decorated(data):
    ran.append("decorated")
    return Artifact(type="Model")

def helper(x, rate=RATE):
    return x * rate

@graphstore.step("Helped", output="model", cache=True, code=helper)
def helped(data):
    ran.append("helped")
    return Artifact(type="Model", custom_properties={{"rate": helper(1)}})

ran = []
Trainer.rate = {rate}
data = Artifact(type="Data", external_id="data")
uri, *auth = sys.argv[1:]
with graphstore.run("iris", uri=uri, auth=tuple(auth), database="neo4j", capture=()):
    with_object(Config())
    with_artifacts(Split(data))
    Trainer().fit(data)
    Trainer.build(data)
    decorated(data)
    helped(data)
print(ran)
"""


def test_what_a_step_reads_from_classes_and_closures_counts_in_the_next_process(
    store, server, tmp_path
):
    def run(rate="0.1", factor="1", variable="0.1"):
        file = tmp_path / "program.py"
        file.write_text(PROGRAM.format(rate=rate, factor=factor))
        return subprocess.run(
            [sys.executable, str(file), server.uri, server.user, server.password],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "RATE": variable, "PYTHONHASHSEED": rate[-1]},
            cwd=tmp_path,
        ).stdout.strip()

    all_of_them = ["object", "artifacts", "method", "class method", "decorated", "helped"]
    assert run() == str(all_of_them)
    assert run() == "[]"
    assert run(rate="0.2") == str(["object", "method", "class method"])
    assert run(rate="0.2", factor="3") == str(["object"])
    assert run(variable="0.2") == str(["artifacts", "decorated", "helped"])
    assert run(rate="0.2", variable="0.2", factor="3") == "[]"


@pytest.fixture
def ran(store):
    """Whether a cached step did its work, by what it was given."""

    def call(**given):
        with store.run("iris", capture=()) as run:
            with run.execution("Trainer", cache=True, code="1", **given) as step:
                if step.cached is None:
                    step.output("model", Artifact(type="Model"))
        return step

    return call


def test_properties_of_an_input_count(store, data, ran):
    train, test = (data.evolve(custom_properties={"split": split}) for split in ("train", "test"))
    assert ran(inputs={"data": train}).cached is None
    assert ran(inputs={"data": train}).cached is not None
    step = ran(inputs={"data": test})
    assert step.cached is None
    assert not store.cache.explain(step.execution).hit


def recorded(store, **fields):
    """An artifact that was recorded, of one property."""
    with store.run("iris", capture=()) as run, run.execution("Prepare") as step:
        step.output("data", Artifact(type="Data", custom_properties={"split": "train"}, **fields))
    return step.outputs["data"][0]


@pytest.mark.parametrize("digest", [None, "version:1"])
def test_properties_that_a_recorded_input_has_now_count(store, ran, digest):
    artifact = recorded(store, digest=digest)
    assert ran(inputs={"data": artifact}).cached is None
    assert ran(inputs={"data": artifact.id}).cached is not None
    later = artifact.evolve(custom_properties={"split": "test"})
    later = store.artifacts.get(store.artifacts.put(later).id)
    step = ran(inputs={"data": later})
    assert step.cached is None
    explanation = store.cache.explain(step.execution)
    assert not explanation.hit and "properties that an input had then" in str(explanation)
    assert ran(inputs={"data": later.id}).cached is not None


def test_name_and_state_of_an_input_do_not_count(store, ran):
    artifact = recorded(store)
    assert ran(inputs={"data": artifact}).cached is None
    named = store.artifacts.put(artifact.evolve(name="data", state="LIVE"))
    assert ran(inputs={"data": store.artifacts.get(named.id)}).cached is not None


def test_properties_of_an_artifact_that_a_function_closes_over_count(store):
    calls.clear()

    def fit_on(artifact):
        @graphstore.step("Fit", output="model", cache=True)
        def fit():
            calls.append(artifact.custom_properties["split"])
            return Artifact(type="Model")

        return fit

    with store.run("iris", capture=()):
        for split in ("train", "train", "test"):
            given = {"digest": "version:1", "custom_properties": {"split": split}}
            fit_on(Artifact(type="Data", **given))()
    assert calls == ["train", "test"]


class Guarded:
    """Its class has what nobody can tell from something else."""

    lock = threading.Lock()


def test_a_step_runs_if_a_class_cannot_be_told_and_says_so(store, caplog):
    calls.clear()

    @graphstore.step("Fit", output="model", cache=True, strict=True)
    def fit(guarded):
        calls.append(guarded)
        return Artifact(type="Model")

    with store.run("iris", capture=()):
        fit(Guarded())
        fit(Guarded())
    assert len(calls) == 2
    assert "'guarded' cannot be told" in caplog.text and "of its class" in caplog.text


def test_an_ignored_default_that_cannot_be_told_stops_no_skip(store):
    calls.clear()

    @graphstore.step("Fit", output="model", cache=True, ignore=["lock"])
    def fit(rate, lock=threading.Lock()):  # noqa: B008
        calls.append(rate)
        return Artifact(type="Model")

    with store.run("iris", capture=()):
        fit(0.1)
        fit(0.1)
        fit(0.2)
    assert calls == [0.1, 0.2]
