"""Connecting: to any Neo4j, and what is said when that cannot be."""

import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from neo4j.exceptions import ClientError

from graphstore import Artifact, ArtifactType, Execution, Store
from graphstore.database import Database, acting, connection, schema
from graphstore.database.queries import QUERIES, Query
from graphstore.errors import (
    AlreadyExists,
    DeadlineExceeded,
    FailedPrecondition,
    ForeignDatabase,
    InvalidArgument,
    NewerDatabase,
    NotFound,
    ResourceExhausted,
    StoreError,
    Unauthenticated,
    Unavailable,
    UnsupportedServer,
)
from tests.conftest import empty


@pytest.fixture
def blank(database):
    """A database with nothing in it at all, and its store afterwards."""

    def clear():
        with database.driver.session() as session:
            session.run("MATCH (n) DETACH DELETE n").consume()

    clear()
    yield database
    clear()
    schema.upgrade(database)


def run(database, text, **parameters):
    with database.driver.session() as session:
        return session.run(text, parameters).data()


def test_an_empty_database_becomes_a_store_once(blank):
    Store(blank)
    Store(blank)
    versions = run(blank, "MATCH (m:GraphstoreMigration) RETURN m.version AS v ORDER BY v")
    assert [row["v"] for row in versions] == list(schema.MIGRATIONS)
    assert len(run(blank, "MATCH (t:Type) RETURN t")) == 9


def without_schema(database):
    for what in ("CONSTRAINT", "INDEX"):
        rows = run(database, f"SHOW {what} YIELD name, type WHERE type <> 'LOOKUP' RETURN name")
        for row in rows:
            run(database, f"DROP {what} `{row['name']}`")


def test_who_opens_an_empty_database_at_once_opens_one_store(server, blank):
    """Each with a connection of its own, as processes have; IF NOT EXISTS is no lock."""
    at_once = threading.Barrier(4)
    everything = "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name ORDER BY name"
    schema.upgrade(blank)
    expected = run(blank, everything)

    def open_store():
        database = server.connect()
        at_once.wait()
        Store(database)
        database.close()

    for _ in range(5):
        run(blank, "MATCH (n) DETACH DELETE n")
        without_schema(blank)
        with ThreadPoolExecutor(4) as pool:
            for one in [pool.submit(open_store) for _ in range(4)]:
                one.result()
        run(blank, "CALL db.awaitIndexes(60)")
        assert run(blank, everything) == expected
        assert len(run(blank, "MATCH (t:Type) RETURN t")) == 9
        versions = run(
            blank, "MATCH (m:GraphstoreMigration) RETURN DISTINCT m.version AS v ORDER BY v"
        )
        assert [row["v"] for row in versions] == list(schema.MIGRATIONS)


def test_a_store_of_the_version_before_gets_its_indexes_though_interrupted(
    store, types, database, monkeypatch
):
    """Lists by type and time of the last update are the same before, in between and after."""
    artifacts = store.artifacts.put_many([Artifact(type=t) for t in ("Model", "Examples") * 6])
    for artifact in artifacts[:4]:
        store.artifacts.put(artifact.evolve(uri=f"s3://{artifact.id}"))
    run(database, "CREATE (:Artifact:Model {id: 1000, type: 'Model', type_id: 11})")  # without

    def lists():
        return [
            [artifact.id for artifact in store.artifacts.iterate(page_size=2, **options)]
            for options in (
                {"type": "Model", "order_by": "last_update_time", "descending": descending}
                for descending in (False, True)
            )
        ]

    names = [f"{kind}_type_last_update_time" for kind in ("artifact", "execution", "context")]
    online = "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN collect(name) AS names"
    noted = "MATCH (m:GraphstoreMigration) RETURN collect(m.version) AS versions"
    by_index = lists()
    assert {*names} <= {*run(database, online)[0]["names"]}
    try:
        for name in names:
            run(database, f"DROP INDEX {name}")
        run(database, "MATCH (m:GraphstoreMigration {version: 14}) DELETE m")
        assert lists() == by_index
        for done in range(len(names)):
            statements = []

            def interrupted(query, *, done=done, statements=statements, **parameters):
                if len(statements) == done:
                    raise KeyboardInterrupt
                statements.append(query)
                return type(database).run(database, query, **parameters)

            with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
                patch.setattr(database, "run", interrupted)
                schema.upgrade(database)
            assert 14 not in run(database, noted)[0]["versions"]
            assert lists() == by_index
            run(database, "CALL db.awaitIndexes(60)")
            assert {*names[:done]} == {*names} & {*run(database, online)[0]["names"]}
    finally:
        schema.upgrade(database)
    run(database, "CALL db.awaitIndexes(60)")
    assert 14 in run(database, noted)[0]["versions"]
    assert {*names} <= {*run(database, online)[0]["names"]}
    assert lists() == by_index
    assert sorted(by_index[0]) == sorted(a.id for a in artifacts if a.type == "Model")
    assert by_index[1] == by_index[0][::-1]


