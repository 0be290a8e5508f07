"""What a step is known by where nobody reads all that it reads, and what is done without."""

import os
from pathlib import Path
from threading import Barrier, Lock, Thread

import pytest

import graphstore
from graphstore import Artifact, current_step
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument
from graphstore.recording.digest import Digest, Status


@pytest.fixture
def ran(store):
    """Whether a cached step that reads something did its work."""

    def call(*data, options=None, cache=True):
        with store.run("iris", capture=(), **(options or {})) as run:
            inputs = {"data": [d if isinstance(d, Artifact | int) else csv(d) for d in data]}
            with run.execution("Trainer", inputs=inputs, cache=cache, code="1") as step:
                if step.cached is None:
                    step.output("model", Artifact(type="Model"))
        call.step = step
        return step.cached is None

    return call


def csv(uri, **fields):
    return Artifact(type="Csv", uri=str(uri), **fields)


@pytest.fixture
def objects():
    """A folder in the memory of this process, which fsspec knows."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.write_bytes(b"b" * 5000),
        lambda file: file.write_bytes(b"a" * 5001),
        lambda file: os.utime(file, ns=(1, 1)),
    ],
    ids=["contents", "size", "time"],
)
@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_what_is_too_large_to_be_read_is_known_by_size_time_and_samples(
    ran, store, tmp_path, change, folder
):
    file = tmp_path / "data" / "train.bin"
    file.parent.mkdir()
    file.write_bytes(b"a" * 5000)
    data, limit = file.parent if folder else file, {"digest_limit": 1000}
    assert ran(data, options=limit)
    assert not ran(data, options=limit)
    explanation = store.cache.explain(ran.step.execution)
    assert "by size, time and samples" in explanation.evidence["data"][0]
    assert "by size, time and samples" in str(explanation)
    change(file)
    assert ran(data, options=limit)


def test_a_copy_of_what_is_too_large_may_be_another_one(ran, tmp_path, file):
    one, two = file("one", "a" * 5000), file("two", "a" * 5000)
    os.utime(one, ns=(1, 1))
    os.utime(two, ns=(1, 1))
    assert ran(one, options={"digest_limit": 10})
    assert ran(two, options={"digest_limit": 10})
    assert not ran(one, options={"digest_limit": 10})


def test_a_step_that_reads_what_nobody_can_look_at_runs_and_says_so(ran, store, caplog):
    assert ran("s3://bucket/latest.parquet")
    caplog.clear()
    assert ran("s3://bucket/latest.parquet")
    (warning,) = [r.getMessage() for r in caplog.records if r.name == "graphstore"]
    assert "Trainer is not skipped" in warning and "s3://bucket/latest.parquet" in warning
    explanation = store.cache.explain(ran.step.execution)
    assert (explanation.hit, explanation.nearest) == (False, None)
    assert "could not be skipped" in str(explanation) and "s3://bucket/latest.parquet" in str(
        explanation
    )
    assert "nothing was recorded" in explanation.evidence["data"][0]
    query = QUERIES["questions.can_it_be_skipped"]
    (row,) = store.database.rows(query, execution_id=ran.step.execution.id)
    assert row["can_it"] == "no"
    assert "s3://bucket/latest.parquet" in row["differences"][-1]


@pytest.mark.parametrize("fields", [{"digest": "version:3"}, {"digest": "sha256:12"}])
def test_what_somebody_says_of_it_counts(ran, store, fields):
    uri = "s3://bucket/latest.parquet"
    assert ran(csv(uri, **fields))
    assert not ran(csv(uri, **fields))
    assert store.cache.explain(ran.step.execution).hit
    assert ran(csv(uri, digest=fields["digest"] + "4"))


def test_a_version_belongs_to_its_uri_and_contents_to_none(ran):
    assert ran(csv("s3://one", digest="version:1"))
    assert ran(csv("s3://two", digest="version:1"))
    assert ran(csv("s3://one", digest="sha256:1"))
    assert not ran(csv("s3://two", digest="sha256:1"))


def test_a_version_is_said_of_inputs_and_outputs(store):
    with store.run("iris", capture=()) as run, run.execution("Trainer") as step:
        assert step.input("data", "s3://d", type="Csv", version="3").digest == "version:3"
        assert step.input("more", "s3://e", type="Csv", digest="md5:1").digest == "md5:1"
        step.output("model", "s3://m", type="Model", version="4")
        for wrong in ({"version": ""}, {"version": "1", "digest": "2"}, {"digest": ""}):
            with pytest.raises(InvalidArgument, match="expected one text"):
                step.input("wrong", "s3://f", type="Csv", **wrong)
            with pytest.raises(InvalidArgument, match="expected one text"):
                step.output("wrong", "s3://f", type="Csv", **wrong)
        with pytest.raises(InvalidArgument, match="found version '2'"):
            step.input("wrong", csv("s3://f", digest="version:1"), version="2")
    model = step.outputs["model"][0]
    assert store.artifacts.get(model.id).digest == "version:4"
    with store.run("iris", capture=()) as run, run.execution("Reader") as step:
        with pytest.raises(InvalidArgument, match="was recorded"):
            step.input("model", model, version="5")


def test_what_a_server_says_of_an_object_counts(ran, store, objects, monkeypatch):
    system, tags = type(objects), {"/data": "one"}
    info = system.info

    def info_with_tag(self, path, **options):
        facts = info(self, path, **options)
        return {**facts, "ETag": f'"{tags[self._strip_protocol(path)]}"'}

    monkeypatch.setattr(system, "info", info_with_tag)
    objects.pipe_file("/data", b"1")
    assert ran("memory://data")
    artifact = ran.step.inputs["data"][0]
    assert artifact.digest == "etag:one"
    assert not ran("memory://data")
    assert "ETag" in str(store.cache.explain(ran.step.execution))
    assert not ran(artifact)
    assert [check.status for _, check in store.verify([artifact])] == [Status.UNCHANGED]
    tags["/data"] = "two"
    assert [check.status for _, check in store.verify([artifact])] == [Status.CHANGED]
    assert ran(artifact)  # that is: what was recorded, and is another one now
    assert ran("memory://data")
    objects.rm("/data")
    assert [check.status for _, check in store.verify([artifact])] == [Status.GONE]


def test_an_object_that_an_earlier_step_made_can_be_overwritten_too(ran, store):
    with store.run("iris", capture=()) as run, run.execution("Maker") as step:
        step.output("data", csv("s3://bucket/made"))
    artifact = step.outputs["data"][0]
    assert ran(artifact) and ran(artifact)
    assert f"a{artifact.id} at s3://bucket/made" in str(store.cache.explain(ran.step.execution))
    assert ran(artifact, cache="trust")
    assert not ran(artifact, cache="trust")


def test_what_has_no_uri_cannot_change(ran, store):
    with store.run("iris", capture=()) as run, run.execution("Maker") as step:
        step.output("data", Artifact(type="Csv", custom_properties={"rows": 3}))
    artifact = step.outputs["data"][0]
    assert ran(artifact)
    assert not ran(artifact)
    assert not ran(artifact.id)
    assert "by its id" in str(store.cache.explain(ran.step.execution))


def test_what_was_recorded_and_changed_since_is_not_known(ran, store, file):
    with store.run("iris", capture=()) as run, run.execution("Maker") as step:
        step.output("data", csv(file("made", "1")))
    artifact = step.outputs["data"][0]
    assert ran(artifact)
    assert not ran(artifact)
    file("made", "2")
    assert ran(artifact)
    assert "not what was recorded" in str(store.cache.explain(ran.step.execution))
    file("made", "1")
    assert not ran(artifact)


def test_what_was_recorded_without_a_digest_is_looked_at(ran, store, file):
    artifact = store.artifacts.put(_with_type(store, csv(file("made", "1"))))
    assert ran(artifact)
    assert not ran(artifact)
    file("made", "2")
    assert ran(artifact)


def _with_type(store, artifact):
    from graphstore import ArtifactType

    store.types.put(ArtifactType(name=artifact.type))
    return artifact


def test_a_file_with_a_name_of_its_own_is_known_by_its_contents(ran, file):
    data = csv(file("data", "1"), external_id="data-2024")
    assert ran(data)
    assert not ran(data)
    file("data", "2")
    assert ran(data)


def test_an_input_that_is_said_late_is_no_reason_to_skip(store, file, caplog):
    def call():
        with store.run("iris", capture=()) as run:
            with run.execution("Trainer", cache=True, code="1") as step:
                if step.cached is None:
                    step.input("data", csv(file("data", "1")))
        return step

    call()
    second = call()
    assert second.cached is None
    assert "said after it began" in str(store.cache.explain(second.execution))


@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
@pytest.mark.parametrize("how", ["gone", "changed"])
def test_an_output_that_is_not_there_any_more_is_no_hit(store, tmp_path, folder, how):
    model = tmp_path / "model" / "weights"

    def call():
        with store.run("iris", capture=()) as run:
            with run.execution("Trainer", cache=True, code="1") as step:
                if step.cached is None:
                    model.parent.mkdir(exist_ok=True)
                    model.write_text("1")
                    step.output("model", model.parent if folder else model, type="Model")
        return step

    first = call()
    assert call().cached is not None
    model.unlink() if how == "gone" else model.write_text("2")
    again = call()
    assert again.cached is None
    explanation = store.cache.explain(again.execution)
    output = first.outputs["model"][0]
    assert (explanation.hit, explanation.differences) == (False, ())
    assert f"output a{output.id} of e{first.execution.id}" in str(explanation)
    assert call().cached.execution == again.execution


def test_what_was_not_looked_at_when_it_was_made_is_no_hit(store, file):
    """An output of whose contents nothing was recorded may be anything by now."""

    def call():
        with store.run("iris", capture=()) as run:
            with run.execution("Trainer", cache=True, code="1") as step:
                if step.cached is None:
                    step.output("model", file("model", "1"), type="Model")
        return step

    first = call().outputs["model"][0]
    store.artifacts.put(first.evolve(digest=None))
    assert call().cached is None


def test_outputs_at_one_uri_keep_what_each_was_when_it_was_said(store, tmp_path):
    checkpoint = tmp_path / "checkpoint"

    def call():
        with store.run("iris", capture=()) as run:
            with run.execution("Trainer", cache=True, code="1") as step:
                if step.cached is None:
                    for epoch in range(3):
                        checkpoint.write_text(f"epoch {epoch}")
                        step.output("checkpoints", checkpoint, type="Checkpoint")
                    checkpoint.write_text("epoch 3, written after it was said")
        return step

    first = call()
    digests = [one.digest for one in first.outputs["checkpoints"]]
    assert len(set(digests)) == 3
    statuses = [check.status for _, check in store.verify(first.outputs["checkpoints"])]
    assert statuses == [Status.CHANGED, Status.CHANGED, Status.UNCHANGED]
    second = call()
    assert second.cached is not None  # it stands there as the step left it
    assert [one.digest for one in second.outputs["checkpoints"]] == digests


def test_an_output_is_what_stands_there_when_the_step_completes(store, file, caplog):
    with store.run("iris", capture=()) as run, run.execution("Trainer") as step:
        before = step.output("model", file("model", "being written"), type="Model")
        log = step.output("log", "log.txt", type="Log")
        file("model", "written")
        file("log.txt", "all of it")
    assert (before.digest, log.digest) == (None, None)
    checks = store.verify([step.outputs["model"][0], step.outputs["log"][0]])
    assert [check.status for _, check in checks] == [Status.UNCHANGED] * 2
    assert not caplog.records


def test_a_step_that_is_handed_over_knows_what_it_saw(store, file):
    with store.run("iris", capture=()) as run:
        step = run.execution("Trainer").start()
        step.output("checkpoints", file("checkpoint", "1"), type="Checkpoint")
        file("checkpoint", "2")
        step.output("checkpoints", file("checkpoint", "2"), type="Checkpoint")
        over = run.load(step.dump()).complete()
    one, two = over.outputs["checkpoints"]
    assert one.digest != two.digest
    assert None not in (one.digest, two.digest)


def test_a_file_is_read_once_a_run(store, tmp_path, monkeypatch):
    from graphstore.recording.digest import contents

    original, reads = contents._sha256, []

    def count_read(file, on_read):
        reads.append(file.path)
        return original(file, on_read)

    monkeypatch.setattr(contents, "_sha256", count_read)
    data = tmp_path / "data"
    data.write_text("1")
    os.utime(data, ns=(1, 1))
    with store.run("iris", capture=()) as run:
        monkeypatch.setattr(contents, "settles_in", lambda file, now: 0)
        for _ in range(3):
            with run.execution("Reader") as step:
                step.input("data", data, type="Csv")
        assert reads == [str(data)]
        data.write_text("2")
        with run.execution("Reader") as step:
            step.input("data", data, type="Csv")
    assert reads == [str(data)] * 2


def test_threads_share_what_a_run_has_read(store, file):
    data, digests = file("data", "1"), []
    with store.run("iris", capture=()) as run:

        def work():
            with run.execution("Reader") as step:
                digests.append(step.input("data", data, type="Csv").digest)

        threads = [Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(digests) == 4 and len(set(digests)) == 1


def test_two_times_of_one_moment_are_one_parameter(store):
    from datetime import datetime, timedelta, timezone

    moments = [
        datetime(2024, 3, 1, 12, tzinfo=timezone.utc),
        datetime(2024, 3, 1, 14, tzinfo=timezone(timedelta(hours=2))),
    ]
    skips = []
    with store.run("iris", capture=()) as run:
        for moment in moments:
            parameters = {"since": moment, "nested": {"b": [moment], "a": 1}}
            if moment is moments[1]:
                parameters = {"nested": {"a": 1, "b": [moment]}, "since": moment}
            with run.execution("Trainer", parameters=parameters, cache=True, code="1") as step:
                skips.append(step.cached is not None)
    assert skips == [False, True]


def test_the_order_of_keys_is_no_difference(store):
    with store.run("iris", capture=()) as run:
        for code, options in (("1", {"a": 1, "b": 2}), ("2", {"b": 2, "a": 1})):
            with run.execution(
                "Trainer", parameters={"options": options}, cache=True, code=code
            ) as step:
                pass
    (difference,) = store.cache.explain(step.execution).differences
    assert difference.part == "code"


def test_what_a_decorated_step_returns_is_read_once(store, tmp_path, monkeypatch):
    from graphstore.recording.digest import contents

    original, reads, model = contents._sha256, [], tmp_path / "model"
    uri = str(model)  # a path that it closed over would count by what stands there

    def count_read(file, on_read):
        reads.append(file.path)
        return original(file, on_read)

    @graphstore.step("Trainer", output="model", cache=True)
    def train(rate: float) -> Artifact:
        Path(uri).write_text(f"{rate}")
        return Artifact(type="Model", uri=uri)

    monkeypatch.setattr(contents, "_sha256", count_read)
    with store.run("iris", capture=()):
        artifact = train(0.1)
        assert reads == [str(model)]
        assert train(0.1) == artifact
        model.unlink()
        again = train(0.1)
    assert again.id != artifact.id
    assert again.digest == artifact.digest


def test_a_decorated_step_says_what_each_checkpoint_was(store, tmp_path):
    checkpoint = tmp_path / "checkpoint"

    @graphstore.step("Trainer", output="model")
    def train() -> Artifact:
        for epoch in range(2):
            checkpoint.write_text(f"epoch {epoch}")
            current_step().output("checkpoints", checkpoint, type="Model")
        checkpoint.write_text("the last one")
        return Artifact(type="Model", uri=str(checkpoint))

    with store.run("iris", capture=()):
        model = train()
    step = store.lineage.producers(model)[0].execution
    checkpoints = [
        store.artifacts.get(event.artifact_id)
        for event in store.events.of_executions([step.id])
        if event.artifact_id is not None
    ]
    assert len({one.digest for one in checkpoints}) == 3
    assert [check.status for _, check in store.verify([model])] == [Status.UNCHANGED]


def test_servers_are_asked_at_once(store, monkeypatch):
    """A thousand shards are no thousand waits."""
    at_once, lock, most = [], Lock(), 8

    def evidence(self, uri):
        with lock:
            at_once.append(uri)
        barrier.wait(timeout=60)
        return Digest(f"etag:{uri}", 1)

    barrier = Barrier(most)
    monkeypatch.setattr("graphstore.recording.digest.remote.Remote.evidence", evidence)
    shards = [csv(f"s3://bucket/{number}") for number in range(2 * most)]
    with store.run("iris", capture=()) as run:
        with run.execution("Trainer", inputs={"data": shards}) as step:
            pass
    assert [one.digest for one in step.inputs["data"]] == [f"etag:{one.uri}" for one in shards]
    assert sorted(at_once) == sorted(one.uri for one in shards)


def test_of_many_reasons_a_few_are_told(ran, store):
    shards = [csv(f"s3://bucket/{number}") for number in range(30)]
    assert ran(*shards)
    explanation = store.cache.explain(ran.step.execution)
    assert explanation.obstacle.count("s3://bucket/") == 10
    assert explanation.obstacle.endswith("and of 20 more")
    assert len(explanation.evidence["data"]) == 30
