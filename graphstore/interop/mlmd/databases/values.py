"""What a row of a table of properties says: the value of a property."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from graphstore.interop.mlmd.databases.cells import as_text
from graphstore.interop.mlmd.databases.protobuf import read_any, read_struct
from graphstore.model.values import Value, describe

__all__ = ["Odd", "value_of"]

_STRUCT = "mlmd-struct::"


class Odd(ValueError):
    """A cell is not of the kind that its column is for."""

    def __init__(self, column: str, cell: Any, value: Value) -> None:
        super().__init__(f"{column} is {describe(cell)}: read as {describe(value)}")
        self.value = value


def value_of(
    integer: Any, double: Any, string: Any, proto: Any, boolean: Any, *, proto_is_text: bool
) -> Value | None:
    """The value of a property: the first of its columns that has one; a message may be base64.

    Raises:
        Odd: If that is of another kind; it says what the value is read as.
    """
    if integer is not None:
        return integer if integer.__class__ is int else _odd("int_value", integer)
    if double is not None:
        if double.__class__ is int:
            return float(double)
        return double if double.__class__ is float else _odd("double_value", double)
    if string is not None:
        return _string(string) if string.__class__ is str else _odd("string_value", string)
    if proto is not None:
        try:
            return read_any(b64decode(proto, validate=True) if proto_is_text else proto)
        except (ValueError, TypeError):
            return _odd("proto_value", proto)
    if boolean is None:
        return None
    return bool(boolean) if isinstance(boolean, int) else _odd("bool_value", boolean)


def _odd(column: str, cell: Any) -> Value:
    raise Odd(column, cell, cell if isinstance(cell, (float, str)) else as_text(cell))


def _string(text: str) -> Value:
    """A string, or the Struct that it holds as base64 behind a marker."""
    if text.startswith(_STRUCT):
        try:
            return read_struct(b64decode(text[len(_STRUCT) :], validate=True))
        except (ValueError, RecursionError):
            pass  # text that only looks like one
    return text
