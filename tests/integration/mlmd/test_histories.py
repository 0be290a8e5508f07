"""Random histories of writes: ML Metadata and a graphstore are told the same, and hold the same.

What is left out has a test of its own in `test_writes`: doubles that ML Metadata rounds, values
that end its process, events of missing artifacts, which it stores, properties that it drops when a
custom one of the same name changes. Of a call with several faults either may be reported, so only
that both refuse it is compared; and ML Metadata leaves some names that are taken to its database,
as an internal error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.wheel import need_ml_metadata

need_ml_metadata()

from google.protobuf.struct_pb2 import Struct
from ml_metadata.proto import metadata_store_pb2 as pb

from graphstore import Store
from tests.conftest import empty, examples
from tests.integration.mlmd.pair import Failure, Pair, Side

KINDS = ["artifact", "execution", "context"]
KINDS_BY_NAME = {"i": pb.INT, "d": pb.DOUBLE, "s": pb.STRING, "b": pb.BOOLEAN, "t": pb.STRUCT}
LATER = {"e": pb.INT}
"""A property that the types of the name T get at some time."""
NUMBERS = 4
"""As many nodes of a kind are spoken of: few, so that calls meet."""

Write = Callable[[Side], Any]

# Values


def struct(content: dict[str, Any]) -> pb.Value:
    message = Struct()
    message.update(content)
    return pb.Value(struct_value=message)


VALUES = {
    pb.INT: st.integers(-(2**63), 2**63 - 1).map(lambda v: pb.Value(int_value=v)),
    pb.DOUBLE: st.sampled_from([0.5, -2.0, 1.25, 1e10]).map(lambda v: pb.Value(double_value=v)),
    pb.STRING: st.sampled_from(["", "a", "é😀", "'\"\\"]).map(lambda v: pb.Value(string_value=v)),
    pb.BOOLEAN: st.booleans().map(lambda v: pb.Value(bool_value=v)),
    pb.STRUCT: st.sampled_from([{}, {"a": [1.5, None, {"b": "c"}]}, {"": True}]).map(struct),
}
ANY = st.one_of(*VALUES.values())
GOOD = {name: VALUES[kind] for name, kind in {**KINDS_BY_NAME, **LATER}.items()}
PROPERTIES = st.fixed_dictionaries({}, optional={k: GOOD[k] for k in KINDS_BY_NAME})
DOUBTFUL = st.fixed_dictionaries({}, optional={**GOOD, "i": ANY, "none": ANY})
CUSTOM = st.dictionaries(st.sampled_from(["c", "a", "a.b", ""]), ANY, max_size=3)

RARELY = st.integers(0, 19).map(lambda n: n == 19)
"""Whether to say what is probably wrong: one fault makes a call fail, and most should not."""
NUMBER = st.integers(0, 30).map(lambda n: None if n == 30 else n % NUMBERS)
NAME = st.sampled_from([None] * 20 + ["a", ""] + [f"n{n}" for n in range(20)])
PATHS = st.sampled_from(
    [
        *("uri", "state", "last_known_state", "name", "external_id", "properties"),
        *("custom_properties", "properties.i", "properties.s", "properties.none"),
        *("custom_properties.a", "custom_properties.a.b", "custom_properties.", "colour", ""),
    ]
)
EVENT_TYPES = st.integers(1, 7)


@st.composite
def nodes(draw: Any, kind: str, update: bool | None = None) -> Callable[[Side], Any]:
    """A node as each side says it."""
    update = draw(st.booleans()) if update is None else update
    number = draw(st.integers(0, NUMBERS - 1)) if update else None
    of_type = draw(st.sampled_from([0, None])) if update and not draw(RARELY) else 0
    of_type = 1 if draw(RARELY) else of_type
    properties = draw(DOUBTFUL if draw(RARELY) else PROPERTIES)
    custom, name, external_id = draw(CUSTOM), draw(NAME), draw(NAME)
    if kind == "context" and not name and not draw(RARELY):
        name = draw(st.integers(0, 40).map("c{}".format))
    fields: dict[str, Any] = {"properties": properties, "custom_properties": custom}
    fields.update({"name": name} if name is not None else {})
    fields.update({"external_id": external_id} if external_id is not None else {})
    if kind == "artifact":
        fields.update(draw(st.fixed_dictionaries({}, optional={"uri": st.sampled_from(["u", ""])})))
    state = draw(st.none() | st.integers(0, 6))
    if kind != "context" and state is not None:
        fields["state" if kind == "artifact" else "last_known_state"] = state

    def make(side: Side) -> Any:
        message = getattr(pb, kind.capitalize())(**fields)
        if number is not None:
            message.id = id_of(side, kind, number)
        if of_type is not None:
            message.type_id = side.id(f"{kind}_type", of_type)
        return message

    return make


def id_of(side: Side, kind: str, number: int | None) -> int:
    """The id of that number; one that nothing has if there are not so many."""
    return side.id(kind, number if number is not None and number < count(side, kind) else None)


def count(side: Side, kind: str) -> int:
    return len(side.ids.get(kind, []))


# Calls: each gives the numbers of the nodes that were put


def evolve_type(kind: str) -> Write:
    def work(side: Side) -> Any:
        type_ = getattr(pb, f"{kind.capitalize()}Type")(name="T", properties=LATER)
        put = getattr(side.client, f"put_{kind}_type")
        return side.learn(f"{kind}_type", [put(type_, True, True)])

    return work


@st.composite
def put_nodes(draw: Any) -> Write:
    kind = draw(st.sampled_from(KINDS))
    makers = draw(st.lists(nodes(kind), min_size=1, max_size=3))
    paths = draw(st.just([]) | st.lists(PATHS, min_size=1, max_size=3))

    def work(side: Side) -> Any:
        put = getattr(side.client, f"put_{kind}s")
        return side.learn(kind, put([make(side) for make in makers], paths))

    return work


@st.composite
def put_events(draw: Any) -> Write:
    triple = st.tuples(NUMBER, NUMBER, EVENT_TYPES)
    triples = draw(st.lists(triple, min_size=1, max_size=3, unique=not draw(RARELY)))

    def work(side: Side) -> Any:
        side.client.put_events(
            event(
                artifact_id=id_of(side, "artifact", artifact),
                execution_id=id_of(side, "execution", execution),
                type=type_,
            )
            for artifact, execution, type_ in triples
        )

    return work


def event(**fields: Any) -> pb.Event:
    """An event with a path, at a time that is its type's."""
    return pb.Event(
        milliseconds_since_epoch=fields["type"] * 1000,
        path={"steps": [{"key": "a"}, {"index": fields["type"]}]},
        **fields,
    )


