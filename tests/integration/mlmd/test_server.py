"""The gRPC server, asked through real sockets by ML Metadata's own client and by others."""

import logging
import threading
import urllib.request
from functools import partial
from threading import Thread
from time import monotonic

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from ml_metadata import errors, proto
from ml_metadata.proto import metadata_store_service_pb2 as messages
from prometheus_client.parser import text_string_to_metric_families

from graphstore import Store
from graphstore.errors import InvalidArgument, PortInUse
from graphstore.interop.mlmd.front.protos import SERVICE
from graphstore.interop.mlmd.front.server import Address, Options, logs
from graphstore.interop.mlmd.front.service import Service
from tests import conftest
from tests.conftest import empty
from tests.integration.mlmd.serving import (
    Call,
    await_refusal,
    channel,
    client,
    hold,
    large,
    stub,
    under_way,
)
from tests.proxy import proxy

LOCAL = Address.parse("127.0.0.1:0")
INT = proto.metadata_store_pb2.INT


@pytest.fixture
def log_records():
    """What servers of this process log: records, with their `fields`."""
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logs.logger.addHandler(handler)
    logs.logger.setLevel(logging.INFO)
    yield records
    logs.logger.removeHandler(handler)
    logs.logger.setLevel(logging.NOTSET)


def the_type(name="T", **properties):
    type_ = proto.ArtifactType(name=name)
    for property_, kind in properties.items():
        type_.properties[property_] = kind
    return type_


def code_of(call, *arguments, **options):
    with pytest.raises(grpc.RpcError) as excinfo:
        call(*arguments, **options)
    return excinfo.value.code()


until = partial(conftest.until, seconds=20)


def calls_of(log_records):
    return [record.fields for record in log_records if record.getMessage() == "call"]


# Calls


def test_ml_metadatas_client_is_answered(serve):
    mlmd = client(serve())
    type_id = mlmd.put_artifact_type(the_type("Modèle ✓", accuracy=INT))
    assert mlmd.get_artifact_type("Modèle ✓").id == type_id
    assert [t.name for t in mlmd.get_artifact_types()] == ["Modèle ✓"]


def test_errors_are_ml_metadatas_and_say_what_was_wrong(serve):
    mlmd = client(serve())
    mlmd.put_artifact_type(the_type(a=INT))
    with pytest.raises(errors.NotFoundError, match="größe"):
        mlmd.get_artifact_type("größe")
    with pytest.raises(errors.AlreadyExistsError, match="'a'"):
        mlmd.put_artifact_type(the_type(a=proto.metadata_store_pb2.DOUBLE))
    with pytest.raises(errors.InvalidArgumentError):
        mlmd.put_artifact_type(proto.ArtifactType())


@pytest.mark.parametrize("method", [method.name for method in SERVICE.methods])
def test_every_call_takes_an_empty_request(serve, method):
    request = getattr(messages, SERVICE.methods_by_name[method].input_type.name)()
    with channel(serve()) as one:
        try:
            getattr(stub(one), method)(request, timeout=60)
        except grpc.RpcError as error:
            codes = {"INVALID_ARGUMENT", "NOT_FOUND"}
            if method == "GetLineageGraph":  # as in ML Metadata
                codes = {"UNIMPLEMENTED"}
            assert error.code().name in codes, error


def test_what_is_no_request_and_no_call_is_refused(serve):
    with channel(serve()) as one:
        raw = one.unary_unary(f"/{SERVICE.full_name}/GetArtifactsByID")
        assert code_of(raw, b"\xff\xff") is grpc.StatusCode.INVALID_ARGUMENT
        unknown_call = one.unary_unary(f"/{SERVICE.full_name}/DropEverything")
        assert code_of(unknown_call, b"") is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("name", ["x" * 100_000, "ü%" * 50_000, "\U0001f600" * 50_000])
