"""A store that is away: nothing is lost, nothing doubled, and the work goes on."""

import json
import math
import multiprocessing
import os
from pathlib import Path
from threading import Thread

import pytest

import graphstore
from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    ExecutionState,
    PropertyKind,
    Store,
    local,
)
from graphstore.database.spelling import BESIDE
from graphstore.errors import InvalidArgument, Unavailable
from graphstore.local import launch
from graphstore.recording import channel, spool
from graphstore.recording.delivery import Delivery
from graphstore.recording.lines import seal
from graphstore.recording.records import load
from tests.conftest import empty
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


def backlog_size():
    return sum(file.waiting() for file in spool.spool_files(ADDRESS))


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
        assert backlog_size() == 4
        cut(way, down=False)
        back = train(run, 3, data, file)
        assert back.execution.id is not None
        assert backlog_size() == 0
    check(store, range(4))
    assert "the store does not answer" in caplog.text
    assert "it has 4 records that waited" in caplog.text


def test_what_came_late_is_not_taken_for_what_has_its_external_id(store, remote, way, file):
    def made(where, text):
        with where.run("iris", capture=()) as run, run.execution("Train") as step:
            path = file("model", text)
            step.output("model", Artifact(type="Model", external_id="prod", uri=str(path)))

    made(store, "1")
    cut(way)
    for text in ("2", "3", "2", "1"):
        made(remote, text)
    cut(way, down=False)
    assert not remote.flush().waiting
    models = store.artifacts.list(type="Model", order_by="id")
    assert [one.external_id for one in models].count("prod") == 1
    assert len({one.digest for one in models}) == len(models) == 3
    assert [len(store.lineage.producers(one.id)) for one in models] == [2, 2, 1]


def test_what_who_joins_a_run_late_says_of_it_is_kept(store, remote, way):
    with store.run("iris", name="1", properties={"seed": 1}):
        cut(way)
        with remote.run("iris", name="1", properties={"seed": 1, "worker": 2}):
            pass
        cut(way, down=False)
        remote.flush()
    (run,) = store.contexts.list(type="PipelineRun")
    assert run.custom_properties == {"seed": 1, "worker": 2}


@pytest.mark.parametrize("late_count", [1, 2])
def test_what_was_put_later_beats_what_was_noted_while_the_store_was_away(
    store, remote, way, caplog, late_count
):
    with remote.run("iris") as run:
        step = run.execution("Trainer").start()
        step.set(watch="first", mine=1)
        step.flush()
        cut(way)
        if late_count == 2:
            step.set(watch="second")
            step.flush()
        step.set(watch="mine", mine=2, new=3)
        run.set(mood="mine")
        step.complete()
        run.flush()
        for nodes, id_, notes in (
            (store.executions, step.ref.id, {"watch": "theirs", "more": 4}),
            (store.contexts, run.ref.id, {"mood": "theirs"}),
        ):
            node = nodes.get(id_)
            nodes.put(node.evolve(custom_properties={**node.custom_properties, **notes}))
        cut(way, down=False)
    assert backlog_size() == 0
    execution = store.executions.get(step.ref.id)
    assert execution.custom_properties == {"watch": "theirs", "mine": 2, "new": 3, "more": 4}
    assert execution.state is ExecutionState.COMPLETE
    assert store.contexts.get(run.ref.id).custom_properties == {"mood": "theirs"}
    assert "'watch' was changed in the store after it was noted" in caplog.text
    assert "'mood' was changed" in caplog.text and "'mine' was" not in caplog.text


def test_a_store_that_goes_within_a_step(store, remote, way, data, file):
    with remote.run("iris") as run:
        with run.execution("Trainer", parameters={"number": 0}, inputs={"data": data}) as step:
            cut(way)
            step.output("model", file("model-0"), type="Model")
        assert backlog_size() == 1
        cut(way, down=False)
    assert backlog_size() == 0
    check(store, range(1))


