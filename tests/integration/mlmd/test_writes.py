"""Writing nodes and edges, as ML Metadata has it: each call is made of it and of a graphstore.

What the graphstore does better has a test of its own, in which ML Metadata is not asked.
"""

from __future__ import annotations

import math
import multiprocessing
import struct
import threading
from datetime import datetime, timezone

import pytest

from tests.wheel import need_ml_metadata

need_ml_metadata()

from google.protobuf.struct_pb2 import Struct
from ml_metadata import errors
from ml_metadata.proto import metadata_store_pb2 as pb
from ml_metadata.proto import metadata_store_service_pb2 as service

from graphstore import Artifact, Context, Execution, Store
from graphstore.interop.mlmd.front.writes import HANDLERS
from graphstore.mlmd import MetadataStore
from tests.integration.mlmd.conftest import call

KINDS = ["artifact", "execution", "context"]
TYPES = {"artifact": 10, "execution": 11, "context": 12}
OTHERS = {"artifact": 13, "execution": 14, "context": 15}
"""The ids of types without properties."""
PROPERTIES = {
    "int": pb.INT,
    "double": pb.DOUBLE,
    "string": pb.STRING,
    "struct": pb.STRUCT,
    "proto": pb.PROTO,
    "bool": pb.BOOLEAN,
}
NOTHING = 1000
"""An id that nothing has."""


def type_of(kind, **fields):
    return getattr(pb, f"{kind.capitalize()}Type")(**fields)


def put_types(ask):
    """The types of TYPES and OTHERS, in an empty store."""
    for name, properties in (("T", PROPERTIES), ("Other", {})):
        for kind in KINDS:
            type_ = type_of(kind, name=name, properties=properties)
            ask(f"Put{kind.capitalize()}Type", **{f"{kind}_type": type_})


@pytest.fixture
def both(both):
    put_types(both)
    return both


def node(kind, **fields):
    """A node; without a type only if `type_id` is None, and always with a name if it is a context,
    unless `name` is None."""
    fields = {"type_id": TYPES[kind], **fields}
    if kind == "context" and "name" not in fields:
        fields["name"] = "n"
    message = getattr(pb, kind.capitalize())
    return message(**{name: value for name, value in fields.items() if value is not None})


def put(ask, kind, *nodes, paths=(), **fields):
    if paths:
        fields["update_mask"] = {"paths": paths}
    return ask(f"Put{kind.capitalize()}s", **{f"{kind}s": nodes}, **fields)


def value(content):
    if isinstance(content, bool):
        return pb.Value(bool_value=content)
    if isinstance(content, int):
        return pb.Value(int_value=content)
    if isinstance(content, float):
        return pb.Value(double_value=content)
    if isinstance(content, str):
        return pb.Value(string_value=content)
    struct_ = Struct()
    struct_.update(content)
    return pb.Value(struct_value=struct_)


def values(**fields):
    return {name: value(each) for name, each in fields.items()}


def everything(both):
    """Both hold the same; what the graphstore has, by call."""
    answers = {kind: both(f"Get{kind.capitalize()}s") for kind in KINDS}
    for kind in ("artifact", "execution"):
        ids = [each.id for each in getattr(answers[kind], f"{kind}s")]
        if ids:
            both(f"GetEventsBy{kind.capitalize()}IDs", **{f"{kind}_ids": ids})
    for context in answers["context"].contexts:
        for name in ("GetArtifactsByContext", "GetExecutionsByContext"):
            both(name, context_id=context.id)
        for name in ("GetParentContextsByContext", "GetChildrenContextsByContext"):
            both(name, context_id=context.id)
    return answers


def test_every_call_that_writes_is_there():
    requests = {
        name for name in dir(service) if name.startswith("Put") and name.endswith("Request")
    }
    assert {f"{name}Request" for name in HANDLERS} == {
        name for name in requests if not name.endswith(("TypeRequest", "TypesRequest"))
    }


# Nodes


