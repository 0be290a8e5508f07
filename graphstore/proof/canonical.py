"""Canonical JSON (RFC 8785), and Neo4j's values in it: equal if and only if they are the same.

Values are spelled as in an archive (`graphstore.database.literals`), but for numbers: JSON's are
doubles, to which 1 and 1.0 are one number, and 2^53 + 1 is none. So a float is
``{"float": "0.1"}``, in the fewest digits that tell it apart, and a whole number beyond 2^53 - 1 is
``{"integer": "9007199254740993"}``. What is left needs no rules about numbers, and Python's
own encoder of texts, which is compiled, writes what RFC 8785 asks for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from graphstore.database.literals import to_json
from graphstore.errors import MissingExtra

__all__ = ["Written", "canonical", "in_order", "spelled", "text", "zoned"]

_EXACT = 2**53 - 1
"""The greatest whole number that each double up to it is told apart from."""


def canonical(value: Any) -> bytes:
    """A value in JSON's types as RFC 8785 has it.

    Raises:
        MissingExtra: If the extra ``proof`` is not installed.
    """
    try:
        import rfc8785
    except ImportError:
        raise MissingExtra("sealing", "proof", "rfc8785") from None
    text: bytes = rfc8785.dumps(value)
    return text


def spelled(value: Any) -> Any:
    """A value of a property in JSON's types without floats and great numbers.

    Raises:
        InvalidArgument: If it is of a kind that there is no word for.
    """
    return _without_numbers(to_json(value))


def _without_numbers(value: Any) -> Any:
    kind = value.__class__
    if kind is int:
        return value if -_EXACT <= value <= _EXACT else {"integer": str(value)}
    if kind is float:
        return {"float": repr(value)}
    if kind is list:
        return [_without_numbers(item) for item in value]
    if kind is dict:
        return {key: _without_numbers(item) for key, item in value.items()}
    return value


class Written(str):
    """A value that is JSON already."""

    __slots__ = ()


def zoned(time: str) -> Written:
    """A time with a zone as Cypher's `toString` has it, which leaves out what is zero."""
    day, _, rest = time.partition("T")
    end = _CLOCK.match(rest)
    assert end is not None, time
    clock, zone = end[0], rest[end.end() :]
    clock += ":00" * (2 - clock.count(":"))
    whole, _, part = clock.partition(".")
    # A zone that is called UTC is none by name, as in an archive: one driver's is another's offset.
    offset = "+00:00" + zone[1:].removeprefix("[UTC]") if zone.startswith("Z") else zone
    return Written(f'{{"datetime":"{day}T{whole}.{part:0<9}{offset}"}}')


_CLOCK = re.compile("[0-9:.]+")


def text(value: Any) -> str:
    """What RFC 8785 has for a property's value, spelled: the same as `canonical`, much faster."""
    kind = value.__class__
    if kind is str:
        return encode_basestring(value)
    if kind is Written:
        return str(value)
    if kind is list and _are_texts(value):
        return f"[{','.join(map(encode_basestring, value))}]"
    if kind is int and -_EXACT <= value <= _EXACT:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is float and isfinite(value):
        return f'{{"float":"{value!r}"}}'
    # Keys are words of ours, in ASCII, so that Python's order of texts is that of the standard.
    return json.dumps(spelled(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _are_texts(values: list[Any]) -> bool:
    return all(value.__class__ is str for value in values)


def in_order(properties: Mapping[str, Any]) -> list[str]:
    """Keys in the order of RFC 8785, which is that of their units in UTF-16."""
    keys = sorted(properties)
    if all(map(str.isascii, keys)):
        return keys
    return sorted(keys, key=lambda key: key.encode("utf-16-be"))
