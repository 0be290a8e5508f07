"""The promise: what is stored comes back, and what is stored changes nothing else."""

import math
import re
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphstore import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    EventType,
    Execution,
    ExecutionType,
    PropertyKind,
    Proto,
    Store,
)
from graphstore.database import Transaction
from graphstore.database.queries import QUERIES
from tests.conftest import empty, examples

UNICODE = st.characters(exclude_categories=["Cs"])
TEXT = st.text(UNICODE) | st.sampled_from(
    [
        "",
        "`",
        "'; MATCH (n) DETACH DELETE n //",
        '"}) DETACH DELETE n',
        "$properties",
        "\\",
        "\n\r\t\0",
        "😀",
        "__MLMD_NULL__",
        "mlmd-struct::CioK",
        "null",
        "NaN",
        '["json"]',
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
VALUES = {
    PropertyKind.INT: st.integers(-(2**63), 2**63 - 1),
    PropertyKind.DOUBLE: st.floats(),
    PropertyKind.STRING: TEXT,
    PropertyKind.STRUCT: st.dictionaries(TEXT, JSON, max_size=3) | st.lists(JSON, max_size=3),
    PropertyKind.PROTO: st.builds(Proto, TEXT, st.binary()),
    PropertyKind.BOOLEAN: st.booleans(),
}
KEYS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
) | st.sampled_from(["id", "name", "state", "custom_x", "_x", "`", "a`b", "'", "$id", "n.id"])
DECLARATIONS = st.dictionaries(
    KEYS,
    st.sampled_from(PropertyKind).flatmap(lambda k: st.tuples(st.just(k), VALUES[k])),
    max_size=4,
)
CUSTOM = st.dictionaries(KEYS | st.just(""), st.one_of(*VALUES.values()), max_size=4)


def same(one, other):
    """Equal to the last bit and the last type."""
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or (
            one == other and math.copysign(1, one) == math.copysign(1, other)
        )
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@pytest.fixture(scope="module")
def front(database):
    """A store for all examples: they do not look at each other's."""
    empty(database)
    return Store(database)


@examples(150)
@given(
    declarations=DECLARATIONS,
    custom=CUSTOM,
    kind=st.sampled_from(["artifact", "execution", "context"]),
)
@example(declarations={"big": (PropertyKind.STRING, "é" * 500_000)}, custom={}, kind="artifact")
@example(declarations={}, custom={"big": {"k": "x" * 1_000_000}}, kind="execution")
def test_properties_come_back_as_they_went_in(front, declarations, custom, kind):
    repository, model, type_model = {
        "artifact": (front.artifacts, Artifact, ArtifactType),
        "execution": (front.executions, Execution, ExecutionType),
        "context": (front.contexts, Context, ContextType),
    }[kind]
    version = str(len(front.types.all()))  # a type of its own for each example
    properties = {name: kind_ for name, (kind_, _) in declarations.items()}
    front.types.put(type_model(name="T", version=version, properties=properties))
    node = model(
        type="T",
        type_version=version,
        name="n",
        properties={name: value for name, (_, value) in declarations.items()},
        custom_properties=custom,
    )
    node_in_store = repository.put(node)
    for answer in (
        node_in_store,
        repository.get(node_in_store.id),
        repository.get_by_name("T", "n", type_version=version),
    ):
        assert same(answer.properties, node.properties)
        assert same(answer.custom_properties, node.custom_properties)
        assert (answer.type, answer.type_version, answer.name) == ("T", version, "n")


@examples(50)
@given(path=st.lists(st.integers(-(2**70), 2**70) | TEXT, max_size=4).map(tuple))
def test_the_path_of_an_event_comes_back(front, path):
    front.types.put(ArtifactType(name="Data"))
    front.types.put(ExecutionType(name="Job"))
    publication = front.publish(
        Execution(type="Job"),
        events=[(Artifact(type="Data"), Event(type=EventType.INPUT, path=path))],
    )
    (event,) = front.events.of_executions([publication.execution.id])
    assert event.path == path


@examples(50)
@given(
    type_name=TEXT.filter(bool),
    name=TEXT.filter(bool),
    key=KEYS,
    value=TEXT,
    uri=TEXT,
)
def test_no_value_and_no_name_changes_a_query(front, database, type_name, name, key, value, uri):
    """What is sent is the text of a file, whatever users call things."""
    external_id = str(uuid4())  # hypothesis repeats itself, and this must be new each time
    texts = []
    original = Transaction._run

    def spy(transaction, query, parameters):
        texts.append(query.with_parameters(parameters).text)
        return original(transaction, query, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transaction, "_run", spy)
        before = count(database)
        top = max(t.id for t in front.types.all())
        new_types = sum(
            front.types.put(
                model(name=type_name, properties={key: PropertyKind.STRING}),
                can_add_fields=True,
                can_omit_fields=True,
            ).id
            > top
            for model in (ArtifactType, ExecutionType, ContextType)
        )
        publication = front.publish(
            Execution(type=type_name, properties={key: value}, external_id=external_id),
            outputs={
                name: Artifact(
                    type=type_name, uri=uri, custom_properties={key: value}, external_id=external_id
                )
            },
            contexts=[Context(type=type_name, name=external_id, properties={key: value})],
        )
        front.lineage.both(publication.outputs[0])
        front.artifacts.list(type=type_name, properties={key: value})
        assert front.artifacts.get_by_external_id(external_id) == publication.outputs[0]
        assert publication.outputs[0] in front.artifacts.get_by_uri(uri)
    assert count(database) == before + new_types + 3
    # Line by line, since optional lines are left out; a walk's bound and a list's order vary.
    lines = {line for query in QUERIES.values() for line in query.text.split("\n")}
    lines |= {"  AND artifact.id > $after_id // optional", "ORDER BY artifact.type, artifact.id"}
    for text in texts:
        assert {re.sub(r"\{0,\d*\}", "{0,40}", line) for line in text.split("\n")} <= lines


def count(database):
    # A type that was there, and grows, leaves what it was.
    with database.driver.session() as session:
        return session.run("MATCH (n) WHERE NOT n:Revision RETURN count(n) AS n").single()["n"]