@pytest.mark.parametrize("kind", KINDS)
def test_nodes_are_created_with_all_that_they_say(both, kind):
    state = {"artifact": {"state": 2, "uri": "u"}, "execution": {"last_known_state": 3}}
    full = node(
        kind,
        name="full 😀",
        external_id="x",
        properties=values(int=-1, double=0.5, string="", bool=False, struct={"a": [1, None]}),
        custom_properties=values(int="another", **{"": 2, "a.b": True}),
        **state.get(kind, {}),
    )
    full.properties["proto"].proto_value.Pack(pb.Event(artifact_id=1))
    assert list(getattr(put(both, kind, full, node(kind)), f"{kind}_ids")) == [1, 2]
    everything(both)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"type_id": None}, errors.InvalidArgumentError),
        ({"type_id": NOTHING}, errors.NotFoundError),
        ({"type_id": "of another kind"}, errors.NotFoundError),
        ({"id": NOTHING}, errors.InvalidArgumentError),
        ({"id": NOTHING, "type_id": None}, errors.InvalidArgumentError),
        ({"id": 1, "type_id": "other"}, errors.InvalidArgumentError),
        ({"properties": values(none=1)}, errors.InvalidArgumentError),
        ({"properties": values(int="1")}, errors.InvalidArgumentError),
        ({"properties": values(double=1)}, errors.InvalidArgumentError),
        ({"properties": values(bool=1)}, errors.InvalidArgumentError),
        ({"id": 1, "properties": values(none=1)}, errors.InvalidArgumentError),
        ({"name": "taken"}, errors.AlreadyExistsError),
        ({"name": "n1", "external_id": "taken"}, errors.AlreadyExistsError),
        ({"name": "n2", "external_id": ""}, errors.AlreadyExistsError),
        ({"id": 2, "external_id": "taken", "name": "second"}, errors.AlreadyExistsError),
    ],
)
def test_what_cannot_be_put_leaves_nothing(both, kind, fields, error):
    one = node(kind, name="taken", external_id="taken")
    put(both, kind, one, node(kind, name="second", external_id=""))
    special = {"other": OTHERS[kind], "of another kind": TYPES[KINDS[KINDS.index(kind) - 1]]}
    fields = {**fields, "type_id": special.get(fields.get("type_id", 0), TYPES[kind])} | {
        name: content
        for name, content in fields.items()
        if name != "type_id" or content not in special
    }
    assert put(both, kind, node(kind, name="good"), node(kind, **fields)) is error
    everything(both)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"none": 1}, "Found unknown property: none"),
        ({"int": "1"}, "Found unmatched property type: int"),
    ],
)
def test_what_a_type_does_not_take_is_said_in_the_same_words(real, front, fields, says):
    for client in (real, front):
        put_types(lambda method, client=client, **f: call(client, method, request(method, f)))
        with pytest.raises(errors.InvalidArgumentError, match=says):
            client.put_artifacts([node("artifact", properties=values(**fields))])


def request(method, fields):
    return getattr(service, f"{method}Request")(**fields)


@pytest.mark.parametrize("name", [None, ""])
def test_a_context_needs_a_name(both, name):
    assert put(both, "context", node("context", name=name)) is errors.InvalidArgumentError
    put(both, "context", node("context"))
    assert put(both, "context", node("context", id=1, name=name)) is errors.InvalidArgumentError
    # A mask that leaves it out needs none.
    context = node("context", id=1, name=name, custom_properties=values(a=1))
    put(both, "context", context, paths=["custom_properties"])
    everything(both)


@pytest.mark.parametrize("kind", KINDS)
def test_an_update_replaces_all_that_a_node_says(both, kind):
    state = {"artifact": {"state": 2, "uri": "u"}, "execution": {"last_known_state": 3}}
    first = node(
        kind,
        name="n",
        external_id="x",
        properties=values(int=1, string="s"),
        custom_properties=values(a=1, b=2),
        **state.get(kind, {}),
    )
    put(both, kind, first)
    put(both, kind, node(kind, id=1, properties=values(int=2), custom_properties=values(b="3")))
    everything(both)
    # Without a type; a name of artifacts and executions stays, a context's does not.
    put(both, kind, node(kind, id=1, name="renamed", type_id=None, external_id="y"))
    answer = everything(both)[kind]
    assert getattr(answer, f"{kind}s")[0].name == ("renamed" if kind == "context" else "n")
    put(both, kind, node(kind, name="n2", external_id="x"))  # nobody has it any more
    assert put(both, kind, node(kind, id=2, name="n2", external_id="y")) in (
        errors.AlreadyExistsError,
        errors.InternalError,
    )
    everything(both)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "paths",
    [
        ["properties"],
        ["custom_properties"],
        ["properties.int"],
        ["properties.string", "custom_properties.a.b", "custom_properties.c"],
        ["properties", "properties.int"],
        ["custom_properties.", "custom_properties.a"],
        ["external_id"],
        ["uri", "state", "last_known_state"],
        ["name"],
        ["colour", ""],
        ["id", "type_id", "create_time_since_epoch"],
        ["properties.none"],
    ],
)
@pytest.mark.parametrize("absent", [False, True])
def test_a_masked_update_changes_what_it_names(both, kind, paths, absent):
    state = {"artifact": {"state": 2, "uri": "u"}, "execution": {"last_known_state": 3}}
    first = node(
        kind,
        name="n",
        external_id="x",
        properties=values(int=1, string="s"),
        custom_properties=values(**{"a": 1, "a.b": 2, "": 3}),
        **state.get(kind, {}),
    )
    put(both, kind, first)
    bare = node(kind, id=1, name="renamed")
    if not absent:
        other = {"artifact": {"state": 4, "uri": "v"}, "execution": {"last_known_state": 4}}
        bare = node(
            kind,
            id=1,
            name="renamed",
            external_id="y",
            properties=values(int=2, bool=True),
            custom_properties=values(**{"a": 5, "a.b": 6, "c": 7, "": 8}),
            **other.get(kind, {}),
        )
    new = node(kind, name="new", external_id="z", properties=values(bool=True))
    put(both, kind, bare, new, paths=paths)  # the new one whole
    everything(both)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_mask_leaves_out_is_not_checked(both, kind):
    put(both, kind, node(kind, properties=values(int=1)))
    wrong = node(kind, id=1, properties=values(int="wrong", none=1, string="s"))
    put(both, kind, wrong, paths=["properties.string"])
    assert put(both, kind, wrong, paths=["properties.none"]) is errors.InvalidArgumentError
    assert put(both, kind, wrong, paths=["properties"]) is errors.InvalidArgumentError
    everything(both)


