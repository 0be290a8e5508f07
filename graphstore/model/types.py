"""Types: what artifacts, executions and contexts of one name declare.

A type is identified by its kind, name and version. It only ever grows: properties are added, none
changes its kind or goes away, so that what was recorded stays readable.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import Field, field_validator

from graphstore.errors import (
    AlreadyExists,
    FixedBaseType,
    InvalidArgument,
    InvalidProperty,
    brief,
    shorten,
)
from graphstore.model.base import Model, copy_with
from graphstore.model.values import Id, PropertyKind, Value, check_text, check_value, describe
from graphstore.printable import Printable

__all__ = [
    "ArtifactType",
    "BaseType",
    "ContextType",
    "ExecutionType",
    "Kind",
    "Type",
    "check_custom_properties",
    "check_name",
    "check_properties",
    "grow",
    "type_label",
]

Kind = Literal["artifact", "execution", "context"]
"""The three kinds of node; each has types of its own."""


class BaseType(str, Enum):
    """What a type is at heart, whatever it is called; ML Metadata's system types."""

    DATASET = "mlmd.Dataset"
    MODEL = "mlmd.Model"
    METRICS = "mlmd.Metrics"
    STATISTICS = "mlmd.Statistics"
    TRAIN = "mlmd.Train"
    TRANSFORM = "mlmd.Transform"
    PROCESS = "mlmd.Process"
    EVALUATE = "mlmd.Evaluate"
    DEPLOY = "mlmd.Deploy"

    @property
    def kind(self) -> Kind:
        """The kind of type that may have it as its base."""
        artifact = (self.DATASET, self.MODEL, self.METRICS, self.STATISTICS)
        return "artifact" if self in artifact else "execution"