def test_a_store_that_was_emptied_says_so(blank):
    store = Store(blank)
    run(blank, "MATCH (n) DETACH DELETE n")
    with pytest.raises((NotFound, FailedPrecondition)):
        store.artifacts.put(Artifact(type="Model"))
    with pytest.raises(FailedPrecondition, match="was it emptied"):
        store.ids.take({"artifact": 1})
    assert Store(blank).ids.take({"artifact": 1}) == {"artifact": [1]}


def test_somebody_elses_data_is_left_alone(blank):
    run(blank, "CREATE (:Person {name: 'Ada'})")
    with pytest.raises(ForeignDatabase, match=r"not graphstore's.*adopt"):
        Store(blank)
    assert len(run(blank, "MATCH (n) RETURN n")) == 1
    Store(blank, adopt=True)
    Store(blank)
    assert len(run(blank, "MATCH (n:Person) RETURN n")) == 1


def test_a_newer_store_is_left_alone(blank):
    Store(blank)
    run(blank, "CREATE (:GraphstoreMigration {version: 999})")
    with pytest.raises(NewerDatabase, match=r"schema 999, and this graphstore knows \d"):
        Store(blank)


def test_the_wrong_password_is_told(server):
    wrong = type(server)(server.uri, server.user, "wrong")
    try:
        wrong.connect().close()
        pytest.skip("this server asks for no password")
    except Unauthenticated as error:
        assert "refuses the user or the password" in str(error)


def test_a_dead_address_is_told_at_once():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for scheme in ("bolt", "neo4j"):
        with pytest.raises(Unavailable, match=f"no Neo4j answers at {scheme}://127.0.0.1:{port}"):
            Database(f"{scheme}://127.0.0.1:{port}")


def test_what_others_ask_ends_before_the_store_is_closed(server, store, types):
    common_store = Store(server.connect())
    events = [threading.Event() for _ in range(8)]

    def ask(event):
        number = 0
        while True:
            try:
                common_store.artifacts.put(Artifact(type="Model"))
            except Unavailable as error:
                assert "has been closed; open the store again" in str(error)
                return number
            number += 1
            event.set()

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(ask, event) for event in events]
        for event in events:
            event.wait()
        common_store.close()
        count = sum(one.result() for one in futures)
    assert len(list(store.artifacts.list(limit=10_000))) == count
    common_store.close()
    with pytest.raises(Unavailable, match="has been closed"):
        common_store.database.ping()


def test_a_call_that_does_not_end_does_not_keep_the_store_open(
    server, store, database, monkeypatch
):
    monkeypatch.setattr(connection, "_CLOSING_SECONDS", 0.1)
    common_store = Store(server.connect())
    store.types.put(ArtifactType(name="T"))
    with database.driver.session() as session, session.begin_transaction() as transaction:
        transaction.run("MATCH (t:Type {name: 'T'}) SET t.held = 1").consume()
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(common_store.types.put, ArtifactType(name="T"))
            while not common_store.database._calls:
                pass
            common_store.close()
            transaction.rollback()
            with pytest.raises(Unavailable, match="has been closed"):
                call.result()


def test_a_stream_of_a_store_that_is_closed_says_so(server, store, types):
    inputs = store.artifacts.put_many([Artifact(type="Examples")] * 3000)
    publication = store.publish(Execution(type="Trainer"), inputs)
    with Store(server.connect()) as other:  # the answer comes by the thousand
        stream = other.lineage.stream("upstream", publication.execution)
        next(stream)
    with pytest.raises(Unavailable, match="has been closed"):
        list(stream)


@pytest.mark.parametrize("uri", ["ftp://localhost", "localhost:7687", "", "bolt://localhost:port"])
def test_an_address_that_is_none_is_told(uri):
    with pytest.raises(InvalidArgument, match="cannot connect to"):
        Database(uri)


def test_something_else_at_the_address_is_told():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        import threading

        def answer():
            connection, _ = listener.accept()
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises((UnsupportedServer, Unavailable)):
            Database(f"bolt://127.0.0.1:{port}")
        thread.join()


def test_tls_to_a_server_without_it_is_told(server):
    address = server.uri.replace("bolt://", "bolt+s://").replace("neo4j://", "neo4j+s://")
    with pytest.raises(Unavailable):
        Database(address, (server.user, server.password))


def test_a_server_that_is_too_old_is_told(server, monkeypatch):
    monkeypatch.setattr(connection, "OLDEST_SERVER", (9999, 0))
    with pytest.raises(UnsupportedServer, match=r"is Neo4j/\d.*needs Neo4j 5.26"):
        server.connect()


def test_who_gets_no_connection_is_told_what_to_do(server):
    small_pool = server.connect(max_connection_pool_size=1, connection_acquisition_timeout=2.0)
    with small_pool.driver.session() as session:
        session.run("UNWIND range(1, 100000) AS n RETURN n").peek()
        with pytest.raises(ResourceExhausted, match="max_connection_pool_size"):
            small_pool.ping()
    small_pool.close()