def test_an_error_of_any_length_reaches_the_client(serve, name):
    with pytest.raises(errors.NotFoundError, match=r"^no artifact type has name .*…$") as excinfo:
        client(serve()).get_artifact_type(name)
    assert 300 < len(excinfo.value.message) <= 4001


def test_what_nobody_foresaw_is_logged_and_not_told(serve, log_records, monkeypatch):
    def fail(self, method, request):
        raise ZeroDivisionError("the reactor is at s3://secret")

    monkeypatch.setattr(Service, "call", fail)
    with pytest.raises(errors.InternalError) as excinfo:
        client(serve()).get_artifact_types()
    assert "secret" not in excinfo.value.message
    (record,) = [
        record for record in log_records if record.levelno == logging.ERROR and record.exc_info
    ]
    assert record.exc_info[0] is ZeroDivisionError
    assert record.fields["id"] in excinfo.value.message
    assert [fields["code"] for fields in calls_of(log_records)] == ["INTERNAL"]


# Sizes


def test_ten_megabytes_go_in_and_out(serve):
    server = serve()
    type_ = the_type()
    type_.description = "é" * 5_000_000
    client(server).put_artifact_type(type_)
    assert client(server, **large()).get_artifact_type("T").description == type_.description
    with pytest.raises(errors.ResourceExhaustedError):  # the client's own limit is 4 MB
        client(server).get_artifact_type("T")


def test_what_is_too_large_is_refused(serve, log_records):
    server, small = serve(), serve(max_message=1_000_000)
    type_ = the_type()
    type_.description = "x" * 1_200_000
    with pytest.raises(errors.ResourceExhaustedError):
        client(small).put_artifact_type(type_)
    client(server).put_artifact_type(type_)
    with pytest.raises(errors.ResourceExhaustedError, match=r"no more than 1,000,000.*--max-mess"):
        client(small).get_artifact_type("T")
    assert client(small).get_artifact_types_by_id([]) == []


def arguments(**options):
    return {"channel_arguments": proto.metadata_store_pb2.GrpcChannelArguments(**options)}


def test_the_settings_of_ml_metadatas_client_hold(serve):
    server = serve()
    mlmd = client(server, **arguments(max_receive_message_length=100))
    mlmd.put_artifact_type(the_type(a=INT))
    assert len(mlmd.get_artifact_types()) == 1
    with pytest.raises(errors.ResourceExhaustedError):
        client(server, **arguments(max_receive_message_length=1)).get_artifact_types()
    assert client(server, **arguments(http2_max_ping_strikes=0)).get_artifact_types()


# Health and reflection


def test_health_is_told_of_the_server_and_the_service(serve):
    with channel(serve()) as one:
        health = health_pb2_grpc.HealthStub(one)
        for name in ("", SERVICE.full_name):
            request = health_pb2.HealthCheckRequest(service=name)
            assert health.Check(request).status == health_pb2.HealthCheckResponse.SERVING
        request = health_pb2.HealthCheckRequest(service="nobody")
        assert code_of(health.Check, request) is grpc.StatusCode.NOT_FOUND


def test_a_busy_server_is_healthy(serve, database):
    server = serve(threads=1)
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    with hold(database, "T"):
        call = Call(mlmd.put_artifact_type, the_type())
        under_way(server, 1)
        assert status(server, timeout=5) == "SERVING"
    call.result()


def test_many_may_watch_and_cost_no_thread(serve):
    server = serve(threads=1)
    with channel(server) as one:
        health = health_pb2_grpc.HealthStub(one)
        watchers = [health.Watch(health_pb2.HealthCheckRequest()) for _ in range(20)]
        for watcher in watchers:
            assert next(watcher).status == health_pb2.HealthCheckResponse.SERVING
        other = serve()  # and another server of this process comes and goes
        assert status(other) == "SERVING"
        other.stop(0)
        assert status(server) == "SERVING"
        assert client(server, client_timeout_sec=10.0).get_artifact_types() == []


