"""The client side of a cluster: where what goes, and what happens when a member goes.

A real server stands behind it; what makes it look like a cluster is `tests/bolt_proxy.py`.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Thread, Timer
from time import monotonic

import pytest

from graphstore import (
    Artifact,
    Batch,
    Context,
    Execution,
    ExecutionState,
    Store,
    ToPublish,
)
from graphstore.database import deadline
from graphstore.database.queries import QUERIES
from graphstore.errors import DeadlineExceeded, Unavailable
from graphstore.model.edges import Event, EventType
from graphstore.storage.writing.batch import At
from tests.bolt_proxy import BEHIND, NOT_A_LEADER, READ_ONLY, UNAVAILABLE, cluster
from tests.conftest import empty


@pytest.fixture
def members(server, store, types):
    """Three members: the first leads."""
    with cluster(server.uri) as members:
        yield members


@pytest.fixture
def connect(server, members):
    """A factory: a store by way of the cluster."""
    stores = []

    def connect(uri=None, database="neo4j", **options):
        auth = (server.user, server.password)
        stores.append(Store.open(uri or members.uri, auth=auth, database=database, **options))
        members.transactions.clear()
        return stores[-1]

    yield connect
    for store in stores:
        store.close()


@pytest.fixture
def remote(connect):
    return connect()


def lead(members, number):
    """Something to do: make another one the leader."""

    def do(member):
        members.leader = None if number is None else members.members[number]

    return do


def train(store, name="t"):
    """Read some examples that are there, make a model."""
    (examples,) = list(store.artifacts.list(type="Examples")) or [
        store.artifacts.put(Artifact(type="Examples", name="data"))
    ]
    return store.publish(
        Execution(type="Trainer", name=name),
        inputs={"examples": examples},
        outputs={"model": Artifact(type="Model", name=name)},
        contexts=[Context(type="Pipeline", name="p")],
    )


def check(store, *names):
    """Each step is there once, with one input, one output and its context; and nothing besides."""
    query = (
        "MATCH (e:Execution) RETURN e.name AS name, e.id AS id,"
        " COUNT { (e)<-[:INPUT]-(:Examples) } AS read, COUNT { (e)-[:OUTPUT]->(:Model) } AS made,"
        " COUNT { (e)-[:ASSOCIATED_WITH]->(:Context) } AS contexts,"
        " COUNT { (:Execution {id: e.id}) } AS of_this_id"
    )
    with store.database.driver.session() as session:
        rows = session.run(query).data()
        nodes = session.run(
            "MATCH (n) WHERE n:Artifact OR n:Context RETURN n.name AS name, count(*) AS n"
        ).data()
    assert sorted(row["name"] for row in rows) == sorted(names)
    for row in rows:
        counts = row["read"], row["made"], row["contexts"], row["of_this_id"]
        assert counts == (1, 1, 1, 1), row
    assert {row["name"]: row["n"] for row in nodes} == {"data": 1, "p": 1} | dict.fromkeys(names, 1)


# Where what goes


def test_reads_go_to_readers_and_writes_to_the_leader(members, remote):
    model = train(remote).outputs[0]
    members.transactions.clear()
    reads = [
        lambda: remote.artifacts.get(model.id),
        lambda: remote.artifacts.get_by_name("Model", "t"),
        lambda: remote.artifacts.list(),
        lambda: remote.artifacts.list(filter="name = 't'"),
        lambda: remote.executions.list(),
        lambda: remote.contexts.list(),
        lambda: remote.lineage.upstream(model),
        lambda: remote.lineage.downstream(model),
        lambda: list(remote.lineage.stream("upstream", model)),
        lambda: remote.explain(model),
        lambda: remote.impact(model),
        lambda: remote.resolve.latest("Model"),
        lambda: remote.cache.look_up("0" * 64, verify=False),
        lambda: remote.doctor.running(),
        lambda: remote.decisions.deployments(),
        lambda: remote.database.explain("RETURN 1"),
    ]
    for question in reads:
        before = len(members.transactions)
        question()
        assert len(members.transactions) > before  # or it proves nothing
    assert {one.mode for one in members.transactions} == {"read"}
    assert {one.member.leads for one in members.transactions} == {False}
    at = Counter(one.member for one in members.transactions)
    assert set(at) == set(members.members[1:])  # both of them serve

    members.transactions.clear()
    artifact = remote.artifacts.put(Artifact(type="Model"))
    remote.artifacts.put(artifact.evolve(uri="s3://x"))
    train(remote, "u")
    remote.put(Batch(artifacts=[Artifact(type="Model")]))
    list(remote.publish_many([ToPublish(Execution(type="Trainer"))]))
    for one in members.transactions:
        query = QUERIES.get(one.name)
        reads = query is not None and query.access == "read"
        assert one.mode == ("read" if reads else "write"), one
        assert one.member.leads != reads, one
    assert any(one.mode == "write" for one in members.transactions)


def test_every_query_goes_where_its_header_says(members, remote, types):
    """By the names that transactions have, over all that this module and the set-up ask."""
    model = train(remote).outputs[0]
    remote.lineage.upstream(model)
    for one in members.transactions:
        if one.name in QUERIES:
            assert one.mode == ("read" if QUERIES[one.name].access == "read" else "write"), one
    assert {one.member.leads for one in members.transactions if one.mode == "write"} == {True}


def test_an_empty_cluster_becomes_a_store(members, server, store, connect):
    with store.database.driver.session() as session:
        session.run("MATCH (n) DETACH DELETE n").consume()
    remote = connect()
    assert remote.types.find("artifact", "mlmd.Model").id
    assert members.bookmarks
    empty(store.database)


def test_a_plain_server_takes_a_routing_address(server, store, types):
    uri = server.uri.replace("bolt://", "neo4j://")
    for database in ("neo4j", None):
        with Store.open(uri, auth=(server.user, server.password), database=database) as remote:
            artifact = remote.artifacts.put(Artifact(type="Model"))
            assert remote.artifacts.get(artifact.id) == artifact
            assert not list(remote.lineage.upstream(artifact).executions)


# Reading one's own writes


def test_reads_carry_the_bookmark_of_the_write_before_them(members, remote):
    def last(mode):
        return [one for one in members.transactions if one.mode == mode][-1]

    model = train(remote).outputs[0]
    bookmark = members.bookmarks[-1]
    reads = {
        "get": lambda: remote.artifacts.get(model.id),
        "lineage": lambda: remote.lineage.upstream(model),
        "stream": lambda: next(iter(remote.lineage.stream("upstream", model))),
        "several queries": lambda: remote.explain(model),
    }
    for name, question in reads.items():
        members.transactions.clear()
        with ThreadPoolExecutor(1) as another:
            another.submit(question).result()
        assert members.transactions, name
        for one in members.transactions:
            assert one.bookmarks == {bookmark}, name

    # And the next write, too; then its own is the newer one.
    other = train(remote, "u").outputs[0]
    assert last("write").bookmarks == {bookmark}
    assert members.bookmarks[-1] != bookmark
    remote.artifacts.get(other.id)
    assert last("read").bookmarks == {members.bookmarks[-1]}


def test_reads_carry_the_bookmarks_of_all_threads(members, remote):
    examples = [remote.artifacts.put(Artifact(type="Examples")) for _ in range(4)]
    count = len(members.bookmarks)
    threads = [
        Thread(target=remote.publish, args=(Execution(type="Trainer"), [one])) for one in examples
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(members.bookmarks) >= count + 4
    remote.executions.list()
    bookmarks = members.transactions[-1].bookmarks
    # Those that a later write has seen stand for those before it, and may be gone.
    writes = [one for one in members.transactions if one.mode == "write"]
    old_bookmarks = frozenset().union(*(one.bookmarks for one in writes))
    assert set(members.bookmarks[count:]) <= bookmarks | old_bookmarks
    assert members.bookmarks[-1] in bookmarks


def test_bookmarks_go_to_another_process(server, members, remote):
    train(remote)
    bookmarks = remote.database.bookmarks()
    assert bookmarks == (members.bookmarks[-1],)
    auth = (server.user, server.password)
    for marks in (bookmarks, ()):
        members.transactions.clear()
        with Store.open(members.uri, auth=auth, database="neo4j", bookmarks=marks) as other:
            assert other.executions.get_by_name("Trainer", "t").name == "t"
        assert members.transactions[0].mode == "read"
        assert members.transactions[0].bookmarks == set(marks)


def test_a_reader_that_lags_is_left_for_another(members, remote):
    publication = train(remote)
    members.when("RUN", lambda member: BEHIND, mode="read")
    assert remote.executions.get(publication.execution.id).name == "t"
    assert members.quiet
    members.when("BEGIN", lambda member: BEHIND, mode="read")
    assert len(list(remote.lineage.stream("upstream", publication.outputs[0]))) > 0
    assert members.quiet


# Another leader

MOMENTS = {
    "publish": ["RUN", "COMMIT", "COMMITTED"],
    "put": ["RUN", "COMMIT", "COMMITTED"],
    "batch": ["BEGIN", "RUN", "COMMIT", "COMMITTED"],
    "publish_many": ["RUN", "COMMIT", "COMMITTED"],
    "publish_many, reuse": ["BEGIN", "RUN", "COMMIT", "COMMITTED"],
}


@pytest.mark.parametrize(
    ("refusal", "name"), [(NOT_A_LEADER, "neo4j"), (READ_ONLY, "neo4j"), (NOT_A_LEADER, None)]
)
@pytest.mark.parametrize(
    ("how", "moment"), [(how, moment) for how, moments in MOMENTS.items() for moment in moments]
)
def test_a_write_finds_the_new_leader(members, connect, store, how, moment, refusal, name):
    """The old one refuses, or has committed and is gone before it can say so."""
    examples = store.artifacts.put(Artifact(type="Examples", name="data"))
    remote = connect(database=name)
    for kind, ids in remote.ids.take({"artifact": 9, "execution": 9, "context": 9}).items():
        remote.ids.give_back(kind, ids)  # so that none are leased at the moment that matters
    members.refusal = refusal
    names = [f"t{number}" for number in range(3)]
    context = Context(type="Pipeline", name="p")
    publications = [
        ToPublish(
            Execution(type="Trainer", name=name, external_id=name),
            {"examples": examples},
            {"model": Artifact(type="Model", name=name, external_id=name)},
            [context],
        )
        for name in names
    ]
    batch = Batch(
        artifacts=[Artifact(type="Model", name=name) for name in names],
        executions=[Execution(type="Trainer", name=name) for name in names],
        contexts=[context],
        events=[
            *((examples.id, At(n), Event(type=EventType.INPUT)) for n in range(3)),
            *((At(n), At(n), Event(type=EventType.OUTPUT)) for n in range(3)),
        ],
        associations=[(At(n), At(0)) for n in range(3)],
    )
    began = monotonic()
    members.transactions.clear()
    members.when(moment, lead(members, 1), cut=moment == "COMMITTED")
    if how == "publish":
        for name in names:
            train(remote, name)
    elif how == "put":
        remote.artifacts.put(Artifact(type="Model", name="one"))
    elif how == "batch":
        remote.put(batch)
    else:
        results = list(remote.publish_many(publications, batch=2, reuse="reuse" in how))
        assert len(results) == 3
    assert members.quiet, "the leader never changed"
    assert "sequence.lease" not in {one.name for one in members.transactions}
    assert monotonic() - began < 25
    assert members.transactions[-1].member is members.members[1]
    if how == "put":
        assert [one.name for one in store.artifacts.list(type="Model")] == ["one"]
    else:
        check(store, *names)


def test_the_leader_goes_back_and_forth_under_many_writers(members, remote, store):
    train(remote, "first")
    errors = []

    def write(number):
        try:
            for n in range(10):
                train(remote, f"{number}.{n}")
        except Exception as error:
            errors.append(error)

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    for n, moment in enumerate(["RUN", "COMMIT", "COMMITTED"] * 3):
        members.when(moment, lead(members, (n + 1) % 3), cut=moment == "COMMITTED")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert members.quiet
    check(store, "first", *(f"{number}.{n}" for number in range(4) for n in range(10)))


def test_a_run_is_recorded_over_a_change_of_the_leader(
    members, remote, store, tmp_path, monkeypatch
):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path))
    data = Artifact(type="Csv", uri="s3://data")
    with remote.run("iris", capture=()) as run:
        for number in range(4):
            members.when(
                "COMMIT" if number % 2 else "COMMITTED", lead(members, number % 3), cut=True
            )
            with run.execution(
                "Trainer", parameters={"number": number}, inputs={"data": data}
            ) as step:
                pass
            assert step.execution.id is not None
    assert not list(tmp_path.rglob("*.jsonl"))
    executions = list(store.executions.list(type="Trainer"))
    assert sorted(one.custom_properties["number"] for one in executions) == [0, 1, 2, 3]
    assert {one.state for one in executions} == {ExecutionState.COMPLETE}
    assert len(list(store.artifacts.list(type="Csv"))) == 1


# Members that are gone


def test_reads_go_to_the_reader_that_is_left(members, remote):
    publication = train(remote)
    for _ in range(20):
        remote.executions.list()
    _, one, other = members.members
    assert {start.member for start in members.transactions if start.mode == "read"} == {one, other}
    one.stop()  # its connections are in the pool, and routing tables go on to tell of it
    members.transactions.clear()
    began = monotonic()
    for _ in range(8):
        assert remote.executions.get(publication.execution.id).name == "t"
        assert list(remote.lineage.stream("upstream", publication.outputs[0]))
    assert monotonic() - began < 25
    assert {start.member for start in members.transactions} == {other}


def test_a_stream_that_breaks_off_says_so(members, remote, store):
    before = store.artifacts.put(Artifact(type="Examples"))
    list(
        store.publish_many(
            ToPublish(Execution(type="Trainer"), [before], [Artifact(type="Model")])
            for _ in range(4000)
        )
    )
    stream = remote.lineage.stream("downstream", before)
    nodes = [next(stream)]
    for member in members.members:
        member.drop()
    with pytest.raises(Unavailable):
        nodes += stream
    assert len(nodes) < 4000
    # The next one is whole.
    whole = remote.lineage.stream("downstream", before)
    assert sum(1 for _ in whole) > len(nodes)


def test_a_member_whose_database_is_away_is_left_for_another(members, remote):
    publication = train(remote)
    members.when("RUN", lambda member: UNAVAILABLE, mode="read")
    assert remote.executions.get(publication.execution.id).name == "t"
    assert members.quiet


@pytest.mark.parametrize("fault", ["unlisted", "refuses", "stopped"])
def test_a_write_waits_for_a_leader(members, remote, store, fault):
    old = members.leader
    if fault == "stopped":
        old.stop()
        members.routing_members = members.members[1:]
    members.leader = None
    if fault == "refuses":
        members.table = lambda: [  # type: ignore[method-assign]
            {"role": role, "addresses": [old.address]} for role in ("WRITE", "READ", "ROUTE")
        ]

    def elect():
        members.leader = members.members[2]
        vars(members).pop("table", None)

    timer = Timer(1.5, elect)
    timer.start()
    began = monotonic()
    train(remote)
    timer.join()
    assert 1.4 < monotonic() - began < 25
    check(store, "t")


@pytest.mark.parametrize("fault", ["unlisted", "refuses"])
@pytest.mark.parametrize("name", ["neo4j", None])
def test_a_write_without_a_leader_says_so_in_time(members, connect, store, fault, name):
    remote = connect(database=name, max_transaction_retry_time=1.0)
    old = members.leader
    members.leader = None
    if fault == "refuses":
        members.table = lambda: [  # type: ignore[method-assign]
            {"role": role, "addresses": [old.address]} for role in ("WRITE", "READ", "ROUTE")
        ]
    began = monotonic()
    with pytest.raises(Unavailable) as excinfo:
        remote.artifacts.put(Artifact(type="Model"))
    assert monotonic() - began < 20  # a second is what was asked, 30 is usual
    message = str(excinfo.value)
    assert f"nobody at {members.uri} takes writes" in message
    assert "a cluster without a leader" in message
    assert "SHOW DATABASES" in message
    assert not list(store.artifacts.list())
    # Reads go on; and who asks how things are is told at once.
    assert not list(remote.artifacts.list())
    patient = connect(database=name, max_transaction_retry_time=60.0)
    began = monotonic()
    patient.database.ping()
    with pytest.raises(Unavailable, match="takes writes"):
        patient.database.ping("write")
    assert monotonic() - began < 30
    with pytest.raises((Unavailable, DeadlineExceeded)), deadline(0.3):
        remote.artifacts.put(Artifact(type="Model"))


def test_a_database_that_stays_away_is_unavailable(members, connect):
    remote = connect(max_transaction_retry_time=0.5)
    members.leader, members.refusal = None, UNAVAILABLE
    members.table = lambda: [  # type: ignore[method-assign]
        {"role": role, "addresses": [members.members[0].address]}
        for role in ("WRITE", "READ", "ROUTE")
    ]
    with pytest.raises(Unavailable, match="DatabaseUnavailable"):
        remote.artifacts.put(Artifact(type="Model"))


def test_a_follower_by_its_own_address_says_what_to_do(members, connect, store):
    remote = connect(f"bolt://{members.members[1].address}", max_transaction_retry_time=0.5)
    assert not list(remote.artifacts.list())
    with pytest.raises(Unavailable, match=r"takes writes.*neo4j://"):
        remote.artifacts.put(Artifact(type="Model"))


def test_nobody_at_all_says_so_in_time(members, connect):
    remote = connect(max_transaction_retry_time=1.0)
    for member in members.members:
        member.stop()
    for ask in (
        lambda: remote.artifacts.list(),
        lambda: remote.artifacts.put(Artifact(type="Model")),
        lambda: list(remote.lineage.stream("upstream", 1)),
        remote.database.ping,
    ):
        began = monotonic()
        with pytest.raises(Unavailable, match=f"no Neo4j answers at {members.uri}"):
            ask()
        assert monotonic() - began < 20  # a second is what was asked, 30 is usual


def test_what_is_recorded_without_a_leader_waits_for_one(
    members, connect, store, tmp_path, monkeypatch
):
    monkeypatch.setenv("GRAPHSTORE_HOME", str(tmp_path))
    remote = connect(max_transaction_retry_time=0.5)
    with remote.run("iris", capture=()) as run:
        members.leader = None
        with run.execution("Trainer") as step:
            pass
        assert step.execution.id is None
        members.leader = members.members[1]
    assert not list(tmp_path.rglob("*.jsonl"))
    (execution,) = store.executions.list(type="Trainer")
    assert execution.state is ExecutionState.COMPLETE
