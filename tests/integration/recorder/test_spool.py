"""A store that is away: nothing is lost, nothing doubled, and the work goes on."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest

import graphstore
from graphstore import Artifact, ArtifactType, ExecutionState, PropertyKind, Store, local
from graphstore.errors import InvalidArgument, Unavailable
from graphstore.recorder import channel, spool
from tests.proxy import proxy

ADDRESS = "the store of this test"


@pytest.fixture
def way(server):
    with proxy(server.uri) as way:
        yield way


@pytest.fixture
def remote(store, server, way):
    """The same store, over a way that can be cut."""
    at = type(server)(f"bolt://127.0.0.1:{way.port}", server.user, server.password)
    with Store(at.connect(max_transaction_retry_time=0.5), address=ADDRESS) as remote:
        yield remote


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(channel, "RETRY_AFTER", 0.0)


def cut(way, down=True):
    way.down = down
    if down:
        way.drop()


def waiting():
    return sum(file.waiting() for file in spool.spooled(ADDRESS))


def train(run, number, data, file):
    with run.execution("Trainer", parameters={"number": number}, inputs={"data": data}) as step:
        step.output("model", file(f"model-{number}", str(number)), type="Model")
    return step


def check(store, numbers):
    """Each step is there once, complete, with its input and its output, and the run around it."""
    executions = list(store.executions.list(type="Trainer", limit=1000))
    assert sorted(e.custom_properties["number"] for e in executions) == list(numbers)
    for execution in executions:
        assert execution.state is ExecutionState.COMPLETE
        number = execution.custom_properties["number"]
        (model,) = store.lineage.downstream(execution).artifacts.values()
        assert model.uri.endswith(f"model-{number}")
        assert len(store.lineage.upstream(execution, max_hops=1).of_type("Csv")) == 1
        (run,) = (c for c in store.contexts.of_execution(execution.id) if c.type == "PipelineRun")
        assert run.properties["status"] == "COMPLETE"
    assert len(list(store.artifacts.list(type="Model", limit=1000))) == len(executions)


def test_a_store_that_goes_and_comes_again_during_a_run(store, remote, way, data, file, caplog):
    with remote.run("iris") as run:
        train(run, 0, data, file)
        cut(way)
        away = [train(run, number, data, file) for number in (1, 2)]
        assert all(step.execution.id is None for step in away)
        assert waiting() == 4
        cut(way, down=False)
        back = train(run, 3, data, file)
        assert back.execution.id is not None
        assert waiting() == 0
    check(store, range(4))
    assert "the store does not answer" in caplog.text
    assert "it has 4 records that waited" in caplog.text


def test_a_store_that_goes_within_a_step(store, remote, way, data, file):
    with remote.run("iris") as run:
        with run.execution("Trainer", parameters={"number": 0}, inputs={"data": data}) as step:
            cut(way)
            step.output("model", file("model-0"), type="Model")
        assert waiting() == 1
        cut(way, down=False)
    assert waiting() == 0
    check(store, range(1))


def test_what_waits_is_delivered_by_the_next_run(store, remote, way, data, file):
    with remote.run("iris") as run:
        cut(way)
        train(run, 0, data, file)
        train(run, 1, data, file)
    assert waiting() == 5
    cut(way, down=False)
    with remote.run("iris") as run:
        train(run, 2, data, file)
    check(store, range(3))


def test_what_waits_is_delivered_by_flush(store, remote, way, data, file):
    cut(way)
    with remote.run("iris") as run:
        step = train(run, 0, data, file)
        with run.execution("Pusher", inputs={"model": step.outputs["model"]}):
            pass
    assert remote.flush() == spool.Flushed(0, waiting=6)
    cut(way, down=False)
    assert remote.flush() == spool.Flushed(6, waiting=0)
    assert remote.flush() == spool.Flushed(0, waiting=0)
    check(store, range(1))
    (pusher,) = store.executions.list(type="Pusher")
    assert len(store.lineage.upstream(pusher).of_type("Csv")) == 1


def test_answers_that_were_lost_double_nothing(store, remote, way, data, file):
    with remote.run("iris") as run:
        for number in range(4):
            way.cuts_left = 1
            train(run, number, data, file)
        way.cuts_left = 1000  # more than anybody tries: the record goes to the disk, and is stored
        train(run, 4, data, file)
        way.cuts_left = 0
    assert waiting() == 0
    check(store, range(5))


@pytest.mark.parametrize("stop_after", range(6))
def test_a_flush_that_is_killed_doubles_nothing(
    store, remote, way, data, file, monkeypatch, stop_after
):
    """Killed between a record's being stored and its being marked as delivered."""
    cut(way)
    with remote.run("iris") as run:
        train(run, 0, data, file)
        train(run, 1, data, file)
    cut(way, down=False)
    mark = spool.SpoolFile._write_offset
    left = stop_after

    def killed(self, offset):
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        mark(self, offset)

    monkeypatch.setattr(spool.SpoolFile, "_write_offset", killed)
    with pytest.raises(KeyboardInterrupt):
        remote.flush()
    monkeypatch.setattr(spool.SpoolFile, "_write_offset", mark)
    assert remote.flush().delivered == 6 - stop_after
    check(store, range(2))


