"""Kubeflow Pipelines' Go client, served: each of its calls, with all that is odd about it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("grpc_reflection", reason="needs the extra mlmd")

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.integration.mlmd.kubeflow import MESSAGE, Event, Execution, Kubeflow, code_of, run_of
from tests.integration.mlmd.serving import Call, hold, under_way


@pytest.fixture
def kfp(serve):
    """A client of a server."""
    with Kubeflow(serve().address) as one:
        yield one


def test_every_call_of_its_client_is_answered(kfp):
    (pipeline, run), (root, dag), (make, train), (data, metrics) = run_of(kfp)
    # Whose task is whose: a filter by the DAG, one in a page, and "" for all of the run's.
    assert {task.id for task in kfp.tasks(run.id, dag.id)} == {make.id, train.id}
    assert {task.id for task in kfp.tasks(run.id, root.id)} == {dag.id}
    assert {task.id for task in kfp.tasks(run.id)} == {root.id, dag.id, make.id, train.id}
    # resolve.go compares the types' names, and client.go looks for system.Metrics.
    assert [task.type for task in kfp.tasks(run.id, dag.id)] == ["system.ContainerExecution"] * 2
    assert metrics.type == "system.Metrics"
    stored, contexts = kfp.execution(train.id)
    assert contexts == {"system.Pipeline": pipeline, "system.PipelineRun": run}
    inputs = stored.custom_properties["inputs"].struct_value
    assert (inputs["rate"], list(inputs["layers"])) == (0.1, [1.0, 2.0])
    assert inputs["flags"]["fast"] is True
    assert kfp.execution(dag.id)[0].last_known_state == Execution.COMPLETE
    assert kfp.execution_by_name("system.DAGExecution", "run/run-1").id == root.id
    assert kfp.of_execution(train.id, Event.INPUT)["dataset"].id == data.id
    assert kfp.of_execution(train.id, Event.OUTPUT)["metrics"].id == metrics.id
    assert kfp.artifact_name(metrics.id) == "metrics"
    # What was read belongs to the contexts of who read it.
    assert kfp.matched(data, pipeline.id).id == data.id
    assert kfp.artifact_type("system.Dataset") == data.type_id
    assert kfp.artifact_type("system.Model") not in (data.type_id, metrics.type_id)
    assert kfp.context_by_id(run.id) == run
    assert len(kfp.asked) == 21


def test_what_is_not_there_is_an_empty_answer_or_not_found_as_it_expects(kfp):
    for name in ("GetContextByTypeAndName", "GetExecutionByTypeAndName"):
        kind = "context" if "Context" in name else "execution"
        # Neither the type is there, nor - once it is - a thing of the name.
        for _ in range(2):
            answer = kfp.ask(name, **{"type_name": "system.X", f"{kind}_name": "absent"})
            assert not answer.HasField(kind)
            kfp.ask(f"Put{kind.capitalize()}Type", **{f"{kind}_type": {"name": "system.X"}})
    for name in ("GetContextType", "GetArtifactType"):
        assert code_of(kfp.call(name), kfp.request(name, type_name="absent")) == "NOT_FOUND"
    artifact = kfp.record_artifact("x", "system.Artifact", "s3://x")
    # 1337: of an artifact in no context the importer gets NotFound, as from ML Metadata.
    request = kfp.request("GetContextsByArtifact", artifact_id=artifact.id)
    assert code_of(kfp.call("GetContextsByArtifact"), request) == "NOT_FOUND"
    assert kfp.ask("GetArtifactsByURI", uris=["s3://absent"]).artifacts == []
    assert kfp.ask("GetEventsByArtifactIDs", artifact_ids=[artifact.id]).events == []
    assert kfp.ask("GetExecutionsByID", execution_ids=[99]).executions == []


def test_what_somebody_else_made_already_exists(kfp):
    contexts = pipeline, run = kfp.pipeline("iris", "run-1")
    new = [{"name": "run-1", "type_id": run.type_id}]
    assert code_of(kfp.call("PutContexts"), kfp.request("PutContexts", contexts=new)) == (
        "ALREADY_EXISTS"
    )
    edge = [{"child_id": run.id, "parent_id": pipeline.id}]
    request = kfp.request("PutParentContexts", parent_contexts=edge)
    assert code_of(kfp.call("PutParentContexts"), request) == "ALREADY_EXISTS"
    root = kfp.create(contexts, "system.DAGExecution", name="run/run-1")
    # driver/root_dag.go:151: a driver that is started again finds the first one's by name.
    with pytest.raises(grpc.RpcError) as caught:
        kfp.create(contexts, "system.DAGExecution", name="run/run-1")
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert kfp.execution_by_name("system.DAGExecution", "run/run-1").id == root.id
    # 506: a type is put by its name before every execution; one that has properties is another.
    kfp.ask("PutExecutionType", execution_type={"name": "mine", "properties": {"a": 1}})
    request = kfp.request("PutExecutionType", execution_type={"name": "mine"})
    assert code_of(kfp.call("PutExecutionType"), request) == "ALREADY_EXISTS"


def test_eight_drivers_of_one_run_that_begin_at_once_agree(serve):
    server = serve()

    def begin(number):
        with Kubeflow(server.address) as kfp:
            contexts = kfp.pipeline("iris", "run-1")
            return kfp.create(contexts, task=f"task {number}").id, [one.id for one in contexts]

    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(begin, range(8))]
    assert len({id_ for id_, _ in answers}) == 8
    assert len({tuple(ids) for _, ids in answers}) == 1


def test_pages_of_a_run_are_of_twenty_and_lose_nothing(kfp):
    contexts = kfp.pipeline("iris", "run-1")
    ids = {kfp.create(contexts, task=f"task {number}", parent=1).id for number in range(45)}
    options = {"filter_query": "", "next_page_token": ""}
    first = kfp.ask("GetExecutionsByContext", context_id=contexts[1].id, options=options)
    assert len(first.executions) == 20 and first.next_page_token
    assert {task.id for task in kfp.tasks(contexts[1].id)} == ids
    assert {task.id for task in kfp.tasks(contexts[1].id, dag=1)} == ids


WRITTEN = """
MATCH (c:Context) OPTIONAL MATCH (r:Revision)-[]-(c)
RETURN c.id AS id, c.last_update_time AS updated, count(r) AS revisions ORDER BY id
"""


def test_contexts_that_come_along_unchanged_are_not_written(serve, database):
    """ML Metadata writes both with each PutExecution: there MySQL deadlocks."""
    server = serve()
    with Kubeflow(server.address) as kfp:
        contexts = kfp.pipeline("iris", "run-1")
    with database.driver.session(database=database.name) as session:
        before = session.run(WRITTEN).data()
        assert [row["revisions"] for row in before] == [0, 0]

        def work(number):
            with Kubeflow(server.address, retries=False) as kfp:
                for turn in range(8):
                    task = kfp.create(contexts, task=f"{number}-{turn}")
                    kfp.publish(task, contexts, {"n": float(turn)})

        with ThreadPoolExecutor(8) as pool:
            assert [*pool.map(work, range(8))] == [None] * 8  # nobody was refused, or tried again
        assert session.run(WRITTEN).data() == before
        query = (
            "MATCH (c:Context)<-[e:ASSOCIATED_WITH]-(x) RETURN c.id, count(e), count(DISTINCT x)"
        )
        assert {(edges, nodes) for _, edges, nodes in session.run(query).values()} == {(64, 64)}
        # Of a node with many edges a new one needs no lock: who writes the contexts bars nobody.
        with session.begin_transaction() as transaction:
            transaction.run("MATCH (c:Context) SET c.held = 1").consume()
            with Kubeflow(server.address, retries=False) as kfp:
                task = Call(kfp.create, contexts, task="while they are locked").result(10)
                Call(kfp.publish, task, contexts, {}).result(10)
            transaction.rollback()


# Sizes


@pytest.mark.slow
def test_messages_of_more_than_64_megabytes_go_both_ways(kfp):
    """What is large is what types say of themselves: ten artifacts of 7 MB go both ways, too, but
    not through the memory that the tests' Neo4j has."""
    for number in range(5):
        text = str(number) * 14_000_000
        kfp.ask("PutArtifactType", artifact_type={"name": f"T{number}", "description": text})
    answer = kfp.ask("GetArtifactTypes")
    assert 64 * 1024 * 1024 < answer.ByteSize() < MESSAGE
    assert answer.artifact_types[4].description == text
    put = kfp.ask("PutTypes", artifact_types=answer.artifact_types)
    assert list(put.artifact_type_ids) == [type_.id for type_ in answer.artifact_types]


