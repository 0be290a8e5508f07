"""Histories that MLflow itself wrote, in an environment of its own, into both of its stores."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.environments import environment
from tests.sql_servers import SqlServer

# Its own packages are of many versions that the tests need otherwise; skinny is MLflow without
# what serves and trains, and its database asks for the other two.
MLFLOW = (
    *("mlflow-skinny==3.17.2", "sqlalchemy>=2,<3", "alembic<2"),
    *("pymysql[rsa]>=1.1", "psycopg[binary]>=3.2"),
)
SCRIPT = Path(__file__).with_name("history.py")
KINDS = ("database", "folder")
SERVERS = {"mysql": "mysql+pymysql", "postgresql": "postgresql+psycopg"}
"""How MLflow's addresses of servers begin."""


@pytest.fixture(scope="session")
def mlflow_python(own_environment: None) -> Path:
    """The Python of an environment with MLflow."""
    return environment(*MLFLOW) / "python"


@dataclass(frozen=True)
class Written:
    """A history that MLflow wrote."""

    kind: str
    path: Path
    """The SQLite file, or the folder; of a server, the name of the database alone."""
    address: str | Path
    """Where it is, for the importer."""
    read: dict[str, Any]
    """What MLflow's client reads of it: see `history.read`."""

    def run(self, name: str) -> dict[str, Any]:
        """What the client reads of the run of this name."""
        (found,) = (run for run in self.read["runs"].values() if run["info"]["run_name"] == name)
        return found

    def run_id(self, name: str) -> str:
        return str(self.run(name)["info"]["run_id"])

    def model_ids(self, name: str) -> list[str]:
        """The ids of the logged models of this name, in the order in which they were made."""
        models = (one for one in self.read["models"].values() if one["name"] == name)
        return [one["model_id"] for one in sorted(models, key=lambda one: one["creation_time"])]


Client = Callable[..., str]


@pytest.fixture(scope="session")
def client(mlflow_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Calls `history.py`: ``client("write", uri)``; returns what it prints."""
    folder = tmp_path_factory.mktemp("mlflow-client")

    def call(*arguments: str) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        result = subprocess.run(
            [mlflow_python, SCRIPT, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    return call


def uri_of(kind: str, path: Path) -> str:
    """The address of a store, as MLflow has it."""
    return f"sqlite:///{path}" if kind == "database" else str(path)


@pytest.fixture(scope="session")
def histories(client: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    """The history in a database and in a folder."""
    folder = tmp_path_factory.mktemp("mlflow")
    histories = {}
    for kind, name in zip(KINDS, ("wine.db", "mlruns"), strict=True):
        client("write", uri_of(kind, folder / name))
        read = json.loads(client("read", uri_of(kind, folder / name)))
        histories[kind] = Written(kind, folder / name, folder / name, read)
    return histories


def on_server(client: Client, server: SqlServer) -> Written:
    """The history in a new database of a server."""
    database = "mlflow"
    in_utf8 = " CHARACTER SET utf8mb4" if server.kind == "mysql" else ""
    server.run(None, f"CREATE DATABASE {database}{in_utf8}")
    address = server.address(database).replace(server.kind, SERVERS[server.kind], 1)
    client("write", address)
    return Written(server.kind, Path(database), address, json.loads(client("read", address)))


@pytest.fixture(scope="session")
def mysql_history(client: Client, mysql_server: SqlServer) -> Written:
    """The history in MariaDB; only to be read."""
    return on_server(client, mysql_server)


@pytest.fixture(scope="session")
def postgresql_history(client: Client, postgresql_server: SqlServer) -> Written:
    """The history in PostgreSQL; only to be read."""
    return on_server(client, postgresql_server)


@pytest.fixture(params=KINDS)
def written(request: pytest.FixtureRequest, histories: dict[str, Written]) -> Written:
    """The history in each of MLflow's stores; only to be read."""
    return histories[request.param]


@pytest.fixture
def copied(written: Written, tmp_path: Path) -> Iterator[Written]:
    """A copy of it, to write to."""
    path = tmp_path / written.path.name
    if written.path.is_dir():
        shutil.copytree(written.path, path)
    else:
        shutil.copy(written.path, path)
    yield Written(written.kind, path, path, written.read)