def test_watchers_leave_while_others_are_told(serve):
    """With gRPC's own service, this ends in two threads that wait for each other for ever."""
    server = serve()
    for _ in range(10):
        with channel(server) as one:
            health = health_pb2_grpc.HealthStub(one)
            watchers = [health.Watch(health_pb2.HealthCheckRequest()) for _ in range(20)]
            for watcher in watchers:
                next(watcher)
            thread = Thread(target=lambda: [server._tell(alive) for alive in (False, True) * 20])
            thread.start()
        thread.join(30)
        assert not thread.is_alive()
    assert status(server) == "SERVING"


def test_open_streams_of_reflection_take_no_thread_of_the_calls(serve):
    server = serve(threads=2, max_calls=10)

    def open_stream(one, end):
        stub = reflection_pb2_grpc.ServerReflectionStub(one)
        request = reflection_pb2.ServerReflectionRequest(list_services="")

        def requests():
            yield request
            end.wait()

        answers = stub.ServerReflectionInfo(requests())
        return answers, next(answers)

    end = threading.Event()
    with channel(server) as one:
        try:
            streams = [open_stream(one, end) for _ in range(3)]
            assert all(first.list_services_response.service for _, first in streams)
            assert client(server).put_artifact_type(the_type())
        finally:
            end.set()


def test_calls_take_no_thread_of_reflection(serve, database):
    server = serve(threads=1, max_calls=3)
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    with hold(database, "T"), channel(server) as one:
        calls = [Call(mlmd.put_artifact_type, the_type()) for _ in range(3)]
        under_way(server, 3)
        services = ProtoReflectionDescriptorDatabase(one).get_services()
        assert SERVICE.full_name in services
    for call in calls:
        call.result()


def test_reflection_tells_what_is_served(serve):
    with channel(serve()) as one:
        descriptors = ProtoReflectionDescriptorDatabase(one)
        assert SERVICE.full_name in descriptors.get_services()
        assert "grpc.health.v1.Health" in descriptors.get_services()
        file = descriptors.FindFileContainingSymbol(SERVICE.full_name)
        (service,) = file.service
        assert len(service.method) == len(SERVICE.methods)


# Deadlines


def test_a_deadline_ends_the_transaction_too(serve, database, log_records):
    server = serve()
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    with hold(database, "T"):
        impatient = client(server, client_timeout_sec=1.0)
        with pytest.raises(errors.DeadlineExceededError):
            impatient.put_artifact_type(the_type(late=INT), can_add_fields=True)
        # The lock is held still: nothing but the deadline ends what waits for it.
        until(lambda: server.active == 0)
    assert calls_of(log_records)[-1]["code"] == "DEADLINE_EXCEEDED"
    assert not mlmd.get_artifact_type("T").properties


def test_what_is_too_late_is_not_begun(serve, database):
    server = serve(threads=1, max_calls=4)
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    with hold(database, "T"):
        first = Call(mlmd.put_artifact_type, the_type())
        under_way(server, 1)
        with pytest.raises(errors.DeadlineExceededError):
            client(server, client_timeout_sec=0.5).put_artifact_type(the_type("Late"))
    first.result()
    until(lambda: server.active == 0)
    with pytest.raises(errors.NotFoundError):
        mlmd.get_artifact_type("Late")


# More than it can take


RETRIES = """{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 5,
"initialBackoff": "0.5s", "maxBackoff": "2s", "backoffMultiplier": 2,
"retryableStatusCodes": ["ABORTED", "UNAVAILABLE"]}}]}"""