# Overload


def healthy(address):
    with grpc.insecure_channel(str(address)) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
        return answer.status == health_pb2.HealthCheckResponse.SERVING


def test_more_calls_than_it_takes_are_repeated_by_the_client_and_health_answers(serve, database):
    server = serve(threads=2, max_calls=4)
    kinds = {"name": "T"}
    with Kubeflow(server.address) as kfp, Kubeflow(server.address, retries=False) as hasty:
        kfp.ask("PutArtifactType", artifact_type=kinds)
        with hold(database, "T"):
            held = [Call(kfp.ask, "PutArtifactType", artifact_type=kinds) for _ in range(4)]
            under_way(server, 4)
            request = hasty.request("GetArtifactTypes")
            codes = {code_of(hasty.call("GetArtifactTypes"), request) for _ in range(50)}
            assert codes == {"ABORTED"}
            patient = Call(kfp.ask, "GetArtifactTypes")
            assert healthy(server.address)
        assert [type_.name for type_ in patient.result().artifact_types] == ["T"]
        assert {call.result().type_id for call in held} == {held[0].result().type_id}


def test_more_streams_than_it_opens_are_unavailable_and_calls_and_health_go_on(serve):
    server = serve(threads=1, max_calls=1, max_streams=5)
    channels = [grpc.insecure_channel(str(server.address)) for _ in range(6)]
    try:
        watchers = []
        for channel in channels[:5]:
            watchers.append(
                health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
            )
            next(watchers[-1])  # they are open before another one is asked for
        with pytest.raises(grpc.RpcError) as caught:
            next(health_pb2_grpc.HealthStub(channels[5]).Watch(health_pb2.HealthCheckRequest()))
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "try again" in caught.value.details()
        assert healthy(server.address)
        with Kubeflow(server.address, retries=False) as kfp:
            assert not kfp.ask("GetArtifactTypes").artifact_types
        watchers[0].cancel()
        for _ in range(100):  # who leaves makes room
            watcher = health_pb2_grpc.HealthStub(channels[5]).Watch(health_pb2.HealthCheckRequest())
            try:
                assert next(watcher).status == health_pb2.HealthCheckResponse.SERVING
                break
            except grpc.RpcError:
                threading.Event().wait(0.05)
        else:
            raise AssertionError("there is no room")
    finally:
        for channel in channels:
            channel.close()


def test_many_connections_at_once_are_answered_or_told_to_try_again(serve):
    """Each from a connection of its own, a call and a probe, while one thread answers."""
    server = serve(threads=1, max_calls=8)

    def one(_):
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(str(server.address), options=options) as channel:
            call = channel.unary_unary("/ml_metadata.MetadataStoreService/GetArtifactTypes")
            try:
                call(b"", timeout=30)
                code = "OK"
            except grpc.RpcError as error:
                code = error.code().name
            stub = health_pb2_grpc.HealthStub(channel)
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=30)
            return code, answer.status

    with ThreadPoolExecutor(64) as pool:
        answers = [*pool.map(one, range(256))]
    assert {status for _, status in answers} == {health_pb2.HealthCheckResponse.SERVING}
    assert {code for code, _ in answers} <= {"OK", "ABORTED"}