@pytest.mark.parametrize("kind", KINDS)
def test_the_time_of_the_last_update_moves_if_something_differs(real, front, kind):
    for client in (real, front):
        put_types(lambda method, client=client, **f: call(client, method, request(method, f)))
        puts, gets = (getattr(client, f"{verb}_{kind}s") for verb in ("put", "get"))
        extra = {"artifact": {"uri": "u"}}.get(kind, {})
        puts([node(kind, name="n", properties=values(struct={"a": 1}), **extra)])
        (first,) = gets()
        assert first.create_time_since_epoch == first.last_update_time_since_epoch > 0
        puts([first])
        assert gets() == [first]
        first.custom_properties["a"].int_value = 1
        puts([first])
        (second,) = gets()
        assert second.last_update_time_since_epoch >= first.last_update_time_since_epoch
        assert second.create_time_since_epoch == first.create_time_since_epoch
    assert second.last_update_time_since_epoch > first.last_update_time_since_epoch


def test_one_node_can_be_updated_twice_in_a_call(both):
    put(both, "artifact", node("artifact"))
    put(
        both,
        "artifact",
        node("artifact", id=1, uri="a", external_id="x"),
        node("artifact", id=1, uri="b"),
        node("artifact", external_id="x"),  # it has been given up by then
    )
    everything(both)


def test_a_stale_update_is_refused_when_that_is_asked_for(real, front):
    options = service.PutArtifactsRequest().options
    options.abort_if_latest_updated_time_changed = True
    for client in (real, front):
        put_types(lambda method, client=client, **f: call(client, method, request(method, f)))
        client.put_artifacts([node("artifact", uri="u")])
        (mine,) = client.get_artifacts()

        def update(artifact, client=client):
            put_request = service.PutArtifactsRequest(artifacts=[artifact], options=options)
            call(client, "PutArtifacts", put_request)
            return client.get_artifacts()[0]

        mine.uri = "theirs"
        theirs = update(mine)
        assert theirs.last_update_time_since_epoch > mine.last_update_time_since_epoch
        mine.uri = "mine"
        with pytest.raises(errors.FailedPreconditionError):
            update(mine)
        theirs.uri = "again"
        assert update(theirs).uri == "again"
        assert update(pb.Artifact(type_id=10, uri="new")).uri == "again"  # a new one is free of it


def test_an_update_leaves_alone_what_mlmd_cannot_see(store, front):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    began = datetime(2026, 1, 2, tzinfo=timezone.utc)
    times = {"start_time": began, "end_time": began}
    (artifact,) = store.artifacts.put_many(
        [
            Artifact(
                type="T",
                digest="sha256:1",
                source="elsewhere",
                source_id=7,
                properties={"struct": [1, 2]},
                custom_properties={"whole": {"a": 1, "b": 2.0}, "n": 1},
            )
        ]
    )
    execution = store.executions.put(Execution(type="T", fingerprint="sha256:2", **times))
    context = store.contexts.put(Context(type="T", name="c", **times))
    # Read and put again, nothing changes: not even an int in a Struct, which a message cannot hold.
    front.put_artifacts(front.get_artifacts())
    front.put_executions(front.get_executions())
    front.put_contexts(front.get_contexts())
    assert store.artifacts.get(1) == artifact
    assert store.executions.get(1) == execution
    assert store.contexts.get(1) == context
    # A full update without them, and a masked one.
    front.put_artifacts([node("artifact", id=1, custom_properties=values(n=2))])
    copy = store.artifacts.get(1)
    names = ("digest", "source", "source_id", "uri", "name")
    assert [getattr(copy, name) for name in names] == [getattr(artifact, name) for name in names]
    assert (copy.properties, copy.custom_properties) == ({}, {"n": 2})
    front.put_executions([node("execution", id=1, custom_properties=values(n=2))])
    front.put_contexts([node("context", id=1, name="renamed")], field_mask_paths=["name"])
    assert (
        store.executions.get(1).evolve(
            custom_properties={}, last_update_time=execution.last_update_time
        )
        == execution
    )
    assert (
        store.contexts.get(1).evolve(name="c", last_update_time=context.last_update_time) == context
    )


def test_a_property_that_somebody_else_declared_meanwhile_is_taken(front, database):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    front.put_artifacts([node("artifact")])  # this one has seen the type as it was
    elsewhere = MetadataStore(Store(database))
    wider_type = type_of("artifact", name="T", properties={"new": pb.INT})
    elsewhere.put_artifact_type(wider_type, can_add_fields=True, can_omit_fields=True)
    (id_,) = front.put_artifacts([node("artifact", properties=values(new=1))])
    assert front.get_artifacts_by_id([id_])[0].properties["new"].int_value == 1