def test_one_call_too_many_is_refused_so_that_clients_repeat_it(serve, database, log_records):
    server = serve(threads=1, max_calls=2)
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    # ML Metadata's client and Kubeflow's repeat ABORTED, and give up at RESOURCE_EXHAUSTED.
    assert mlmd._max_num_retries > 1
    with channel(server, ("grpc.service_config", RETRIES)) as one:
        with hold(database, "T"):
            calls = [Call(mlmd.put_artifact_type, the_type()) for _ in range(2)]
            under_way(server, 2)
            third = client(server)
            third._max_num_retries = 1  # which is how often it tries
            with pytest.raises(errors.AbortedError, match="try again"):
                third.put_artifact_type(the_type("Third"))
            fields = calls_of(log_records)[-1]
            assert (fields["code"], fields["method"]) == ("ABORTED", "PutArtifactType")
            request = messages.PutArtifactTypeRequest(artifact_type=the_type("Fourth"))
            patient = Call(stub(one).PutArtifactType, request)
            until(lambda: len(calls_of(log_records)) >= 3)
            assert calls_of(log_records)[-1]["code"] == "ABORTED"
        assert patient.result().type_id
    for call in calls:
        call.result()
    assert [t.name for t in mlmd.get_artifact_types()] == ["T", "Fourth"]


def test_what_waits_for_a_thread_is_answered_in_the_end(serve):
    server = serve(threads=2, max_calls=100)
    mlmd = client(server)
    calls = [Call(mlmd.put_artifact_type, the_type(f"T{i}")) for i in range(40)]
    assert len({call.result() for call in calls}) == 40


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 0},
        {"threads": 4, "max_calls": 3},
        {"max_message": 0},
        {"max_message": 2**31},
        {"metrics": Address.parse("unix:/tmp/x")},
    ],
)
def test_options_that_cannot_be_are_refused(options):
    with pytest.raises(InvalidArgument):
        Options(**options)


# Stopping


def test_stopping_finishes_what_is_under_way(serve, database):
    server = serve()
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    with channel(server) as one:
        watcher = health_pb2_grpc.HealthStub(one).Watch(health_pb2.HealthCheckRequest())
        assert next(watcher).status == health_pb2.HealthCheckResponse.SERVING
        with hold(database, "T"):
            call = Call(mlmd.put_artifact_type, the_type(a=INT), can_add_fields=True)
            under_way(server, 1)
            stop_call = Call(server.stop, 30)
            assert next(watcher).status == health_pb2.HealthCheckResponse.NOT_SERVING
            await_refusal(server)
        assert call.result()
        assert stop_call.result(10) == 0  # though somebody watched to the end
    assert Store(database).types.all("artifact")[-1].properties.keys() == {"a"}


def test_what_takes_longer_than_the_grace_is_cut_off(serve, database):
    server = serve()
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    with hold(database, "T"):
        call = Call(mlmd.put_artifact_type, the_type(a=INT), can_add_fields=True)
        under_way(server, 1)
        began = monotonic()
        assert server.stop(0.5) == 1
        assert monotonic() - began < 5
        with pytest.raises((errors.UnavailableError, errors.CancelledError)):
            call.result()
    until(lambda: not server.active)  # its thread still writes, and this process goes on


def test_stopping_an_idle_server_is_quick_and_frees_its_port(serve):
    server = serve()
    client(server).get_artifact_types()
    began = monotonic()
    assert server.stop() == 0
    assert monotonic() - began < 5
    assert client(serve(address=server.address)).get_artifact_types() == []


# Metrics and logs


def scrape(server):
    with urllib.request.urlopen(server.metrics_url, timeout=10) as page:
        families = text_string_to_metric_families(page.read().decode())
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }


def test_calls_are_counted_and_timed(serve, database):
    server = serve(metrics=LOCAL, threads=1)
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    for _ in range(3):
        with pytest.raises(errors.NotFoundError):
            mlmd.get_artifact_type("nobody")
    until(lambda: server.active == 0)
    metrics = scrape(server)
    assert metrics["graphstore_mlmd_calls_total", "OK", "PutArtifactType"] == 1
    assert metrics["graphstore_mlmd_calls_total", "NOT_FOUND", "GetArtifactType"] == 3
    assert metrics["graphstore_mlmd_call_seconds_count", "GetArtifactType"] == 3
    assert 0 < metrics["graphstore_mlmd_call_seconds_sum", "GetArtifactType"] < 60
    assert metrics["graphstore_mlmd_call_seconds_bucket", "+Inf", "GetArtifactType"] == 3
    assert metrics[("graphstore_mlmd_calls_in_flight",)] == 0
    assert metrics[("graphstore_neo4j_up",)] == 1
    assert metrics[("process_open_fds",)] > 0
    with hold(database, "T"):
        calls = [Call(mlmd.put_artifact_type, the_type()) for _ in range(3)]
        under_way(server, 3)
        until(lambda: scrape(server)[("graphstore_mlmd_calls_in_flight",)] == 1)
        assert scrape(server)[("graphstore_mlmd_calls_waiting",)] == 2
    for call in calls:
        call.result()
    assert "nobody" not in str(metrics)


def test_a_call_is_one_line_without_anybodys_values(serve, log_records):
    mlmd = client(serve())
    mlmd.put_artifact_type(the_type("secret-name"))
    with pytest.raises(errors.NotFoundError):
        mlmd.get_artifact_type("secret-too")
    until(lambda: len(calls_of(log_records)) == 2)
    put_call, get = calls_of(log_records)
    assert (put_call["method"], put_call["code"]) == ("PutArtifactType", "OK")
    assert (get["method"], get["code"]) == ("GetArtifactType", "NOT_FOUND")
    assert get["response_bytes"] == 0
    assert put_call["milliseconds"] >= put_call["waited"] >= 0
    assert put_call["peer"].startswith("ipv4:127.0.0.1:")
    assert put_call["request_bytes"] > len("secret-name")
    assert put_call["response_bytes"] > 0
    assert "secret" not in str(calls_of(log_records))


# Neo4j gone


@pytest.fixture
def through(server, store):
    """A store that reaches Neo4j through a proxy, and the proxy.

    Name it before `serve` among a test's arguments: then it is closed when no server asks any more.
    """
    with proxy(server.uri) as way:
        there = type(server)(f"bolt://127.0.0.1:{way.port}", server.user, server.password)
        database = there.connect(max_transaction_retry_time=1.0)
        yield Store(database), way
        database.close()


def status(server, timeout=30):
    with channel(server) as one:
        health = health_pb2_grpc.HealthStub(one)
        check = health.Check(health_pb2.HealthCheckRequest(), timeout=timeout)
        return health_pb2.HealthCheckResponse.ServingStatus.Name(check.status)


def test_without_neo4j_calls_are_unavailable_and_health_says_so(through, serve, log_records):
    behind, way = through
    server = serve(behind, metrics=LOCAL, ping_interval=0.2)
    mlmd = client(server)
    mlmd.put_artifact_type(the_type())
    assert status(server) == "SERVING"
    way.down = True
    way.drop()
    with pytest.raises(errors.UnavailableError, match="does not answer; its log") as excinfo:
        mlmd.get_artifact_types()
    # Where Neo4j is, is for the log, and not for clients.
    assert str(way.port) not in str(excinfo.value) and "bolt" not in str(excinfo.value)
    assert any(str(way.port) in record.getMessage() + str(vars(record)) for record in log_records)
    until(lambda: status(server) == "NOT_SERVING")
    assert scrape(server)[("graphstore_neo4j_up",)] == 0
    way.down = False
    until(lambda: status(server) == "SERVING")
    assert [t.name for t in mlmd.get_artifact_types()] == ["T"]
    texts = [record.getMessage() for record in log_records if "Neo4j" in record.getMessage()]
    assert texts == ["Neo4j does not answer", "Neo4j answers again"]


