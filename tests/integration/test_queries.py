"""The server agrees with every file of the folder of queries."""

import re

import pytest

from graphstore.database.queries import QUERIES, folder
from graphstore.database.spelling import FIELDS
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.interop.openlineage.graph import DATASET
from graphstore.recording.cache import FACTS
from graphstore.recording.delivery import RUN_PROPERTIES
from tests.conftest import IRIS

PARAMS = dict(
    re.findall(r"^:param (\w+) => (.*);$", (folder() / "params.cypher").read_text(), re.M)
)
TYPE_KEYS = ["property_names", "property_kinds", "kind", "version", "base_type"]
TYPE_KEYS += ["next", "migration", "applied"]
OTHER_KEYS = [
    "custom_error",
    "custom_namespace",
    "custom___execution_result__",
    "custom_pushed",
    "custom_pushed_destination",
    "target",
    *("steps", "values", "times", "count", "first", "last", "min", "max"),  # of a series
]
KINDS = {"read": {"r"}, "write": {"w", "rw"}, "schema": {"s", "w"}}


@pytest.fixture(scope="module")
def session(server):
    """A session that hears of every misspelt label, type and key."""
    database = server.connect(notifications_min_severity="INFORMATION")
    with database.driver.session(database="neo4j") as session:
        yield session
    database.close()


@pytest.fixture(scope="module")
def samples(session):
    """The values of params.cypher."""
    columns = ", ".join(f"{value} AS {name}" for name, value in PARAMS.items())
    return dict(session.run(f"RETURN {columns}").single())


@pytest.fixture(scope="module")
def all_names(server):
    """A database in which every label, relationship type and key of ours exists."""
    database = server.connect()
    with database.driver.session(database="neo4j") as session:
        session.run(
            "CREATE (a:Artifact)-[:INPUT {path: [], time: datetime(), ordinal: 0}]->(e:Execution)"
            "-[:OUTPUT]->(a), (a)-[:DECLARED_INPUT]->(e)-[:DECLARED_OUTPUT]->(a),"
            " (a)-[:INTERNAL_INPUT]->(e)-[:INTERNAL_OUTPUT]->(a), (e)-[:PENDING_OUTPUT]->(a),"
            " (a)-[:RETRACTED_INPUT {_retracted_by: '-'}]->(e),"
            " (a)-[:ATTRIBUTED_TO]->(c:Context)-[:CHILD_OF]->(c), (e)-[:ASSOCIATED_WITH]->(c),"
            " (s:GraphstoreSource {name: '-', create_time: 0, last_update_time: 0}),"
            " (e)-[:LOGGED]->(l:GraphstoreSeries {metric: '-', key: '-'}),"
            " (r:Revision {_until: 0, _by: '-'})-[:REVISION_OF]->(e),"
            " (b:GraphstoreStore {importing: '-', line: 0, copied_from: [], copied_artifacts: [],"
            " copied_executions: [], copied_contexts: []}),"
            " (p:GraphstoreSeal {number: 0, since: datetime(), until: datetime()}),"
            " (q:GraphstoreLeaves {seal: 0, number: 0, since: datetime(), until: datetime()}),"
            " (v:GraphstoreSealing {token: '-', by: '-', time: datetime()}),"
            " (d:GraphstoreDeletion {kind: '-', ids: []}),"
            " (i:GraphstoreErasure {_why: '-', edge: '-', others: [], other_kind: '-'}),"
            " (h:GraphstoreLease {name: '-', holder: '-', by: '-', began: 0, until: 0}),"
            " (t:ArtifactType:ExecutionType:ContextType)"
            " SET a = $keys, e += $keys DETACH DELETE a, e, c, s, l, b, d, h, i, r, p, q, v, t",
            keys={
                name: 0
                for name in [
                    *(*FIELDS, *FACTS, *RUN_PROPERTIES, *OTHER_KEYS, *TYPE_KEYS),
                    *DATASET.properties,
                ]
            },
        ).consume()
    database.close()


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_the_server_agrees_with_the_file(query, store, session, samples, all_names):
    """What only reads is run, which plans it once; of the rest it is asked what it would do."""
    explain = "" if query.access == "read" else "EXPLAIN "
    for statement in query.statements:
        as_sent = statement.to_send(samples) if statement.planned_once else None
        for text, parameters in filter(None, [(statement.text, samples), as_sent]):
            result = session.run(explain + text, parameters)
            if query.access == "read":
                assert tuple(result.keys()) == query.returns
            summary = result.consume()
            assert summary.query_type in KINDS[query.access]
            warnings = [s for s in summary.gql_status_objects if s.raw_severity == "WARNING"]
            assert [status.status_description for status in warnings] == []


@pytest.mark.parametrize(
    "query", [q for q in QUERIES.values() if q.name.startswith("browse.")], ids=lambda q: q.name
)
def test_pictures_show_something_of_a_real_history(query, store, session, samples):
    import_mlmd(store, IRIS)
    result = session.run(query.text, {**samples, "context_id": 2})
    assert list(result.keys()) == list(query.returns)
    assert list(result)
