"""Pushes of TFX's, which say nothing of each other: which of them was followed by another."""

from __future__ import annotations

from collections.abc import Iterable

from graphstore.database import Database
from graphstore.queries import QUERIES

__all__ = ["followed"]


def followed(database: Database, pushes: Iterable[int]) -> set[int]:
    """Those after which something else was pushed to the same place, which serves that now.

    Args:
        database: Where to ask; one query, or none if there are no pushes.
        pushes: Ids of artifacts, PushedModels or others; of others nothing is known.
    """
    ids = sorted(set(pushes))
    rows = database.rows(QUERIES["questions.later_pushes"], artifact_ids=ids) if ids else []
    return {row["pushed_id"] for row in rows}
