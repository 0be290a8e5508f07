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
    shortened,
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
    ["Artifact", "Execution", "Context", "Type", "ArtifactType", "ExecutionType", "ContextType"]
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
    checked: dict[str, Value] = {}
    for name, value in properties.items():
        if value is None:
            continue
        kind = type_.properties.get(name)
        if kind is None:
            declared = ", ".join(sorted(type_.properties)) or "none"
            raise InvalidProperty(
                str(type_), name, f"a property that the type declares ({declared})", describe(value)
            )
        try:
            checked[name] = check_value(value, kind)
        except ValueError as error:
            raise InvalidProperty(str(type_), name, str(error), describe(value)) from None
    return checked


def check_custom_properties(type_: _Type, properties: dict[str, Any]) -> dict[str, Value]:
    """Properties that no type declares, as the store keeps them; None is no value.

    Raises:
        InvalidProperty: If a name or a value is one that the store cannot keep.
    """
    checked: dict[str, Value] = {}
    for name, value in properties.items():
        if value is None:
            continue
        try:
            if "\0" in check_text(name):
                raise ValueError("a name without NUL")
            checked[name] = check_value(value)
        except ValueError as error:
            raise InvalidProperty(str(type_), name, str(error), describe(value)) from None
    return checked


def grow(stored: T, given: T, *, can_add_fields: bool, can_omit_fields: bool) -> T:
    """What `stored` becomes when `given`, of the same name and version, is put.

    The rules are ML Metadata's (`PutArtifactType` in its `metadata_store_service.proto`).

    Raises:
        AlreadyExists: If `given` has a property of another kind, or adds or leaves out one without
            leave; the text says which.
        FixedBaseType: If it has another base type.
    """
    what = f"{stored.kind} type {str(stored)!r}"
    for name, kind in given.properties.items():
        if stored.properties.get(name, kind) is not kind:
            raise AlreadyExists(
                f"{what} declares {name!r} as {stored.properties[name].value}, not {kind.value};"
                " a property never changes its kind: use another name or another version"
            )
    added = sorted(given.properties.keys() - stored.properties.keys())
    if added and not can_add_fields:
        raise AlreadyExists(f"{what} exists without {added}; can_add_fields=True adds them")
    omitted = sorted(stored.properties.keys() - given.properties.keys())
    if omitted and not can_omit_fields:
        raise AlreadyExists(
            f"{what} has also {omitted}; can_omit_fields=True leaves them out here"
            " (nothing is removed)"
        )
    if given.base_type and stored.base_type and given.base_type is not stored.base_type:
        raise FixedBaseType(
            f"{what} has base type {stored.base_type.name}; it cannot become {given.base_type.name}"
        )
    return copy_with(
        stored,
        properties={**stored.properties, **given.properties},
        base_type=given.base_type or stored.base_type,
        external_id=given.external_id or stored.external_id,
    )


def check_name(what: str, text: str | None) -> None:
    """Refuse text that Neo4j's indexes cannot hold.

    Raises:
        InvalidArgument: If it is longer than `MAX_INDEXED` bytes or no text for UTF-8.
    """
    if text is None:
        return
    what = shortened(what, 200)
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
