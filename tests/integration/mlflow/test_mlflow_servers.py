"""MLflow's databases on servers: the same history as the file's, and refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphstore import Store
from graphstore.errors import (
    InvalidArgument,
    MissingExtra,
    NotFound,
    PermissionDenied,
    StoreError,
    Unauthenticated,
    Unavailable,
    UnsupportedFile,
)
from graphstore.interop.mlflow import import_mlflow
from graphstore.system.progress import Progress
from tests.integration.mlflow.conftest import Client, Written
from tests.integration.mlflow.graph import executions
from tests.sql_servers import SqlServer

BOTH = pytest.mark.parametrize("sql_server", ["mysql", "postgresql"], indirect=True)


@pytest.fixture
def fresh(request: pytest.FixtureRequest, sql_server: SqlServer) -> Written:
    """A copy of a server's history, to write to."""
    written: Written = request.getfixturevalue(f"{sql_server.kind}_history")
    copy_of(sql_server, written.path.name, "changing")
    address = str(written.address).removesuffix(written.path.name) + "changing"
    return Written(sql_server.kind, Path("changing"), address, written.read)


def copy_of(server: SqlServer, database: str, copy: str) -> None:
    server.run(None, f"DROP DATABASE IF EXISTS {copy}")
    if server.kind == "postgresql":
        server.run(None, f"CREATE DATABASE {copy} TEMPLATE {database}")
        return
    server.run(None, f"CREATE DATABASE {copy} CHARACTER SET utf8mb4")
    for (table,) in server.run(database, "SHOW TABLES"):
        server.run(
            copy,
            "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",  # MLflow's first experiment is 0
            f"CREATE TABLE {table} LIKE {database}.{table}",
            f"INSERT INTO {table} SELECT * FROM {database}.{table}",
        )


def refused(store: Store, address: str, kind: type[StoreError]) -> str:
    """Why an address is refused, in one line without the password; nothing was written."""
    with pytest.raises(kind) as error:
        import_mlflow(store, address)
    assert store.types.list("artifact") == []
    assert "\n" not in str(error.value) and "s3cr3t" not in str(error.value)
    return str(error.value)


@BOTH
def test_a_later_copy_on_a_server_is_the_same_history_and_brings_what_is_new(
    store: Store, client: Client, fresh: Written
) -> None:
    first = import_mlflow(store, fresh.address)
    assert first.place.startswith(f"{fresh.kind}://127.0.0.1:")
    again = import_mlflow(store, fresh.address)
    assert again.source == first.source == "changing"
    assert again.tables["runs"].created == 0
    client("go-on", str(fresh.address))
    later = import_mlflow(store, fresh.address)
    assert later.source == "changing" and later.tables["runs"].created > 0
    read = json.loads(client("read", str(fresh.address)))
    assert executions(store).keys() == read["runs"].keys()


@BOTH
def test_keys_that_a_server_sorts_by_a_language_are_told_apart(
    store: Store, fresh: Written, sql_server: SqlServer
) -> None:
    """MySQL compares without capitals and accents, and a locale sorts elsewhere than bytes do."""
    run = fresh.run_id("first")
    points = [("cost", 1), ("Cost", 2), ("cöst", 3), ("cost", 4), ("Cost", 5), ("_cost", 6)]
    with_nan = "false" if sql_server.kind == "postgresql" else "0"
    key = '"key"' if sql_server.kind == "postgresql" else "`key`"
    sql_server.run(
        "changing",
        *(
            f"INSERT INTO metrics ({key}, value, timestamp, run_uuid, step, is_nan) VALUES"
            f" ('{name}', {step}, 1790000000000, '{run}', {step}, {with_nan})"
            for name, step in points
        ),
    )
    import_mlflow(store, fresh.address)
    series = store.series(executions(store)[run])
    steps = {name: list(series[name].steps) for name, _ in points}
    assert steps == {"cost": [1, 4], "Cost": [2, 5], "cöst": [3], "_cost": [6]}