# Values that ML Metadata loses, or that end its process


@pytest.mark.parametrize(
    "number",
    [0.1 + 0.2, math.pi, 1e-320, -0.0, 1.7976931348623157e308, math.inf, -math.inf, math.nan],
)
def test_a_double_keeps_every_bit(front, number):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    fields = values(double=number)
    front.put_artifacts([node("artifact", properties=fields, custom_properties=fields)])
    (artifact,) = front.get_artifacts()
    for properties in (artifact.properties, artifact.custom_properties):
        assert bits(properties["double"].double_value) == bits(number)
    front.put_artifacts([artifact])
    assert front.get_artifacts() == [artifact] or math.isnan(number)
    (again,) = front.get_artifacts()
    assert again.last_update_time_since_epoch == artifact.last_update_time_since_epoch


def bits(number):
    return struct.pack(">d", number)


def test_texts_that_look_like_something_else_stay_texts(front):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    texts = [
        "__MLMD_NULL__",
        "mlmd-struct::CioK",
        "null",
        '["json"]',
        "'; DELETE",
        "a\0b",
        "x" * 10**6,
    ]
    front.put_artifacts(
        [
            node(
                "artifact",
                uri=text[:99],
                properties=values(string=text),
                custom_properties=values(a=text),
            )
            for text in texts
        ]
    )
    artifacts = front.get_artifacts()
    assert [each.properties["string"].string_value for each in artifacts] == texts
    assert [each.custom_properties["a"].string_value for each in artifacts] == texts
    assert [each.uri for each in artifacts] == [text[:99] for text in texts]


def test_a_custom_value_with_nothing_in_it_is_none(front):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    front.put_artifacts([node("artifact", custom_properties={"a": pb.Value(), "b": value(1)})])
    (artifact,) = front.get_artifacts()
    assert set(artifact.custom_properties) == {"b"}
    artifact.custom_properties["b"].Clear()
    front.put_artifacts([artifact])
    assert set(front.get_artifacts()[0].custom_properties) == set()
    with pytest.raises(errors.InvalidArgumentError, match="unmatched property type: int"):
        front.put_artifacts([node("artifact", properties={"int": pb.Value()})])


@pytest.mark.parametrize("kind", KINDS)
def test_a_property_stays_when_a_custom_one_of_its_name_changes(front, kind):
    """ML Metadata drops it."""
    put_types(lambda method, **f: call(front, method, request(method, f)))
    puts, gets = (getattr(front, f"{verb}_{kind}s") for verb in ("put", "get"))
    puts([node(kind, properties=values(int=1), custom_properties=values(int=2))])
    (artifact,) = gets()
    artifact.custom_properties["int"].int_value = 3
    puts([artifact])
    assert gets()[0].properties["int"].int_value == 1
    assert gets()[0].custom_properties["int"].int_value == 3


@pytest.mark.parametrize("text", ["x" * 9000])
def test_what_an_index_cannot_hold_is_refused(front, text):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    for field in ("uri", "name", "external_id"):
        with pytest.raises(errors.InvalidArgumentError, match="at most 8,000"):
            front.put_artifacts([node("artifact", **{field: text})])
    assert front.get_artifacts() == []


# Edges


@pytest.fixture
def nodes(both):
    """Three of each kind, with the ids 1 to 3."""
    for kind in KINDS:
        put(both, kind, *(node(kind, name=f"{n}") for n in range(3)))
    return both


def event(artifact, execution, type_=pb.Event.INPUT, at=7, **fields):
    ends = {"artifact_id": artifact, "execution_id": execution, "type": type_}
    ends["milliseconds_since_epoch"] = at
    return pb.Event(
        **{name: value for name, value in {**ends, **fields}.items() if value is not None}
    )


def test_events_come_back_in_the_order_in_which_they_were_put(nodes):
    path = pb.Event.Path(steps=[{"index": 1}, {"key": "a"}, {"key": "[0]"}, {"index": -2}])
    nodes("PutEvents", events=[event(3, 1, at=9), event(1, 1, at=3), event(1, 1, pb.Event.OUTPUT)])
    nodes("PutEvents", events=[event(2, 1, pb.Event.PENDING_OUTPUT, path=path), event(1, 2)])
    everything(nodes)


def test_an_event_without_a_time_happens_now(front):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    front.put_artifacts([node("artifact")])
    front.put_executions([node("execution")])
    front.put_events([event(1, 1, at=None)])
    (first_event,) = front.get_events_by_artifact_ids([1])
    (artifact,) = front.get_artifacts()
    assert 0 <= first_event.milliseconds_since_epoch - artifact.create_time_since_epoch < 600_000


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (event(None, 1), errors.InvalidArgumentError),
        (event(1, None), errors.InvalidArgumentError),
        (event(1, 1, None), errors.InvalidArgumentError),
        (event(1, 1, pb.Event.UNKNOWN), errors.InvalidArgumentError),
        (event(NOTHING, 1), errors.InvalidArgumentError),
        (event(1, NOTHING), errors.InvalidArgumentError),
        (event(1, 1), errors.AlreadyExistsError),
        (event(1, 1, path={"steps": [{"key": "other"}]}, at=8), errors.AlreadyExistsError),
        (event(2, 2), errors.AlreadyExistsError),
    ],
)
def test_events_are_refused_whole(nodes, bad, error):
    nodes("PutEvents", events=[event(1, 1)])
    assert nodes("PutEvents", events=[event(2, 2), event(3, 3), bad]) is error
    everything(nodes)


