"""The values that properties take, and the kinds that types declare them to be.

The kinds are those of ML Metadata (`PropertyType` in its `metadata_store.proto`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from operator import index
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Strict

from graphstore.errors import InvalidArgument, brief

__all__ = [
    "PropertyKind",
    "Proto",
    "Value",
    "bound",
    "canonical",
    "check_text",
    "check_value",
    "describe",
    "members",
    "moment",
    "whole_number",
]

E = TypeVar("E", bound=Enum)

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
MANY = 2**31 - 2
"""The most that Cypher takes for how many: of hops, and of a list's items and one more."""


class PropertyKind(str, Enum):
    """What a property may hold."""

    INT = "INT"
    """A whole number of 64 bits, signed."""
    DOUBLE = "DOUBLE"
    """A double-precision number, NaN and the infinities included."""
    STRING = "STRING"
    """Unicode text."""
    STRUCT = "STRUCT"
    """A JSON object or array, nested as deep as one likes."""
    PROTO = "PROTO"
    """A message of Protocol Buffers, with its type: `Proto`."""
    BOOLEAN = "BOOLEAN"
    """True or false."""


@dataclass(frozen=True)
class Proto:
    """A serialised Protocol Buffers message, as `google.protobuf.Any` holds it."""

    type_url: str
    """The message's type, e.g. ``type.googleapis.com/google.protobuf.Duration``."""
    data: bytes
    """The message, serialised."""


Value = int | float | str | bool | dict[str, Any] | list[Any] | Proto
"""A property's value; its Python type tells its kind."""


def check_value(value: Any, kind: PropertyKind | None = None) -> Value:
    """`value` as the store keeps it.

    NumPy's scalars become Python's, a tuple becomes a list, and an int becomes a float where the
    kind is DOUBLE. A bool is no number.

    Args:
        value: What somebody gave.
        kind: What it must be; None for a custom property, which may be of any kind.

    Raises:
        ValueError: If it is of no kind, or not of this one; the text says what was expected.
    """
    value = _plain(value)
    if kind is PropertyKind.DOUBLE and type(value) is int:
        try:
            exact = float(value)
        except OverflowError:
            exact = 0.0
        if exact != value:
            raise ValueError("DOUBLE (this int has no exact double)")
        return exact
    own_kind, check = _CHECKS.get(type(value), (None, None))
    if own_kind is None or check is None:
        raise ValueError(
            kind.value if kind else "one of " + ", ".join(k.value for k in PropertyKind)
        )
    if kind is not None and own_kind is not kind:
        raise ValueError(kind.value)
    return check(value)


def moment(time: datetime) -> str:
    """A time as text, ISO 8601: in UTC if it knows its zone, so that one moment is one text."""
    return (time.astimezone(timezone.utc) if time.utcoffset() is not None else time).isoformat()


def describe(value: Any) -> str:
    """`value` and its type in a few words, for messages."""
    return f"{type(value).__name__} {brief(value)}"


def is_logical(value: Any) -> bool:
    """Whether it is true or false, in whatever library's type: that is no number here."""
    has_dtype = hasattr(type(value), "dtype")  # a dict may give its items as attributes
    return isinstance(value, bool) or (has_dtype and "bool" in str(value.dtype))


def _no_logical(value: Any) -> Any:
    if is_logical(value):
        raise ValueError(f"{value!r} is no id")
    return value


# The first branch is as quick as a plain int, which would take True for 1.
Id = Annotated[int, Strict()] | Annotated[int, BeforeValidator(_no_logical)]
"""The type of a field that holds an id."""


def whole_number(name: str, value: Any, *, least: int = 1, most: int | None = None) -> int:
    """`value` as a whole number, of whatever library's type.

    Raises:
        InvalidArgument: If it is none, true or false, or out of bounds.
    """
    try:
        number = None if is_logical(value) else index(value)
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        raise InvalidArgument(f"{name} must be a whole number, {bounds}, not {brief(value)}")
    return number