def test_what_waits_is_delivered_by_the_next_run(store, remote, way, data, file):
    with remote.run("iris") as run:
        cut(way)
        train(run, 0, data, file)
        train(run, 1, data, file)
    assert backlog_size() == 5
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
            way.cuts = 1
            train(run, number, data, file)
        way.cuts = 1000  # more than anybody tries: the record goes to the disk, and is stored
        train(run, 4, data, file)
        way.cuts = 0
    assert backlog_size() == 0
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
    countdown = stop_after

    def die(self, offset):
        nonlocal countdown
        if countdown == 0:
            raise KeyboardInterrupt
        countdown -= 1
        mark(self, offset)

    monkeypatch.setattr(spool.SpoolFile, "_write_offset", die)
    with pytest.raises(KeyboardInterrupt):
        remote.flush()
    monkeypatch.setattr(spool.SpoolFile, "_write_offset", mark)
    assert remote.flush().delivered == 6 - stop_after
    check(store, range(2))


def test_a_record_that_was_not_written_to_its_end_is_set_aside(store, remote, way, data, file):
    cut(way)
    with remote.run("iris") as run:
        train(run, 0, data, file)
    (spool_file,) = spool.spool_files(ADDRESS)
    with spool_file.path.open("a") as stream:
        stream.write('{"record": "st')
    cut(way, down=False)
    report = remote.flush()
    assert (report.delivered, report.waiting) == (4, 0)
    ((_, why),) = report.rejected
    assert "cut off" in why
    assert not spool.spool_files(ADDRESS)
    check(store, range(1))


def test_what_the_store_does_not_take_is_set_aside_and_the_rest_delivered(
    store, remote, way, data, file
):
    cut(way)
    for number in (0, 1):
        with remote.run("iris") as run:
            train(run, number, data, file)
    first, _ = spool.spool_files(ADDRESS)
    lines = first.path.read_text().splitlines()
    first.path.write_text("\n".join([*lines[:2], '{"record": "nonsense"}', *lines[2:]]) + "\n")
    cut(way, down=False)
    report = remote.flush()
    assert (report.delivered, report.waiting) == (4 + 4, 0)
    ((aside, why),) = report.rejected
    assert "cut off" in why
    assert aside.with_suffix(".reason").read_text().strip() == why
    assert aside.read_text().splitlines()[1:] == ['{"record": "nonsense"}']
    check(store, range(2))


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
        source_id = first.inputs["data"][0].id
        with run.execution("Trainer", inputs={"data": source_id}, cache=True, code="1") as second:
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
        executions = store.executions.list(context=pipeline.id)
        assert sorted(e.custom_properties["number"] for e in executions) == list(own)


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
        assert len(spool.spool_files(ADDRESS)) == 2
        cut(way, down=False)
    remote.flush()
    check(store, range(2))


def test_a_local_server_that_is_stopped_and_started_during_a_run(tmp_path, data, file):
    with Store.open(name="stops", max_transaction_retry_time=0.5) as store:
        with store.run("iris") as run:
            train(run, 0, data, file)
            local.down("stops")
            train(run, 1, data, file)
            assert len(spool.spool_files(store.address)) == 1
            server = local.up("stops")
            assert server.uri == store.database.uri  # it takes the port it had
            train(run, 2, data, file)
        check(store, range(3))
    local.down("stops")


def test_records_are_lines_of_json_for_the_user_alone(remote, way, data, file, tmp_path):
    cut(way)
    with remote.run("iris") as run:
        train(run, 0, data, file)
    (spool_file,) = spool.spool_files(ADDRESS)
    assert spool_file.path.is_relative_to(tmp_path / "home" / "spool")
    assert spool_file.path.stat().st_mode & 0o077 == 0
    assert spool_file.path.parent.stat().st_mode & 0o077 == 0
    lines = [json.loads(line) for line in spool_file.path.read_text().splitlines()]
    assert lines[0]["store"] == ADDRESS
    assert all(len(line["check"]) == 16 for line in lines)
    assert [line["record"] for line in lines[1:]] == ["run", "step", "step", "run"]
    assert Path(lines[2]["events"][0]["artifact"]["uri"]).name == "data.csv"