def test_members_belong_once(nodes):
    edges = {
        "attributions": [pb.Attribution(artifact_id=a, context_id=1) for a in (1, 2, 1)],
        "associations": [pb.Association(execution_id=1, context_id=c) for c in (1, 2, 2)],
    }
    for _ in range(2):
        nodes("PutAttributionsAndAssociations", **edges)
    nodes("PutAttributionsAndAssociations")
    everything(nodes)


@pytest.mark.parametrize(
    "bad",
    [
        {"attributions": [pb.Attribution(artifact_id=NOTHING, context_id=1)]},
        {"attributions": [pb.Attribution(artifact_id=1, context_id=NOTHING)]},
        {"attributions": [pb.Attribution(artifact_id=1)]},
        {"attributions": [pb.Attribution(context_id=1)]},
        {"associations": [pb.Association(execution_id=NOTHING, context_id=1)]},
        {"associations": [pb.Association(execution_id=1, context_id=NOTHING)]},
        {"associations": [pb.Association(execution_id=1)]},
        {"associations": [pb.Association()]},
    ],
)
def test_members_must_be_there(nodes, bad):
    good = {"attributions": [pb.Attribution(artifact_id=2, context_id=2)]}
    whole = {name: [*good.get(name, ()), *bad.get(name, ())] for name in {*good, *bad}}
    answer = nodes("PutAttributionsAndAssociations", **whole)
    assert answer is errors.InvalidArgumentError
    everything(nodes)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ((2, 1), errors.AlreadyExistsError),
        ((3, 1), errors.AlreadyExistsError),
        ((1, 2), errors.InvalidArgumentError),
        ((1, 1), errors.InvalidArgumentError),
        ((1, 3), errors.InvalidArgumentError),
        ((NOTHING, 1), errors.InvalidArgumentError),
        ((1, NOTHING), errors.InvalidArgumentError),
        ((None, 1), errors.InvalidArgumentError),
        ((1, None), errors.InvalidArgumentError),
    ],
)
def test_parents_are_refused_whole(nodes, bad, error):
    def parent(child, parent):
        ends = {"child_id": child, "parent_id": parent}
        return pb.ParentContext(**{name: id_ for name, id_ in ends.items() if id_ is not None})

    nodes("PutParentContexts", parent_contexts=[parent(2, 1)])
    answer = nodes("PutParentContexts", parent_contexts=[parent(3, 1), parent(*bad)])
    assert answer is error
    everything(nodes)


# PutExecution


def pair(artifact=None, event=None):
    fields = {"artifact": artifact, "event": event}
    return service.PutExecutionRequest.ArtifactAndEvent(
        **{name: value for name, value in fields.items() if value is not None}
    )


def loose_event(type_=pb.Event.OUTPUT, **fields):
    """An event whose ends are those that it comes with."""
    return pb.Event(type=type_, milliseconds_since_epoch=7, **fields)


def put_execution(ask, execution, pairs=(), contexts=(), **options):
    return ask(
        "PutExecution",
        execution=execution,
        artifact_event_pairs=pairs,
        contexts=contexts,
        options=options,
    )


def test_an_execution_is_put_with_all_that_it_did(nodes):
    answer = put_execution(
        nodes,
        node("execution", last_known_state=3),
        [
            pair(node("artifact", uri="new"), loose_event(path={"steps": [{"key": "model"}]})),
            pair(node("artifact", id=1, uri="updated", type_id=None), loose_event(pb.Event.INPUT)),
            pair(event=loose_event(pb.Event.INPUT, artifact_id=2)),
            pair(node("artifact", id=3)),
        ],
        [node("context", name="new"), node("context", id=1, name="renamed")],
    )
    assert list(answer.artifact_ids) == [4, 1, 2, 3]
    put_execution(
        nodes,
        node("execution", id=answer.execution_id, last_known_state=4),
        [pair(node("artifact", id=4, uri="new"), loose_event(pb.Event.INPUT, execution_id=4))],
        [node("context", id=4, name="new")],
    )
    put_execution(nodes, node("execution"))
    everything(nodes)


def test_a_pair_of_nothing_has_no_id(nodes):
    answer = put_execution(nodes, node("execution"), [pair(), pair(node("artifact"))])
    assert list(answer.artifact_ids) == [-1, 4]
    everything(nodes)