class _Type(Printable, Model):
    kind: ClassVar[Kind]

    name: str = Field(min_length=1)
    """What it is called, e.g. ``Model`` or ``tfx.components.trainer.component.Trainer``."""
    version: str | None = None
    """Tells apart types of one name; None if there is only the one."""
    properties: dict[str, PropertyKind] = Field(default_factory=dict)
    """The properties that its instances may have, and of what kind each is."""
    description: str | None = None
    """What it is for, in words."""
    external_id: str | None = None
    """Its id in somebody else's system; unique among the types of its kind."""
    base_type: BaseType | None = None
    """What it is at heart, if somebody said."""
    id: Id | None = None
    """Given by the store; None until the type is put. Unique among types of all kinds."""
    create_time: datetime | None = None
    """When the store first learnt of it; None before, or if unknown."""

    @field_validator("version")
    @classmethod
    def _no_empty_version(cls, version: str | None) -> str | None:
        return version or None  # ML Metadata's '' and its absence are one

    @field_validator("properties")
    @classmethod
    def _names_are_keys(cls, properties: dict[str, PropertyKind]) -> dict[str, PropertyKind]:
        for name in properties:
            if not name or "\0" in name:
                raise ValueError(f"{name!r} cannot be the name of a property")
            check_text(name)
        return properties

    @field_validator("base_type")
    @classmethod
    def _base_of_this_kind(cls, base_type: BaseType | None) -> BaseType | None:
        if base_type is not None and base_type.kind != cls.kind:
            raise ValueError(f"{base_type.name} is no base of a type of {cls.kind}")
        return base_type

    def __str__(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name


class ArtifactType(_Type):
    """What artifacts of one type declare: (:ArtifactType)."""

    kind: ClassVar[Kind] = "artifact"


class ExecutionType(_Type):
    """What executions of one type declare: (:ExecutionType)."""

    kind: ClassVar[Kind] = "execution"

    input_type: str | None = None
    """The artifacts it reads, as ML Metadata's JSON of an ArtifactStructType; kept, not checked."""
    output_type: str | None = None
    """The artifacts it makes, as ML Metadata's JSON of an ArtifactStructType; kept, not checked."""


class ContextType(_Type):
    """What contexts of one type declare: (:ContextType)."""

    kind: ClassVar[Kind] = "context"


Type = ArtifactType | ExecutionType | ContextType
T = TypeVar("T", bound=_Type)

_NODE_LABELS = frozenset(
    [
        "Artifact",
        "Execution",
        "Context",
        "Type",
        "ArtifactType",
        "ExecutionType",
        "ContextType",
        "Revision",
    ]
)


@lru_cache(maxsize=1024)
def type_label(name: str) -> str:
    """The label that instances of the type called `name` carry beside that of their kind.

    The last dotted part of the name, made into an identifier of Cypher, so that people can write
    ``MATCH (t:Trainer)``; with a ``_`` after it where graphstore has a label of that name.
    """
    label = re.sub(r"\W", "_", name.rpartition(".")[2] or name)
    if label[0].isdigit():
        label = "_" + label
    return label + "_" if label in _NODE_LABELS or label.startswith("Graphstore") else label


def check_properties(type_: _Type, properties: dict[str, Any]) -> dict[str, Value]:
    """`properties` as the store keeps them, checked against what `type_` declares.

    A value of None is no value: it is left out.

    Raises:
        InvalidProperty: If the type does not declare one, or declares it of another kind.
    """
    values: dict[str, Value] = {}
    for name, value in properties.items():
        if value is None:
            continue
        kind = type_.properties.get(name)
        if kind is None:
            names = ", ".join(sorted(type_.properties)) or "none"
            raise InvalidProperty(
                str(type_), name, f"a property that the type declares ({names})", describe(value)
            )
        try:
            values[name] = check_value(value, kind)
        except ValueError as error:
            raise InvalidProperty(str(type_), name, str(error), describe(value)) from None
    return values


def check_custom_properties(type_: _Type, properties: dict[str, Any]) -> dict[str, Value]:
    """Properties that no type declares, as the store keeps them; None is no value.

    Raises:
        InvalidProperty: If a name or a value is one that the store cannot keep.
    """
    values: dict[str, Value] = {}
    for name, value in properties.items():
        if value is None:
            continue
        try:
            if "\0" in check_text(name):
                raise ValueError("a name without NUL")
            values[name] = check_value(value)
        except ValueError as error:
            raise InvalidProperty(str(type_), name, str(error), describe(value)) from None
    return values


def grow(current: T, other: T, *, can_add_fields: bool, can_omit_fields: bool) -> T:
    """What `current` becomes when `other`, of the same name and version, is put.

    The rules are ML Metadata's (`PutArtifactType` in its `metadata_store_service.proto`).

    Raises:
        AlreadyExists: If `other` has a property of another kind, or adds or leaves out one without
            leave; the text says which.
        FixedBaseType: If it has another base type.
    """
    what = f"{current.kind} type {str(current)!r}"
    for name, kind in other.properties.items():
        if current.properties.get(name, kind) is not kind:
            raise AlreadyExists(
                f"{what} declares {name!r} as {current.properties[name].value}, not {kind.value};"
                " a property never changes its kind: use another name or another version"
            )
    new = sorted(other.properties.keys() - current.properties.keys())
    if new and not can_add_fields:
        raise AlreadyExists(f"{what} exists without {new}; can_add_fields=True adds them")
    absent = sorted(current.properties.keys() - other.properties.keys())
    if absent and not can_omit_fields:
        raise AlreadyExists(
            f"{what} has also {absent}; can_omit_fields=True leaves them out here"
            " (nothing is removed)"
        )
    if other.base_type and current.base_type and other.base_type is not current.base_type:
        raise FixedBaseType(
            f"{what} has base type {current.base_type.name}; it cannot become"
            f" {other.base_type.name}"
        )
    return copy_with(
        current,
        properties={**current.properties, **other.properties},
        base_type=other.base_type or current.base_type,
        external_id=other.external_id or current.external_id,
    )


def check_name(what: str, text: str | None) -> None:
    """Refuse text that Neo4j's indexes cannot hold.

    Raises:
        InvalidArgument: If it is longer than `MAX_INDEXED` bytes or no text for UTF-8.
    """
    if text is None:
        return
    what = shorten(what, 200)
    try:
        size = len(check_text(text).encode())
    except ValueError as error:
        raise InvalidArgument(f"{what}: expected {error}, found {brief(text)}") from None
    if size > MAX_INDEXED:
        raise InvalidArgument(
            f"{what} has {size:,} bytes; it is indexed, and at most {MAX_INDEXED:,} fit:"
            " keep the rest in a property"
        )


MAX_INDEXED = 8_000
"""Bytes of UTF-8. Neo4j's range indexes take keys of about 8,160 bytes in all (8 KiB pages)."""