# A backlog goes in batches


def backlog(remote, way, data, file, count):
    """So many steps that wait, with the record of the run before and after them: 2 * count + 2."""
    cut(way)
    with remote.run("iris") as run:
        for number in range(count):
            train(run, number, data, file)
    cut(way, down=False)
    (spool_file,) = spool.spool_files(ADDRESS)
    return spool_file


def test_a_backlog_is_delivered_by_few_queries(store, remote, way, data, file, queries):
    backlog(remote, way, data, file, 30)
    with queries() as messages:
        assert remote.flush() == spool.Flushed(62, waiting=0)
    assert len(messages) < 40
    check(store, range(30))


def graph(store):
    """All nodes and edges, without what depends on when and by whom they were stored."""
    query = (
        "MATCH (n) WHERE n:Artifact OR n:Execution OR n:Context OR n:Type"
        " OPTIONAL MATCH (n)-[r]->(m)"
        " RETURN labels(n) AS labels, properties(n) AS n, type(r) AS type, properties(r) AS r,"
        " coalesce(m.external_id, m.name) AS m"
    )
    own_keys = {"id", "type_id", "create_time", "last_update_time", "ordinal", *BESIDE}

    def own_properties(properties):
        rest = {key: value for key, value in (properties or {}).items() if key not in own_keys}
        return sorted(rest.items(), key=repr)

    with store.database.driver.session() as session:
        rows = [
            repr(
                (
                    sorted(row["labels"]),
                    own_properties(row["n"]),
                    row["type"],
                    own_properties(row["r"]),
                    row["m"],
                )
            )
            for row in session.run(query)
        ]
        sequence = session.run(
            "MATCH (:Artifact)-[r]-(:Execution)"
            " WITH r ORDER BY r.ordinal, r.path"
            " RETURN [x IN collect(DISTINCT r) | coalesce(endNode(x).external_id, '')] AS ends"
        ).single()["ends"]
    return sorted(rows), sequence


def test_batches_store_what_one_by_one_is_stored(
    store, remote, way, data, file, monkeypatch, tmp_path
):
    """Steps that fail, that read what others made, that say twice what they read, values of all
    kinds, and a type that grew in between."""
    store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.DOUBLE}))
    cut(way)
    with remote.run("iris", properties={"note": "x"}) as run:
        before = None
        for number in range(12):
            inputs = {"data": [data, data]} | ({} if before is None else {"base": before})
            try:
                with run.execution("Trainer", parameters={"n": number}, inputs=inputs) as step:
                    values = {"accuracy": "high" if number % 3 else 0.5, "other": {"a": [1]}}
                    before = step.output(
                        "model", file(f"m{number}", str(number)), type="Model", properties=values
                    )
                    if number == 5:
                        raise RuntimeError("no luck")
            except RuntimeError:
                pass
    cut(way, down=False)
    (spool_file,) = spool.spool_files(ADDRESS)
    content = spool_file.path.read_bytes()
    graphs = {}
    for batch in (1, 7, spool.BATCH):
        empty(store.database)
        store.forget()
        remote.forget()
        store.types.put(ArtifactType(name="Model", properties={"accuracy": PropertyKind.DOUBLE}))
        spool_file.path.write_bytes(content)
        monkeypatch.setattr(spool, "BATCH", batch)
        monkeypatch.setattr(spool, "WORTH_A_BATCH", 2)
        assert remote.flush() == spool.Flushed(26, waiting=0)
        graphs[batch] = graph(store)
    assert len(graphs[1][0]) > 100
    assert graphs[1] == graphs[7] == graphs[spool.BATCH]