@st.composite
def put_members(draw: Any) -> Write:
    pairs = st.lists(st.tuples(NUMBER, NUMBER), max_size=3)
    attributions, associations = draw(pairs), draw(pairs)

    def work(side: Side) -> Any:
        side.client.put_attributions_and_associations(
            [
                pb.Attribution(
                    artifact_id=id_of(side, "artifact", a), context_id=id_of(side, "context", c)
                )
                for a, c in attributions
            ],
            [
                pb.Association(
                    execution_id=id_of(side, "execution", e), context_id=id_of(side, "context", c)
                )
                for e, c in associations
            ],
        )

    return work


@st.composite
def put_parents(draw: Any) -> Write:
    pairs = draw(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=2))
    if not draw(RARELY):  # cycles are seldom
        pairs = [(max(pair), min(pair)) for pair in pairs if None not in pair and len({*pair}) == 2]

    def work(side: Side) -> Any:
        side.client.put_parent_contexts(
            [
                pb.ParentContext(
                    child_id=id_of(side, "context", child), parent_id=id_of(side, "context", parent)
                )
                for child, parent in pairs
            ]
        )

    return work


@st.composite
def put_execution(draw: Any) -> Write:
    execution = draw(nodes("execution"))
    pairs = draw(
        st.lists(
            st.tuples(st.none() | nodes("artifact"), st.none() | EVENT_TYPES, NUMBER), max_size=3
        )
    )
    contexts = draw(st.lists(nodes("context"), max_size=2))
    flags = draw(
        st.fixed_dictionaries(
            {
                "reuse_context_if_already_exist": st.booleans(),
                "reuse_artifact_if_already_exist_by_external_id": st.booleans(),
                "force_reuse_context": st.booleans(),
                "force_update_time": st.booleans(),
            }
        )
    )

    def work(side: Side) -> Any:
        artifact_events = []
        for make, type_, number in pairs:
            artifact = make(side) if make else None
            if artifact is None and type_ is not None and (number or 0) >= count(side, "artifact"):
                continue  # ML Metadata stores an event of a missing artifact
            occurrence = None
            if type_ is not None:
                occurrence = event(type=type_)
                if artifact is None:
                    occurrence.artifact_id = id_of(side, "artifact", number or 0)
            if artifact is not None or occurrence is not None:
                artifact_events.append((artifact, occurrence))
        execution_id, artifact_ids, context_ids = side.client.put_execution(
            execution(side), artifact_events, [make(side) for make in contexts], **flags
        )
        return (
            side.learn("execution", [execution_id]),
            side.learn("artifact", artifact_ids),
            side.learn("context", context_ids),
        )

    return work


