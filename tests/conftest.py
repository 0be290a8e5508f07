"""The server that tests run against, a clean store on it for each, and who runs which test.

In this order: the server at GRAPHSTORE_TEST_URI (a URL with user and password; its database is
emptied), a container of the image GRAPHSTORE_TEST_IMAGE, or a local ephemeral Neo4j. None of them
is ever skipped: a server that cannot be had is an error. With `-n` each worker has a server of its
own, since a server of the Community Edition has one database.

What else the user's environment says is not heard: see `own_environment`.
"""

from __future__ import annotations

import locale
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest
from hypothesis import HealthCheck, settings

from graphstore import Artifact, ArtifactType, ContextType, ExecutionType, PropertyKind
from graphstore.database.queries import QUERIES
from graphstore.system.folders import cache_folder

# With the store comes Neo4j's driver, and with that all of pandas: who starts the workers waits for
# that before they begin, and no unit test asks a server.
if TYPE_CHECKING:
    from graphstore import Store
    from graphstore.database import Database

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data" / "mlmd"
IRIS = ROOT / "examples" / "tfx-iris.sqlite"

# A server answers in milliseconds and now and then in seconds; how long an example takes says
# nothing. A clean store per example is not needed either: examples do not look at each other's.
settings.register_profile(
    "server", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# For who waits after each change: the whole suite has all examples.
settings.register_profile("quick", settings.get_profile("server"), max_examples=20)
settings.load_profile("server")


def examples(number: int) -> settings:
    """So many examples, or the share of them that the profile has."""
    return settings(max_examples=max(1, number * settings().max_examples // 100))


# What a person tells the tests: where their Neo4j and their browser come from, and what to keep.
OWN_VARIABLES = (
    "GRAPHSTORE_CHROMIUM", "GRAPHSTORE_JAVA", "GRAPHSTORE_MAVEN_REPOSITORY",
    "GRAPHSTORE_NEO4J_VERSION", "GRAPHSTORE_SCREENSHOTS", "GRAPHSTORE_TEST_*",
)  # fmt: skip
# What may stand in anybody's environment, and would change what the package or a terminal does.
FOREIGN_VARIABLES = (
    "GRAPHSTORE_*", "NEO4J_*", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "XDG_STATE_HOME", "LANG", "LANGUAGE", "LC_*", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR",
    "CLICOLOR", "CLICOLOR_FORCE", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
    "GITHUB_ACTIONS", "PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "GIT_*",
)  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same environment for all tests, whoever runs them.

    Stores go into a folder of the session. The jars stay where the user has them, since nobody
    wants to fetch them for every run.
    """
    cache = cache_folder()  # as the user's environment has it, which is gone below
    mask = os.umask(0o022)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if any(fnmatch(name, one) for one in FOREIGN_VARIABLES) and not any(
                fnmatch(name, one) for one in OWN_VARIABLES
            ):
                patch.delenv(name)
        patch.setenv("GRAPHSTORE_HOME", str(tmp_path_factory.mktemp("graphstore-home")))
        patch.setenv("GRAPHSTORE_CACHE_DIR", str(cache))
        patch.setenv("LC_ALL", "C.UTF-8")
        patch.setenv("TZ", "UTC")
        # Servers that tests start are on this machine: no proxy knows them.
        for name in ("NO_PROXY", "no_proxy"):
            beside = [os.environ[name]] if os.environ.get(name) else []
            patch.setenv(name, ",".join([*beside, "127.0.0.1", "localhost"]))
        # Servers that tests start go again soon: what is compiled at once rather than thoroughly
        # is up for half of what a start asks of the processors otherwise.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
        patch.setattr(sys, "dont_write_bytecode", False)
        with suppress(locale.Error):  # there is no such locale on macOS, where all are UTF-8
            locale.setlocale(locale.LC_ALL, "")
        if hasattr(time, "tzset"):
            time.tzset()
        yield
    os.umask(mask)


# Those that take longest begin first, lest a worker is left alone with one of them at the end.
ORDER = (
    "tests/integration/local/",
    "tests/acceptance/",
    "tests/integration/",
    "tests/contract/",
    "tests/unit/",
)
A_WORKER = 1_500_000_000
"""Bytes of memory for a worker and its Neo4j."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say which tests need a server; where several workers share them, begin with the long ones."""
    for item in items:
        if not item.nodeid.startswith("tests/unit/"):
            item.add_marker("server")
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: (item.path not in slow, _folder(item.nodeid)))


def _folder(nodeid: str) -> int:
    return next((at for at, one in enumerate(ORDER) if nodeid.startswith(one)), 0)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse workers that would empty each other's database."""
    workers = len(config.getoption("tx", None) or ())
    if workers > 1 and os.environ.get("GRAPHSTORE_TEST_URI"):
        raise pytest.UsageError(
            f"{workers} workers were asked for, and GRAPHSTORE_TEST_URI names one server, which"
            " each of them would empty under the others: run pytest without -n, or leave it unset"
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """How many workers `-n auto` means: one a processor, as far as the memory goes."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None  # as pytest-xdist reads it
    if os.environ.get("GRAPHSTORE_TEST_URI"):
        return 1
    return max(1, min(os.cpu_count() or 1, psutil.virtual_memory().available // A_WORKER))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file goes to one worker, which makes what its tests share once; in the order they have.

    Another `--dist` than that which `-n` means by itself is done as it says.
    """
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False  # the number of tests is not how long they take
    return LoadFileScheduling(config, log)


@dataclass(frozen=True)
class Server:
    """Where a Neo4j answers."""

    uri: str
    user: str
    password: str

    def connect(self, **options: object) -> Database:
        """A connection of one's own."""
        from graphstore.database import Database

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
        yield from _ephemeral()


# Neo4j plans a query anew, every ten seconds at most, when the store has become smaller or larger.
# Here that is with every test, and most of the time of a run went to planning what was planned.
REPLAN = "dbms.cypher.min_replan_interval"
NEVER = "1h"


def _ephemeral() -> Iterator[Server]:
    from graphstore.local import launch, start_ephemeral, stop_ephemeral

    def neo4j_conf(ports: Any, heap: str, page_cache: str, own: Sequence[str]) -> str:
        return conf(ports, heap, page_cache, [*own, f"{REPLAN}={NEVER}"])

    def java_options(heap: str, *, ephemeral: bool) -> list[str]:
        # This one does not go again soon: to compile its planner thoroughly pays.
        return [one for one in java(heap, ephemeral=ephemeral) if one != "-XX:TieredStopAtLevel=1"]

    conf, java = launch.neo4j_conf, launch.java_options
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("JDK_JAVA_OPTIONS", raising=False)
        patch.setattr(launch, "neo4j_conf", neo4j_conf)
        patch.setattr(launch, "java_options", java_options)
        running = start_ephemeral()
    yield Server(running.uri, running.user, running.password)
    stop_ephemeral(running)


def _container(image: str) -> Iterator[Server]:
    from testcontainers.community.neo4j import Neo4jContainer

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    # A routing driver goes where the server says it is: that must be where we reach it.
    container = (
        Neo4jContainer(image, password=secrets.token_hex(8))  # no word that stands elsewhere, too
        .with_bind_ports(7687, port)
        .with_env("NEO4J_server_bolt_advertised__address", f"localhost:{port}")
        .with_env(f"NEO4J_{REPLAN.replace('_', '__').replace('.', '_')}", NEVER)
    )
    with container:
        yield Server(container.get_connection_url(), container.username, container.password)


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Database]:
    from graphstore.database import schema

    database = server.connect()
    schema.upgrade(database)
    yield database
    database.close()


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something that other threads or processes bring about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


EMPTY = "MATCH (n) WHERE NOT n:GraphstoreMigration"
# The edges go first: one context may have a hundred thousand, for which one has no memory.
MANY = (
    "MATCH ()-[edge]->() CALL (edge) { DELETE edge } IN TRANSACTIONS OF 10000 ROWS",
    f"{EMPTY} CALL (n) {{ DELETE n }} IN TRANSACTIONS OF 10000 ROWS",
)
# One query and one commit: there is one for every test.
FRESH = "\n".join(
    f"CALL () {{\n{part}\n}}"
    for part in (
        f"{EMPTY} DETACH DELETE n",
        *(statement.text for statement in QUERIES["schema.V003__base_types"].statements),
    )
)


def empty(database: Database) -> None:
    """Take everything out of a database but its schema."""
    with database.driver.session(database=database.name) as session:
        if session.run("MATCH (n) RETURN count(n)").single(strict=True)[0] > 10_000:
            for query in MANY:  # more than one transaction has the memory for
                session.run(query).consume()
        session.run(FRESH).consume()


@pytest.fixture
def store(database: Database) -> Store:
    """An empty store; the connection is shared."""
    from graphstore import Store

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
