"""Parameters as the store keeps them: what people pass to functions, made into plain values."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Set
from datetime import date, time
from os import PathLike, fspath
from typing import Any

from pydantic import BaseModel

from graphstore.errors import InvalidArgument
from graphstore.model.values import check_value, describe

__all__ = ["to_values"]


def to_values(owner: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as values that properties take; those that are None are left out.

    A path becomes text, a time ISO 8601, a set a sorted list, a dataclass or a pydantic model a
    dict, a NumPy scalar a number; in lists and dicts too.

    Args:
        owner: Whose they are, for messages.
        parameters: By name.

    Raises:
        InvalidArgument: If one is something else.
    """
    values = {}
    for name, value in parameters.items():
        try:
            if (plain := _plain(value)) is not None:
                values[name] = check_value(plain)
        except ValueError as error:
            raise InvalidArgument(
                f"parameter {name!r} of {owner}: expected {error}, found {describe(value)}; pass"
                " what it was made from, or leave it out of what is recorded"
            ) from None
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, PathLike):
        path = fspath(value)
        return path if isinstance(path, str) else path.decode()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return _plain(value.model_dump())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value))
    if isinstance(value, Set):
        return sorted((_plain(item) for item in value), key=lambda v: json.dumps(v, default=repr))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