@st.composite
def put_lineage(draw: Any) -> Write:
    artifacts = draw(st.lists(nodes("artifact"), max_size=2))
    executions = draw(st.lists(nodes("execution"), max_size=2))
    contexts = draw(st.lists(nodes("context"), max_size=2))
    places = [
        st.integers(0, 2 if draw(RARELY) else max(len(group) - 1, 0))
        for group in (executions, artifacts)
    ]
    few = 2 if (executions and artifacts) or draw(RARELY) else 0
    edges = draw(st.lists(st.tuples(*places, EVENT_TYPES), max_size=few, unique=True))
    reuse = draw(st.booleans())

    def work(side: Side) -> Any:
        execution_ids, artifact_ids, context_ids = side.client.put_lineage_subgraph(
            [make(side) for make in executions],
            [make(side) for make in artifacts],
            [make(side) for make in contexts],
            [(execution, artifact, event(type=type_)) for execution, artifact, type_ in edges],
            reuse_context_if_already_exist=reuse,
            reuse_artifact_if_already_exist_by_external_id=False,
        )
        return (
            side.learn("execution", execution_ids),
            side.learn("artifact", artifact_ids),
            side.learn("context", context_ids),
        )

    return work


HISTORY = st.lists(
    st.one_of(
        put_nodes(),
        put_nodes(),
        put_events(),
        put_members(),
        put_parents(),
        put_execution(),
        put_execution(),
        put_lineage(),
        st.sampled_from(KINDS).map(evolve_type),
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def pair(database: Any) -> Callable[[], Pair]:
    """Makes two empty stores, with two types of each kind and a few nodes."""

    def make() -> Pair:
        empty(database)
        pair = Pair(Store(database))
        for side in (pair.ours, pair.real):
            for kind in KINDS:
                for name, properties in (("T", KINDS_BY_NAME), ("Other", {})):
                    type_ = getattr(pb, f"{kind.capitalize()}Type")(name=name)
                    for key, of_kind in properties.items():
                        type_.properties[key] = of_kind
                    put = getattr(side.client, f"put_{kind}_type")
                    side.learn(f"{kind}_type", [put(type_)])
                message = getattr(pb, kind.capitalize())
                put = getattr(side.client, f"put_{kind}s")
                of_type = side.id(f"{kind}_type", 0)
                first = [message(type_id=of_type, name=f"{n}") for n in range(NUMBERS)]
                first[0].external_id = "a"
                side.learn(kind, put(first))
        return pair

    return make


def trace_calls(client: Any) -> None:
    """Have hypothesis tell the calls of an example that fails."""
    make = client._call_method

    def call(method: str, request: Any, response: Any) -> None:
        if method.startswith("Put"):
            note(f"{method}({request})")
        make(method, request, response)

    client._call_method = call


@pytest.mark.slow
@examples(60)
@given(history=HISTORY)
def test_both_hold_the_same_after_any_history(pair, history):
    stores = pair()
    trace_calls(stores.ours.client)
    for write in history:
        ours, real = stores.ask(write)
        assert isinstance(ours, Failure) == isinstance(real, Failure), (ours, real)
        if not isinstance(ours, Failure):
            assert ours == real
    stores.compare()