@BOTH
def test_what_has_no_place_is_counted_and_an_unknown_column_comes_along(
    store: Store, fresh: Written, sql_server: SqlServer
) -> None:
    sql_server.run(
        "changing",
        "DROP TABLE IF EXISTS odd_things",
        "CREATE TABLE odd_things (id INTEGER PRIMARY KEY, what TEXT)",
        "INSERT INTO odd_things VALUES (1, 'a'), (2, 'b'), (3, NULL)",
        "ALTER TABLE runs ADD COLUMN cost DECIMAL(10, 2)",
        "UPDATE runs SET cost = 12.50",
    )
    report = import_mlflow(store, fresh.address)
    assert report.left_out["odd_things"] == 3
    assert {run.custom_properties["mlflow.cost"] for run in executions(store).values()} == {"12.50"}


@BOTH
def test_what_cannot_be_read_is_refused_in_one_sentence(
    store: Store, sql_server: SqlServer
) -> None:
    kind = sql_server.kind
    for database in ("empty", "wine"):
        sql_server.run(None, f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database}")
    assert "no table experiments" in refused(store, sql_server.address("empty"), UnsupportedFile)
    sql_server.run("empty", "CREATE TABLE experiments (experiment_id INTEGER, label TEXT)")
    assert "should have name" in refused(store, sql_server.address("empty"), UnsupportedFile)
    assert "nowhere" in refused(store, sql_server.address("nowhere"), NotFound)
    nobody = sql_server.address("wine", "asked", "s3cr3t")
    sql_server.run(
        None,
        "CREATE USER asked PASSWORD 'other'"
        if kind == "postgresql"
        else "CREATE OR REPLACE USER asked IDENTIFIED BY 'other'",
    )
    try:
        assert "the user or the password" in refused(store, nobody, Unauthenticated)
    finally:
        sql_server.run(None, "DROP USER asked")
    wrong = f"{kind}+driver://ann:s3cr3t@127.0.0.1:1/wine"
    assert "127.0.0.1:1/wine" in refused(store, wrong, Unavailable)
    assert "names no database" in refused(store, f"{kind}://ann:s3cr3t@127.0.0.1", InvalidArgument)


@pytest.mark.parametrize("sql_server", ["postgresql"], indirect=True)
def test_a_table_that_the_user_may_not_read_is_not_left_out_unseen(
    store: Store, fresh: Written, sql_server: SqlServer
) -> None:
    sql_server.run(
        "changing",
        "CREATE ROLE reader LOGIN",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
        "REVOKE SELECT ON logged_models FROM reader",
    )
    try:
        address = sql_server.address("changing", "reader")
        assert "logged_models" in refused(store, address, PermissionDenied)
        sql_server.run("changing", "GRANT SELECT ON logged_models TO reader")
        assert import_mlflow(store, address).read["runs"] >= len(fresh.read["runs"])
    finally:
        sql_server.run("changing", "DROP OWNED BY reader", "DROP ROLE reader")


@BOTH
def test_it_tells_how_far_the_copy_is_and_leaves_none(
    store: Store, fresh: Written, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("graphstore.interop.mlflow.server._STEP", 10)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told: list[Progress] = []
    import_mlflow(store, fresh.address, on_progress=told.append)
    copying = [one for one in told if one.step.startswith("copying ")]
    assert [one.done for one in copying] == [10 * (at + 1) for at in range(len(copying))]
    assert {"metrics", "params"} <= {one.detail for one in copying}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("kind", "package"), [("mysql", "pymysql"), ("postgresql", "psycopg")])
def test_a_package_that_is_not_installed_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch, kind: str, package: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    assert kind in refused(store, f"{kind}://127.0.0.1:1/wine", MissingExtra)


def test_a_database_that_nobody_reads_says_which_are(store: Store) -> None:
    said = refused(store, "mssql+pyodbc://ann:s3cr3t@host/wine", UnsupportedFile)
    assert "mysql://" in said and "mssql" in said
