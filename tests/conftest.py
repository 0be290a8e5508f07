"""The server that tests run against, and a clean store on it for each.

In this order: the server at GRAPHSTORE_TEST_URI (a URL with user and password; its database is
emptied), a container of the image GRAPHSTORE_TEST_IMAGE, or a local ephemeral Neo4j. None of them
is ever skipped: a server that cannot be had is an error.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

from graphstore import (
    Artifact,
    ArtifactType,
    ContextType,
    ExecutionType,
    PropertyKind,
    Store,
    schema,
)
from graphstore.database import Database
from graphstore.queries import QUERIES

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data" / "mlmd"
IRIS = ROOT / "examples" / "tfx-iris.sqlite"

# A server answers in milliseconds and now and then in seconds; how long an example takes says
# nothing. A clean store per example is not needed either: examples do not look at each other's.
settings.register_profile(
    "server", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("server")


@dataclass(frozen=True)
class Server:
    """Where a Neo4j answers."""

    uri: str
    user: str
    password: str

    def connect(self, **options: object) -> Database:
        """A connection of one's own."""
        return Database(self.uri, (self.user, self.password), "neo4j", **options)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if uri := os.environ.get("GRAPHSTORE_TEST_URI"):
        parts = urlsplit(uri)
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        yield Server(address, parts.username or "neo4j", parts.password or "neo4j")
    elif image := os.environ.get("GRAPHSTORE_TEST_IMAGE"):
        yield from _container(image)
    else:
        from graphstore.local import ephemeral

        with ephemeral() as running:
            yield Server(running.uri, running.user, running.password)


def _container(image: str) -> Iterator[Server]:
    from testcontainers.community.neo4j import Neo4jContainer

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    # A routing driver goes where the server says it is: that must be where we reach it.
    container = (
        Neo4jContainer(image)
        .with_bind_ports(7687, port)
        .with_env("NEO4J_server_bolt_advertised__address", f"localhost:{port}")
    )
    with container:
        yield Server(container.get_connection_url(), container.username, container.password)


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Database]:
    database = server.connect()
    schema.upgrade(database)
    yield database
    database.close()


def empty(database: Database) -> None:
    """Take everything out of a database but its schema."""
    with database.driver.session(database=database.name) as session:
        session.run(
            "MATCH (n) WHERE NOT n:GraphstoreMigration"
            " CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
        ).consume()
    for statement in QUERIES["schema.V003__base_types"].statements:
        database.run(statement)


@pytest.fixture
def store(database: Database) -> Store:
    """An empty store; the connection is shared."""
    empty(database)
    return Store(database)


@dataclass(frozen=True)
class Types:
    """Types that most tests need."""

    examples: ArtifactType
    model: ArtifactType
    trainer: ExecutionType
    pipeline: ContextType


EVERY_KIND = {f"{kind.value.lower()}_value": kind for kind in PropertyKind}


@pytest.fixture
def types(store: Store) -> Types:
    """Examples, Model, Trainer and Pipeline, each with a property of every kind."""
    return Types(
        store.types.put(ArtifactType(name="Examples", properties=EVERY_KIND)),
        store.types.put(ArtifactType(name="Model", properties=EVERY_KIND)),
        store.types.put(ExecutionType(name="Trainer", properties=EVERY_KIND)),
        store.types.put(ContextType(name="Pipeline", properties=EVERY_KIND)),
    )


@pytest.fixture
def artifact(store: Store, types: Types) -> Callable[..., Artifact]:
    """A factory: an artifact that is stored, of type Examples unless told otherwise."""
    return lambda **fields: store.artifacts.put(Artifact(**{"type": "Examples", **fields}))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real databases and golden answers; they are not part of the project."""
    if os.environ.get("CI") == "true" or not SHARED_DATA.is_dir():
        pytest.skip("the shared databases are not here")
    return SHARED_DATA