@pytest.mark.parametrize("stop_after", range(5))
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_flush_that_is_killed_within_a_backlog_doubles_nothing(
    store, remote, way, data, file, monkeypatch, stop_after, is_stored
):
    """Killed after a batch was stored and before it was marked so, or before it was stored."""
    monkeypatch.setattr(spool, "BATCH", 10)
    spool_file = backlog(remote, way, data, file, 15)  # the run, three batches, the run
    what = (spool.SpoolFile, "_write_offset") if is_stored else (Delivery, "deliver_late")
    real, calls = getattr(*what), 0

    def die(*arguments):
        nonlocal calls
        if calls == stop_after:
            raise KeyboardInterrupt
        calls += 1
        return real(*arguments)

    monkeypatch.setattr(*what, die)
    with pytest.raises(KeyboardInterrupt):
        remote.flush()
    monkeypatch.setattr(*what, real)
    assert spool_file.waiting() == [32, 31, 21, 11, 1][stop_after]
    assert remote.flush().delivered == [32, 31, 21, 11, 1][stop_after]
    check(store, range(15))


@pytest.mark.parametrize("cuts", [1, 2])
def test_answers_that_were_lost_on_batches_double_nothing(store, remote, way, data, file, cuts):
    backlog(remote, way, data, file, 15)
    way.cuts = cuts
    while remote.flush().waiting:
        pass
    assert way.cuts == 0
    check(store, range(15))


def test_a_store_that_goes_within_a_backlog_gets_the_rest_later(
    store, remote, way, data, file, monkeypatch
):
    monkeypatch.setattr(spool, "BATCH", 10)
    backlog(remote, way, data, file, 15)
    mark = spool.SpoolFile._write_offset
    offsets = []

    def goes(self, offset):
        mark(self, offset)
        offsets.append(offset)
        if len(offsets) == 3:
            cut(way)

    monkeypatch.setattr(spool.SpoolFile, "_write_offset", goes)
    assert remote.flush() == spool.Flushed(21, waiting=11)
    cut(way, down=False)
    assert remote.flush() == spool.Flushed(11, waiting=0)
    check(store, range(15))


def test_of_a_batch_only_the_record_that_is_refused_is_set_aside(store, remote, way, data, file):
    spool_file = backlog(remote, way, data, file, 15)
    lines = spool_file.path.read_text().splitlines()
    bad = json.loads(lines[20])  # the run, nine steps, and the beginning of the next
    bad["events"][0]["artifact"]["id"] = 999_999
    del bad["check"]
    lines[20] = seal(load(json.dumps(bad))).decode().strip()
    spool_file.path.write_text("\n".join(lines) + "\n")
    report = remote.flush()
    assert (report.delivered, report.waiting) == (31, 0)
    ((aside, why),) = report.rejected
    assert "no artifact has id 999999" in why
    assert len(aside.read_text().splitlines()) == 2
    executions = store.executions.list()
    assert sorted(e.custom_properties["number"] for e in executions) == list(range(15))
    assert all(e.state is ExecutionState.COMPLETE for e in store.executions.list())


def test_what_waited_does_not_overwrite_what_came_later(store, remote, way, data, file):
    """An artifact that is there stays as it is, a step becomes what it became."""
    spool_file = backlog(remote, way, data, file, 15)
    content = spool_file.path.read_bytes()
    remote.flush()
    (csv,) = store.artifacts.list(type="Csv")
    store.artifacts.put(
        csv.evolve(state=ArtifactState.DELETED, custom_properties={"note": "later"})
    )
    spool_file.path.write_bytes(content)
    assert remote.flush().delivered == 32
    (again,) = store.artifacts.list(type="Csv")
    assert (again.state, again.custom_properties) == (ArtifactState.DELETED, {"note": "later"})
    check(store, range(15))


