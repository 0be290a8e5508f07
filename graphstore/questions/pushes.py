"""Pushes of TFX's: whether anything was pushed, and which of them was followed by another."""

from __future__ import annotations

from collections.abc import Iterable

from graphstore.database import Database
from graphstore.model.nodes import Artifact, Execution
from graphstore.queries import QUERIES

__all__ = ["followed", "pushed"]


def pushed(node: Artifact | Execution) -> bool:
    """Whether anything was pushed: TFX's Pusher says 0 where it ran and pushed nothing."""
    said = node.properties.get("pushed", node.custom_properties.get("pushed", 1))
    return said not in (0, False, "0")


def followed(database: Database, pushes: Iterable[int]) -> set[int]:
    """Those after which something else was pushed to the same place, which serves that now.

    Args:
        database: Where to ask; one query, or none if there are no pushes.
        pushes: Ids of artifacts, PushedModels or others; of others nothing is known.
    """
    ids = sorted(set(pushes))
    rows = database.rows(QUERIES["answers.later_pushes"], artifact_ids=ids) if ids else []
    return {row["pushed_id"] for row in rows}
