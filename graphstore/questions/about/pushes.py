"""Pushes of TFX's: whether anything was pushed, and which of them was followed by another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from graphstore.database import Reader
from graphstore.database.queries import QUERIES
from graphstore.model.nodes import Artifact, Execution

__all__ = ["later_pushes", "was_pushed"]


def was_pushed(node: Artifact | Execution) -> bool:
    """Whether anything was pushed: TFX's Pusher says 0 where it ran and pushed nothing."""
    value = node.properties.get("pushed", node.custom_properties.get("pushed", 1))
    return value not in (0, False, "0")


def later_pushes(database: Reader, pushes: Iterable[int]) -> dict[int, str]:
    """Those after which something else was pushed to the same place, and by what, when.

    Args:
        database: Where to ask; one query, or none if there are no pushes.
        pushes: Ids of artifacts, PushedModels or others; of others nothing is known.
    """
    ids = sorted(set(pushes))
    rows = database.rows(QUERIES["answers.later_pushes"], artifact_ids=ids) if ids else []
    return {row["pushed_id"]: f"replaced by a{row['later_id']}{_at(row['time'])}" for row in rows}


def _at(time: Any) -> str:
    native = time.to_native() if hasattr(time, "to_native") else time
    return f", {native:%Y-%m-%d %H:%M:%S} UTC" if isinstance(native, datetime) else ""
