"""Which artifacts of a type come into question, made into the parameters of a query.

The queries are those of `cypher/resolve/`, which begin alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any, TypedDict

from graphstore.database.spelling import to_key
from graphstore.errors import InvalidArgument
from graphstore.model.nodes import ArtifactState
from graphstore.model.refs import ContextLike, node_ids
from graphstore.model.times import KnownAt
from graphstore.model.values import check_value, members
from graphstore.storage.rows import known_at, to_moment, to_native

__all__ = ["END_OF_TIME", "Candidates", "conditions", "keys_of"]


class Candidates(TypedDict, total=False):
    """Which artifacts of a type come into question: those that meet every condition given."""

    type_version: str | None
    """The version of their type, '' for that without one; None for any."""
    context: ContextLike | Iterable[ContextLike] | None
    """A context that they belong to; of several, they belong to all."""
    producer: str | None
    """The name of an execution type: they came out (OUTPUT) of an execution of it, which belongs
    to all of the contexts, too."""
    produced: bool
    """Whether they must have come out of some execution that belongs to all of the contexts, too:
    what TFX's channels offer."""
    states: Collection[ArtifactState] | None
    """States, of which they have one; LIVE unless given, None for any or none."""
    properties: Mapping[str, Any] | None
    """Values of their properties, each declared or custom."""
    on: datetime | date | None
    """A time, or a day, which is its end (UTC): only what was created by then counts - executions
    and blessings, too. By the clock of who recorded it, so an import has the times of its source.
    States and values are those of now, or of `as_of`."""
    as_of: KnownAt | None
    """What the store said at this time: what was recorded by then, with the states and values that
    it had. None for now."""


END_OF_TIME = datetime(9999, 12, 31, tzinfo=timezone.utc)
"""Stands for now if nobody asks for a time: with a bound there, the index on times serves."""

_LIVE = (ArtifactState.LIVE,)

_THEN = {"states": "known_states", "either_values": "known_values"}
"""What conditions on what may have changed are called as of a time."""


def keys_of(*names: str) -> list[str]:
    """Where a node has these properties: as declared ones, or else as custom ones."""
    return [to_key(name, custom=custom) for name in names for custom in (False, True)]


def conditions(
    type_: str,
    *,
    type_version: str | None = None,
    context: ContextLike | Iterable[ContextLike] | None = None,
    producer: str | None = None,
    produced: bool = False,
    states: Collection[ArtifactState] | None = _LIVE,
    properties: Mapping[str, Any] | None = None,
    on: datetime | date | None = None,
    as_of: KnownAt | None = None,
) -> dict[str, Any]:
    """The parameters of the conditions that somebody asked for; of no others."""
    parameters: dict[str, Any] = {
        "type": type_,
        "on": END_OF_TIME if on is None else to_moment("on", on),
        "produced": produced or producer is not None,
        "type_version": type_version,
        "producer": producer,
        "context_ids": None if context is None else _distinct_ids(context) or None,
        "states": None if states is None else _states(states),
        "either_values": [
            {"keys": keys_of(name), "value": _native(name, value)}
            for name, value in (properties or {}).items()
        ]
        or None,
    }
    asked = {name: value for name, value in parameters.items() if value is not None}
    if as_of is None:
        return asked
    then = {_THEN.get(name, name): value for name, value in asked.items()}
    return {**then, "known_at": known_at(as_of)}


def _distinct_ids(context: ContextLike | Iterable[ContextLike]) -> list[int]:
    return list(dict.fromkeys(node_ids(context, "context")))


def _states(states: Collection[ArtifactState]) -> list[str]:
    artifact_states = members(ArtifactState, states, "artifact states")
    if not artifact_states:
        raise InvalidArgument(f"name at least one state, or None for any; found {states!r}")
    return [state.value for state in artifact_states]


def _native(name: str, value: Any) -> Any:
    try:
        return to_native(check_value(value))
    except ValueError as error:
        raise InvalidArgument(f"property {name!r}: expected {error}") from None
