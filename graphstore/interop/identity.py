"""Which store it is, and which of its ids it has from another one.

A store that was made of an archive has the ids of that archive's store, up to some; what comes
later has ids of its own. So an id of a store *begins* in that store, or in one that it was copied
from.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphstore.database import Database
from graphstore.database.queries import QUERIES

__all__ = ["KINDS", "Identity", "new_id"]

KINDS = ("artifact", "execution", "context")


def new_id() -> str:
    """An id for a store."""
    return f"store-{secrets.token_hex(8)}"


@dataclass(frozen=True)
class Identity:
    """A store's id, and the stores that it was copied from."""

    id: str
    copied: Sequence[Mapping[str, Any]] = ()
    """Of each, in order, its ``store``, and by kind the highest id that is from there."""
    importing: str | None = None
    """The archive whose copy into it has begun, and not ended."""
    line: int = 0
    """How far that is."""

    @classmethod
    def of(cls, database: Database) -> Identity:
        """That of a store, which gets one if it has none."""
        row = database.one(QUERIES["archive.identify"], store_id=new_id())
        assert row is not None
        return cls.from_row(row["store"])

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Identity:
        """That which the properties of the store's node say."""
        names = row.get("copied_from", ())
        lists = [row.get(f"copied_{kind}s", ()) for kind in KINDS]
        copied = [
            {"store": name, **dict(zip(KINDS, ids, strict=True))}
            for name, *ids in zip(names, *lists, strict=True)
        ]
        return cls(row["id"], copied, row.get("importing"), row.get("line", 0))

    @classmethod
    def from_manifest(cls, store: Mapping[str, Any]) -> Identity:
        """That which a manifest says."""
        return cls(store["id"], store["copied"])

    def origin(self, kind: str, id_: int) -> str:
        """The store in which an id of this one began."""
        for one in self.copied:
            if id_ <= one[kind]:
                return str(one["store"])
        return self.id

    def began(self, kind: str, store: str, id_: int | str) -> bool:
        """Whether the id of another store, if it is there, is the same here; a text is not."""
        return isinstance(id_, int) and self.origin(kind, id_) == store