def test_unavailable_is_said_before_the_clients_deadline(server, store, serve):
    with proxy(server.uri) as way:
        there = type(server)(f"bolt://127.0.0.1:{way.port}", server.user, server.password)
        database = there.connect()  # which would try again for half a minute
        mlmd = client(serve(Store(database)), client_timeout_sec=8.0)
        way.down = True
        way.drop()
        with pytest.raises(errors.UnavailableError):
            mlmd.get_artifact_types()
        database.close()


def test_a_neo4j_that_hangs_is_found(through, serve):
    behind, way = through
    server = serve(behind, ping_interval=0.2, ping_patience=0.5)
    assert status(server) == "SERVING"
    way.open.clear()
    until(lambda: status(server) == "NOT_SERVING")
    way.open.set()
    until(lambda: status(server) == "SERVING")


# Addresses


def test_a_taken_port_is_told(serve):
    server = serve()
    for options in ({"address": server.address}, {"metrics": server.address}):
        with pytest.raises(PortInUse, match=f"{server.address} is taken"):
            serve(**options)
    assert client(server).get_artifact_types() == []


def test_a_unix_socket_is_served_and_is_this_users_alone(serve, tmp_path):
    path = tmp_path / "mlmd.sock"
    server = serve(address=Address.parse(f"unix:{path}"))
    assert path.stat().st_mode & 0o777 == 0o600
    with channel(server) as one:
        response = stub(one).PutArtifactType(
            messages.PutArtifactTypeRequest(artifact_type=the_type()), timeout=30
        )
        assert response.type_id >= 10
    with pytest.raises(PortInUse, match="is taken"):
        serve(address=server.address)
    with channel(server) as one:
        stub(one).GetArtifactTypes(messages.GetArtifactTypesRequest(), timeout=30)


def test_places_where_no_server_can_listen_are_told(serve, tmp_path):
    (tmp_path / "file").write_text("mine")
    for text, match in (
        (f"unix:{tmp_path}/file", "a file that is no socket"),
        (f"unix:{tmp_path}/none/x", "there is no folder"),
        (f"unix:{tmp_path}/{'x' * 200}", "cannot listen"),
        ("192.0.2.1:0", "need nothing to read and write"),
        ("nobody.invalid:8080", "nobody knows the host"),
    ):
        with pytest.raises(Exception, match=match):
            serve(address=Address.parse(text))
    assert (tmp_path / "file").read_text() == "mine"


# What servers remember


def of_type(type_id, **properties):
    artifact = proto.Artifact(type_id=type_id)
    for name, value in properties.items():
        artifact.properties[name].int_value = value
    return artifact


def test_a_type_that_grew_through_another_server_is_known(serve, database):
    one, other = client(serve()), client(serve(Store(database)))
    type_id = one.put_artifact_type(the_type(a=INT))
    other.put_artifacts([of_type(type_id, a=1)])
    one.put_artifact_type(the_type(a=INT, b=INT), can_add_fields=True)
    (id_,) = other.put_artifacts([of_type(type_id, a=1, b=2)])
    assert one.get_artifacts_by_id([id_])[0].properties["b"].int_value == 2


def test_what_was_remembered_is_forgotten_while_neo4j_is_away(through, serve, database):
    behind, way = through
    server = serve(behind, ping_interval=0.1)
    mlmd = client(server)
    type_id = mlmd.put_artifact_type(the_type(a=INT))
    mlmd.put_artifacts([of_type(type_id, a=1)])
    way.down = True
    way.drop()
    until(lambda: status(server) == "NOT_SERVING")
    empty(database)  # as if a backup of the first day had been restored
    way.down = False
    until(lambda: status(server) == "SERVING")
    with pytest.raises(errors.NotFoundError):
        mlmd.put_artifacts([of_type(type_id, a=1)])
    again = mlmd.put_artifact_type(the_type("Another", b=INT))
    ids = mlmd.put_artifacts([of_type(again, b=number) for number in range(100)])
    assert ids == list(range(1, 101))
    assert len(mlmd.get_artifacts_by_type("Another")) == 100
