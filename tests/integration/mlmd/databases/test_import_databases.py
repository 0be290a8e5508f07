"""Importing ML Metadata's databases of MySQL and PostgreSQL, which it has written itself."""

import logging
import sqlite3
import sys
import time
from contextlib import closing
from shutil import copy
from urllib.parse import quote

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as pb

from graphstore import Event, EventType
from graphstore.errors import (
    InvalidArgument,
    MissingExtra,
    NotFound,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
    UnsupportedFile,
)
from graphstore.interop.databases.address import Address
from graphstore.interop.importing import batches
from graphstore.interop.mlmd.databases import mysql, postgresql
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.model.types import BaseType
from tests.conftest import IRIS
from tests.integration.test_import_mlmd import graph, reset
from tests.mlmd_databases import (
    TEXT,
    as_mysql_keeps,
    contents,
    copied,
    downgrade,
    imported,
    new_database,
    opened,
    write_history,
)

BOTH = pytest.mark.parametrize("sql_server", ["mysql", "postgresql"], indirect=True)
MYSQL = pytest.mark.parametrize("sql_server", ["mysql"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("sql_server", ["postgresql"], indirect=True)


@pytest.fixture
def name(sql_server):
    """A new, empty database on the server."""
    with new_database(sql_server) as name:
        yield name


@pytest.mark.parametrize(
    ("sql_server", "encoding"),
    [
        ("mysql", "utf8mb4"),
        ("mysql", "utf8mb3"),
        ("mysql", "latin1"),
        ("postgresql", "UTF8"),
        ("postgresql", "LATIN1"),
        ("postgresql", "SQL_ASCII"),
    ],
    indirect=["sql_server"],
)
def test_every_value_is_what_mlmds_own_client_reads(store, sql_server, encoding):
    with new_database(sql_server, encoding) as name:
        theirs = opened(sql_server, name)
        write_history(theirs)
        report = import_mlmd(store, sql_server.address(name))
        assert report.agrees and report.problems == []
        assert (report.source, report.path, report.schema_version) == (name, None, 10)
        assert report.place == f"{sql_server.kind}://127.0.0.1:{sql_server.port}/{name}"
        wanted, got = contents(theirs), imported(store, name)
        for what in wanted:
            assert got[what] == wanted[what], what
        (type_,) = theirs.get_artifact_types_by_external_ids(["type-é"])
        model = store.types.get("artifact", type_.name, type_.version)
        assert (model.external_id, model.base_type) == ("type-é", BaseType.MODEL)
        assert any(TEXT in node["properties"].values() for node in got["nodes"].values())
        again = import_mlmd(store, sql_server.address(name))
        assert again.agrees and again.source == name
        assert all(t.created == t.updated == t.left_out == 0 for t in again.tables.values())


@BOTH
def test_the_graph_is_that_of_the_sqlite_file_with_the_same_rows(
    store, database, sql_server, name, monkeypatch
):
    """Whatever the size of a page, and that of a batch."""
    copied(IRIS, sql_server, name)
    import_mlmd(store, IRIS)
    whole = graph(database)
    for size in (5_000, 3):
        monkeypatch.setattr(mysql, "_FIRST_PAGE", size)
        monkeypatch.setattr(mysql, "_LARGEST_PAGE", size)
        monkeypatch.setattr(mysql, "_LARGEST_PAGE_OF_NUMBERS", size)
        monkeypatch.setattr(postgresql, "_PAGE", size)
        monkeypatch.setattr(batches, "NODES", 20 * size)
        reset(store, database)
        report = import_mlmd(store, sql_server.address(name))
        assert report.agrees and report.problems == []
        assert graph(database) == whole


@BOTH
@pytest.mark.parametrize("file", ["brempong_tfx_v10.db", "cmf_al_object_detection_v10.db"])
def test_real_histories_give_the_graph_of_their_files(
    store, database, shared_data, sql_server, name, file
):
    copied(shared_data / file, sql_server, name)
    of_file = import_mlmd(store, shared_data / file)
    whole = graph(database)
    reset(store, database)
    report = import_mlmd(store, sql_server.address(name))
    assert report.agrees and report.tables == of_file.tables
    assert report.problems == of_file.problems
    assert graph(database) == whole


@BOTH
def test_a_sqlite_copy_and_its_original_are_one_source(store, sql_server, name, tmp_path):
    """Whose texts a server keeps in another way, and which came first."""
    original = copy(IRIS, tmp_path / "metadata.sqlite")
    with closing(sqlite3.connect(original)) as file, file:
        file.execute("UPDATE Context SET name = 'é日本' WHERE id = 1")
        file.execute("UPDATE Artifact SET uri = 's3://é' WHERE id = 1")
    copied(original, sql_server, name)
    assert import_mlmd(store, original).source == "metadata"
    report = import_mlmd(store, sql_server.address(name))
    assert report.source == "metadata" and report.agrees
    assert all(t.created == t.updated == 0 for t in report.tables.values())
    sql_server.run(name, "UPDATE Execution SET last_known_state = 4 WHERE id = 1")
    sql_server.run(
        name, "UPDATE Execution SET last_update_time_since_epoch = 1900000000000 WHERE id = 1"
    )
    assert import_mlmd(store, sql_server.address(name)).tables["Execution"].updated == 1


@MYSQL
@pytest.mark.parametrize("schema", [4, 5, 6, 7, 8, 9])
def test_older_schemas_of_mysql_are_read_as_those_of_sqlite_are(
    store, database, sql_server, name, schema, tmp_path
):
    """Both brought back to the schema by ML Metadata itself."""
    file = copy(IRIS, tmp_path / "metadata.sqlite")
    copied(file, sql_server, name)
    downgrade(sql_server, name, schema)
    sqlite = pb.SqliteMetadataSourceConfig(filename_uri=str(file))
    metadata_store.downgrade_schema(pb.ConnectionConfig(sqlite=sqlite), schema)
    import_mlmd(store, file)
    whole = graph(database)
    reset(store, database)
    report = import_mlmd(store, sql_server.address(name))
    assert report.agrees and report.schema_version == schema
    assert graph(database) == whole


@MYSQL
def test_text_is_decoded_as_the_server_would_do_it(sql_server):
    """By CONVERT to latin1, if that loses nothing, and as UTF-8: of one character, and of what
    becomes of it on the way."""
    query = (
        "SELECT CAST(CONVERT(t USING latin1) AS BINARY),"
        " CAST(CONVERT(CONVERT(t USING latin1) USING utf8mb4) AS BINARY) = CAST(t AS BINARY)"
        " FROM (SELECT %s AS t) AS one"
    )
    characters = [chr(n) for n in range(1, 0x3000)] + ["😀"]
    with closing(sql_server.connect()) as connection, connection.cursor() as cursor:
        for character in characters:
            for text in (character, as_mysql_keeps(character)):
                cursor.execute(query, (text,))
                ((sent, loses_nothing),) = cursor.fetchall()
                try:
                    wanted = sent.decode() if loses_nothing else None
                except UnicodeDecodeError:
                    wanted = None
                assert mysql.undo_latin1(text) == wanted, ascii(text)
            assert wanted == character


@MYSQL
def test_text_that_another_program_wrote_stays_and_is_reported(store, sql_server, name):
    theirs = opened(sql_server, name)
    write_history(theirs)
    sql_server.run(
        name,
        "UPDATE Artifact SET uri = 's3://größe/中' WHERE id = 1",
        "UPDATE ArtifactProperty SET string_value = 'größe' WHERE artifact_id = 1 AND name = 's'",
    )
    report = import_mlmd(store, sql_server.address(name))
    assert report.agrees and report.problem_count == 2
    assert sorted(report.problems) == [
        "Artifact 1: uri 's3://größe/中' is not as ML Metadata writes it to MySQL: read as it is"
        " there",
        "ArtifactProperty 's' of artifact 1: string_value 'größe' is not as ML Metadata writes it"
        " to MySQL: read as it is there",
    ]
    artifact = store.artifacts.get(1)
    assert (artifact.uri, artifact.properties["s"]) == ("s3://größe/中", "größe")


@MYSQL
def test_names_of_tables_may_have_lost_their_capitals(store, sql_server, name):
    """As a server with lower_case_table_names = 1 writes them, to be restored on another."""
    write_history(opened(sql_server, name))
    tables = [table for (table,) in sql_server.run(name, "SHOW TABLES")]
    sql_server.run(name, *(f"RENAME TABLE `{one}` TO `{one.lower()}`" for one in tables))
    report = import_mlmd(store, sql_server.address(name))
    assert report.agrees and report.tables["Event"].created == 6


@BOTH
def test_the_steps_of_a_path_come_in_the_order_in_which_they_were_recorded(store, sql_server, name):
    """There is no column that has it, and the order of names and indices is another one."""
    theirs = opened(sql_server, name)
    type_id = theirs.put_artifact_type(pb.ArtifactType(name="A"))
    ran = theirs.put_execution_type(pb.ExecutionType(name="E"))
    paths = [["z", 9, "a", 0, "m"], [3, 2, 1], [], ["é", "b", "b"]]
    executions = []
    for path in paths * 20:
        steps = [
            pb.Event.Path.Step(index=one) if isinstance(one, int) else pb.Event.Path.Step(key=one)
            for one in path
        ]
        event = pb.Event(type=pb.Event.INPUT, path=pb.Event.Path(steps=steps))
        pairs = [[pb.Artifact(type_id=type_id), event]]
        execution, _, _ = theirs.put_execution(pb.Execution(type_id=ran), pairs, [])
        executions.append(execution)
    import_mlmd(store, sql_server.address(name))
    ids = {one.source_id: one.id for one in store.executions.list(limit=None).items}
    events = {one.execution_id: one.path for one in store.events.of_executions(list(ids.values()))}
    pairs = zip(executions, paths * 20, strict=True)
    wanted = {ids[execution]: tuple(path) for execution, path in pairs}
    assert events == wanted


@BOTH
def test_all_is_of_one_moment_though_others_write_meanwhile(store, sql_server, name, monkeypatch):
    copied(IRIS, sql_server, name)
    monkeypatch.setattr(batches, "NODES", 10)
    done = []

    def write(progress):
        if not done:
            sql_server.run(
                name,
                "INSERT INTO Artifact (id, type_id, uri) VALUES (900, 15, 'late')",
                "INSERT INTO Event (id, artifact_id, execution_id, type) VALUES (900, 900, 54, 3)",
                "UPDATE Execution SET last_known_state = 4",
            )
        done.append(progress)

    report = import_mlmd(store, sql_server.address(name), on_progress=write)
    assert report.agrees and done[-1].done == done[-1].total
    assert (report.tables["Artifact"].read, report.tables["Event"].read) == (58, 136)
    assert not store.artifacts.list(uri="late").items
    later = import_mlmd(store, sql_server.address(name))
    assert (later.tables["Artifact"].created, later.tables["Event"].created) == (1, 1)


@BOTH
def test_gaps_between_ids_cost_nothing(store, sql_server, name):
    """PostgreSQL leaves one wherever something was refused, and ids go up to 2^31."""
    write_history(opened(sql_server, name))
    last = 2**31 - 2
    sql_server.run(
        name,
        f"UPDATE Artifact SET id = {last} WHERE id = 4",
        f"UPDATE Event SET artifact_id = {last} WHERE artifact_id = 4",
        f"UPDATE Attribution SET artifact_id = {last} WHERE artifact_id = 4",
    )
    report = import_mlmd(store, sql_server.address(name))
    assert report.agrees and report.tables["Artifact"].created == 6
    assert last in {one.source_id for one in store.artifacts.list(limit=None).items}


DAMAGES = (
    "UPDATE Artifact SET state = 99 WHERE id = 1",
    "UPDATE Artifact SET type_id = 999 WHERE id = 2",
    "UPDATE Execution SET last_known_state = -1 WHERE id = 1",
    "UPDATE Event SET type = 0 WHERE id = 1",
    "UPDATE Event SET artifact_id = 999 WHERE id = 2",
    "UPDATE Event SET execution_id = 999 WHERE id = 3",
    "UPDATE EventPath SET event_id = 9999 WHERE event_id = 4",
    "UPDATE Attribution SET context_id = 999 WHERE id = 1",
    "UPDATE Association SET execution_id = 999 WHERE id = 1",
    "UPDATE ArtifactProperty SET artifact_id = 999 WHERE artifact_id = 5",
    "UPDATE ArtifactProperty SET string_value = NULL WHERE artifact_id = 6",
    "UPDATE ArtifactProperty SET int_value = NULL WHERE artifact_id = 6",
    "UPDATE TypeProperty SET data_type = 9 WHERE type_id = 15",
    "UPDATE Type SET type_kind = 7 WHERE id = 20",
    "UPDATE Context SET name = '' WHERE id = 2",
)


@BOTH
def test_damaged_rows_are_told_as_those_of_a_file_are(store, database, sql_server, name, tmp_path):
    file = copy(IRIS, tmp_path / "metadata.sqlite")
    copied(IRIS, sql_server, name)
    with closing(sqlite3.connect(file)) as connection, connection:
        for damage in DAMAGES:
            connection.execute(damage)
    sql_server.run(name, *DAMAGES)
    of_file = import_mlmd(store, file, source="iris")
    whole = graph(database)
    reset(store, database)
    report = import_mlmd(store, sql_server.address(name), source="iris")
    assert sorted(report.problems) == sorted(of_file.problems) and len(report.problems) > 12
    assert report.tables == of_file.tables
    assert graph(database) == whole


@POSTGRESQL
def test_a_message_that_is_none_is_told(store, sql_server, name):
    write_history(opened(sql_server, name))
    sql_server.run(
        name,
        "UPDATE ArtifactProperty SET proto_value = '\\xff'"
        " WHERE artifact_id = 1 AND proto_value IS NOT NULL AND is_custom_property",
    )
    report = import_mlmd(store, sql_server.address(name))
    assert report.agrees
    assert any("proto_value is" in problem for problem in report.problems)


# Who cannot read it, and why


def check_empty(store):
    """Nothing was written: not even that there is a source."""
    with store.database.driver.session() as session:
        labels = "Artifact|Execution|Context|GraphstoreSource"
        assert session.run(f"MATCH (n:{labels}) RETURN count(n) AS n").single()["n"] == 0


def refusal(store, error, address):
    """The one sentence with which an address is refused, after which nothing is there."""
    with pytest.raises(error) as caught:
        import_mlmd(store, address)
    check_empty(store)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 500
    return message


@BOTH
def test_a_server_that_is_not_there_is_named(store, sql_server):
    kind = sql_server.kind
    message = refusal(store, Unavailable, f"{kind}://me:secret@127.0.0.1:1/metadb")
    assert f"answers at {kind}://127.0.0.1:1/metadb" in message and "secret" not in message
    message = refusal(store, Unavailable, f"{kind}://me:secret@nowhere.invalid/metadb")
    assert "nowhere.invalid" in message and "secret" not in message


@BOTH
def test_a_database_that_is_not_there_is_named(store, sql_server):
    message = refusal(store, NotFound, sql_server.address("nothing"))
    assert message.endswith("/nothing'")


@BOTH
def test_a_database_of_somebody_else_is_refused(store, sql_server, name):
    assert "is not ML Metadata's" in refusal(store, UnsupportedFile, sql_server.address(name))
    sql_server.run(name, "CREATE TABLE MLMDEnv (schema_version INT)")
    message = refusal(store, UnsupportedFile, sql_server.address(name))
    assert "has ML Metadata's schema -1; this reads 4 to 10" in message
    sql_server.run(name, "INSERT INTO MLMDEnv VALUES (11)")
    message = refusal(store, UnsupportedFile, sql_server.address(name))
    assert "has ML Metadata's schema 11; this reads 4 to 10" in message
    sql_server.run(name, "UPDATE MLMDEnv SET schema_version = 10")
    message = refusal(store, UnsupportedFile, sql_server.address(name))
    assert "not as" in message


def grant(server, name, tables, password="s3cr3t"):
    """A user who may read some tables only, `asked` by name."""
    if server.kind == "mysql":
        grants = [f"GRANT SELECT ON {name}.{table} TO asked@'%'" for table in tables]
        server.run(
            name,
            "DROP USER IF EXISTS asked@'%'",
            f"CREATE USER asked@'%' IDENTIFIED BY '{password}'",
            *grants,
        )
    else:
        grants = [f"GRANT SELECT ON {table} TO asked" for table in tables]
        server.run(
            name,
            "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'asked')"
            " THEN DROP OWNED BY asked; DROP ROLE asked; END IF; END $$",
            f"CREATE ROLE asked LOGIN PASSWORD '{password}'",
            *grants,
        )


def all_tables(server, name):
    if server.kind == "mysql":
        return [table for (table,) in server.run(name, "SHOW TABLES")]
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return [table for (table,) in server.run(name, query)]


@pytest.fixture
def reader(sql_server, name):
    """The database, with a history, and a user who may read all of it but no more."""
    write_history(opened(sql_server, name))
    grant(sql_server, name, all_tables(sql_server, name))
    yield sql_server
    if sql_server.kind == "postgresql":
        sql_server.run(name, "DROP OWNED BY asked", "DROP ROLE asked")


@BOTH
def test_select_is_all_the_right_that_it_needs(store, reader, name):
    report = import_mlmd(store, reader.address(name, "asked", "s3cr3t"))
    assert report.agrees and report.tables["Event"].created == 6


@BOTH
def test_a_wrong_password_is_not_repeated(store, reader, name):
    message = refusal(store, Unauthenticated, reader.address(name, "asked", "wr0ng-one"))
    assert "refuses the user or the password" in message and "wr0ng" not in message
    message = refusal(store, Unauthenticated, reader.address(name, "asked"))
    assert "refuses the user or the password" in message


@BOTH
def test_a_password_may_be_in_the_environment(store, reader, name, monkeypatch):
    variable = "MYSQL_PWD" if reader.kind == "mysql" else "PGPASSWORD"
    monkeypatch.setenv(variable, "s3cr3t")
    assert import_mlmd(store, reader.address(name, "asked")).agrees
    monkeypatch.setenv(variable, "wr0ng-one")  # the address comes first
    assert import_mlmd(store, reader.address(name, "asked", "s3cr3t")).agrees


@BOTH
def test_a_password_may_have_any_character(store, reader, name):
    password = "ä/?#@:% +&=é"
    grant(reader, name, all_tables(reader, name), password)
    with pytest.raises(InvalidArgument) as caught:
        import_mlmd(store, reader.address(name, "asked", "a/b@c#"))
    assert "a/b" not in str(caught.value) and "write / as %2F" in str(caught.value)
    assert import_mlmd(store, reader.address(name, "asked", quote(password, safe=""))).agrees


@BOTH
def test_a_server_that_ends_idle_connections_soon_waits_for_the_store(
    store, sql_server, name, monkeypatch
):
    copied(IRIS, sql_server, name)
    monkeypatch.setattr(batches, "NODES", 30)
    monkeypatch.setattr(mysql, "_FIRST_PAGE", 5)
    monkeypatch.setattr(mysql, "_LARGEST_PAGE", 5)
    waits = [2.5]

    def wait(progress):
        if progress.detail == "Artifact rows" and waits:
            time.sleep(waits.pop())

    if sql_server.kind == "mysql":
        impatient, patient = (f"SET GLOBAL wait_timeout = {seconds}" for seconds in (1, 28_800))
    else:
        setting = f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout"
        impatient, patient = f"{setting} = '1s'", f"{setting} TO DEFAULT"
    sql_server.run(None, impatient)
    try:
        report = import_mlmd(store, sql_server.address(name), on_progress=wait)
    finally:
        sql_server.run(None, patient)
    assert report.agrees and not waits


@BOTH
def test_a_database_that_the_user_may_not_enter_is_named(store, reader, name):
    grant(reader, name, [])
    if reader.kind == "postgresql":
        reader.run(name, f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    message = refusal(store, PermissionDenied, reader.address(name, "asked", "s3cr3t"))
    assert f"/{name}" in message and "may not" in message


@BOTH
@pytest.mark.parametrize("table", ["Event", "EventPath", "ParentContext"])
def test_a_table_that_the_user_may_not_read_is_named(store, reader, name, table):
    """A server tells such a user nothing of it: that is not taken for a table without rows."""
    tables = [one for one in all_tables(reader, name) if one.lower() != table.lower()]
    grant(reader, name, tables)
    message = refusal(store, PermissionDenied, reader.address(name, "asked", "s3cr3t"))
    assert "needs SELECT" in message and table.lower() in message.lower()


@BOTH
def test_the_password_stands_nowhere(store, database, reader, name, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    reports, address = [], reader.address(name, "asked", "s3cr3t")
    report = import_mlmd(store, address, on_progress=reports.append)
    with database.driver.session() as session:
        graph = session.run("MATCH (n) RETURN collect(properties(n)) AS all").single()["all"]
    out, err = capsys.readouterr()
    places = [repr(report), repr(report.to_dict()), repr(reports), repr(graph), out, err]
    places += [repr(Address.parse(address)), caplog.text]
    assert not [place for place in places if "s3cr3t" in place]
    sources = [one for one in graph if one.get("address")]
    assert [one["address"] for one in sources] == [
        f"{reader.kind}://127.0.0.1:{reader.port}/{name}"
    ]


@BOTH
def test_an_import_whose_connection_breaks_goes_on_when_it_is_asked_again(
    store, database, sql_server, name, monkeypatch
):
    copied(IRIS, sql_server, name)
    import_mlmd(store, IRIS)
    whole = graph(database)
    reset(store, database)
    monkeypatch.setattr(batches, "NODES", 10)
    monkeypatch.setattr(mysql, "_FIRST_PAGE", 5)
    monkeypatch.setattr(mysql, "_LARGEST_PAGE", 5)
    monkeypatch.setattr(postgresql, "_PAGE", 5)

    def break_off(progress):
        if progress.detail == "Artifact rows":
            if sql_server.kind == "mysql":
                query = (
                    "SELECT id FROM information_schema.processlist"
                    " WHERE db = DATABASE() AND id <> CONNECTION_ID()"
                )
                for (id_,) in sql_server.run(name, query):
                    sql_server.run(None, f"KILL {id_}")
            else:
                sql_server.run(
                    name,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )

    with pytest.raises(Unavailable, match="import it again, which goes on"):
        import_mlmd(store, sql_server.address(name), on_progress=break_off)
    assert 0 < len(store.artifacts.list(limit=None).items) < 58
    report = import_mlmd(store, sql_server.address(name))
    assert report.agrees and report.tables["Artifact"].unchanged > 0
    assert graph(database) == whole


@pytest.mark.parametrize(
    ("address", "package", "extra"),
    [("mysql://h/d", "pymysql", "mysql"), ("postgresql://h/d", "psycopg", "postgresql")],
)
def test_a_driver_that_is_not_installed_is_named(store, monkeypatch, address, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'graphstore-ml\[{extra}\]'"):
        import_mlmd(store, address)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("oracle://h/d", "begins with mysql:// or postgresql://, not oracle://"),
        ("sqlite:///metadata.db", "a SQLite file is named by its path"),
        ("mysql://u:s3cr3t@h", "names no database: mysql://user@host:port/database"),
        ("mysql://u:s3cr3t@h:many/d", "the port of this mysql:// address is no number"),
        ("mysql://u:s3cr3t/more@h/d", "write / as %2F"),
        ("mysql://u:s3cr3t#more@h/d", "write / as %2F"),
        ("mysql://u:s3cr3t@h/d?colour=red", "an address of MySQL has the options charset"),
        ("mysql://u:s3cr3t@h/d?ssl_ca=/nothing", "cannot be read"),
        ("postgresql://u:s3cr3t@127.0.0.1/d?colour=red", 'invalid connection option "colour"'),
    ],
)
def test_an_address_that_cannot_be_right_is_not_repeated(store, address, says):
    with pytest.raises(InvalidArgument) as caught:
        import_mlmd(store, address)
    assert says in str(caught.value) and "s3cr3t" not in str(caught.value)


def test_an_address_is_read_as_other_programs_read_it():
    address = Address.parse("postgresql+psycopg2://a%40b:p%2Fw@[::1]:1/a%2Fb?sslmode=require")
    assert (address.kind, address.user, address.password) == ("postgresql", "a@b", "p/w")
    assert (address.host, address.port, address.database) == ("::1", 1, "a/b")
    assert address.options == {"sslmode": "require"}
    assert address.place == "postgresql://[::1]:1/a/b"
    assert Address.parse("mariadb://h/d").kind == "mysql"


@BOTH
def test_what_came_from_a_database_goes_on_in_the_store(store, sql_server, name):
    write_history(opened(sql_server, name))
    import_mlmd(store, sql_server.address(name))
    artifact = store.artifacts.list(limit=None).items[-1]
    execution = store.executions.list(limit=None).items[0]
    store.events.put(
        [Event(type=EventType.INPUT, artifact_id=artifact.id, execution_id=execution.id)]
    )
    assert import_mlmd(store, sql_server.address(name)).agrees