EXECUTION = node("execution")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"execution": None}, errors.InvalidArgumentError),
        ({"execution": node("execution", id=NOTHING)}, errors.InvalidArgumentError),
        ({"execution": node("execution", type_id=NOTHING)}, errors.NotFoundError),
        ({"pairs": [pair(node("artifact", id=NOTHING))]}, errors.InvalidArgumentError),
        ({"pairs": [pair(event=loose_event())]}, errors.InvalidArgumentError),
        ({"pairs": [pair(node("artifact"), pb.Event())]}, errors.InvalidArgumentError),
        (
            {"pairs": [pair(node("artifact", id=1), loose_event(artifact_id=2))]},
            errors.InvalidArgumentError,
        ),
        (
            {"pairs": [pair(node("artifact", id=1), loose_event(execution_id=2))]},
            errors.InvalidArgumentError,
        ),
        ({"pairs": [pair(node("artifact", id=1), loose_event())] * 2}, errors.AlreadyExistsError),
        ({"pairs": [pair(node("artifact", external_id="x"))] * 2}, errors.AlreadyExistsError),
        ({"contexts": [node("context", type_id=None)]}, errors.InvalidArgumentError),
        ({"contexts": [node("context", name=None)]}, errors.InvalidArgumentError),
        (
            {"contexts": [node("context", id=1, type_id=None, name="0")]},
            errors.InvalidArgumentError,
        ),
        ({"contexts": [node("context", id=1, name=None)]}, errors.InvalidArgumentError),
        ({"contexts": [node("context", name="0")]}, errors.AlreadyExistsError),
        ({"contexts": [node("context", id=NOTHING)]}, errors.InvalidArgumentError),
        (
            {"contexts": [node("context", id=NOTHING)], "force_reuse_context": True},
            errors.NotFoundError,
        ),
    ],
)
def test_an_execution_is_refused_with_all_that_it_did(nodes, fields, error):
    fields = {
        "execution": EXECUTION,
        "pairs": [],
        "contexts": [],
        **fields,
    }
    fields["pairs"] = [pair(node("artifact", uri="new"), loose_event()), *fields["pairs"]]
    fields["contexts"] = [node("context", name="new"), *fields["contexts"]]
    if fields["execution"] is None:
        del fields["execution"]
        assert nodes("PutExecution", artifact_event_pairs=fields["pairs"]) is error
    else:
        assert put_execution(nodes, **fields) is error
    everything(nodes)


def test_no_event_of_a_missing_artifact_is_ever_stored(front):
    """ML Metadata stores it."""
    put_types(lambda method, **f: call(front, method, request(method, f)))
    with pytest.raises(errors.InvalidArgumentError, match="no artifact has id 1000"):
        front.put_execution(EXECUTION, [(None, event(NOTHING, None))], [])
    with pytest.raises(errors.InvalidArgumentError, match="no artifact has id 1000"):
        front.put_lineage_subgraph([EXECUTION], [], [], [(0, None, event(NOTHING, None))])
    assert front.get_executions() == []


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("force", [False, True])
def test_contexts_are_reused(nodes, reuse, force):
    properties = {"custom_properties": values(a=1)}
    flags = {"reuse_context_if_already_exist": reuse, "force_reuse_context": force}
    put_execution(
        nodes,
        node("execution"),
        [pair(node("artifact"))],
        [node("context", name="0", **properties)],
        **flags,
    )
    put_execution(
        nodes, node("execution"), (), [node("context", name="new", **properties)] * 2, **flags
    )
    put_execution(
        nodes, node("execution"), (), [node("context", id=1, name="other", **properties)], **flags
    )
    put_execution(
        nodes, node("execution"), (), [node("context", id=2, name=None, type_id=None)], **flags
    )
    put_execution(
        nodes,
        node("execution"),
        (),
        [node("context", name="n", type_id=OTHERS["context"])],
        **flags,
    )
    everything(nodes)


@pytest.mark.parametrize("reuse", [False, True])
def test_artifacts_are_reused_by_external_id(nodes, reuse):
    flags = {"reuse_artifact_if_already_exist_by_external_id": reuse}
    artifact = node("artifact", external_id="x", uri="first", custom_properties=values(a=1))
    put_execution(nodes, node("execution"), [pair(artifact, loose_event())], **flags)
    again = node("artifact", external_id="x", uri="second")
    put_execution(nodes, node("execution"), [pair(again, loose_event())], **flags)
    # Twice in one call, known and new; without a type, and of another one; with '' it is new.
    put_execution(nodes, node("execution"), [pair(again, loose_event()), pair(artifact)], **flags)
    new = node("artifact", external_id="y", uri="1")
    put_execution(
        nodes,
        node("execution"),
        [pair(new), pair(node("artifact", external_id="y", uri="2"))],
        **flags,
    )
    put_execution(
        nodes, node("execution"), [pair(node("artifact", external_id="x", type_id=None))], **flags
    )
    put_execution(
        nodes,
        node("execution"),
        [pair(node("artifact", external_id="x", type_id=OTHERS["artifact"]))],
        **flags,
    )
    put_execution(nodes, node("execution"), [pair(node("artifact", external_id=""))] * 2, **flags)
    if reuse:  # else it is wrong in two ways, and either may be said
        put_execution(nodes, node("execution"), [pair(again, loose_event(artifact_id=4))], **flags)
        put_execution(nodes, node("execution"), [pair(again, loose_event(artifact_id=3))], **flags)
    everything(nodes)


