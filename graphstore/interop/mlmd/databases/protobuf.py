"""Reads the two messages of Protocol Buffers that ML Metadata keeps as values of properties.

A hundred lines in place of a dependency that comes in versions which exclude each other.
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from graphstore.model.values import Proto

__all__ = ["read_any", "read_struct"]


def read_any(message: bytes) -> Proto:
    """A `google.protobuf.Any`.

    Raises:
        ValueError: If it is none.
    """
    fields = dict(_fields(message))
    return Proto(_bytes(fields.get(1, b"")).decode(), _bytes(fields.get(2, b"")))


def read_struct(message: bytes) -> dict[str, Any]:
    """A `google.protobuf.Struct` as a dict.

    Raises:
        ValueError: If it is none.
    """
    entries = (dict(_fields(_bytes(entry))) for number, entry in _fields(message) if number == 1)
    return {
        _bytes(entry.get(1, b"")).decode(): _struct_value(_bytes(entry.get(2, b"")))
        for entry in entries
    }


def _struct_value(message: bytes) -> Any:
    value: Any = None
    for number, field in _fields(message):
        if number == 2:
            (value,) = struct.unpack("<d", _bytes(field, size=8))
        elif number == 3:
            value = _bytes(field).decode()
        elif number == 4:
            value = bool(field)
        elif number == 5:
            value = read_struct(_bytes(field))
        elif number == 6:
            items = _fields(_bytes(field))
            value = [_struct_value(_bytes(item)) for one, item in items if one == 1]
    return value


def _bytes(field: int | bytes, size: int | None = None) -> bytes:
    """A field that is bytes, so many if that is said.

    Raises:
        ValueError: If it is something else.
    """
    if isinstance(field, int) or (size is not None and len(field) != size):
        raise ValueError("no such protobuf message")
    return field


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: number, and an int or bytes as the wire has it."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            if at >= len(message) or shift > 63:
                raise ValueError("no protobuf message")
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
            continue
        if tag & 7 not in (1, 2, 5):
            raise ValueError("no protobuf message")
        size = {1: 8, 5: 4}.get(tag & 7) or varint()
        if at + size > len(message):
            raise ValueError("no protobuf message")
        yield tag >> 3, message[at : at + size]
        at += size