def test_a_record_that_was_not_written_to_its_end_ends_the_file(store, remote, way, data, file):
    cut(way)
    with remote.run("iris") as run:
        train(run, 0, data, file)
    (left,) = spool.spooled(ADDRESS)
    with left.path.open("a") as stream:
        stream.write('{"record": "st')
    cut(way, down=False)
    assert remote.flush() == spool.Flushed(4, waiting=0)
    assert not spool.spooled(ADDRESS)
    check(store, range(1))


def test_what_the_store_does_not_take_is_set_aside_and_the_rest_delivered(
    store, remote, way, data, file
):
    cut(way)
    for number in (0, 1):
        with remote.run("iris") as run:
            train(run, number, data, file)
    first, _ = spool.spooled(ADDRESS)
    lines = first.path.read_text().splitlines()
    first.path.write_text("\n".join([*lines[:2], '{"record": "nonsense"}', *lines[2:]]) + "\n")
    cut(way, down=False)
    flushed = remote.flush()
    assert (flushed.delivered, flushed.waiting) == (1 + 4, 0)
    ((aside, why),) = flushed.rejected
    assert "no record" in why
    assert aside.with_suffix(".reason").read_text().strip() == why
    assert len(aside.read_text().splitlines()) == 6
    (execution,) = store.executions.list(type="Trainer")
    assert execution.custom_properties["number"] == 1


def test_a_wrong_value_that_nobody_can_be_told_of_any_more_is_kept(store, remote, way, file):
    cut(way)
    with remote.run("iris") as run, run.execution("Trainer") as step:
        step.output("model", file("m"), type="Model", properties={"accuracy": "high"})
    store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.DOUBLE}))
    cut(way, down=False)
    remote.flush()
    (model,) = store.artifacts.list(type="Model")
    assert (model.properties, model.custom_properties) == ({}, {"accuracy": "high"})


def test_values_come_through_the_spool_as_they_were(store, remote, way, file):
    values = {
        "int": 2**63 - 1,
        "float": float("inf"),
        "text": "ü\n\"'`🙂\\",
        "struct": {"a": [1, None, 2.5], "b": {"c": []}},
        "list": ["one"],
        "true": True,
    }
    cut(way)
    with remote.run("iris") as run, run.execution("Trainer", parameters=values):
        pass
    cut(way, down=False)
    remote.flush()
    (execution,) = store.executions.list(type="Trainer")
    assert execution.custom_properties == values


def test_unless_it_is_to_be_raised(remote, way):
    with remote.run("iris", spool=False) as run:
        cut(way)
        with pytest.raises(Unavailable), run.execution("Trainer"):
            raise AssertionError("it ran")
        cut(way, down=False)


def test_nothing_is_skipped_and_nothing_is_fetched_while_the_store_is_away(
    store, remote, way, data
):
    with remote.run("iris") as run:
        with run.execution("Trainer", inputs={"data": data}, cache=True, code="1") as first:
            pass
        cut(way)
        given = first.inputs["data"][0].id
        with run.execution("Trainer", inputs={"data": given}, cache=True, code="1") as second:
            assert second.cached is None
        cut(way, down=False)
    assert {e.state for e in store.executions.list(type="Trainer")} == {ExecutionState.COMPLETE}
    assert len(list(store.executions.list(type="Trainer"))) == 2


