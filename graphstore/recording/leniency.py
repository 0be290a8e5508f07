"""What becomes of an output that cannot be stored as it is asked for: it is stored otherwise.

The work is done by then, and must not be lost for a name. Nothing here raises, and each change is
told, for one warning.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import Any, TypeVar, cast

from graphstore.errors import AlreadyExists, Deleted, InvalidArgument, brief
from graphstore.model.nodes import Artifact, Execution
from graphstore.model.types import check_name
from graphstore.recording.external_ids import apart_from_deleted
from graphstore.recording.records import StepRecord
from graphstore.recording.returned import as_artifact, type_of_role

__all__ = [
    "as_output_of",
    "bare",
    "gives_up_names",
    "leaves_deleted",
    "one_by_one",
    "storable",
    "words_of",
]

F = TypeVar("F", bound=Callable[..., Any])

_WORDS = 100_000
"""Characters at most of an error's message."""
_log = logging.getLogger("graphstore")


def as_output_of(role: str, value: Any, type: str | None) -> tuple[Artifact, list[str]]:
    """What is given as an output as an artifact, and what is to be said of that."""
    if isinstance(value, Artifact):
        if type in (None, value.type):
            return value, []
        return value, [f"is given as a {value.type} and as a {type}; it stays a {value.type}"]
    artifact, is_described = as_artifact(role, value, type)
    if is_described:
        return artifact, [f"is a {_type_of(value)}, which is described"]
    if type is None and isinstance(value, (str, PathLike)):
        uri = _short(fspath(value))
        return artifact, [f"is given by its uri {uri} alone, and taken for a {artifact.type}"]
    return artifact, []


def storable(artifact: Artifact, role: str) -> tuple[Artifact, list[str]]:
    """A new artifact with a type, a name and a uri that the store takes; what they were meant to be
    stands in custom properties."""
    remarks: list[str] = []
    changes: dict[str, Any] = {}
    properties = dict(artifact.custom_properties)
    if why := _wrong(artifact.type) or ("" if artifact.type else "it is empty"):
        changes["type"] = type_of_role(role)
        _keep(properties, "requested_type", artifact.type)
        type_name = _short(artifact.type)
        remarks.append(f"cannot be of type {type_name} ({why}), and is a {changes['type']}")
    for field in ("name", "uri", "external_id", "type_version"):
        value = getattr(artifact, field)
        if value is None or not (why := _wrong(value)):
            continue
        changes[field] = None
        _keep(properties, f"requested_{field}", value)
        remarks.append(
            f"cannot have the {field} {_short(value)} ({why}), which is kept as a property"
        )
    return artifact.evolve(
        **changes, custom_properties=properties
    ) if changes else artifact, remarks


def gives_up_names(deliver: F) -> F:
    """Let a method that stores a record store it without a name that another node has.

    The name is kept as the custom property `requested_name`. A strict record is refused as before.
    """

    @functools.wraps(deliver)
    def deliver_leniently(self: Any, record: Any, **how: Any) -> Any:
        while True:
            try:
                return deliver(self, record, **how)
            except AlreadyExists as error:
                free = None
                if isinstance(record, StepRecord) and not record.strict:
                    free = _without_names(record, str(error))
                if free is None:
                    raise
                record = free

    return cast(F, deliver_leniently)


def leaves_deleted(deliver: F) -> F:
    """Let a method that stores a record leave alone what was deleted.

    Of a step that was deleted nothing is stored, and the answer is None. An artifact whose external
    id a deleted one has is stored under another.
    """

    @functools.wraps(deliver)
    def deliver_leniently(self: Any, record: Any, **how: Any) -> Any:
        while True:
            try:
                return deliver(self, record, **how)
            except Deleted as error:
                if error.kind == "execution":
                    _log.warning("what is recorded of a step is left out: %s", error)
                    return None
                other = apart_from_deleted(record, self._stored)
                if other is None:
                    raise
                record = other

    return cast(F, deliver_leniently)


def one_by_one(deliver_late: F) -> F:
    """Let a method that stores several records at once store each by itself if a name is taken, or
    something of them was deleted."""

    @functools.wraps(deliver_late)
    def deliver_leniently(self: Any, records: Sequence[Any]) -> Any:
        try:
            return deliver_late(self, records)
        except (AlreadyExists, Deleted):
            if len(records) == 1:
                raise
            for record in records:
                deliver_late(self, [record])

    return cast(F, deliver_leniently)


def _without_names(record: StepRecord, error: str) -> StepRecord | None:
    """A record without the names that an error speaks of, or without any; None if it has none."""
    new = [artifact for artifact, _ in record.events if artifact.id is None and artifact.name]
    nodes: list[Artifact | Execution] = [*new]
    nodes += [record.execution] if record.execution.name else []
    culprits = [node for node in nodes if node.name and node.name in error] or nodes
    if not culprits:
        return None
    free: dict[int, Any] = {}
    for node in culprits:
        if id(node) not in free:
            free[id(node)] = _without_name(node)
            _log.warning(
                "a %s cannot have the name %s, which another one of its type has: it has none, and"
                " the property 'requested_name'",
                node.type,
                brief(node.name, 200),
            )
    changes: dict[str, Any] = {"execution": free.get(id(record.execution), record.execution)}
    if (news := getattr(record, "news", None)) is not None:
        changes["news"] = news.evolve(name=None)
    events = tuple((free.get(id(artifact), artifact), event) for artifact, event in record.events)
    return replace(record, events=events, **changes)


def _without_name(node: Artifact | Execution) -> Artifact | Execution:
    properties = dict(node.custom_properties)
    _keep(properties, "requested_name", node.name)
    return node.evolve(name=None, custom_properties=properties)


def words_of(error: BaseException) -> str:
    """The message of an error, whatever its own `__str__` does."""
    try:
        text = str(error)
    except Exception as failed:
        return f"(its message cannot be had: {type(failed).__name__} was raised)"
    if len(text) > _WORDS:
        text = f"{text[:_WORDS]}… ({len(text):,} characters in all)"
    return text.encode(errors="backslashreplace").decode()


def bare(artifact: Artifact, role: str, why: str) -> Artifact:
    """As little of an artifact as surely can be stored: what it is, where, and why no more."""
    return Artifact(
        type=type_of_role(role),
        uri=artifact.uri,
        digest=artifact.digest,
        state=artifact.state,
        custom_properties={"requested_type": artifact.type, "refused": why},
    )


def _keep(properties: dict[str, Any], name: str, value: Any) -> None:
    text = value if isinstance(value, str) else str(value)
    text = text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
    if text:
        properties.setdefault(name, text)


def _wrong(text: Any) -> str:
    """Why the store does not take a text where it has to be found by it; empty if it does."""
    if not isinstance(text, str):
        return f"it is a {type(text).__name__}"
    if "\0" in text:
        return "it has a NUL"
    try:
        check_name("it", text)
    except InvalidArgument:
        return "it is no text for UTF-8, or too long"
    return ""


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _type_of(value: Any) -> str:
    return type(value).__qualname__
