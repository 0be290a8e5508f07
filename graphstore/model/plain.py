"""Answers in JSON's types: what programs in any language read, and any database holds."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, Generic, TypeVar, overload

from graphstore.model.values import is_logical

__all__ = ["Items", "Plain", "in_json"]

T = TypeVar("T")


class Plain:
    """A dataclass that tells what it holds in JSON's types."""

    def to_dict(self) -> dict[str, Any]:
        """Its fields in JSON's types (`graphstore.model.plain.in_json`)."""
        return _fields(self)


@dataclass(frozen=True)
class Items(Plain, Sequence[T], Generic[T]):
    """A dataclass that is a sequence of its `items`, and says something of them besides."""

    items: tuple[T, ...]

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)


def in_json(value: Any) -> Any:
    """`value` in JSON's types, strictly: what `json.dumps(..., allow_nan=False)` takes.

    NaN and the infinities are the texts ``NaN``, ``Infinity`` and ``-Infinity``, as pydantic spells
    them; times are those of ISO 8601; durations are seconds; bytes are base64;
    which node is a text like ``a45``. An object that has a `to_dict` says itself what it is; of a
    dataclass these are the fields, but for those that its repr leaves out. Of anything else it is
    the text.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, Enum):
        return in_json(value.value)
    if isinstance(value, str):
        return str(value)
    if is_logical(value):
        return bool(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _NOT_FINITE[str(float(value))]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (bytes, bytearray)):
        return b64encode(value).decode()
    return _structure(value)


def _structure(value: Any) -> Any:
    """What holds other values, or is of somebody else's type."""
    if not isinstance(value, type):
        if hasattr(value, "to_dict"):
            return in_json(value.to_dict())
        if hasattr(value, "short"):  # a NodeRef, which is a tuple too
            return value.short
        if is_dataclass(value):
            return _fields(value)
    if isinstance(value, Mapping):
        return {_key(key): in_json(item) for key, item in value.items()}
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return in_json(value.item())  # a scalar of NumPy's, or of its kin
    if isinstance(value, Iterable) and not isinstance(value, type):
        return [in_json(item) for item in value]
    return int(value) if isinstance(value, int) else str(value)


def _fields(value: Any) -> dict[str, Any]:
    return {
        field.name: in_json(getattr(value, field.name)) for field in fields(value) if field.repr
    }


def _key(key: Any) -> str:
    text = in_json(key)
    return text if isinstance(text, str) else str(key)


_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
