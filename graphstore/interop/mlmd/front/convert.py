"""ML Metadata's messages as the store's models, and back, exactly.

What is unset stays unset, and what is set to '' stays that. Exceptions, all of them on the way in:
an artifact without a uri gets the uri '' (as in ML Metadata, where ``get_artifacts_by_uri('')``
finds it), a version '' is none, times are the store's own, and `system_metadata` is nobody's.
Nothing is checked here that depends on what the call is (`interop.mlmd.front.writes` does).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from google.protobuf import json_format

from graphstore.errors import InvalidArgument, Unimplemented
from graphstore.interop.mlmd.front.protos import store_pb2
from graphstore.model.edges import Event, EventType, PathStep
from graphstore.model.nodes import Artifact, ArtifactState, Context, Execution, ExecutionState
from graphstore.model.types import ArtifactType, BaseType, ContextType, ExecutionType, Type
from graphstore.model.values import PropertyKind, Proto, Value, dump_struct, load_struct
from graphstore.storage.rows import EPOCH

__all__ = [
    "artifact_from_proto",
    "artifact_to_proto",
    "context_from_proto",
    "context_to_proto",
    "event_from_proto",
    "event_to_proto",
    "execution_from_proto",
    "execution_to_proto",
    "fill_value",
    "from_millis",
    "node_from_proto",
    "node_to_proto",
    "to_millis",
    "type_from_proto",
    "type_to_proto",
    "value_from_proto",
    "value_to_proto",
]

LIST_KEY = "__value__"
"""Where a list is in a Struct, which cannot be one: as in TFX."""
DELETED_KEY = "graphstore_deleted"
"""The custom property of a node that was deleted, which says when, by whom and why: ML Metadata has
no other place for that, and no such state of executions and contexts."""
JSON_KEY = "__json__"
"""Where a value is, as text, that is nested deeper than clients can read."""
_MOST_MESSAGES = 80
"""Messages within each other that a value may be made of. Protobuf's parsers read 100, and a value
is itself within up to ten (a response, a graph, a node, an entry of its properties, ...)."""


def to_millis(time: datetime | None) -> int:
    """A time as milliseconds since the epoch; 0 if nobody knows it."""
    return 0 if time is None else (time - EPOCH) // timedelta(milliseconds=1)


def from_millis(millis: int) -> datetime:
    """The time so many milliseconds after the epoch.

    Raises:
        InvalidArgument: If it is not in the years 1 to 9999.
    """
    try:
        return EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        raise InvalidArgument(
            f"{millis} milliseconds since the epoch are no time in the years 1 to 9999"
        ) from None


def value_from_proto(value: Any) -> Value | None:
    """A `Value` as the store has it; None if nothing is set in it.

    Raises:
        InvalidArgument: If it is a Struct that is nested too deep.
    """
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "struct_value":
        if (deep := _from_json(value.struct_value)) is not None:
            return deep
        try:
            return _struct_from_proto(value.struct_value)
        except RecursionError:
            raise InvalidArgument("a struct_value is nested too deep") from None
    if kind == "proto_value":
        return Proto(value.proto_value.type_url, value.proto_value.value)
    plain: Value = getattr(value, kind)
    return plain


def value_to_proto(value: Value) -> Any:
    """A property's value as a `Value`.

    A list becomes a Struct with the list under `LIST_KEY`, and a number in a Struct a double, since
    a Struct has no other. What is nested so deep that no client could read the answer it stands in
    is JSON text under `JSON_KEY`. What graphstore would not have written (a date that somebody
    set in Cypher) becomes text.
    """
    proto = store_pb2.Value()
    fill_value(proto, value)
    return proto


def fill_value(proto: Any, value: Any) -> None:
    """Set a `Value`, in which nothing is set yet, to what `value_to_proto` makes of a value."""
    # bool before int: it is one.
    if isinstance(value, str):
        proto.string_value = value
    elif isinstance(value, bool):
        proto.bool_value = value
    elif isinstance(value, int):
        proto.int_value = value
    elif isinstance(value, float):
        proto.double_value = value
    elif isinstance(value, Proto):
        proto.proto_value.type_url, proto.proto_value.value = value.type_url, value.data
    elif isinstance(value, (dict, list)):
        proto.struct_value.SetInParent()
        fields = value if isinstance(value, dict) else {LIST_KEY: value}
        if _is_deep(fields):
            fields = {JSON_KEY: dump_struct(value)}
        for key, item in fields.items():
            _fill_struct(proto.struct_value.fields[key], item)
    else:
        proto.string_value = str(value)


def _fill_struct(proto: Any, value: Any) -> None:
    if value is None:
        proto.null_value = 0
    elif isinstance(value, bool):
        proto.bool_value = value
    elif isinstance(value, (int, float)):
        try:
            proto.number_value = float(value)
        except OverflowError:
            proto.string_value = str(value)
    elif isinstance(value, dict):
        proto.struct_value.SetInParent()
        for key, item in value.items():
            _fill_struct(proto.struct_value.fields[key], item)
    elif isinstance(value, list):
        proto.list_value.SetInParent()
        for item in value:
            _fill_struct(proto.list_value.values.add(), item)
    else:
        proto.string_value = str(value)


def _is_deep(value: Any) -> bool:
    """Whether a value takes more messages within each other than there may be."""
    level, messages = [value], 0
    while level and messages <= _MOST_MESSAGES:
        # A dict is a Struct, an entry and a Value; a list a ListValue and a Value.
        messages += 3 if any(isinstance(item, dict) for item in level) else 2
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(item, (dict, list))
        ]
    return messages > _MOST_MESSAGES


def _from_json(struct: Any) -> Value | None:
    """What `fill_value` made a Struct with JSON of; None if it is any other."""
    if list(struct.fields) != [JSON_KEY]:
        return None
    try:
        value = load_struct(struct.fields[JSON_KEY].string_value)
    except (ValueError, RecursionError):
        return None
    fields = value if isinstance(value, dict) else {LIST_KEY: value}
    return value if isinstance(value, (dict, list)) and _is_deep(fields) else None


def _struct_from_proto(struct: Any) -> dict[str, Any]:
    return {key: _item_from_proto(item) for key, item in struct.fields.items()}


def _item_from_proto(item: Any) -> Any:
    kind = item.WhichOneof("kind")
    if kind is None or kind == "null_value":
        return None
    if kind == "struct_value":
        return _struct_from_proto(item.struct_value)
    if kind == "list_value":
        return [_item_from_proto(each) for each in item.list_value.values]
    return getattr(item, kind)


def artifact_from_proto(proto: Any, type_: Type) -> Artifact:
    """An `Artifact` of a type of the store; see `node_from_proto`."""
    return Artifact.model_construct(
        **_fields(proto, type_),
        uri=proto.uri,
        state=_state(proto, "state", ArtifactState, store_pb2.Artifact.State),
    )


def execution_from_proto(proto: Any, type_: Type) -> Execution:
    """An `Execution` of a type of the store; see `node_from_proto`."""
    return Execution.model_construct(
        **_fields(proto, type_),
        state=_state(proto, "last_known_state", ExecutionState, store_pb2.Execution.State),
    )


def context_from_proto(proto: Any, type_: Type) -> Context:
    """A `Context` of a type of the store; see `node_from_proto`. Its name may be ''."""
    return Context.model_construct(**{**_fields(proto, type_), "name": proto.name})


def node_from_proto(proto: Any, type_: Type) -> Artifact | Execution | Context:
    """A node as the store has it, not checked against its type.

    A property whose `Value` has nothing set in it has the value None, which the store takes for no
    property. `last_update_time` is what the message says (for a check that nobody changed the node
    since), None if that is no time.
    """
    convert: Any = _FROM_PROTO[proto.DESCRIPTOR.name]
    node: Artifact | Execution | Context = convert(proto, type_)
    return node


def _fields(proto: Any, type_: Type) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": type_.name,
        "type_version": type_.version,
        "type_id": type_.id,
        "properties": {k: value_from_proto(value) for k, value in proto.properties.items()},
        "custom_properties": {
            k: value_from_proto(value) for k, value in proto.custom_properties.items()
        },
    }
    for field in ("id", "name", "external_id"):
        fields[field] = getattr(proto, field) if proto.HasField(field) else None
    if proto.HasField("last_update_time_since_epoch"):
        try:
            fields["last_update_time"] = from_millis(proto.last_update_time_since_epoch)
        except InvalidArgument:
            fields["last_update_time"] = None
    return fields


def _state(proto: Any, field: str, model: type[Any], names: Any) -> Any:
    return model(names.Name(getattr(proto, field))) if proto.HasField(field) else None


def artifact_to_proto(artifact: Artifact) -> Any:
    """An `Artifact` message."""
    proto = _node_to_proto(artifact, store_pb2.Artifact())
    proto.uri = artifact.uri or ""
    if artifact.deletion is not None:
        proto.state = store_pb2.Artifact.State.Value(ArtifactState.DELETED.value)
    elif artifact.state is not None:
        proto.state = store_pb2.Artifact.State.Value(artifact.state.value)
    return proto


def execution_to_proto(execution: Execution) -> Any:
    """An `Execution` message."""
    proto = _node_to_proto(execution, store_pb2.Execution())
    if execution.state is not None:
        proto.last_known_state = store_pb2.Execution.State.Value(execution.state.value)
    return proto


def context_to_proto(context: Context) -> Any:
    """A `Context` message."""
    return _node_to_proto(context, store_pb2.Context())


def node_to_proto(node: Artifact | Execution | Context) -> Any:
    """The message of a node that is stored."""
    convert: Any = _TO_PROTO[node.kind]
    return convert(node)


def _node_to_proto(node: Artifact | Execution | Context, proto: Any) -> Any:
    for field in ("id", "type_id", "name", "external_id"):
        if (value := getattr(node, field)) is not None:
            setattr(proto, field, value)
    proto.type = node.type
    for name, value in node.properties.items():
        fill_value(proto.properties[name], value)
    for name, value in node.custom_properties.items():
        fill_value(proto.custom_properties[name], value)
    if node.deletion is not None:
        fill_value(proto.custom_properties[DELETED_KEY], str(node.deletion))
    proto.create_time_since_epoch = to_millis(node.create_time)
    proto.last_update_time_since_epoch = to_millis(node.last_update_time)
    return proto


_FROM_PROTO = {
    "Artifact": artifact_from_proto,
    "Execution": execution_from_proto,
    "Context": context_from_proto,
}
_TO_PROTO = {
    "artifact": artifact_to_proto,
    "execution": execution_to_proto,
    "context": context_to_proto,
}


def event_from_proto(proto: Any) -> Event:
    """An `Event`; its type is UNKNOWN if it is unset, its time None.

    Raises:
        InvalidArgument: If its time is none, or a step of its path has neither index nor key.
    """
    path: list[PathStep] = []
    for step in proto.path.steps:
        kind = step.WhichOneof("value")
        if kind is None:
            raise InvalidArgument("a step of an event's path has neither an index nor a key")
        path.append(getattr(step, kind))
    time = None
    if proto.HasField("milliseconds_since_epoch"):
        time = from_millis(proto.milliseconds_since_epoch)
    return Event.model_construct(
        type=EventType(store_pb2.Event.Type.Name(proto.type)),
        path=tuple(path),
        time=time,
        artifact_id=proto.artifact_id if proto.HasField("artifact_id") else None,
        execution_id=proto.execution_id if proto.HasField("execution_id") else None,
    )


def event_to_proto(event: Event) -> Any:
    """An `Event` message."""
    proto = store_pb2.Event(
        artifact_id=event.artifact_id,
        execution_id=event.execution_id,
        type=store_pb2.Event.Type.Value(event.type.value),
        milliseconds_since_epoch=to_millis(event.time),
    )
    for step in event.path:
        if isinstance(step, str):
            proto.path.steps.add().key = step
        else:
            proto.path.steps.add().index = step
    return proto


_TYPE_MODELS: Mapping[str, type[Type]] = {
    "ArtifactType": ArtifactType,
    "ExecutionType": ExecutionType,
    "ContextType": ContextType,
}
_STRUCT_TYPES = ("input_type", "output_type")


def type_from_proto(proto: Any) -> Type:
    """An `ArtifactType`, `ExecutionType` or `ContextType`, without its id.

    Raises:
        InvalidArgument: If it has no name, or a property that cannot be one.
        Unimplemented: If its base type is UNSET.
    """
    model = _TYPE_MODELS[proto.DESCRIPTOR.name]
    if not proto.name:
        raise InvalidArgument("No type name is specified.")
    properties = {}
    for name, kind in proto.properties.items():
        if kind == store_pb2.UNKNOWN:
            raise InvalidArgument(f"Property {name} is UNKNOWN.")
        properties[name] = PropertyKind(store_pb2.PropertyType.Name(kind))
    fields: dict[str, Any] = {"name": proto.name, "properties": properties}
    for field in ("version", "description", "external_id"):
        if proto.HasField(field):
            fields[field] = getattr(proto, field)
    if proto.HasField("base_type"):
        name = type(proto).SystemDefinedBaseType.Name(proto.base_type)
        if name == "UNSET":
            raise Unimplemented(f"base_type deletion is not supported: type {proto.name!r}")
        fields["base_type"] = BaseType[name]
    if model is ExecutionType:
        for field in _STRUCT_TYPES:
            if proto.HasField(field):
                fields[field] = json_format.MessageToJson(
                    getattr(proto, field), indent=None, sort_keys=True, ensure_ascii=False
                )
    return model(**fields)


def type_to_proto(type_: Type) -> Any:
    """The message of a type that is stored."""
    proto = getattr(store_pb2, type(type_).__name__)()
    for field in ("id", "name", "version", "description", "external_id"):
        if (value := getattr(type_, field)) is not None:
            setattr(proto, field, value)
    for name, kind in type_.properties.items():
        proto.properties[name] = store_pb2.PropertyType.Value(kind.value)
    if type_.base_type is not None:
        proto.base_type = type(proto).SystemDefinedBaseType.Value(type_.base_type.name)
    if isinstance(type_, ExecutionType):
        for field in _STRUCT_TYPES:
            if (text := getattr(type_, field)) is not None:
                try:
                    struct = json_format.Parse(text, store_pb2.ArtifactStructType())
                except json_format.ParseError:
                    continue  # the store does not check it, so it may be anything
                getattr(proto, field).CopyFrom(struct)
    return proto
