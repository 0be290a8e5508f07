"""What a step wrote to a place, and another reads from there, is one artifact."""

import logging
import multiprocessing
import os
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import graphstore
from graphstore import Artifact, ArtifactState, ArtifactType, ExecutionState, Store
from graphstore.recording import channel
from graphstore.recording.artifacts import UNTYPED
from tests.proxy import proxy


def make(store, path, text="1,2", *, type="Examples", pipeline="prepare"):
    """A run with a step that writes a file; what it made."""
    with store.run(pipeline, capture=()) as run, run.execution("Prepare") as step:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
        step.output("data", path, type=type)
    return step.outputs["data"][0]


def read(store, uri, *, type="Examples", pipeline="train"):
    """A run with a step that reads what is at a uri; what that is."""
    with store.run(pipeline, capture=()) as run, run.execution("Trainer") as step:
        step.input("data", uri, type=type)
    return step.inputs["data"][0]


def test_it_is_joined_however_the_place_is_spelled(store, tmp_path):
    product = make(store, tmp_path / "d" / "x.csv")
    os.symlink("d", tmp_path / "link")
    spellings = [
        "d/x.csv",
        Path("d", "x.csv"),
        f"{tmp_path}/d/../d//./x.csv",
        f"file://{tmp_path}/d/x.csv",
        f"file://localhost{tmp_path}/d/%78.csv",
        tmp_path / "link" / "x.csv",
    ]
    assert {read(store, uri).id for uri in spellings} == {product.id}


def test_what_was_made_under_a_link_is_found_behind_it(store, tmp_path):
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-2").mkdir()
    latest = tmp_path / "latest"
    latest.symlink_to("run-1")
    product = make(store, latest / "x.csv")
    assert product.uri == str(latest / "x.csv")
    latest.unlink()
    latest.symlink_to("run-2")
    (tmp_path / "run-2" / "x.csv").write_text("1,2")
    assert read(store, tmp_path / "run-1" / "x.csv").id == product.id
    assert read(store, latest / "x.csv").id != product.id


def test_a_folder_is_joined(store, tmp_path):
    with store.run("prepare", capture=()) as run, run.execution("Prepare") as step:
        (tmp_path / "parts").mkdir()
        (tmp_path / "parts" / "1.csv").write_text("1")
        step.output("data", f"{tmp_path}/parts/", type="Examples")
    assert read(store, tmp_path / "parts").id == step.outputs["data"][0].id
    (tmp_path / "parts" / "2.csv").write_text("2")
    assert read(store, tmp_path / "parts").id != step.outputs["data"][0].id


@pytest.mark.parametrize("way", ["input", "inputs", "artifact", "decorated"])
def test_it_is_joined_by_every_way_to_say_what_is_read(store, tmp_path, way):
    product, path = make(store, tmp_path / "x.csv"), str(tmp_path / "x.csv")

    @graphstore.step("Trainer")
    def train(data: Artifact) -> None:
        graphstore.current_step()

    with store.run("train", capture=()) as run:
        if way == "decorated":
            train(Artifact(type="Examples", uri=path))
        else:
            inputs = {"data": path if way == "inputs" else Artifact(type="Examples", uri=path)}
            with run.execution("Trainer", inputs={} if way == "input" else inputs) as step:
                if way == "input":
                    step.input("data", path, type="Examples")
    (trainer,) = store.executions.list(type="Trainer")
    assert list(store.lineage.upstream(trainer).artifacts) == [product.id]


def _read_elsewhere(address, auth, path):
    with Store.open(address, auth=auth) as store:
        read(store, path)


def test_it_is_joined_in_another_process(store, server, tmp_path):
    product = make(store, tmp_path / "x.csv")
    child = multiprocessing.get_context("spawn").Process(
        target=_read_elsewhere,
        args=(server.uri, (server.user, server.password), str(tmp_path / "x.csv")),
    )
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert [one.id for one in store.artifacts.list(type="Examples")] == [product.id]


def test_without_a_type_the_type_is_found(store, tmp_path):
    product = make(store, tmp_path / "x.csv")
    other = read(store, tmp_path / "x.csv", type=None)
    assert (other.id, other.type) == (product.id, "Examples")


def test_without_a_type_what_nobody_knows_is_an_artifact(store, tmp_path):
    (tmp_path / "x.csv").write_text("1")
    first, again = (read(store, tmp_path / "x.csv", type=None) for _ in range(2))
    assert first.type == UNTYPED
    assert first.id == again.id


def test_another_type_is_not_joined_and_that_is_said(store, tmp_path, caplog):
    make(store, tmp_path / "x.csv")
    with caplog.at_level(logging.WARNING, logger="graphstore"):
        other = read(store, tmp_path / "x.csv", type="Dataset")
    assert other.type == "Dataset"
    assert not store.lineage.producers(other)
    (message,) = caplog.messages
    assert "are known as Examples" in message