def test_a_run_can_add_to_a_backlog_while_it_is_delivered(remote, way, data, file, monkeypatch):
    """Whoever appends waits for no store, and what it appends comes last."""
    monkeypatch.setattr(spool, "BATCH", 10)
    spool_file = backlog(remote, way, data, file, 15)
    batches, additions = [], []

    def deliver(records):
        batches.append(list(records))
        if not additions:
            last = records[-1]
            additions.append(last)
            threads.append(Thread(target=spool_file.append, args=(last, ADDRESS)))
            threads[0].start()
            threads[0].join(60)
            assert not threads[0].is_alive()
        return None

    threads = []
    assert spool_file.deliver(deliver) == 33
    assert [len(some) for some in batches] == [1, 10, 10, 10, 1, 1]
    assert batches[-1] == additions
    assert [type(some[0]).__name__ for some in (batches[0], batches[-2])] == ["RunRecord"] * 2
    assert spool_file.empty()


def test_a_database_that_is_read_only_counts_as_away(monkeypatch, data, file):
    """As Neo4j's setting has it, which nothing but a start can change."""
    with Store.open(name="read-only") as store, store.run("iris") as run:
        train(run, 0, data, file)
    local.down("read-only")
    conf = launch.neo4j_conf
    with monkeypatch.context() as patch:
        setting = "server.databases.read_only=neo4j\n"
        patch.setattr(launch, "neo4j_conf", lambda *arguments: conf(*arguments) + setting)
        with Store.open(name="read-only", max_transaction_retry_time=0.1) as store:
            with store.run("iris") as run:
                train(run, 1, data, file)
            report = store.flush()
    assert (report.delivered, report.waiting, report.rejected) == (0, 4, ())
    assert "read-only" in report.why
    local.down("read-only")
    with Store.open(name="read-only") as store:
        assert store.flush() == spool.Flushed(4, waiting=0)
        check(store, range(2))
    local.down("read-only")


def test_notes_and_series_come_late_and_whole(store, remote, way):
    with remote.run("p", "r", capture=()) as run:
        with run.execution("Trainer", parameters={"rate": 0.1}) as step:
            cut(way)
            for number in range(5):
                step.log(loss=1 / (number + 1), step=number)
            step.set(watch="loss", seed=7)
            step.flush()
            run.log(accuracy=0.5, step=1)
            run.set(reason="nightly")
            execution = store.executions.get(step.execution.id)
            custom = {**execution.custom_properties, "seen by": "somebody"}
            store.executions.put(execution.evolve(custom_properties=custom))
            step.log(loss=float("nan"), step=5)
    cut(way, down=False)
    for _ in range(2):  # what was delivered is not delivered again
        assert not remote.flush().waiting
        late = store.executions.get(step.execution.id)
        assert late.state is ExecutionState.COMPLETE
        notes = {"rate": 0.1, "watch": "loss", "seed": 7, "seen by": "somebody"}
        assert late.custom_properties.items() >= notes.items()
        assert math.isnan(late.custom_properties["loss"])
        assert late.properties["parameter_names"] == ["rate"]
        loss = store.series(late)["loss"]
        assert loss.steps == list(range(6)) and loss.values[:2] == [1, 0.5]
        assert math.isnan(loss.last)
        node = store.contexts.get(run.context.id)
        assert node.custom_properties == {"accuracy": 0.5, "reason": "nightly"}
        assert store.series(node)["accuracy"].values == [0.5]


def test_threads_log_while_the_store_is_away(store, remote, way):
    cut(way)
    with remote.run("p", "r", capture=()) as run, run.execution("Trainer") as step:
        threads = [
            Thread(target=lambda first=first: [step.log(loss=n, step=n) for n in first])
            for first in (range(10), range(10, 20), range(20, 30))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        step.flush()
    cut(way, down=False)
    remote.flush()
    (late,) = store.executions.list(type="Trainer")
    assert store.series(late)["loss"].steps == list(range(30))