def test_the_time_of_the_last_update_can_be_forced(real, front):
    for client in (real, front):
        put_types(lambda method, client=client, **f: call(client, method, request(method, f)))
        client.put_execution(EXECUTION, [], [])
        (first,) = client.get_executions()
        client.put_execution(first, [], [])
        assert client.get_executions() == [first]
        client.put_execution(first, [], [], force_update_time=True)
        (second,) = client.get_executions()
        assert second.last_update_time_since_epoch >= first.last_update_time_since_epoch
        first.ClearField("last_update_time_since_epoch")
        assert second.last_update_time_since_epoch > 0
        second.ClearField("last_update_time_since_epoch")
        assert second == first
    assert client is front


# PutLineageSubgraph


def edge(execution=None, artifact=None, event=None):
    fields = {"execution_index": execution, "artifact_index": artifact, "event": event}
    return service.PutLineageSubgraphRequest.EventEdge(
        **{name: value for name, value in fields.items() if value is not None}
    )


def put_lineage(ask, executions=(), artifacts=(), contexts=(), edges=(), **options):
    return ask(
        "PutLineageSubgraph",
        executions=executions,
        artifacts=artifacts,
        contexts=contexts,
        event_edges=edges,
        options=options,
    )


def test_a_lineage_is_put_whole(nodes):
    put_lineage(
        nodes,
        [node("execution"), node("execution", id=1)],
        [node("artifact", uri="new"), node("artifact", id=2, uri="updated"), node("artifact")],
        [node("context", name="new"), node("context", id=3, name="3")],
        [
            edge(0, 0, loose_event()),
            edge(1, 0, loose_event(pb.Event.INPUT)),
            edge(0, 1, loose_event(pb.Event.INPUT, artifact_id=2)),
            edge(1, 2, loose_event(execution_id=1)),
            edge(None, None, event(3, 2)),
            edge(None, 2, event(None, 3)),
        ],
    )
    put_lineage(nodes)
    everything(nodes)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"edges": [edge(0, 0)]}, errors.InvalidArgumentError),
        ({"edges": [edge(None, 0, loose_event())]}, errors.InvalidArgumentError),
        ({"edges": [edge(0, None, loose_event())]}, errors.InvalidArgumentError),
        ({"edges": [edge(1, 0, loose_event())]}, errors.OutOfRangeError),
        ({"edges": [edge(-1, 0, loose_event())]}, errors.OutOfRangeError),
        ({"edges": [edge(0, 2, loose_event())]}, errors.OutOfRangeError),
        ({"edges": [edge(0, 0, loose_event(execution_id=1))]}, errors.InvalidArgumentError),
        ({"edges": [edge(0, 0, loose_event(artifact_id=1))]}, errors.InvalidArgumentError),
        ({"edges": [edge(0, 1, loose_event(artifact_id=2))]}, errors.InvalidArgumentError),
        ({"edges": [edge(0, 0, pb.Event())]}, errors.InvalidArgumentError),
        ({"edges": [edge(0, 0, loose_event())] * 2}, errors.AlreadyExistsError),
        ({"edges": [edge(None, None, event(1, 1))]}, errors.AlreadyExistsError),
        ({"executions": [node("execution", id=1, type_id=None)]}, errors.InvalidArgumentError),
        ({"executions": [node("execution", type_id=NOTHING)]}, errors.NotFoundError),
        (
            {"executions": [node("execution", properties=values(none=1))]},
            errors.InvalidArgumentError,
        ),
        ({"contexts": [node("context", name=None)]}, errors.InvalidArgumentError),
        ({"contexts": [node("context", type_id=None)]}, errors.InvalidArgumentError),
        ({"contexts": [node("context", name="0")]}, errors.AlreadyExistsError),
        ({"contexts": [node("context", id=NOTHING)]}, errors.InvalidArgumentError),
    ],
)
def test_a_lineage_is_refused_whole(nodes, fields, error):
    nodes("PutEvents", events=[event(1, 1)])
    artifacts = [node("artifact"), node("artifact", id=1)]
    answer = put_lineage(nodes, **{"executions": [EXECUTION], "artifacts": artifacts, **fields})
    assert answer is error
    everything(nodes)


@pytest.mark.parametrize("reuse", [False, True])
def test_a_lineage_reuses_what_is_there(nodes, reuse):
    flags = {
        "reuse_context_if_already_exist": reuse,
        "reuse_artifact_if_already_exist_by_external_id": reuse,
    }
    for uri in ("first", "second"):
        put_lineage(
            nodes,
            [node("execution")],
            [node("artifact", uri=uri), node("artifact", external_id="x", uri=uri)],
            [node("context", name="new", custom_properties=values(a=uri))],
            [edge(0, 0, loose_event()), edge(0, 1, loose_event(pb.Event.INPUT))],
            **flags,
        )
    everything(nodes)


