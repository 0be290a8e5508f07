"""Which node is meant: one way to say it, in the whole API.

A node itself, its id, a `NodeRef` and a text like ``"a45"`` are the same wherever a node is asked
for. Ids are unique within a kind only, so each place says which kinds it takes, and what kind a
bare number is of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import index
from os import PathLike
from typing import Annotated, Any, SupportsIndex, get_args

from pydantic import BaseModel, BeforeValidator, Strict

from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Artifact, Context, Execution, NodeRef
from graphstore.model.types import Kind
from graphstore.model.values import INT64_MAX, INT64_MIN, describe, is_logical

__all__ = [
    "ArtifactId",
    "ArtifactLike",
    "ContextId",
    "ContextLike",
    "ExecutionId",
    "ExecutionLike",
    "NodeLike",
    "flat",
    "is_one",
    "items",
    "node_id",
    "node_ids",
    "reference",
    "references",
]

ArtifactLike = Artifact | NodeRef | SupportsIndex | str
"""An artifact: itself, which one, its id (NumPy's integers too), or a text: ``"a45"``, ``"45"``."""
ExecutionLike = Execution | NodeRef | SupportsIndex | str
"""An execution: itself, which one, its id (NumPy's integers too), or a text: ``"e7"``, ``"7"``."""
ContextLike = Context | NodeRef | SupportsIndex | str
"""A context: itself, which one, its id (NumPy's integers too), or a text: ``"c2"``, ``"2"``."""
NodeLike = Artifact | Execution | Context | NodeRef | SupportsIndex | str
"""A node of any kind: itself, which one, or a text, ``"e7"``; a bare number is an artifact's id
where an artifact may be meant."""

_KINDS: tuple[Kind, ...] = get_args(Kind)


def reference(subject: Any, *kinds: Kind) -> NodeRef:
    """Which node `subject` names; whether it exists is not asked.

    Args:
        subject: A node that is stored, a `NodeRef`, an id, a text that `NodeRef.parse` reads, or
            something whose `ref` is one of these.
        kinds: The kinds that it may be of; a bare number is of the first. By default all, and a
            bare number is an artifact's.

    Raises:
        InvalidArgument: If it is something else (True is no id), of another kind, or a node that
            has not been put.
    """
    kinds = kinds or _KINDS
    if type(subject) is int:
        return NodeRef(kinds[0], _id(subject, kinds))
    ref = subject if isinstance(subject, NodeRef) else getattr(subject, "ref", None)
    if isinstance(ref, NodeRef):
        ref = NodeRef(ref.kind, _id(ref.id, kinds))
    elif isinstance(subject, str):
        ref = NodeRef.parse(subject, default=kinds[0])
    else:
        return NodeRef(kinds[0], _id(subject, kinds))
    if ref.kind not in kinds:
        what = f"{ref.short} is {_a(ref.kind)}" if ref.kind in _KINDS else f"found {ref!r}"
        raise InvalidArgument(f"expected {_or(kinds)}; {what}")
    return ref


def references(subjects: Any, *kinds: Kind) -> list[NodeRef]:
    """Which nodes are named, in the order given; one alone need not be put into a list.

    Args:
        subjects: What `reference` takes, or an iterable of that: a list, a set, a generator, an
            array of ids. Of a map the values are taken, as of a step's outputs by role.
        kinds: As in `reference`.

    Raises:
        InvalidArgument: As `reference`.
    """
    if is_one(subjects):
        return [reference(subjects, *kinds)]
    return [ref for subject in items(subjects) for ref in references(subject, *kinds)]


def is_one(subjects: Any) -> bool:
    """Whether it is a single thing, and holds no others: a node, a `NodeRef`, a text, a number.

    Nodes, `NodeRef` and texts can be iterated over, and are one thing all the same.
    """
    if type(subjects) is int or isinstance(subjects, (str, bytes, PathLike, BaseModel, NodeRef)):
        return True
    if not isinstance(subjects, Iterable):
        return True
    # Of the class, since some dicts give their items as attributes, and raise a KeyError.
    return hasattr(type(subjects), "ndim") and getattr(subjects, "ndim", 1) == 0


def items(subjects: Any) -> Iterable[Any]:
    """What `subjects` holds, in order; of a map its values. One thing alone is its only item."""
    if is_one(subjects):
        return (subjects,)
    return subjects.values() if isinstance(subjects, Mapping) else iter(subjects)


def flat(subjects: Any) -> list[Any]:
    """All that `references` would name, as it was given, in order."""
    if is_one(subjects):
        return [subjects]
    return [one for subject in items(subjects) for one in flat(subject)]


def node_id(subject: Any, kind: Kind) -> int:
    """The id of the node of this kind that `subject` names; errors are those of `reference`."""
    return reference(subject, kind).id


def _as(kind: Kind) -> Callable[[Any], int | None]:
    return lambda value: None if value is None else node_id(value, kind)


def node_ids(subjects: Any, kind: Kind) -> list[int]:
    """The ids of the nodes of this kind that are named, as `references` has them."""
    if type(subjects) is list and all(map(_is_plain, subjects)):
        return subjects.copy()  # thousands come so; the ids of one's own answers
    return [ref.id for ref in references(subjects, kind)]


ArtifactId = Annotated[int, Strict()] | Annotated[int, BeforeValidator(_as("artifact"))]
"""The type of a field that holds the id of an artifact, and takes whatever names one."""
ExecutionId = Annotated[int, Strict()] | Annotated[int, BeforeValidator(_as("execution"))]
"""Likewise of an execution."""
ContextId = Annotated[int, Strict()] | Annotated[int, BeforeValidator(_as("context"))]
"""Likewise of a context."""


def _is_plain(value: Any) -> bool:
    return type(value) is int and INT64_MIN <= value <= INT64_MAX


def _id(value: Any, kinds: tuple[Kind, ...]) -> int:
    """`value` as an id.

    Raises:
        InvalidArgument: If it is no whole number, or true or false, in whatever library's type.
    """
    if _is_plain(value):
        return int(value)
    try:
        id_ = None if is_logical(value) else index(value)
    except TypeError:
        id_ = None
    if id_ is None or not INT64_MIN <= id_ <= INT64_MAX:
        raise InvalidArgument(
            f"expected {_or(kinds)}, by itself, its id, its NodeRef or a text like"
            f" {kinds[0][0] + '45'!r}; found {describe(value)}"
        )
    return id_


def _or(kinds: tuple[Kind, ...]) -> str:
    return "a node" if len(kinds) == len(_KINDS) else " or ".join(_a(kind) for kind in kinds)


def _a(kind: Kind) -> str:
    return f"{'a' if kind == 'context' else 'an'} {kind}"