def test_other_contents_are_another_artifact(store, tmp_path):
    product = make(store, tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text("3,4")
    assert read(store, tmp_path / "x.csv").id != product.id


def test_of_two_that_made_the_same_the_last_is_read(store, tmp_path):
    first, second = (make(store, tmp_path / "x.csv") for _ in range(2))
    assert first.id < second.id
    assert read(store, tmp_path / "x.csv").id == second.id


def test_what_was_read_before_it_was_made_stays_what_was_read(store, tmp_path):
    (tmp_path / "x.csv").write_text("1,2")
    outside = read(store, tmp_path / "x.csv")
    product = make(store, tmp_path / "x.csv")
    assert product.id != outside.id
    assert not store.lineage.producers(outside)
    assert read(store, tmp_path / "x.csv").id == product.id


def test_a_place_without_evidence_is_joined_within_its_run_alone(store):
    with store.run("pipeline", capture=()) as run:
        with run.execution("Prepare") as step:
            step.output("data", "s3://b/k/", type="Examples")
        with run.execution("Trainer") as train:
            train.input("data", "s3a://b/k")
            train.input("data", "s3://b/k", type="Examples")
            train.input("data", "s3://b/k", type="Dataset")
    product = step.outputs["data"][0]
    assert [one.id == product.id for one in train.inputs["data"]] == [True, True, False]
    assert read(store, "s3://b/k").id != product.id


def test_evidence_that_a_user_gives_is_enough(store):
    with store.run("prepare", capture=()) as run, run.execution("Prepare") as step:
        data = Artifact(type="Examples", uri="s3://b/k/", digest="version:7")
        step.output("data", data)
    again = Artifact(type="Examples", uri="s3://b/k", digest="version:7")
    other = again.evolve(digest="version:8")
    with store.run("train", capture=()) as run:
        with run.execution("Trainer", inputs={"data": [again, other]}) as train:
            pass
    ids = [one.id for one in train.inputs["data"]]
    assert ids[0] == step.outputs["data"][0].id
    assert ids[1] != ids[0]


def test_what_was_published_is_joined_too(store, tmp_path):
    (tmp_path / "x.csv").write_text("1,2")
    digest = graphstore.recording.digest.digest(tmp_path / "x.csv").value
    store.types.put(ArtifactType(name="Examples"))
    store.types.put(graphstore.ExecutionType(name="Prepare"))
    publication = store.publish(
        graphstore.Execution(type="Prepare", state=ExecutionState.COMPLETE),
        outputs={
            "data": Artifact(type="Examples", uri=f"file://{tmp_path}/x.csv", digest=digest),
        },
    )
    assert read(store, tmp_path / "x.csv").id == publication.outputs[0].id


def test_joining_costs_no_round_trip(store, tmp_path, queries):
    make(store, tmp_path / "x.csv")
    read(store, tmp_path / "x.csv")  # the types, and ids enough
    with store.run("train", capture=()) as run, queries() as messages:
        with run.execution("Trainer") as step:
            step.input("data", tmp_path / "x.csv", type="Examples")
    assert len(messages) == 2


@contextmanager
def records_that_come_late(server, monkeypatch):
    """A run whose store does not answer until the run is over, and then gets what waited."""
    monkeypatch.setattr(channel, "RETRY_AFTER", 0.0)
    with proxy(server.uri) as way:
        at = type(server)(f"bolt://127.0.0.1:{way.port}", server.user, server.password)
        with Store(at.connect(max_transaction_retry_time=0.5), address="late") as remote:
            way.down = True
            way.drop()
            with remote.run("late", capture=()) as run:
                yield run
            way.down = False
            remote.flush()


def prepare(run, path):
    """A step that writes a file."""
    with run.execution("Prepare") as step:
        path.write_text("1,2")
        step.output("data", path, type="Examples")


def read_each(run, path, types):
    """Steps that read it, as each of these types."""
    for type_ in types:
        with run.execution("Trainer") as step:
            step.input("data", path, type=type_)


@pytest.mark.parametrize("early_step", ["maker", "nobody"])
def test_another_type_is_said_when_records_come_late_too(
    store, server, tmp_path, monkeypatch, caplog, early_step
):
    path = tmp_path / "x.csv"
    if early_step == "maker":
        make(store, path)
    with records_that_come_late(server, monkeypatch) as run:
        if early_step == "nobody":
            prepare(run, path)
        read_each(run, path, ["Dataset", "Examples"])
    messages = [one for one in caplog.messages if "are known as Examples" in one]
    assert len(messages) == 1 and messages[0].startswith("Trainer reads")
    assert len(store.artifacts.list(type="Dataset")) == len(store.artifacts.list(type="Examples"))


@pytest.mark.parametrize("early_step", ["maker", "nobody"])
def test_it_is_joined_when_records_come_late(store, server, tmp_path, monkeypatch, early_step):
    path = tmp_path / "x.csv"
    product = make(store, path) if early_step == "maker" else None
    with records_that_come_late(server, monkeypatch) as run:
        if product is None:
            prepare(run, path)
        read_each(run, path, ["Examples", None])
    (artifact,) = store.artifacts.list(type="Examples")
    assert product is None or product.id == artifact.id
    assert len(store.lineage.downstream(artifact).executions) == 2
    assert [one.execution.type for one in store.lineage.producers(artifact)] == ["Prepare"]


def test_what_a_step_within_made_is_passed_on_when_records_come_late(
    store, server, file, monkeypatch
):
    with records_that_come_late(server, monkeypatch) as run:
        with run.execution("Tune") as outer:
            with run.execution("Train", inputs={"data": file("data.csv", "1,2")}) as inner:
                inner.output("model", file("model", "weights"), type="Model")
            outer.output("best", str(file("model", "weights")))
        with run.execution("Read", inputs={"model": file("model", "weights")}):
            pass
    (model,) = store.artifacts.list(type="Model")
    (reader,) = store.executions.list(type="Read")
    producers = {one.execution.type: one.passed_on for one in store.lineage.producers(model)}
    assert producers == {"Train": False, "Tune": True}
    above = store.lineage.upstream(reader)
    assert {one.type for one in above.executions.values()} == {"Read", "Train"}


def test_looking_for_a_place_finds_it_however_it_is_spelled(store, tmp_path):
    product = make(store, tmp_path / "x.csv")
    store.types.put(ArtifactType(name="Other"))
    other = store.artifacts.put(Artifact(type="Other", uri=f"file://{tmp_path}/y/../x.csv"))
    bucket = store.artifacts.put(Artifact(type="Other", uri="S3A://b//k/../x/"))
    for uri in (tmp_path / "x.csv", "x.csv", f"file://localhost{tmp_path}/x.csv", other.uri):
        assert [one.id for one in store.artifacts.get_by_uri(uri)] == [product.id, other.id]
        assert [one.id for one in store.artifacts.list(uri=uri)] == [product.id, other.id]
        assert [one.id for one in store.artifacts.list(uri=uri, type="Other")] == [other.id]
    assert [one.id for one in store.artifacts.get_by_uri("s3://b//k/../x")] == [bucket.id]
    assert not store.artifacts.get_by_uri("s3://b/x")
    assert store.artifacts.get(other.id).uri == other.uri
    # An update that says nothing of the place keeps it; another uri is another place.
    store.artifacts.put(other.evolve(custom_properties={"x": 1}))
    assert len(store.artifacts.get_by_uri("x.csv")) == 2
    store.artifacts.put(other.evolve(uri="/elsewhere"))
    assert len(store.artifacts.get_by_uri("x.csv")) == 1


def test_a_user_may_have_properties_of_these_names(store):
    names = ("place", "_place", "contents", "_contents")
    kinds = {name: graphstore.PropertyKind.STRING for name in names}
    store.types.put(ArtifactType(name="Odd", properties=kinds))
    odd = Artifact(
        type="Odd",
        uri="file:///d/",
        digest="version:1",
        properties={name: f"declared {name}" for name in names},
        custom_properties={name: f"custom {name}" for name in names},
    )
    artifact = store.artifacts.get(store.artifacts.put(odd).id)
    assert artifact.properties == odd.properties
    assert artifact.custom_properties == odd.custom_properties
    assert artifact.place == "/d"


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_what_a_step_that_failed_left_is_what_is_read_there(store, file, caplog, error):
    """A checkpoint, say; and if a step that completed made the same there, it is that one's."""
    path = file("checkpoint", "weights")
    with suppress(error), store.run("p", capture=()) as run, run.execution("Train") as first_step:
        first_step.output("model", path, type="Model")
        raise error("no space left on device")
    with store.run("p", capture=()) as run:
        with run.execution("Resume", inputs={"from": path}) as second_step:
            pass
    output, source = first_step.outputs["model"][0], second_step.inputs["from"][0]
    assert (source.id, source.state) == (output.id, ArtifactState.ABANDONED)
    assert first_step.execution.id in store.lineage.upstream(second_step.execution).executions
    assert f"Resume reads {path}, which a step left that did not complete" in caplog.text
    with store.run("p", capture=()) as run:
        with run.execution("Train") as third_step:
            third_step.output("model", path, type="Model")
        with suppress(OSError), run.execution("Train") as again:
            again.output("model", path, type="Model")
            raise OSError("no space left on device")
        with run.execution("Resume", inputs={"from": path}) as second_step:
            pass
    assert second_step.inputs["from"][0].id == third_step.outputs["model"][0].id


def test_what_was_made_is_kept_if_the_look_at_it_is_interrupted(store, file, monkeypatch):
    """By Ctrl-C while much is read, say: there is no digest then."""

    def interrupted(self, *args):
        monkeypatch.undo()
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt), store.run("p", capture=()) as run:
        with run.execution("Train") as step:
            step.output("model", file("model", "weights"), type="Model")
            step.output("other", "s3://a", type="Model", digest="version:1")
            step.set(note=1)
            monkeypatch.setattr(type(run._recording.inspector), "evidence", interrupted)
    execution = store.executions.get(step.execution.id)
    assert (execution.state, execution.custom_properties) == (ExecutionState.CANCELED, {"note": 1})
    outputs = store.artifacts.list(type="Model", order_by="id").items
    assert [one.state for one in outputs] == [ArtifactState.ABANDONED] * 2
    assert [one.digest for one in outputs] == [None, "version:1"]