# Size, and many at once


def lineage(size, name):
    """A lineage of three times `size` nodes, in one context each."""
    return (
        [node("execution", name=f"{name}{n}") for n in range(size)],
        [node("artifact", name=f"{name}{n}") for n in range(size)],
        [node("context", name=name)],
        [(n, n, loose_event()) for n in range(size)],
    )


WRITES = {
    "PutArtifacts": lambda front, size, name: front.put_artifacts(
        [node("artifact", name=f"{name}{n}") for n in range(size)]
    ),
    "PutArtifacts, updates": lambda front, size, name: front.put_artifacts(
        [pb.Artifact(id=n + 1, uri=name) for n in range(size)], field_mask_paths=["uri"]
    ),
    "PutContexts": lambda front, size, name: front.put_contexts(
        [node("context", name=f"{name}{n}") for n in range(size)]
    ),
    "PutEvents": lambda front, size, name: front.put_events(
        [event(n + 1, {"a": 1, "b": 2}[name]) for n in range(size)]
    ),
    "PutAttributionsAndAssociations": lambda front, size, name: (
        front.put_attributions_and_associations(
            [pb.Attribution(artifact_id=n + 1, context_id=1) for n in range(size)],
            [pb.Association(execution_id=1, context_id=1)],
        )
    ),
    "PutParentContexts": lambda front, size, name: front.put_parent_contexts(
        [pb.ParentContext(child_id={"a": 1, "b": 2}[name], parent_id=n + 3) for n in range(size)]
    ),
    "PutExecution": lambda front, size, name: front.put_execution(
        EXECUTION,
        [(node("artifact", external_id=f"{name}{n}"), loose_event()) for n in range(size)],
        [node("context", name=name)],
        reuse_context_if_already_exist=True,
        reuse_artifact_if_already_exist_by_external_id=True,
    ),
    "PutLineageSubgraph": lambda front, size, name: front.put_lineage_subgraph(
        *lineage(size, name)
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_call_takes_as_many_queries_whatever_its_size(store, front, count_queries, write):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    front.put_lineage_subgraph(*lineage(1500, "there"))
    front.put_contexts([node("context", name=f"more {n}") for n in range(1501)])
    for kind in KINDS:  # so that no lease is among the queries that are counted
        store.ids.give_back(kind, store.ids.take({kind: 4000})[kind])
    queries_by_size = {}
    for size, name in ((1, "a"), (1500, "b")):
        with count_queries() as queries:
            write(front, size, name)
        queries_by_size[size] = queries
    assert queries_by_size[1] == queries_by_size[1500]
    assert len(queries_by_size[1]) <= 12


ROUNDS, THREADS = 4, 8


def publish(server, names, gate):
    """Publish from threads, each by a client of its own over one store."""
    database = server.connect()
    store = Store(database)
    failures = []

    def work(name):
        client = MetadataStore(store)
        try:
            for round_ in range(ROUNDS):
                client.put_execution(
                    node("execution", name=f"{name}-{round_}"),
                    [
                        (node("artifact", id=1), loose_event(pb.Event.INPUT)),
                        (
                            node("artifact", external_id=f"shared {round_}"),
                            loose_event(pb.Event.INPUT),
                        ),
                        (node("artifact", name=f"{name}-{round_}"), loose_event()),
                    ],
                    [node("context", name="pipeline"), node("context", name=f"run {round_}")],
                    reuse_context_if_already_exist=True,
                    reuse_artifact_if_already_exist_by_external_id=True,
                )
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    gate.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    if failures:
        raise failures[0]


def test_two_processes_of_eight_threads_publish_at_once(store, front, server, database):
    put_types(lambda method, **f: call(front, method, request(method, f)))
    front.put_artifacts([node("artifact")])
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(2)
    processes = [
        spawn.Process(target=publish, args=(server, [f"{letter}{n}" for n in range(THREADS)], gate))
        for letter in "ab"
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    count = 2 * THREADS * ROUNDS
    with database.driver.session() as session:
        counts = session.run(
            "RETURN COUNT { (:Artifact) } AS artifacts, COUNT { (:Execution) } AS executions,"
            " COUNT { (:Context) } AS contexts,"
            " COUNT { (:Artifact)-[:INPUT]->(:Execution) } AS inputs,"
            " COUNT { (:Execution)-[:OUTPUT]->(:Artifact) } AS outputs,"
            " COUNT { ()-[:ATTRIBUTED_TO]->() } AS attributions,"
            " COUNT { ()-[:ASSOCIATED_WITH]->() } AS associations"
        ).single()
    assert dict(counts) == {
        "artifacts": 1 + ROUNDS + count,
        "executions": count,
        "contexts": 1 + ROUNDS,
        "inputs": 2 * count,
        "outputs": count,
        # Of the artifact of all: to the pipeline and every run; of those of a round: to two.
        "attributions": 1 + ROUNDS + 2 * ROUNDS + 2 * count,
        "associations": 2 * count,
    }