def bound(name: str, value: Any, *, least: int = 1) -> int:
    """`value` as how many there may be; more than Cypher takes is as many as there are.

    Raises:
        InvalidArgument: If it is no whole number, true or false, or less than `least`.
    """
    return min(whole_number(name, value, least=least), MANY)


def members(of: type[E], choice: Any, what: str) -> list[E]:
    """The members of an enumeration that somebody names, by themselves or by their texts.

    Args:
        of: The enumeration.
        choice: One, or several.
        what: What they are called in the message, e.g. ``states of artifacts``.

    Raises:
        InvalidArgument: If one is no member.
    """
    one = isinstance(choice, (str, of)) or not isinstance(choice, Iterable)
    choices = [choice] if one else list(choice)
    try:
        return [of(member) for member in choices]
    except ValueError:
        names = ", ".join(member.value for member in of)
        raise InvalidArgument(f"{what} are {names}; found {brief(choice)}") from None


def check_text(text: str) -> str:
    """`text`, if UTF-8 can hold it.

    Raises:
        ValueError: If it has a lone surrogate, which no UTF-8 text, and so no Neo4j, can hold.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"text that UTF-8 can hold (no {text[error.start]!r})") from None
    return text


def _plain(value: Any) -> Any:
    """`value` as one of Python's own types, where it only wraps or extends one."""
    if type(value) in _CHECKS:
        return value
    if isinstance(value, Enum):
        return _plain(value.value)
    if hasattr(type(value), "item") and getattr(value, "shape", None) == ():
        return value.item()  # a NumPy (PyTorch, JAX, ...) scalar
    for plain in _EXTENSIBLE:
        if isinstance(value, plain):
            return plain(value)
    return list(value) if isinstance(value, (list, tuple)) else value


_EXTENSIBLE: tuple[type[Any], ...] = (int, float, str, dict)


def _check_int(value: int) -> int:
    if not INT64_MIN <= value <= INT64_MAX:
        raise ValueError("INT of 64 bits")
    return value


def _check_struct(value: Any) -> Any:
    """A deep copy of `value`, of JSON's types only."""
    try:
        return _struct(value)
    except RecursionError:
        raise ValueError("STRUCT without cycles, and not nested so deep") from None


def _struct(value: Any) -> Any:
    value = _plain(value)
    if type(value) is dict:
        if not all(isinstance(key, str) for key in value):
            raise ValueError("STRUCT whose keys are strings")
        return {check_text(key): _struct(item) for key, item in value.items()}
    if type(value) is list:
        return [_struct(item) for item in value]
    if type(value) is str:
        return check_text(value)
    if value is None or type(value) in (bool, int, float):
        return value
    raise ValueError(f"STRUCT of JSON's types (no {type(value).__name__} in it)")


def _check_proto(value: Proto) -> Proto:
    if not isinstance(value.type_url, str) or not isinstance(value.data, bytes):
        raise ValueError("PROTO of a type_url (str) and data (bytes)")
    check_text(value.type_url)
    return value


def _same(value: Any) -> Any:
    return value


_CHECKS: dict[type, tuple[PropertyKind, Callable[[Any], Value]]] = {
    bool: (PropertyKind.BOOLEAN, _same),
    int: (PropertyKind.INT, _check_int),
    float: (PropertyKind.DOUBLE, _same),
    str: (PropertyKind.STRING, check_text),
    dict: (PropertyKind.STRUCT, _check_struct),
    list: (PropertyKind.STRUCT, _check_struct),
    Proto: (PropertyKind.PROTO, _check_proto),
}


def canonical(value: Any) -> str:
    """The same text for the same value, and another one for any other.

    Of a dict the order of the keys means nothing, of a datetime the zone; 1, 1.0, true and ``"1"``
    are four values. NaN is the same as NaN.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_canonical)


def _canonical(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(timezone.utc)
    return {type(value).__name__: repr(value)}


def dump_struct(value: Any) -> str:
    """`value` as JSON text; NaN and infinities in Python's spelling, so that they come back."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load_struct(text: str) -> Any:
    """What `dump_struct` made `text` of."""
    return json.loads(text)
