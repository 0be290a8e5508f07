"""Filters on a real Neo4j: what they mean, how they combine with lists, and what serves them."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone

import pytest

from graphstore import (
    Artifact,
    ArtifactState,
    ArtifactType,
    Association,
    Attribution,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionState,
    ParentContext,
    PropertyKind,
)
from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument
from graphstore.filters import compile_filter, translation
from graphstore.interop.mlmd_import import import_mlmd
from graphstore.model.values import Proto
from graphstore.storage import lists as filters
from graphstore.storage.lists import Paging, condition
from tests.conftest import IRIS

HOSTILE = "'; MATCH (n) DETACH DELETE n; \" `x` \\ $filter_0 // ä😀"


@pytest.fixture
def find(store):
    """Asks for the ids of artifacts, or of another kind."""
    return lambda query, kind="artifact", **options: [
        node.id for node in getattr(store, f"{kind}s").iterate(filter=query, **options)
    ]


def quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def test_a_property_that_is_mentioned_must_be_there(artifact, find):
    both = artifact(properties={"int_value": 1}, custom_properties={"c": 0}).id
    one = artifact(properties={"int_value": 1}).id
    artifact()
    i, c = "properties.int_value.int_value", "custom_properties.c.int_value"
    assert find(f"{i} = 1") == [both, one]
    assert find(f"{i} = 1 OR {c} = 1") == [both]
    assert find(f"NOT ({i} = 2)") == [both, one]
    assert find(f"{i} IS NULL") == []
    assert find(f"TRUE OR {c} = 5") == [both]
    assert find("properties.int_value.double_value IS NULL") == [both, one]
    assert find("NOT (properties.int_value.double_value = 1.0)") == []
    assert find("properties.unknown.int_value IS NULL") == []


def test_a_property_is_asked_for_by_its_kind(store, types, artifact, find):
    values = {
        "int_value": 7,
        "double_value": 7.0,
        "string_value": "7",
        "boolean_value": True,
        "struct_value": {"a": 7},
        "proto_value": Proto("type.googleapis.com/x", b"7"),
    }
    node = artifact(properties=values, custom_properties=values).id
    for which in ("properties", "custom_properties"):
        for kind, literal in (("int", "7"), ("double", "7"), ("string", "'7'"), ("bool", "TRUE")):
            pattern = f"{which}.{{}}.{kind}_value"
            native = "boolean_value" if kind == "bool" else f"{kind}_value"
            for name in values:
                expected = [node] if name == native else []
                assert find(f"{pattern.format(name)} = {literal}") == expected
                assert find(f"{pattern.format(name)} IS NULL") == ([] if expected else [node])


def test_names_of_properties_are_any_text_and_told_apart_by_case(store, find):
    names = [
        "0",
        "in",
        "Steps",
        "steps",
        "uri",
        "custom_x",
        "_x",
        "a b:c",
        HOSTILE.replace("`", ""),
    ]
    type_ = store.types.put(
        ArtifactType(name="Any", properties=dict.fromkeys(names, PropertyKind.INT))
    )
    ids = [
        store.artifacts.put(Artifact(type=type_.name, properties={name: 1})).id for name in names
    ]
    other = store.artifacts.put(Artifact(type="Any", custom_properties=dict.fromkeys(names, 1))).id
    for name, id_ in zip(names, ids, strict=True):
        assert find(f"properties.`{name}`.int_value = 1") == [id_]
        assert find(f"custom_properties.`{name}`.int_value = 1") == [other]
    assert find("properties.0.int_value = 1") == ids[:1]
    assert find("properties.in.int_value = 1") == ids[1:2]


def test_values_come_through_whatever_they_are(artifact, find):
    for name in (HOSTILE, "name", "it's", '"', "line\nbreak", "\t", "übung"):
        node = artifact(name=name, custom_properties={"s": name}).id
        assert find(f"name = {quote(name)}".replace("\n", "\\n")) == [node]
        pattern = f"custom_properties.s.string_value IN ({quote(name)})".replace("\n", "\\n")
        assert find(pattern) == [node]


def test_numbers(artifact, find):
    one, two, big, none = (
        artifact(custom_properties={"i": i, "d": d}).id
        for i, d in ((1, 0.1 + 0.2), (2, -0.0), (2**63 - 1, math.inf), (0, math.nan))
    )
    i, d = "custom_properties.i.int_value", "custom_properties.d.double_value"
    assert find(f"{i} / 2 = 0.5") == [one]  # always of doubles
    assert find(f"{i} / 0 IS NULL AND {d} / 0.0 IS NULL") == [one, two, big, none]
    assert find(f"{i} = {2**63 - 1} AND {i} > {2**63 - 2}") == [big]
    assert find(f"{d} = 0.30000000000000004") == [one]
    assert find(f"{d} = 0 AND {i} = 2.0") == [two]
    assert find(f"{d} > 1e308") == [big]
    assert find(f"{d} != {d}") == [none]
    assert find(f"-{i} - -1 * 2 = 1.0") == [one]
    with pytest.raises(InvalidArgument, match="overflow"):
        find(f"{i} + 1 > 0")


def test_an_alias_is_one_neighbour(store, types, artifact, find):
    a, b = (
        store.contexts.put(Context(type="Pipeline", name=name, external_id=f"x-{name}")).id
        for name in "ab"
    )
    of_both, of_a, of_none = artifact().id, artifact().id, artifact().id
    store.contexts.put_attributions(
        [
            Attribution(artifact_id=of_both, context_id=a),
            Attribution(artifact_id=of_both, context_id=b),
            Attribution(artifact_id=of_a, context_id=a),
        ]
    )
    assert find("contexts_x.name = 'a'") == [of_both, of_a]
    assert find("contexts_x.name = 'a' AND contexts_x.name = 'b'") == []
    assert find("contexts_x.name = 'a' AND contexts_y.name = 'b'") == [of_both]
    assert find("contexts_x.name = 'a' AND contexts_X.name = 'b'") == [of_both]
    assert find("contexts_x.name = 'a' AND contexts_y.name = 'a'") == [of_both, of_a]
    assert find("contexts_x.id != contexts_y.id") == [of_both]
    assert find("NOT (contexts_x.name = 'a')") == [of_both]
    assert find("TRUE OR contexts_x.name = 'z'") == [of_both, of_a]
    assert find(f"id = {of_none} OR contexts_x.name = 'b'") == [of_both]
    # not there at all, or broken, in ML Metadata
    assert find("contexts_x.external_id = 'x-b'") == [of_both]
    assert find("CONTEXTS_x.NAME = 'b'") == [of_both]


def test_events_are_told_by_type_time_and_other_end(store, types, artifact, find):
    output, source, promise = artifact().id, artifact().id, artifact().id
    execution = store.executions.put(Execution(type="Trainer")).id
    then = datetime(2026, 1, 1, tzinfo=timezone.utc)
    store.events.put(
        [
            Event(type=type_, artifact_id=id_, execution_id=execution, path=path, time=then)
            for type_, id_, path in (
                (EventType.OUTPUT, output, ()),
                (EventType.INPUT, source, ("train",)),
                (EventType.INPUT, source, ("test",)),
                (EventType.DECLARED_INPUT, source, ()),
                (EventType.PENDING_OUTPUT, promise, ()),
            )
        ]
    )
    assert find("events_e.type = INPUT") == [source]
    assert find("events_e.type = PENDING_OUTPUT") == [promise]
    assert find("events_e.type != INPUT") == [output, source, promise]
    assert find("events_e.type = OUTPUT AND events_f.type = INPUT") == []
    assert find("events_e.type = INPUT AND events_f.type = DECLARED_INPUT") == [source]
    assert find(f"events_e.execution_id = {execution}") == [output, source, promise]
    millis = int(then.timestamp() * 1000)
    assert find(f"events_e.milliseconds_since_epoch = {millis}") == [output, source, promise]
    assert find(f"events_e.artifact_id = {output}", "execution") == [execution]
    assert find(f"events_e.artifact_id = {output} AND events_e.type = INPUT", "execution") == []


def test_contexts_by_what_is_around_them(store, types, artifact, find):
    parent, child = (
        store.contexts.put(Context(type="Pipeline", name=name)).id for name in ("p", "c")
    )
    node = artifact(uri="s3://x", external_id="a-1", state=ArtifactState.REFERENCE).id
    execution = store.executions.put(Execution(type="Trainer", state=ExecutionState.FAILED)).id
    store.contexts.put_parents([ParentContext(child_id=child, parent_id=parent)])
    store.contexts.put_attributions([Attribution(artifact_id=node, context_id=child)])
    store.contexts.put_associations([Association(execution_id=execution, context_id=child)])
    for query, expected in (
        ("parent_contexts_a.name = 'p'", [child]),
        ("child_contexts_a.name = 'c'", [parent]),
        ("child_contexts_a.create_time_since_epoch > 0", [parent]),
        ("artifacts_a.uri = 's3://x'", [child]),
        ("artifacts_a.external_id = 'a-1'", [child]),
        ("artifacts_a.state = REFERENCE", [child]),
        ("artifacts_a.state != REFERENCE", []),
        ("artifacts_a.state NOT IN (LIVE)", [child]),
        ("executions_a.last_known_state = FAILED AND artifacts_a.id > 0", [child]),
        ("executions_a.type = 'Trainer' AND parent_contexts_a.id = 0", []),
    ):
        assert find(query, "context") == expected, query


def test_what_is_not_some_state_may_have_none(artifact, find):
    live = artifact(state=ArtifactState.LIVE).id
    abandoned_id = artifact(state=ArtifactState.ABANDONED).id
    none = artifact().id
    assert find("state = ABANDONED") == [abandoned_id]
    assert find("state != LIVE") == find("state <> LIVE") == [abandoned_id, none]
    assert find("state NOT IN (LIVE, DELETED)") == [abandoned_id, none]
    assert find("STATE is null or State = LIVE") == [live, none]
    assert find("NOT (state = LIVE)") == [abandoned_id]


def test_without_a_uri_is_with_an_empty_one(artifact, find):
    there, none, empty = artifact(uri="s3://x").id, artifact().id, artifact(uri="").id
    assert find("uri = ''") == [none, empty]
    assert find("uri IN ('', 's3://x')") == [there, none, empty]
    assert find("uri != 's3://x'") == find("NOT uri = 's3://x'") == [none, empty]
    assert find("uri IS NULL") == []
    assert find("uri = 's3://x'") == find("uri IN ('s3://x', 's3://y')") == [there]


def test_like_is_blind_to_the_case_of_ascii(artifact, find):
    for name in ("Model", "MODEL 2", "Ä", "50%", "50", "a\nb"):
        artifact(name=name)
    assert find("name LIKE 'model%'") == [1, 2]
    assert find("name LIKE 'ä'") == []
    assert find(r"name LIKE '50\%'") == find(r"name LIKE '50\\%'") == [4]
    assert find("name NOT LIKE '%o%'") == [3, 4, 5, 6]
    assert find("name LIKE 'a_b'") == [6]
    assert find("name LIKE '" + "%a" * 30 + "'") == []


CASES = [
    "s3://a/Ä",
    "S3://A/Ä",
    "s3://A/ä",
    "s3:/",
    "s3://a",
    "\u017f3://a/Ä",
    "s3://a_b",
    "s3://a%b",
    "S",
]
"""Texts that begin alike but for case; U+017F is an s to who folds more than ASCII."""
WITH_GONE = ["s3://a/%", "s3:%", "s%", "s3://a/gone%"]
"""The patterns that another text meets, too, of what was deleted."""


@pytest.mark.parametrize("attribute", ["uri", "name", "external_id"])
@pytest.mark.parametrize("few", [10_000, 0])
def test_like_looks_up_beginnings_in_every_case(store, artifact, find, monkeypatch, attribute, few):
    monkeypatch.setattr(filters, "_FEW", few)
    for text in CASES:
        artifact(**{attribute: text})
    artifact()
    gone = artifact(**{attribute: "s3://a/gone"}).id
    store.delete(store.artifacts.get(gone))
    for pattern, expected in {
        "s3://a/%": [1, 2, 3],
        "S3://A/Ä": [1, 2],
        "s3://a/ä%": [3],
        "s3:_": [4],
        "s3:%": [1, 2, 3, 4, 5, 7, 8],
        "S%": [1, 2, 3, 4, 5, 7, 8, 9],
        r"s3://a\_%": [7],
        r"S3://A\%%": [8],
        r"s3://a\\%": [],
        "\u017f%": [6],
        "s": [9],
        "": [],
        "s3://a/gone%": [],
    }.items():
        if attribute == "uri" and pattern == "":
            expected = [10]  # what has no uri has the uri ''
        query = f"{attribute} LIKE {quote(pattern)}"
        assert find(query) == expected, query
        assert find(f"{query} AND id > 1 AND state IS NULL", page_size=1) == [
            id_ for id_ in expected if id_ > 1
        ]
        assert find(query, descending=True, page_size=2) == expected[::-1]
        if pattern:  # what was deleted keeps its external id, and nothing else of these
            kept = attribute == "external_id" and find(query, deleted=True)[-1:] == [gone]
            assert find(query, deleted=True) == expected + [gone] * kept
            assert kept == (attribute == "external_id" and pattern.lower() in WITH_GONE)


def test_like_as_of_a_time_asks_what_was_said_then(store, artifact, find):
    node = artifact(uri="s3://old/x", name="Old")
    then = store.artifacts.put(node.evolve(uri="s3://old/y")).last_update_time
    store.artifacts.put(node.evolve(uri="s3://new/x", name="New"))
    assert find("uri LIKE 'S3://old/%' AND name LIKE 'old%'") == []
    assert find("uri LIKE 'S3://new/%' AND name LIKE 'new%'") == [node.id]
    assert find("uri LIKE 'S3://old/%' AND name LIKE 'old%'", as_of=then) == [node.id]


def test_like_follows_no_more_beginnings_than_it_may(artifact, find, monkeypatch):
    monkeypatch.setattr(translation, "_MOST_BEGINNINGS", 1)
    compile_filter.cache_clear()
    names = ["abcd", "aBcd", "ABCD", "Abcx", "b"]
    for name in names:
        artifact(name=name, uri=name)
    try:
        assert find("name LIKE 'abcd%'") == find("uri LIKE 'ABCD'") == [1, 2, 3]
    finally:
        compile_filter.cache_clear()


def test_types_of_all_versions(store, find):
    for version in (None, "2"):
        store.types.put(ArtifactType(name="T", version=version))
        store.artifacts.put(Artifact(type="T", type_version=version))
    ids = {node.type_version: node.type_id for node in store.artifacts.list()}
    assert find("type = 'T'") == [1, 2]
    assert find(f"type_id = {ids['2']}") == [2]
    assert find("type = 'T'", type_version="2") == [2]


def test_filters_combine_with_every_option_of_a_list(store, types, artifact, find):
    context = store.contexts.put(Context(type="Pipeline", name="p")).id
    ids = [artifact(type=("Examples", "Model")[n % 2], uri=f"u{n % 3}").id for n in range(12)]
    store.contexts.put_attributions(
        [Attribution(artifact_id=id_, context_id=context) for id_ in ids[:6]]
    )
    expected = [id_ for n, id_ in enumerate(ids) if n % 3 == 0]
    assert find("uri = 'u0'") == expected
    assert find("uri = 'u0'", descending=True, page_size=1) == expected[::-1]
    assert find("uri = 'u0'", order_by="create_time", page_size=3) == expected
    assert find("uri = 'u0'", type="Model") == [ids[3], ids[9]]
    assert find("uri = 'u0'", type="Model", context=context) == [ids[3]]
    assert find("type = 'Model' AND uri = 'u0'", order_by="last_update_time", page_size=1) == [
        ids[3],
        ids[9],
    ]
    assert (
        find("contexts_a.name = 'p' AND uri = 'u0'", context=context, page_size=1) == expected[:2]
    )
    assert find("TRUE", page_size=5) == ids


def test_a_page_token_belongs_to_its_filter(store, types, artifact):
    for _ in range(3):
        artifact(uri="u")
    page = store.artifacts.list(filter="uri = 'u' AND id < 100", limit=1)
    assert page.next_page
    for other in ("uri = 'u' AND id < 101", "uri = 'u' AND id <= 100", None):
        with pytest.raises(InvalidArgument, match="page token"):
            store.artifacts.list(filter=other, limit=1, after=page.next_page)
    again = store.artifacts.list(filter="uri = 'u' AND id < 100", limit=1, after=page.next_page)
    assert [node.id for node in again] == [2]


def test_an_empty_store_and_empty_filters(store, find):
    for kind in ("artifact", "execution", "context"):
        assert find("id > 0", kind) == []
    assert find("contexts_a.name = 'x' AND events_a.type = INPUT") == []
    for nothing in ("", "  ", "-- only a comment"):
        with pytest.raises(InvalidArgument, match="Syntax error"):
            find(nothing)


@pytest.mark.parametrize("few", [10_000, 1, 0])
def test_both_ways_to_a_neighbour_lead_to_the_same(store, types, artifact, find, monkeypatch, few):
    """From the neighbours if they have few nodes, else through all nodes in order."""
    monkeypatch.setattr(filters, "_FEW", few)
    names = {name: store.contexts.put(Context(type="Pipeline", name=name)).id for name in "abc"}
    ids = [artifact().id for _ in range(9)]
    store.contexts.put_attributions(
        [
            Attribution(artifact_id=id_, context_id=names[name])
            for name, some in (("a", ids[:1]), ("b", ids[:7]))
            for id_ in some
        ]
    )
    assert find("contexts_x.name = 'a'", page_size=2) == ids[:1]
    assert find("contexts_x.name = 'b'", page_size=2) == ids[:7]
    assert (
        find("contexts_x.name IN ('a', 'b') AND id > 1", page_size=3, descending=True)
        == (ids[1:7][::-1])
    )
    assert find(f"contexts_x.id = {names['c']}") == []
    # Outside of the node itself nothing is known of the node: this is no way in.
    assert find("contexts_x.name = 'b' AND contexts_x.id != id", page_size=2) == [
        id_ for id_ in ids[:7] if id_ != names["b"]
    ]


def operators(plan):
    return [
        plan["operatorType"].partition("@")[0],
        *(operator for child in plan.get("children", []) for operator in operators(child)),
    ]


def db_hits(plan):
    return plan["args"].get("DbHits", 0) + sum(map(db_hits, plan.get("children", [])))


class Profiled:
    """Asks like a database, and counts what that takes."""

    def __init__(self, database, session):
        self._database, self._session, self.hits = database, session, 0

    def one(self, query, **parameters):
        result = self._session.run("PROFILE " + query.text, parameters)
        (row,) = (dict(record) for record in result)
        self.hits += db_hits(result.consume().profile)
        return row


NOTHING_DELETED = {"deleted_after": datetime(9999, 12, 31, tzinfo=timezone.utc)}
"""Of what was deleted a list has nothing, as by default."""


def test_indexes_serve_what_is_told(store, database):
    """With 4,000 nodes of each kind, none of these looks at more than a few of them."""
    store.types.put(ArtifactType(name="T0"))
    store.types.put(ContextType(name="run"))
    with database.driver.session(database="neo4j") as session:
        session.run(
            "UNWIND range(1, 4000) AS i"
            " CREATE (a:Artifact {id: i, type: 'T' + i % 9, type_id: 10, name: 'a' + i,"
            "  uri: 's3://' + i, external_id: 'x' + i, create_time: datetime({epochMillis: i}),"
            "  last_update_time: datetime({epochMillis: i})})"
            " CREATE (e:Execution {id: i, type: 'E', type_id: 11})-[:OUTPUT]->(a)"
            " CREATE (a)-[:ATTRIBUTED_TO]->(c:Context {id: i, name: 'c' + i, type: 'run',"
            "  type_id: 11})"
        ).consume()
        session.run("CALL db.resampleOutdatedIndexes()").consume()
        session.run("CALL db.awaitIndexes()").consume()
        session.run("CALL db.prepareForReplanning()").consume()
        queries = [
            ("artifact", "id = 77"),
            ("artifact", "id = 77 OR id = 78 OR id = 79"),
            ("artifact", "uri = 's3://77'"),
            ("artifact", "uri IN ('s3://77', 's3://78')"),
            ("artifact", "name = 'a77'"),
            ("artifact", "external_id = 'x77'"),
            ("artifact", "create_time_since_epoch BETWEEN 77 AND 79"),
            ("artifact", "80 > last_update_time_since_epoch AND last_update_time_since_epoch > 77"),
            ("artifact", "uri = 's3://77' AND contexts_a.name LIKE 'c%'"),
            ("artifact", "contexts_a.name = 'c77'"),
            ("artifact", "contexts_a.type = 'run' AND contexts_a.name = 'c77'"),
            ("artifact", "contexts_a.id IN (77, 78)"),
            ("artifact", "events_a.execution_id = 77 AND events_a.type = OUTPUT"),
            ("execution", "events_a.artifact_id = 77"),
            ("context", "artifacts_a.uri = 's3://77'"),
            ("context", "artifacts_a.id = 77"),
            ("artifact", "uri LIKE 'S3://776%'"),
            ("artifact", "state IS NULL AND name LIKE 'A776%'"),
            ("artifact", "external_id LIKE 'X776%' AND type LIKE '%'"),
            ("artifact", "contexts_a.name LIKE 'C776%'"),
            ("artifact", "3996 < create_time_since_epoch"),
        ]
        profiled = Profiled(database, session)
        for kind, query in queries:
            profiled.hits = 0
            paging = Paging("id", False, 100, None, condition(profiled, kind, query))
            page_query, parameters = paging.query(QUERIES[f"{kind}.list"], NOTHING_DELETED)
            result = session.run(
                "PROFILE " + page_query.with_parameters(parameters).text, parameters
            )
            count = len(list(result))
            plan = result.consume().profile
            assert count >= 1 and db_hits(plan) < 150, (query, db_hits(plan), operators(plan))
            assert profiled.hits < 150, (query, profiled.hits)
        # The edges of a context that holds half of all are counted, and none is looked at.
        session.run(
            "CREATE (c:Context {id: 5000, name: 'half', type: 'run', type_id: 11}) WITH c"
            " MATCH (a:Artifact) WHERE a.id % 2 = 0 CREATE (a)-[:ATTRIBUTED_TO]->(c)"
        ).consume()
        profiled.hits = 0
        half = condition(profiled, "artifact", "contexts_a.name = 'half' AND type = 'T1'")
        assert half.near and profiled.hits < 50
        # Pages of one type come out of the index in their order.
        paging = Paging("id", False, 10, None, condition(database, "artifact", "type = 'T1'"))
        page_query, parameters = paging.query(QUERIES["artifact.list"], NOTHING_DELETED)
        summary = session.run(
            "EXPLAIN " + page_query.with_parameters(parameters).text, parameters
        ).consume()
        assert not {"Top", "Sort"} & set(operators(summary.plan)), operators(summary.plan)


def test_many_conditions_are_planned_at_once(store, types, artifact, find):
    """The planner's normal form of these has 2^20 parts, if it is left to make it."""
    node = artifact(custom_properties={"i": 3}).id
    i = "custom_properties.i.int_value"
    query = " OR ".join(f"(id > {n} AND {i} < {n})" for n in range(20))
    assert find(query) == []
    assert find(f"{query} OR {i} = 3") == [node]
    assert find(f"NOT ({query})") == [node]
    wide = " AND ".join(f"{i} > {-n}" for n in range(400))
    assert find(wide) == [node]
    assert find(" OR ".join(f"id = {n}" for n in range(3000))) == [node]


def test_the_examples_of_the_guide(store):
    import_mlmd(store, IRIS)
    guide = (IRIS.parents[1] / "docs" / "filter.md").read_text(encoding="utf-8")
    examples = re.findall(
        r'^store\.(\w+)\.list\(filter="""(.*?)"""\)\n# (.*?)$', guide, re.M | re.S
    )
    examples += re.findall(r'^store\.(\w+)\.list\(filter="(.*)"\)\n# (.*?)$', guide, re.M)
    assert len(examples) > 8
    for noun, query, answer in examples:
        page = getattr(store, noun).list(filter=query)
        assert ", ".join(str(node.id) for node in page) == answer, query