def test_a_store_that_never_opens_does_not_stop_the_work(store, server, way, data, file):
    cut(way)
    uri = f"bolt://127.0.0.1:{way.port}"
    auth = (server.user, server.password)
    with graphstore.run("iris", uri=uri, auth=auth, database="neo4j") as run:
        train(run, 0, data, file)
    cut(way, down=False)
    with graphstore.run("iris", uri=uri, auth=auth, database="neo4j") as run:
        train(run, 1, data, file)
    check(store, range(2))
    cut(way)
    with pytest.raises(Unavailable):
        graphstore.run("iris", uri=uri, auth=auth, spool=False)
    with pytest.raises(InvalidArgument):
        graphstore.run("iris", uri="nonsense://")


def record(uri, auth, pipeline, numbers, folder):
    os.environ["GRAPHSTORE_HOME"] = str(folder / "home")
    data = Artifact(type="Csv", uri="s3://data")

    def file(name, text):
        path = folder / f"{pipeline}-{name}"
        path.write_text(text)
        return path

    with graphstore.run(pipeline, uri=uri, auth=auth, database="neo4j") as run:
        for number in numbers:
            train(run, number, data, file)


def test_pipelines_that_record_at_once_lose_and_mix_nothing(store, server, tmp_path):
    """In processes, into a store that is new to both: types, contexts and inputs race too."""
    spawn = multiprocessing.get_context("spawn")
    numbers = {f"p{i}": range(10 * i, 10 * i + 10) for i in range(4)}
    processes = [
        spawn.Process(
            target=record,
            args=(server.uri, (server.user, server.password), name, own, tmp_path),
        )
        for name, own in numbers.items()
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert not list((tmp_path / "home").rglob("*.jsonl"))
    check(store, range(40))
    assert len(list(store.artifacts.list(type="Csv"))) == 1
    assert len(list(store.artifacts.list(type="Environment"))) == 1
    for name, own in numbers.items():
        pipeline = store.contexts.get_by_name("Pipeline", name)
        found = store.executions.list(context=pipeline.id)
        assert sorted(e.custom_properties["number"] for e in found) == list(own)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_worker_records_into_the_run_of_its_parent(store, remote, way, data, file):
    fork = multiprocessing.get_context("fork")
    with remote.run("iris") as run:
        cut(way)
        train(run, 0, data, file)
        worker = fork.Process(target=train, args=(run, 1, data, file))
        worker.start()
        worker.join()
        assert worker.exitcode == 0
        assert len(spool.spooled(ADDRESS)) == 2
        cut(way, down=False)
    remote.flush()
    check(store, range(2))


def test_a_local_server_that_is_stopped_and_started_during_a_run(tmp_path, data, file):
    with Store.open(name="stops", max_transaction_retry_time=0.5) as store:
        with store.run("iris") as run:
            train(run, 0, data, file)
            local.down("stops")
            train(run, 1, data, file)
            assert len(spool.spooled(store.address)) == 1
            server = local.up("stops")
            assert server.uri == store.database.uri  # it takes the port it had
            train(run, 2, data, file)
        check(store, range(3))
    local.down("stops")


def test_records_are_lines_of_json_for_the_user_alone(remote, way, data, file, tmp_path):
    cut(way)
    with remote.run("iris") as run:
        train(run, 0, data, file)
    (left,) = spool.spooled(ADDRESS)
    assert left.path.is_relative_to(tmp_path / "home" / "spool")
    assert left.path.stat().st_mode & 0o077 == 0
    assert left.path.parent.stat().st_mode & 0o077 == 0
    lines = [json.loads(line) for line in left.path.read_text().splitlines()]
    assert lines[0] == {"store": ADDRESS}
    assert [line["record"] for line in lines[1:]] == ["run", "step", "step", "run"]
    assert Path(lines[2]["events"][0]["artifact"]["uri"]).name == "data.csv"
