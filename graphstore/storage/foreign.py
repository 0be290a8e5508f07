"""Nodes of another store that are given to this one: the id of one is that of something else here.

When a node was recorded never changes. So one that was read tells by its `create_time` whether the
node with its id is the same; one without, which was built by hand, goes by its id.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphstore.errors import ForeignNode
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.storage.rows import millis, to_millis

__all__ = ["Recorded", "recorded_millis", "refuse_foreign", "tell_of_foreign"]

_log = logging.getLogger("graphstore")


@dataclass(frozen=True)
class Recorded:
    """As much of a stored node as tells it from another."""

    type: str
    create_time: datetime | None

    @classmethod
    def from_row(cls, type_: str, time: int | None) -> Recorded:
        """From the type and the time in milliseconds since the epoch."""
        return cls(type_, None if time is None else millis(time))


def recorded_millis(given: Any) -> int | None:
    """When a node was recorded, in milliseconds since the epoch, if it was read from a store; None
    of what was not, or is no node."""
    if not isinstance(given, (Artifact, Execution, Context)) or given.id is None:
        return None
    return _millis(given.create_time)


def refuse_foreign(given: Iterable[Any], stored: Mapping[int, Any]) -> None:
    """Refuse nodes that another store has.

    Args:
        given: Nodes of one kind, as they were given; what is no node goes by its id.
        stored: The nodes with their ids here, or `Recorded`, by id.

    Raises:
        ForeignNode: For the first of them.
    """
    for node, here in _foreign(given, stored):
        raise ForeignNode(_text(node, here) + ": nothing was stored. Read the one of this store")


def tell_of_foreign(given: Iterable[Any], stored: Mapping[int, Any]) -> None:
    """Log a warning of nodes that another store has, and that stand for something here.

    Args:
        given: As in `refuse_foreign`.
        stored: Likewise.
    """
    for node, here in _foreign(given, stored):
        _log.warning("%s, and stands for it. Give its uri instead", _text(node, here))


def _foreign(given: Iterable[Any], stored: Mapping[int, Any]) -> Iterable[tuple[Any, Any]]:
    for node in given:
        time = recorded_millis(node)
        here = None if time is None else stored.get(node.id)
        if here is not None and _millis(here.create_time) not in (None, time):
            yield node, here


def _millis(time: Any) -> int | None:
    """Milliseconds since the epoch; None of what somebody wrote by hand in the place of a time."""
    is_moment = isinstance(time, datetime) and time.tzinfo is not None
    return to_millis("create_time", time) if is_moment else None


def _text(node: Any, here: Any) -> str:
    short = node.ref.short
    return (
        f"{short} of type {node.type}, recorded at {node.create_time}, was given, and is not of"
        f" this store: here {short} is of type {here.type}, recorded at {here.create_time}"
    )
