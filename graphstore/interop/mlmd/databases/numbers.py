"""What ML Metadata's numbers say: those of its protos, in which the enums begin at 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphstore.interop.importing.history import Row
from graphstore.interop.importing.rows import shorten
from graphstore.model.edges import EventType
from graphstore.model.nodes import ArtifactState, ExecutionState
from graphstore.model.types import ArtifactType, BaseType, ContextType, ExecutionType, Kind, Type
from graphstore.model.values import PropertyKind

__all__ = ["event_type", "state", "type_of"]

Tell = Callable[[str], None]

_EVENT_TYPES = tuple(EventType)
_STATES: Mapping[Kind, tuple[ArtifactState, ...] | tuple[ExecutionState, ...]] = {
    "artifact": tuple(ArtifactState),
    "execution": tuple(ExecutionState),
    "context": (),
}
_PROPERTY_KINDS = {
    1: PropertyKind.INT,
    2: PropertyKind.DOUBLE,
    3: PropertyKind.STRING,
    4: PropertyKind.STRUCT,
    5: PropertyKind.PROTO,
    6: PropertyKind.BOOLEAN,
}
_TYPE_KINDS: dict[int, type[Type]] = {0: ExecutionType, 1: ArtifactType, 2: ContextType}
_BASE_TYPES = {base.value: base for base in BaseType}


def state(
    kind: Kind, id_: int, number: int | None, tell: Tell
) -> ArtifactState | ExecutionState | None:
    """The state of a node; None, which is told, for a number that stands for none."""
    if number is None:
        return None
    states = _STATES[kind]
    if 0 <= number < len(states):
        return states[number]
    tell(f"{kind.capitalize()} {id_} has a state {number} that nobody knows: none here")
    return None


def event_type(row: tuple[Any, ...], tell: Tell) -> EventType | None:
    """The type of a row of Event that can be kept; None, which is told, for one that cannot.

    Args:
        row: Its id, those of the artifact and the execution, the number of its type, its time.
        tell: Is told what is wrong.
    """
    id_, number = row[0], row[3]
    if id_ is None:
        tell(f"a row of Event has no id: left out ({row})")
        return None
    if number is None or not 0 < number < len(_EVENT_TYPES):
        tell(f"Event {id_} is of type {number}, which says nothing: left out")
        return None
    type_: EventType = _EVENT_TYPES[number]
    return type_


def type_of(row: Row, tell: Tell) -> Type | None:
    """A type; None, which is told, if it has no name or no kind.

    Args:
        row: A row of Type, with its `properties` (name to the number of a kind) and the name of its
            `base_type`.
        tell: Is told what is not kept as it is.
    """
    what, model = f"Type {row['id']}", _TYPE_KINDS.get(row["type_kind"])
    if model is None or not row["name"]:
        tell(f"{what} has no name or no kind ({row['type_kind']}): left out")
        return None
    properties = {}
    for name, number in row["properties"].items():
        if number in _PROPERTY_KINDS and name and "\0" not in name:
            properties[name] = _PROPERTY_KINDS[number]
        else:
            tell(
                f"{what} declares {name!r} of kind {number}: not declared here, its values are kept"
                " as custom properties"
            )
    signature = {}
    if model is ExecutionType:
        signature = {key: row[key] for key in ("input_type", "output_type")}
    return model(
        **{key: shorten(what, key, row[key], tell) for key in ("name", "version", "external_id")},
        description=row["description"],
        properties=properties,
        base_type=_BASE_TYPES.get(row["base_type"]),
        **signature,
    )
