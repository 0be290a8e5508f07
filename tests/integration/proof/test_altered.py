"""Whatever is altered by hand in a sealed store is found, and named."""

import pytest

from graphstore.database.spelling import from_key
from tests.integration.proof.conftest import altered, run, verify

UNSEEN = {"last_update_time", "_since"}
"""Properties that no record has: docs/proof.md says why."""

MOVING = {"create_time", "_recorded", "_until"}
"""Those that say when something was recorded: what is altered so is missing where it was."""


def elements(database, pattern):
    """What there is of a pattern, by what Neo4j calls it: its keys, and what reports call it."""
    rows = run(
        database,
        f"MATCH {pattern} WITH e, CASE WHEN n:Artifact THEN 'a' WHEN n:Execution THEN 'e'"
        " WHEN n:Context THEN 'c' ELSE 'type ' END + n.id AS name"
        " RETURN elementId(e) AS id, keys(e) AS keys, name",
    )
    return {row["id"]: (set(row["keys"]), row["name"]) for row in rows}


def names(report):
    return [problem.record for problem in report.problems]


def alter_each(store, key, pattern, more, unseen):
    """Alter one property of each element at a time, until all have been altered; each is named."""
    left = {
        id_: (keys | more) - unseen for id_, (keys, _) in elements(store.database, pattern).items()
    }
    named = elements(store.database, pattern)
    assert len(left) > 1
    while any(left.values()):
        keys = {id_: sorted(some)[0] for id_, some in left.items() if some}
        with altered(store.database, pattern, keys):
            report = verify(store, key)
        for id_, altered_key in keys.items():
            found = [one for one in report.problems if named[id_][1] in one.record]
            assert found, (named[id_], altered_key, names(report))
            yield altered_key, found
            left[id_].remove(altered_key)
    assert verify(store, key).passed


def is_field(altered_key, problem):
    """Whether a problem names the field that a key of Neo4j's holds."""
    named = from_key(altered_key)
    name = named[0] if named else {"_by": "by"}.get(altered_key, altered_key)
    return any(field.rpartition(".")[2] == name for field in problem.fields)


@pytest.mark.parametrize("label", ["Artifact", "Execution", "Context", "Type"])
def test_each_property_of_a_node(sealed, key, label):
    pattern = f"(e:{label} WHERE e.id > 9 OR NOT e:Type), (n WHERE n = e)"
    for altered_key, problems in alter_each(
        sealed, key, pattern, {"name", "custom_new"}, UNSEEN | {"id", "kind"}
    ):
        assert altered_key in MOVING or any(is_field(altered_key, one) for one in problems)


def test_that_properties_which_are_not_sealed_are_those_that_the_guide_names(sealed, key):
    pattern = "(e:Artifact WHERE e._since IS NOT NULL)"
    (node, *_) = elements(sealed.database, f"{pattern}, (n WHERE n = e)")
    for name in UNSEEN:
        with altered(sealed.database, pattern, {node: name}):
            assert verify(sealed, key).passed


def test_each_property_of_a_revision(sealed, key):
    pattern = "(e:Revision)-[:REVISION_OF]->(n)"
    for _ in alter_each(sealed, key, pattern, {"custom_new", "name"}, UNSEEN):
        pass


@pytest.mark.parametrize(
    "type", ["INPUT", "OUTPUT", "DECLARED_INPUT", "ATTRIBUTED_TO", "ASSOCIATED_WITH", "CHILD_OF"]
)
def test_each_property_of_an_edge(sealed, key, type):
    pattern = f"(n)-[e:{type}]->()"
    more = {"path", "time", "ordinal", "_by", "custom_new"}
    for _, problems in alter_each(sealed, key, pattern, more, set()):
        assert any(f" {type} " in one.record for one in problems)


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("MATCH (n:Artifact {id: 2}) REMOVE n:Model", "a2"),
        ("MATCH (n:Artifact {id: 2}) SET n:Best", "a2"),
        ("MATCH (n:Artifact {id: 3}) DETACH DELETE n", "a3"),
        ("MATCH (n:Execution {id: 1}) DETACH DELETE n", "e1"),
        ("MATCH (n:Context {id: 1}) DETACH DELETE n", "c1"),
        ("MATCH (n:Type {name: 'Trainer'}) DETACH DELETE n", "type 12"),
        (
            "MATCH (:Artifact {id: 1})-[e:INPUT]->(:Execution {id: 1}) DELETE e",
            'a1 INPUT e1 ["examples","[0]"]',
        ),
        (
            "MATCH (a:Artifact {id: 1}), (e:Execution {id: 2}) CREATE (a)-[:INPUT {path: []}]->(e)",
            "a1 INPUT e2",
        ),
        (
            "MATCH (a:Artifact {id: 1})-[e:INPUT]->(x:Execution {id: 1})"
            " CREATE (a)-[f:INPUT]->(x) SET f = properties(e)",
            'a1 INPUT e1 ["examples","[0]"]',
        ),
        (
            "MATCH (a:Artifact {id: 1}) CREATE (b:Artifact:Model) SET b = a {.*, id: 99}",
            "a99",
        ),
        ("CREATE (:Artifact:Model {id: 98, type: 'Model'})", "artifact 98"),
        ("CREATE (:Artifact:Model {id: 97, create_time: 12345})", "artifact 97"),
        (
            "CREATE (:Execution {id: 96, create_time: datetime(), _recorded: 'never'})",
            "execution 96",
        ),
        (
            "MATCH (a:Artifact {id: 1}), (e:Execution {id: 2})"
            " CREATE (a)-[:INPUT {path: [], _recorded: 'never'}]->(e)",
            "INPUT 1",
        ),
        (
            "MATCH (e:Execution {id: 2}) CREATE (:Foreign {id: 5})-[:INPUT {path: []}]->(e)",
            "INPUT 5",
        ),
        (
            "MATCH (:Artifact {id: 1})-[e:INPUT]->(:Execution {id: 1}) MATCH (x:Execution {id: 2})"
            " WITH e, x, startNode(e) AS a CREATE (a)-[f:INPUT]->(x) SET f = properties(e)"
            " DELETE e",
            'a1 INPUT e1 ["examples","[0]"]',
        ),
        (
            "MATCH (r:Revision)-[:REVISION_OF]->(:Artifact) WITH r ORDER BY r._until LIMIT 1"
            " DETACH DELETE r",
            "a2",
        ),
        ("MATCH (r:Revision)-[e:REVISION_OF]->(:Context) DELETE e", "c2"),
        (
            "MATCH (a:Artifact {id: 1}) CREATE (:Revision {_until: datetime('2026-01-01T00:00Z'),"
            " uri: 'before'})-[:REVISION_OF]->(a)",
            "a1",
        ),
        ("MATCH (r:Revision)-[:REVISION_OF]->(:Artifact) SET r._until = 'then'", "revision"),
        ("MATCH (n:Artifact {id: 1}) SET n.id = 95", "a1"),
        ("MATCH (n:Artifact {id: 1}) SET n.id = null", "a1"),
    ],
)
def test_what_is_removed_added_or_moved(sealed, key, text, record):
    run(sealed.database, text)
    report = verify(sealed, key)
    assert record in names(report), names(report)
    assert not report.passed
