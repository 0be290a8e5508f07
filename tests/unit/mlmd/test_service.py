"""The service: its calls, and what errors are to its clients."""

from __future__ import annotations

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

import ml_metadata
from ml_metadata import proto

from graphstore import errors
from graphstore.errors import StoreError
from graphstore.interop.mlmd.front.protos import service_pb2
from graphstore.interop.mlmd.front.service import METHODS
from graphstore.interop.mlmd.front.status import Code, code_of, message_of
from graphstore.mlmd import MetadataStore, Service


def test_there_is_every_call_and_no_other():
    calls = service_pb2.DESCRIPTOR.services_by_name["MetadataStoreService"].methods
    assert list(METHODS) == [call.name for call in calls] and len(METHODS) == 52
    for method in METHODS.values():
        assert method.request.DESCRIPTOR.name == f"{method.name}Request"
        assert method.response.DESCRIPTOR.name == f"{method.name}Response"


def test_what_it_does_not_have_is_unimplemented():
    service = Service(None)
    with pytest.raises(errors.Unimplemented, match="GetLineageGraph"):
        service.call("GetLineageGraph", service_pb2.GetLineageGraphRequest())
    with pytest.raises(errors.Unimplemented, match="no call 'DeleteArtifacts'"):
        service.call("DeleteArtifacts", service_pb2.GetArtifactsRequest())


CODES = {
    "InvalidArgument": Code.INVALID_ARGUMENT,
    "InvalidProperty": Code.INVALID_ARGUMENT,
    "NotFound": Code.NOT_FOUND,
    "OutOfRange": Code.OUT_OF_RANGE,
    "AlreadyExists": Code.ALREADY_EXISTS,
    "FailedPrecondition": Code.FAILED_PRECONDITION,
    "Conflict": Code.FAILED_PRECONDITION,
    "ForeignNode": Code.FAILED_PRECONDITION,
    "FixedBaseType": Code.UNIMPLEMENTED,
    "Unavailable": Code.UNAVAILABLE,
    "StartFailed": Code.UNAVAILABLE,
    "Unauthenticated": Code.UNAUTHENTICATED,
    "PermissionDenied": Code.PERMISSION_DENIED,
    "OutsideNamespace": Code.PERMISSION_DENIED,
    "Aborted": Code.ABORTED,
    "DeadlineExceeded": Code.DEADLINE_EXCEEDED,
    "ResourceExhausted": Code.RESOURCE_EXHAUSTED,
    "Unimplemented": Code.UNIMPLEMENTED,
    "StoreError": Code.INTERNAL,
}


def error_of(name):
    """An error of this class, whatever it needs."""
    kind = getattr(errors, name)
    error = kind.__new__(kind)
    Exception.__init__(error, "words")
    return error


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_has_a_code(name):
    code = code_of(error_of(name))
    assert code is CODES.get(name, code)
    assert (code is Code.INTERNAL) == (name == "StoreError")
    # A code is what ML Metadata has a class for.
    error = ml_metadata.errors.make_exception("words", int(code))
    assert error.error_code == code and type(error) is not ml_metadata.errors.UnknownError


def test_what_is_no_error_of_ours_is_internal():
    assert code_of(RuntimeError("bug")) is Code.INTERNAL
    assert message_of(RuntimeError("bug")) == "bug"
    assert message_of(RuntimeError()) == "RuntimeError"


class Failing:
    """A service that gives up a number of times."""

    def __init__(self, times: int, error: StoreError) -> None:
        self.failures, self.error = times, error

    def call(self, name, request):
        if self.failures:
            self.failures -= 1
            raise self.error
        return METHODS[name].response()


def client_of(service):
    client = MetadataStore(None)
    client._service = service
    return client


def test_the_client_tries_again_what_was_aborted(monkeypatch):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    assert client_of(Failing(3, errors.Aborted("a deadlock"))).get_artifacts() == []
    assert len(waits) == 3
    with pytest.raises(ml_metadata.errors.AbortedError, match="a deadlock"):
        client_of(Failing(99, errors.Aborted("a deadlock"))).get_artifacts()


def test_the_client_raises_ml_metadatas_errors():
    with pytest.raises(ml_metadata.errors.InvalidArgumentError, match=r"^words$") as error_info:
        client_of(Failing(1, errors.InvalidArgument("words"))).get_contexts()
    assert isinstance(error_info.value.__cause__, errors.InvalidArgument)


def test_the_client_is_ml_metadatas():
    client = MetadataStore(None)
    assert isinstance(client, ml_metadata.MetadataStore)
    # What the base class keeps, and code around it looks at.
    assert isinstance(client._config, proto.ConnectionConfig)
    assert client._using_db_connection is True and client._max_num_retries > 0
    assert client.pipeline_asset is None
