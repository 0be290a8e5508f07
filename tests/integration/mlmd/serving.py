"""A server of ML Metadata's service, in this process or one of its own, and its clients.

`client`, `large`, `stub` and `await_refusal` need ML Metadata's wheel; `calls` does not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import grpc

from graphstore.database import Database
from graphstore.interop.mlmd.front.protos import SERVICE
from graphstore.interop.mlmd.front.server import Server
from graphstore.interop.mlmd.front.service import METHODS
from tests.conftest import ROOT
from tests.conftest import Server as Neo4j
from tests.processes import neo4j_variables

if TYPE_CHECKING:
    from ml_metadata import MetadataStore

LIMIT = 64 * 1024 * 1024


def client(server: Any, **config: Any) -> MetadataStore:
    """ML Metadata's own client of a server, or of an address."""
    from ml_metadata import MetadataStore, proto

    host, _, port = str(getattr(server, "address", server)).rpartition(":")
    return MetadataStore(proto.MetadataStoreClientConfig(host=host, port=int(port), **config))


def large(**config: Any) -> dict[str, Any]:
    """The configuration of a client that takes answers of more than 4 MB."""
    from ml_metadata.proto import metadata_store_pb2

    arguments = metadata_store_pb2.GrpcChannelArguments(max_receive_message_length=LIMIT)
    return {"channel_arguments": arguments, **config}


@contextmanager
def channel(server: Any, *options: tuple[str, Any]) -> Iterator[grpc.Channel]:
    """A plain channel to a server."""
    with grpc.insecure_channel(str(getattr(server, "address", server)), options=options) as one:
        yield one


def stub(one: grpc.Channel) -> Any:
    """The service as ML Metadata's generated code has it."""
    from ml_metadata.proto import metadata_store_service_pb2_grpc

    return metadata_store_service_pb2_grpc.MetadataStoreServiceStub(one)


def calls(one: grpc.Channel, token: str | None = None) -> Any:
    """The service by our own messages: its calls, by their names."""
    metadata = None if token is None else [("authorization", f"Bearer {token}")]
    return SimpleNamespace(
        **{
            name: partial(
                one.unary_unary(
                    f"/{SERVICE.full_name}/{name}",
                    request_serializer=method.request.SerializeToString,
                    response_deserializer=method.response.FromString,
                ),
                metadata=metadata,
            )
            for name, method in METHODS.items()
        }
    )


@contextmanager
def hold(database: Database, name: str) -> Iterator[None]:
    """Hold the lock of a type: who puts it waits until the block ends."""
    with database.driver.session(database=database.name) as session:
        with session.begin_transaction() as transaction:
            answer = transaction.run("MATCH (t:Type {name: $name}) SET t.held = 1", name=name)
            assert answer.consume().counters.properties_set == 1
            yield
            transaction.rollback()


class ServeProcess:
    """`graphstore serve` in a process of its own."""

    def __init__(
        self,
        neo4j: Neo4j,
        folder: Path,
        *arguments: str,
        python: Path | None = None,
        **environment: str,
    ) -> None:
        """It listens.

        Args:
            neo4j: The server behind it.
            folder: Where it runs, and its log is.
            arguments: Passed on to the command.
            python: Of an environment that has graphstore itself; None for this one and this tree.
            environment: Variables besides those that say where Neo4j is.
        """
        path = {} if python else {"PYTHONPATH": str(ROOT)}
        without = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / "serve.log"
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [python or sys.executable, "-m", "graphstore", "serve", "--json", *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=folder,
                env={
                    **without,
                    **path,
                    **neo4j_variables(neo4j),
                    **environment,
                },
            )
        self.announcement = self.next()
        self.address: str = self.announcement["listening"]

    def next(self) -> dict[str, Any]:
        """What it says next."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log_file.read_text()
        message: dict[str, Any] = json.loads(line)
        return message

    def log_lines(self) -> list[dict[str, Any]]:
        """The lines of its log, written with ``--log json``."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it, and say how it ended."""
        self.process.send_signal(number)
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextmanager
def run_server(
    neo4j: Neo4j, folder: Path, *arguments: str, **options: Any
) -> Iterator[ServeProcess]:
    """`graphstore serve` in a process of its own, until the block ends; see `ServeProcess`."""
    one = ServeProcess(neo4j, folder, *arguments, **options)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.kill()
        elif one.process.stdout is not None:
            one.process.stdout.close()


class Call:
    """Something under way in a thread of its own."""

    def __init__(self, work: Any, *arguments: Any, **options: Any) -> None:
        self._error: BaseException | None = None
        self._value: Any = None

        def run() -> None:
            try:
                self._value = work(*arguments, **options)
            except BaseException as error:
                self._error = error

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def result(self, seconds: float = 30) -> Any:
        """What came of it."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "it has not ended"
        if self._error is not None:
            raise self._error
        return self._value


def await_refusal(server: Any) -> None:
    """Wait until a server lets nobody in any more."""
    from ml_metadata import errors

    for _ in range(200):
        try:
            client(server, client_timeout_sec=10.0).get_artifact_types()
        except (errors.UnavailableError, errors.CancelledError):
            return
        threading.Event().wait(0.05)
    raise AssertionError("everybody is let in")


def under_way(server: Server, count: int) -> None:
    """Wait until so many calls are with a server."""
    for _ in range(200):
        if server.active == count:
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"{server.active} calls are under way, not {count}")
