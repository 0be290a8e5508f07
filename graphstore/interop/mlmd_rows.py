"""Rows of ML Metadata's tables as the store's types and nodes.

What the store does not take as it is - a property that its type does not declare, a name too long
for an index - is kept as a custom property, and reported: an import loses nothing it can keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from graphstore.errors import InvalidArgument, InvalidProperty
from graphstore.interop.mlmd_file import Row
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import ArtifactState, ExecutionState
from graphstore.model.types import (
    ArtifactType,
    BaseType,
    ContextType,
    ExecutionType,
    Kind,
    Type,
    check_custom_properties,
    check_name,
    check_properties,
    type_label,
)
from graphstore.model.values import PropertyKind
from graphstore.repository.rows import EPOCH, MODELS, millis, node_to_row, same_value

__all__ = ["TYPE_KINDS", "Converter", "compatible", "created", "newer"]

# The numbers are those of ML Metadata's protos, in which the enums begin at 0.
EVENT_TYPES = tuple(EventType)
STATES = {"artifact": tuple(ArtifactState), "execution": tuple(ExecutionState)}
PROPERTY_KINDS = {
    1: PropertyKind.INT,
    2: PropertyKind.DOUBLE,
    3: PropertyKind.STRING,
    4: PropertyKind.STRUCT,
    5: PropertyKind.PROTO,
    6: PropertyKind.BOOLEAN,
}
TYPE_KINDS: dict[int, type[Type]] = {0: ExecutionType, 1: ArtifactType, 2: ContextType}
BASE_TYPES = {base.value: base for base in BaseType}


class Converter:
    """Converts the rows of one file."""

    def __init__(self, source: str, problem: Callable[[str], None]) -> None:
        self.types: dict[int, Type] = {}
        """The types of the store by their ids in the file; filled as they are put."""
        self._source, self._problem = source, problem

    def type(self, row: Row) -> Type | None:
        """A row of Type; None if it is of no kind."""
        model = TYPE_KINDS.get(row["type_kind"])
        if model is None or not row["name"]:
            self._problem(f"Type {row['id']} has no name or no kind ({row['type_kind']}): left out")
            return None
        properties = {}
        for name, number in row["properties"].items():
            if number in PROPERTY_KINDS and name and "\0" not in name:
                properties[name] = PROPERTY_KINDS[number]
            else:
                self._problem(
                    f"Type {row['id']} declares {name!r} of kind {number}: not declared here, its"
                    " values are kept as custom properties"
                )
        signature = {}
        if model is ExecutionType:
            signature = {key: row[key] for key in ("input_type", "output_type")}
        return model(
            name=row["name"],
            version=row["version"],
            description=row["description"],
            external_id=row["external_id"],
            properties=properties,
            base_type=BASE_TYPES.get(row["base_type"]),
            **signature,
        )

    def node(self, kind: Kind, row: Row) -> Row | None:
        """A row of Artifact, Execution or Context as a query wants it, without an id; None if it
        has no type or, being a context, no name."""
        type_ = self.types.get(row["type_id"])
        what = f"{kind.capitalize()} {row['id']}"
        if type_ is None or (kind == "context" and not row["name"]):
            missing = "name" if type_ else f"type (type_id {row['type_id']} is not in the file)"
            self._problem(f"{what} has no {missing}: left out")
            return None
        fields: dict[str, Any] = {"name": row["name"], "external_id": row["external_id"]}
        if kind == "artifact":
            fields["uri"] = row["uri"]
        declared = {k: value for (k, custom), value in row["properties"].items() if not custom}
        custom = {k: value for (k, custom), value in row["properties"].items() if custom}
        self._demote(what, type_, fields, declared, custom)
        if kind in STATES:
            number = row["state"] if kind == "artifact" else row["last_known_state"]
            if number is not None:
                states = STATES[kind]
                if number in range(len(states)):
                    fields["state"] = states[number]
                else:
                    self._problem(f"{what} has a state {number} that nobody knows: none here")
        node = MODELS[kind].model_construct(
            **{**fields, "properties": declared, "custom_properties": custom},
            type=type_.name,
            type_version=type_.version,
            source=self._source,
            source_id=row["id"],
        )
        properties = node_to_row(node, type_)
        properties["create_time"] = created(row)
        properties["last_update_time"] = _time(row["last_update_time_since_epoch"])
        return {"id": None, "label": type_label(type_.name), "properties": properties}

    def event(self, row: Row) -> Event | None:
        """A row of Event, with the file's ids; None if it is of no type."""
        number = row["type"]
        if number not in range(1, len(EVENT_TYPES)):
            self._problem(f"Event {row['id']} is of type {number}, which says nothing: left out")
            return None
        time = row["milliseconds_since_epoch"]
        return Event(
            type=EVENT_TYPES[number],
            path=row["path"],
            time=None if time is None else _time(time),
            artifact_id=row["artifact_id"],
            execution_id=row["execution_id"],
        )

    def _demote(
        self,
        what: str,
        type_: Type,
        fields: dict[str, Any],
        declared: dict[str, Any],
        custom: dict[str, Any],
    ) -> None:
        """Make custom properties of what cannot be what it is; drop what cannot be even that."""

        def demote(name: str, value: Any, why: Exception) -> None:
            free = name
            while free in custom:
                free += "_"
            custom[free] = value
            self._problem(f"{what}: {why}; kept as custom property {free!r}")

        for name in list(declared):
            try:
                check_properties(type_, {name: declared[name]})
            except InvalidProperty as error:
                demote(name, declared.pop(name), error)
        for name in list(fields):
            try:
                check_name(name, fields[name])
            except InvalidArgument as error:
                demote(name, fields.pop(name), error)
        for name in list(custom):
            try:
                check_custom_properties(type_, {name: custom[name]})
            except InvalidProperty as error:
                del custom[name]
                self._problem(f"{what}: {error}; left out")


def compatible(stored: Type, given: Type) -> bool:
    """Whether no property of `given` is of another kind in `stored`."""
    return all(stored.properties.get(name, kind) is kind for name, kind in given.properties.items())


def created(row: Row) -> datetime:
    """When a row was created; the epoch if nobody knows."""
    return _time(row["create_time_since_epoch"])


def newer(row: Row, stored: Mapping[str, Any]) -> bool:
    """Whether a converted row says something newer than what the store has of it.

    What was changed in the store later than in the source stays. Schemas 4 and 5 have no times:
    there, whatever is different is newer.
    """
    new = dict(row["properties"])
    update, known = new.pop("last_update_time"), stored["last_update_time"].to_native()
    if update != known:
        return bool(update > known)
    old = {key: value for key, value in stored.items() if key not in ("id", "last_update_time")}
    for values in (new, old):
        values.pop("create_time")
        values.pop("id", None)
    return update == EPOCH and not (
        old.keys() == new.keys() and all(same_value(old[key], new[key]) for key in old)
    )


def _time(milliseconds: int | None) -> datetime:
    try:
        return millis(milliseconds or 0)
    except OverflowError:
        return EPOCH
