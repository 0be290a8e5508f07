"""Paths and uris that one step returned, and another is given: data flows along them, too.

A path among the arguments of a function is a parameter, since nobody knows whether it is read or
written. But what a step of this run made and returned, and is passed on to the next step as the
very same object, is what that reads. Whether it still is what was made, its contents tell, as they
do of every path that is read.

An object that the step had been given itself tells nothing: a place to write to, say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike, fspath
from typing import Any

from graphstore.model.nodes import Artifact
from graphstore.recording.describing import fields_of

__all__ = ["Flow"]

_DEEP = 20
"""Levels of containers at most that are looked through."""


class Flow:
    """The paths and uris that the steps of a run returned in this process."""

    def __init__(self) -> None:
        self._objects: dict[int, tuple[Any, str]] = {}
        """The object, which is held so that its id stays its own, and the type of what is there."""

    def add(
        self, value: Any, template: Any, outputs: Mapping[str, Sequence[Artifact]], arguments: Any
    ) -> None:
        """Remember what a step returned.

        Args:
            value: What its caller gets.
            template: What the artifacts in it are (`graphstore.recording.returned`).
            outputs: What the step made, by role.
            given: What it was called with.
        """
        pairs = [pair for pair in _paths_in(value, template) if _is_told_apart(pair[0])]
        if pairs:
            argument_ids = {id(one) for _, one in _places("", arguments, set())}
            for one, (role, index) in pairs:
                if id(one) not in argument_ids and index < len(outputs.get(role, ())):
                    self._objects[id(one)] = one, outputs[role][index].type

    def inputs(self, arguments: Mapping[str, Any]) -> dict[str, list[Artifact]]:
        """What of the arguments of a function steps of this run returned, by role."""
        inputs: dict[str, list[Artifact]] = {}
        if self._objects:
            ids: set[int] = set()
            for name, value in arguments.items():
                for role, one in _places(name, value, ids):
                    if id(one) in self._objects:
                        uri, type_ = os.fsdecode(fspath(one)), self._objects[id(one)][1]
                        inputs.setdefault(role, []).append(Artifact(type=type_, uri=uri))
        return inputs


def _is_told_apart(place: Any) -> bool:
    """Whether an object is this one by no chance: Python has one object for equal words."""
    return not (isinstance(place, str) and place.isidentifier())


def _paths_in(value: Any, template: Any) -> Iterator[tuple[Any, tuple[str, int]]]:
    """The paths and uris in what was returned, with role and index of what they are."""
    if "path" in template or "uri" in template:
        yield value, template.get("path") or template["uri"]
    elif "dict" in template:
        for key, item in value.items():
            yield from _paths_in(item, template["dict"][str(key)])
    elif "fields" in template:
        for key, part in template["fields"].items():
            yield from _paths_in(getattr(value, key), part)
    elif parts := template.get("list") or template.get("tuple"):
        for item, part in zip(value, parts, strict=True):
            yield from _paths_in(item, part)


def _places(role: str, value: Any, ids: set[int], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The paths and texts in a value, with the role that each plays in it."""
    if isinstance(value, (str, PathLike)):
        yield role, value
        return
    parts: Mapping[Any, Any] | None = value if isinstance(value, dict) else fields_of(value)
    if parts is None and isinstance(value, (list, tuple)):
        parts = dict(enumerate(value))
    if not parts or depth == _DEEP or id(value) in ids:
        return
    ids.add(id(value))
    alike = isinstance(value, (list, tuple)) and all(
        isinstance(one, (str, PathLike)) for one in value
    )
    for key, one in parts.items():
        yield from _places(role if alike else f"{role}.{key}", one, ids, depth + 1)
