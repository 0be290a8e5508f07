"""ML Metadata's messages as models and back: nothing is lost, whatever they hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

pytest.importorskip("google.protobuf")

from google.protobuf.message_factory import GetMessageClass

from graphstore import (
    Artifact,
    ArtifactType,
    ContextType,
    Event,
    EventType,
    ExecutionType,
    PropertyKind,
)
from graphstore.errors import InvalidArgument, Unimplemented
from graphstore.interop.mlmd.front import convert
from graphstore.interop.mlmd.front.protos import POOL, service_pb2, store_pb2
from graphstore.model.values import Proto
from graphstore.storage.rows import (
    MODELS,
    encode_path,
    event_from_row,
    node_from_row,
    node_to_row,
    type_from_row,
    type_to_row,
)

AnyMessage, Struct, ListValue, Item = (
    GetMessageClass(POOL.FindMessageTypeByName(f"google.protobuf.{name}"))
    for name in ("Any", "Struct", "ListValue", "Value")
)
Value = store_pb2.Value
MARKERS = ["", "__MLMD_NULL__", "mlmd-struct::eyJhIjogMX0=", "\0", "😀", "[0]", "\\[0]"]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(MARKERS)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
names |= st.sampled_from(["id", "uri", "_x", "custom_x", "custom_uri", "type_id", "a b`c"])
int64 = st.integers(-(2**63), 2**63 - 1)
# A STRUCT is JSON text, in which there is but one NaN.
numbers = st.floats(allow_nan=False) | st.just(math.nan)
doubles = st.floats() | st.sampled_from([0.1 + 0.2, math.pi, 1e-320, -0.0])


def struct(fields):
    return Struct(fields=fields)


items = st.recursive(
    st.just(Item(null_value=0))
    | st.builds(Item, number_value=numbers)
    | st.builds(Item, string_value=text)
    | st.builds(Item, bool_value=st.booleans()),
    lambda inner: (
        st.builds(Item, list_value=st.builds(ListValue, values=st.lists(inner, max_size=3)))
        | st.builds(Item, struct_value=st.builds(struct, st.dictionaries(text, inner, max_size=3)))
    ),
    max_leaves=6,
)
structs = st.builds(struct, st.dictionaries(text, items, max_size=3))
anys = st.builds(AnyMessage, type_url=text, value=st.binary(max_size=8))
values = (
    st.builds(Value, int_value=int64)
    | st.builds(Value, double_value=doubles)
    | st.builds(Value, string_value=text)
    | st.builds(Value, bool_value=st.booleans())
    | st.builds(Value, struct_value=structs)
    | st.builds(Value, proto_value=anys)
)
kinds = {
    "int_value": store_pb2.INT,
    "double_value": store_pb2.DOUBLE,
    "string_value": store_pb2.STRING,
    "bool_value": store_pb2.BOOLEAN,
    "struct_value": store_pb2.STRUCT,
    "proto_value": store_pb2.PROTO,
}
times = st.integers(-62135596800000, 253402300799999)  # the years 1 to 9999


def same(one, other) -> bool:
    """Whether two messages are the same, NaN being NaN."""
    return one.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)


@given(values)
@example(Value(double_value=math.nan))
@example(Value(double_value=-math.inf))
@example(Value(string_value="__MLMD_NULL__"))
def test_values_come_back(value):
    assert same(convert.value_to_proto(convert.value_from_proto(value)), value)


def test_a_value_in_which_nothing_is_set_is_none():
    assert convert.value_from_proto(Value()) is None


def test_a_struct_without_bottom_is_refused():
    value = Value()
    inner = value.struct_value
    for _ in range(5000):
        inner = inner.fields["a"].struct_value
    with pytest.raises(InvalidArgument, match="too deep"):
        convert.value_from_proto(value)


def test_what_a_struct_cannot_hold_becomes_something_that_it_can():
    to = convert.value_to_proto
    assert to([1, None]).struct_value["__value__"][0] == 1  # where TFX looks for it
    assert to({"n": 3}).struct_value["n"] == 3.0
    assert to({"n": 10**400}).struct_value["n"] == str(10**400)
    assert to(Proto("t", b"\0")).proto_value.value == b"\0"
    # What somebody wrote in Cypher, and no graphstore ever would.
    assert to((1, 2)).string_value == "(1, 2)"


@st.composite
def nodes(draw, name):
    message = getattr(store_pb2, name)(type_id=12, type="T")
    if draw(st.booleans()):
        message.id = draw(st.integers(1, 2**53))
    for field in ("name", "external_id"):
        if draw(st.booleans()):
            setattr(message, field, draw(text))
    for field in ("properties", "custom_properties"):
        for key, value in draw(st.dictionaries(names, values, max_size=4)).items():
            getattr(message, field)[key].CopyFrom(value)
    if name == "Artifact":
        message.uri = draw(text)
        if draw(st.booleans()):
            message.state = draw(st.sampled_from(store_pb2.Artifact.State.values()))
    elif name == "Execution" and draw(st.booleans()):
        message.last_known_state = draw(st.sampled_from(store_pb2.Execution.State.values()))
    elif name == "Context":
        message.name = draw(text.filter(bool))
    return message


@pytest.mark.parametrize("name", ["Artifact", "Execution", "Context"])
@given(data=st.data())
def test_nodes_come_back_from_the_graph(name, data):
    message = data.draw(nodes(name))
    properties = {
        key: PropertyKind(store_pb2.PropertyType.Name(kinds[value.WhichOneof("value")]))
        for key, value in message.properties.items()
    }
    models = {"Artifact": ArtifactType, "Execution": ExecutionType, "Context": ContextType}
    type_ = models[name](name="T", properties=properties, id=12)
    node = convert.node_from_proto(message, type_)
    copy = node_from_row(node_to_row(node, type_), MODELS[node.kind])
    back = convert.node_to_proto(copy)
    assert (back.create_time_since_epoch, back.last_update_time_since_epoch) == (0, 0)
    back.ClearField("create_time_since_epoch")
    back.ClearField("last_update_time_since_epoch")
    assert same(back, message)


def test_what_is_unset_stays_unset():
    type_ = ArtifactType(name="T", id=12)
    bare = convert.artifact_from_proto(store_pb2.Artifact(), type_)
    assert (bare.id, bare.name, bare.external_id, bare.state) == (None, None, None, None)
    assert bare.uri == ""  # as ML Metadata has it
    back = convert.artifact_to_proto(bare)
    assert not any(back.HasField(f) for f in ("id", "name", "external_id", "state"))
    empty = convert.artifact_from_proto(
        store_pb2.Artifact(name="", external_id="", state=store_pb2.Artifact.UNKNOWN), type_
    )
    back = convert.artifact_to_proto(empty)
    assert all(back.HasField(f) for f in ("name", "external_id", "state"))


def test_a_property_without_a_value_is_none_and_no_crash():
    message = store_pb2.Artifact()
    message.custom_properties["k"].SetInParent()
    message.properties["p"].SetInParent()
    artifact = convert.artifact_from_proto(message, ArtifactType(name="T"))
    assert artifact.custom_properties == {"k": None} and artifact.properties == {"p": None}


def test_a_time_that_is_none_is_unknown():
    message = store_pb2.Artifact(last_update_time_since_epoch=2**62)
    type_ = ArtifactType(name="T")
    assert convert.artifact_from_proto(message, type_).last_update_time is None
    message.last_update_time_since_epoch = 1_700_000_000_123
    artifact = convert.artifact_from_proto(message, type_)
    assert convert.to_millis(artifact.last_update_time) == 1_700_000_000_123


@given(times)
def test_times_come_back(millis):
    assert convert.to_millis(convert.from_millis(millis)) == millis


@given(st.data())
def test_events_come_back_from_the_graph(data):
    types = [t for t in store_pb2.Event.Type.values() if t != store_pb2.Event.UNKNOWN]
    message = store_pb2.Event(
        artifact_id=data.draw(int64),
        execution_id=data.draw(int64),
        type=data.draw(st.sampled_from(types)),
        milliseconds_since_epoch=data.draw(times),
    )
    for step in data.draw(st.lists(int64 | text, max_size=4)):
        if isinstance(step, int):
            message.path.steps.add().index = step
        else:
            message.path.steps.add().key = step
    event = convert.event_from_proto(message)
    copy = event_from_row(
        event.artifact_id, event.execution_id, event.type.value, encode_path(event.path), None
    ).model_copy(update={"time": event.time})
    assert same(convert.event_to_proto(copy), message)


def test_an_event_may_say_little():
    event = convert.event_from_proto(store_pb2.Event())
    assert event == Event(type=EventType.UNKNOWN)
    wrong = store_pb2.Event()
    wrong.path.steps.add()
    with pytest.raises(InvalidArgument, match="neither an index nor a key"):
        convert.event_from_proto(wrong)
    with pytest.raises(InvalidArgument, match="no time"):
        convert.event_from_proto(store_pb2.Event(milliseconds_since_epoch=2**62))


@st.composite
def types(draw, name):
    message = getattr(store_pb2, name)(name=draw(text.filter(bool)), id=draw(int64))
    for field in ("version", "description", "external_id"):
        if draw(st.booleans()):
            setattr(message, field, draw(text.filter(bool) if field == "version" else text))
    for key in draw(st.lists(names, max_size=4)):
        message.properties[key] = draw(st.sampled_from(list(kinds.values())))
    bases = [b for b in type(message).SystemDefinedBaseType.values() if b]
    if bases and draw(st.booleans()):
        message.base_type = draw(st.sampled_from(bases))
    if name == "ExecutionType":
        simple = store_pb2.ArtifactStructType()
        simple.simple.name = draw(text)
        for field in ("input_type", "output_type"):
            if draw(st.booleans()):
                getattr(message, field).dict.properties[draw(text)].CopyFrom(simple)
        if draw(st.booleans()):
            message.output_type.Clear()
            message.output_type.SetInParent()
    return message


@pytest.mark.parametrize("name", ["ArtifactType", "ExecutionType", "ContextType"])
@given(data=st.data())
def test_types_come_back_from_the_graph(name, data):
    message = data.draw(types(name))
    type_ = convert.type_from_proto(message)
    assert type_.id is None  # the store gives it
    row = type_to_row(type_.evolve(id=message.id))
    copy = type_from_row({**row, "kind": type_.kind})
    assert same(convert.type_to_proto(copy), message)


def test_a_type_that_is_none_is_refused():
    convert_type = convert.type_from_proto
    with pytest.raises(InvalidArgument, match="No type name is specified"):
        convert_type(store_pb2.ArtifactType())
    with pytest.raises(InvalidArgument, match="Property x is UNKNOWN"):
        convert_type(store_pb2.ArtifactType(name="T", properties={"x": store_pb2.UNKNOWN}))
    with pytest.raises(InvalidArgument, match="cannot be the name of a property"):
        convert_type(store_pb2.ContextType(name="T", properties={"": store_pb2.INT}))
    with pytest.raises(Unimplemented, match="base_type deletion"):
        convert_type(store_pb2.ExecutionType(name="T", base_type=store_pb2.ExecutionType.UNSET))
    assert convert_type(store_pb2.ArtifactType(name="T", version="")).version is None


def test_a_signature_that_is_none_of_theirs_is_left_out():
    message = convert.type_to_proto(
        ExecutionType(name="T", input_type="x", output_type='{"any":{}}')
    )
    assert not message.HasField("input_type") and message.output_type.HasField("any")


def nest(levels, of):
    """A value of so many dicts, or lists, within each other."""
    value = "bottom"
    for _ in range(levels):
        value = {"k": value} if of is dict else [value]
    return value


@pytest.mark.parametrize("of", [dict, list])
@pytest.mark.parametrize("levels", [1, 10, 25, 26, 27, 28, 39, 40, 41, 60, 400])
def test_a_value_of_any_depth_can_be_read_by_clients(levels, of):
    value = {"configuration": nest(levels, of)}
    node = Artifact(type="T", id=1, type_id=2, properties={}, custom_properties=value)
    graph = service_pb2.GetLineageSubgraphResponse()
    graph.lineage_subgraph.artifacts.append(convert.artifact_to_proto(node))
    response = service_pb2.GetLineageSubgraphResponse.FromString(graph.SerializeToString())
    (artifact,) = response.lineage_subgraph.artifacts
    back = convert.value_from_proto(artifact.custom_properties["configuration"])
    deep = value["configuration"]
    if isinstance(deep, list) and isinstance(back, dict):
        back = back[convert.LIST_KEY]  # as it is with every list
    assert back == deep


def test_a_struct_that_only_looks_like_a_deep_value_is_what_it_is():
    value = {convert.JSON_KEY: '{"a": 1}'}
    assert convert.value_from_proto(convert.value_to_proto(value)) == value