def test_a_database_that_is_not_there_is_told(server):
    nothing = Database(server.uri, (server.user, server.password), "nothing")
    with pytest.raises(NotFound, match="no database has name 'nothing'"):
        Store(nothing)
    nothing.close()


def test_a_routing_address_works_and_bookmarks_carry_over(server, store, types):
    address = server.uri.replace("bolt://", "neo4j://")
    with Store(Database(address, (server.user, server.password), "neo4j")) as remote:
        artifact = remote.artifacts.put(Artifact(type="Model"))
        bookmarks = remote.database.bookmarks()
        assert bookmarks
    elsewhere = Database(address, (server.user, server.password), "neo4j", bookmarks=bookmarks)
    with Store(elsewhere) as reader:
        assert reader.artifacts.get(artifact.id) == artifact


def test_a_query_that_takes_too_long_is_stopped(server):
    database = server.connect(timeout=0.5)
    slow = Query(
        "test.slow",
        "// Counts.\n//\n// access: read\n// returns: n\n"
        "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS n;\n",
    )
    with pytest.raises(DeadlineExceeded, match=r"longer than 0.5 s"):
        database.rows(slow)
    database.close()


def test_values_that_neo4j_cannot_hold_are_told(store):
    with pytest.raises(InvalidArgument, match=f"expected an artifact.*found int {2**63}"):
        store.artifacts.get(2**63)
    with pytest.raises(InvalidArgument, match="cannot hold a parameter"):
        store.artifacts.get_by_uri("\ud800")


def test_a_reader_cannot_write(store):
    sneaky = Query(
        "test.sneaky", "// X.\n//\n// access: read\n// returns: n\nCREATE (n) RETURN n;\n"
    )
    with pytest.raises(Exception, match=r"(?i)writ"):
        store.database.rows(sneaky)


def test_the_server_knows_our_queries_by_name_and_who_asks(server, database):
    query = Query(
        "test.transactions",
        "// Who runs.\n//\n// access: read\n// returns: m\n"
        "SHOW TRANSACTIONS YIELD metaData AS m RETURN m;\n",
    )
    with acting("anna"):
        metadata = [row["m"] for row in database.rows(query)]
    assert {"graphstore": "test.transactions", "by": "anna"} in metadata


def test_work_that_fails_leaves_nothing(store, types, database):
    before = run(database, "MATCH (n) RETURN count(n) AS n")

    def work(transaction):
        transaction.run(
            QUERIES["artifact.create"], artifacts=[{"id": 7, "label": "X", "properties": {"id": 7}}]
        )
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        database.transact("test", work)
    assert run(database, "MATCH (n) RETURN count(n) AS n") == before


@pytest.mark.parametrize("way", ["rows", "stream", "transact"])
def test_an_error_is_told_though_its_connection_is_in_use_again(server, way):
    """As soon as a query fails, the driver gives its connection to who waits for one. With a single
    connection in the pool, and the one who waits in the middle of the error, this is no race."""
    query = Query("fails", "// access: read\nRETURN 1 / $zero AS x")
    database = server.connect(max_connection_pool_size=1, connection_acquisition_timeout=5)
    others = []

    def take():
        session = database.driver.session()
        others.append((session, session.begin_transaction()))

    def work(transaction):
        try:
            return transaction.rows(query, zero=0)
        except ClientError:
            take()
            raise

    ask = {
        "rows": lambda: database.rows(query, zero=0),
        "stream": lambda: [*database.stream(query, zero=0)],
        "transact": lambda: database.transact("fails", work),
    }[way]
    with pytest.raises(StoreError, match="/ by zero"):
        ask()
    if way == "transact":
        ((session, other),) = others
        assert other.run("RETURN 7 AS x").single()["x"] == 7  # nobody rolled it back
        other.commit()
        session.close()
    database.close()


def test_threads_whose_queries_fail_at_once_are_each_told(server, database):
    """Connections go round between eight threads, of which most fail within a transaction."""
    create = Query("create", "// access: write\nCREATE (n:Type {id: $id}) RETURN n.id AS id")
    echo = Query("echo", "// access: read\nRETURN $number AS number")
    ends: Counter[str] = Counter()

    def work(number):
        for turn in range(40):
            asked = -1 - turn // 4

            def put(transaction, asked=asked):
                row = transaction.one(echo, number=number)
                transaction.run(create, id=asked)
                return row["number"]

            try:
                assert database.transact("create", put) == number
                ends["stored"] += 1
            except AlreadyExists:
                ends["there already"] += 1

    with ThreadPoolExecutor(8) as pool:
        for call in [pool.submit(work, number) for number in range(8)]:
            call.result(60)
    run(database, "MATCH (t:Type) WHERE t.id < 0 DETACH DELETE t")
    assert ends == {"stored": 10, "there already": 310}


def test_emptying_between_tests_keeps_the_schema(database):
    empty(database)
    assert len(run(database, "SHOW CONSTRAINTS")) >= 16
