"""Rows of a history as the store's nodes and events.

What the store does not take as it is - a property that its type does not declare, a name too long
for an index - is kept as a custom property, and reported: an import loses nothing it can keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from graphstore.database.spelling import BESIDE, to_key
from graphstore.errors import InvalidArgument, InvalidProperty
from graphstore.interop.importing.history import EventRow, NodeRow, Row, SourceId
from graphstore.model.edges import EventType
from graphstore.model.types import (
    MAX_INDEXED,
    Kind,
    Type,
    check_custom_properties,
    check_name,
    check_properties,
    type_label,
)
from graphstore.model.values import PropertyKind
from graphstore.storage.rows import EPOCH, MODELS, encode_path, node_to_row, same_value

__all__ = ["Converter", "differs", "event_parts", "newer", "shorten", "to_millis"]

PLAIN: Mapping[type, PropertyKind] = {
    int: PropertyKind.INT,
    float: PropertyKind.DOUBLE,
    str: PropertyKind.STRING,
    bool: PropertyKind.BOOLEAN,
}
"""The values that are on a node as they are in the history."""
SHORT = 1_000
"""So many ASCII characters fit into any index."""
# What Python's datetimes can say, in milliseconds since the epoch.
FIRST_TIME, LAST_TIME = -62_135_596_800_000, 253_402_300_799_999


@dataclass(frozen=True)
class _Known:
    """What the converter has found out about a type on the way."""

    model: Type
    label: str
    keys: dict[tuple[str, bool, type], str] = field(default_factory=dict)
    """Keys on the node: of properties that the type takes, with a Python type of their values."""


def shorten(what: str, key: str, text: str | None, problem: Callable[[str], None]) -> str | None:
    """A text that something must have, as long as an index takes it.

    Args:
        what: What has it, for the message.
        key: What the text is of it.
        text: The text.
        problem: Is told if it was cut.
    """
    try:
        check_name(key, text)
    except InvalidArgument as error:
        assert text is not None
        tail = "~" + sha256(text.encode()).hexdigest()[:16]
        text = text.encode()[: MAX_INDEXED // 2].decode(errors="ignore") + tail
        problem(f"{what}: {error}; cut, and ended by {tail!r}")
    return text


class Converter:
    """Converts the rows of one history."""

    def __init__(self, source: str, problem: Callable[[str], None]) -> None:
        self.types: dict[SourceId | None, Type] = {}
        """The types of the store by their ids in the history; filled before nodes are converted."""
        self._source, self._problem = source, problem
        self._entries: dict[SourceId | None, _Known] = {}

    def node(self, kind: Kind, row: NodeRow) -> Row | None:
        """A node as a query wants it, without an id; None if it has no type or, being a context, no
        name."""
        entry = self._entries.get(row.type_id)
        if entry is None:
            type_ = self.types.get(row.type_id)
            if type_ is not None:
                entry = self._entries[row.type_id] = _Known(type_, type_label(type_.name))
        if entry is None or (kind == "context" and not row.name):
            missing = "name" if entry else f"type (type_id {row.type_id} is not in the history)"
            self._problem(f"{kind.capitalize()} {row.id} has no {missing}: left out")
            return None
        return {
            "id": None,
            "label": entry.label,
            "properties": self._plain(kind, row, entry) or self._check(kind, row, entry),
            "create_time": to_millis(row.create_time),
            "last_update_time": to_millis(row.update_time),
        }

    def _plain(self, kind: Kind, row: NodeRow, entry: _Known) -> Row | None:
        """The properties of a node in Neo4j, if all of them are what most of them are: short text
        in the fields, and plain values that the type takes. Else None."""
        type_, keys = entry.model, entry.keys
        properties: Row = {"id": None, "type": type_.name, "type_id": type_.id}
        for key, text in (("name", row.name), ("external_id", row.external_id), ("uri", row.uri)):
            if text is not None:
                if len(text) > SHORT or not text.isascii():
                    return None
                properties[key] = text
        if type_.version:
            properties["type_version"] = type_.version
        properties["source"], properties["source_id"] = self._source, row.id
        if row.state is not None:
            properties["state"] = row.state.value
        for name, custom, value in row.properties:
            sort = name, custom, value.__class__
            property_key = keys.get(sort) or _key(entry, *sort)
            if property_key is None:
                return None
            properties[property_key] = value
        return properties | _times(row)

    def _check(self, kind: Kind, row: NodeRow, entry: _Known) -> Row:
        """The properties of a node in Neo4j, whatever they are."""
        type_, what = entry.model, f"{kind.capitalize()} {row.id}"
        name = shorten(what, "name", row.name, self._problem) if kind == "context" else row.name
        fields: dict[str, Any] = {"name": name, "external_id": row.external_id}
        if kind == "artifact":
            fields["uri"] = row.uri
        properties = {name: value for name, is_custom, value in row.properties if not is_custom}
        custom = {name: value for name, is_custom, value in row.properties if is_custom}
        self._demote(what, type_, fields, properties, custom)
        fields |= _times(row)
        if row.state is not None:
            fields["state"] = row.state
        node = MODELS[kind].model_construct(
            **{**fields, "properties": properties, "custom_properties": custom},
            type=type_.name,
            type_version=type_.version,
            source=self._source,
            source_id=row.id,
        )
        return node_to_row(node, type_)

    def _demote(
        self,
        what: str,
        type_: Type,
        fields: dict[str, Any],
        properties: dict[str, Any],
        custom: dict[str, Any],
    ) -> None:
        """Make custom properties of what cannot be what it is; drop what cannot be even that."""

        def demote(name: str, value: Any, why: Exception) -> None:
            free = name
            while free in custom:
                free += "_"
            custom[free] = value
            self._problem(f"{what}: {why}; kept as custom property {free!r}")

        for name in list(properties):
            try:
                check_properties(type_, {name: properties[name]})
            except InvalidProperty as error:
                demote(name, properties.pop(name), error)
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


def _times(row: NodeRow) -> dict[str, datetime]:
    """When what a node stands for began and ended, as far as that is known."""
    times = {"start_time": row.start_time, "end_time": row.end_time}
    return {
        key: EPOCH + timedelta(milliseconds=time)
        for key, time in times.items()
        if time is not None and FIRST_TIME <= time <= LAST_TIME
    }


def event_parts(row: EventRow) -> tuple[EventType, list[str], int | None]:
    """The type of an event that is not left out, its path and its time, as queries want them."""
    assert row.type is not None
    return row.type, _encode(row.path), None if row.time is None else to_millis(row.time)


_encode = lru_cache(maxsize=8192)(encode_path)  # as a rule there are as many as there are roles


def _key(entry: _Known, name: str, custom: bool, value_type: type) -> str | None:
    """The key of a property whose values need no check but this one; None if they do."""
    kind = PLAIN.get(value_type)
    if kind is None or not (custom or entry.model.properties.get(name) is kind) or "\0" in name:
        return None
    key = entry.keys[name, custom, value_type] = to_key(name, custom=custom)
    return key


def newer(row: Row, update_time: int, properties: Mapping[str, Any] | None) -> bool:
    """Whether a converted row says something newer than what the store has of it.

    What was changed in the store later than in the source stays. Where the source has no times (as
    ML Metadata's schemas 4 and 5), whatever is different is newer.

    Args:
        row: The row.
        update_time: When the store's was updated last, as the row has it.
        properties: The properties that the store has, if that is 0.
    """
    if row["last_update_time"] != update_time or properties is None:
        return bool(row["last_update_time"] > update_time)
    return differs(row, properties)


def differs(row: Row, properties: Mapping[str, Any]) -> bool:
    """Whether a converted row says something else than the properties that the store has."""
    new = {key: value for key, value in row["properties"].items() if key not in _NOT_SAID}
    old = {key: _plain_time(v) for key, v in properties.items() if key not in _NOT_SAID}
    return not (old.keys() == new.keys() and all(same_value(old[key], new[key]) for key in old))


def _plain_time(value: Any) -> Any:
    """A value of a node, Neo4j's own times as Python's."""
    return value.to_native() if hasattr(value, "to_native") else value


_NOT_SAID = frozenset(["id", "create_time", "last_update_time", *BESIDE])


def to_millis(time: int | None) -> int:
    """A time of the history; 0 if nobody knows it, or it is none that Python has a word for."""
    return time if time is not None and FIRST_TIME <= time <= LAST_TIME else 0
