"""Parameters as the store keeps them: what people pass to functions, made into plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphstore.model.nodes import Artifact, Context, Execution, NodeRef
from graphstore.model.refs import is_one
from graphstore.model.values import Proto, dump_struct
from graphstore.recording.capture.source import qualified_name
from graphstore.recording.describing import ABSENT, Contents, Describer, exact_digest, fields_of

__all__ = ["Arguments", "arguments_of", "by_role", "to_value", "to_values"]

_STRUCT = 100_000
"""Characters at most of a list or a dict that is stored whole."""
_STRING = 1_000_000
"""Characters at most of a text that is stored whole."""
_NAME = 1_000
"""Characters at most of a name."""


@dataclass(frozen=True)
class Arguments:
    """What a step is given."""

    stored: dict[str, Any]
    """The parameters by name, as values that properties take; without those that are None."""
    exact: dict[str, Any]
    """The exact form of each of them (`graphstore.recording.describing`)."""
    inputs: dict[str, list[Artifact | int]]
    """The artifacts in them, or their ids, by role."""
    classes: dict[str, Any] = field(default_factory=dict)
    """What stands for the classes of values that hold nothing but artifacts, by role."""
    unknown: dict[str, Sequence[str]] = field(default_factory=dict)
    """Why a parameter cannot be told from another value, by its name."""
    unknown_classes: dict[str, Sequence[str]] = field(default_factory=dict)
    """Why the class of one cannot be told from another, though its value can."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """What stood at the paths in them, where something did."""

    def digests(self) -> dict[str, str]:
        """The digest of the exact form of each parameter whose stored form is another one."""
        return {
            name: exact_digest(self.exact[name])
            for name, stored in self.stored.items()
            if isinstance(stored, Proto) or exact_digest(stored) != exact_digest(self.exact[name])
        }


def arguments_of(
    parameters: Mapping[str, Any],
    *,
    contents: Contents | None = None,
    hide: Callable[[str], object] | None = None,
) -> Arguments:
    """What a step is given, as parameters and inputs.

    A path becomes text, a time ISO 8601 (an aware one in UTC), a set a sorted list, a dataclass, a
    pydantic model or a namespace a dict, a NumPy scalar a number, a key of a dict text; in lists
    and dicts too. Of an array type, shape, dtype and digest are kept, and all of it if it has 100
    elements at most; of a function or a class the qualified name; of any other object its type and
    its state, as pickle sees it. Its exact form has its class, too, if that is of no installed
    package (`graphstore.recording.describing`). What is larger than 100,000 characters of JSON, or
    a text of more than a million, is described by its length and digest; so is what is nested
    deeper than 20 levels.

    Artifacts are inputs wherever they stand in lists, tuples, sets, dicts, dataclasses, pydantic
    models, namespaces and other objects. The role is the parameter's name, and the keys, attributes
    or places that lead there: ``data.train``, ``data.0``; a list of nothing but artifacts is one
    role, in order. The rest of such a value stays a parameter.

    Args:
        parameters: By name.
        contents: What stands at a path, as a digest; without it paths are known by their text.
        hide: Told what is secret by its type (`pydantic.SecretStr`), and will not be stored.
    """
    describer = Describer(contents=contents, hide=hide, collect=True)
    arguments = Arguments({}, {}, describer.inputs, describer.classes, paths=describer.paths)
    for key, value in parameters.items():
        name = _name(key, arguments.stored)
        describer.unknown, describer.unknown_classes = [], []
        stored, exact = describer.describe(name, value)
        if describer.unknown_classes:
            arguments.unknown_classes[name] = tuple(dict.fromkeys(describer.unknown_classes))
        if stored is ABSENT or stored is None:
            continue
        arguments.stored[name] = _in_order(_bound(value, stored, exact))
        arguments.exact[name] = exact
        if describer.unknown:
            arguments.unknown[name] = tuple(dict.fromkeys(describer.unknown))
    return arguments


def by_role(role: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The artifacts in what a step reads in a role, likewise; what is no container is one of them,
    whatever it is."""
    parts = _parts(value)
    if parts is None:
        yield role, value
        return
    flat = not isinstance(parts, dict) and all(_parts(one) is None for one in parts)
    pairs = parts.items() if isinstance(parts, dict) else enumerate(parts)
    for key, one in pairs:
        yield from by_role(role if flat else f"{role}.{key}", one)


def _parts(value: Any) -> dict[Any, Any] | list[Any] | None:
    """What a container has in it, by key or in order; None of what is none."""
    if isinstance(value, (Artifact, Execution, Context, NodeRef)):
        return None
    if (fields := fields_of(value)) is not None:
        return fields
    if is_one(value):
        return None
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=False))
    return dict(value) if isinstance(value, Mapping) else list(value)


def to_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name as properties take them, likewise; those that are None are left out."""
    result: dict[str, Any] = {}
    for key, value in values.items():
        if (plain := to_value(value)) is not None:
            result[_name(key, result)] = plain
    return result


def to_value(value: Any) -> Any:
    """A value as a property takes it, likewise."""
    stored, exact = Describer().describe("", value)
    return _bound(value, stored, exact)


def _bound(value: Any, stored: Any, exact: Any) -> Any:
    """What is stored of a value, or what is said of it if that is too large."""
    if isinstance(stored, str):
        if len(stored) <= _STRING:
            return stored
        digest = exact_digest(exact)
        return f"{stored[:1000]}… ({len(stored):,} characters in all, {digest})"
    if not isinstance(stored, (dict, list)) or isinstance(stored, Proto):
        return stored
    if len(text := dump_struct(stored)) <= _STRUCT:
        return json.loads(text)  # a copy: what was passed may change
    summary = {"type": qualified_name(value), "note": "too large to be stored whole"}
    size = {"length": len(value)} if hasattr(type(value), "__len__") else {}
    return {**summary, **size, "digest": exact_digest(exact)}


def _in_order(value: Any) -> Any:
    """A value with the keys of its dicts in order, since theirs means nothing: so two that are the
    same are one text in the store, and plain Cypher sees that they are."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(one) for one in value] if isinstance(value, list) else value


def _name(key: Any, names: Mapping[str, Any]) -> str:
    """A name that a property can have, for one that may be anything."""
    text = key if isinstance(key, str) else str(to_value(key))
    text = text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
    name = start = text[:_NAME]
    count = 1
    while name in names:
        count += 1
        name = f"{start} ({count})"
    return name
