"""Which part of a store goes into an archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphstore.database.queries import QUERIES
from graphstore.interop.identity import KINDS
from graphstore.model.refs import ContextLike, NodeLike, reference
from graphstore.questions.history import find_pipeline
from graphstore.store import Store

__all__ = ["Scope"]


@dataclass(frozen=True)
class Scope:
    """A part of a store; or all of it."""

    description: Mapping[str, Any]
    """What the manifest says of it."""
    sets: Mapping[str, set[int]] | None = None
    """The ids by kind; None for all."""

    @classmethod
    def of(cls, store: Store, pipeline: ContextLike | None, lineage: NodeLike | None) -> Scope:
        """The part with a pipeline or a lineage; all if neither is given.

        Raises:
            NotFound: If there is no such pipeline or node.
            InvalidArgument: If two pipelines have the name; if it is no pipeline.
        """
        if pipeline is not None:
            context = find_pipeline(store.database, pipeline)
            row = store.database.one(
                QUERIES["archive.members_of_pipeline"], context_id=context.ref.id
            )
            assert row is not None
            description = {"pipeline": context.name, "context": context.ref.id}
            return cls._closed(store, description, row)
        if lineage is not None:
            ref = reference(lineage, "artifact", "execution")
            ways = [store.lineage.ids("upstream", ref, passed_on=True),
                    store.lineage.ids("downstream", ref, passed_on=True)]  # fmt: skip
            row = {
                "artifact_ids": {id_ for way in ways for id_ in way.artifacts},
                "execution_ids": {id_ for way in ways for id_ in way.executions},
                "context_ids": [],
            }
            return cls._closed(store, {"lineage": ref.short}, row)
        return cls({"whole": True})

    @classmethod
    def _closed(cls, store: Store, description: Mapping[str, Any], ids: Mapping[str, Any]) -> Scope:
        """With the contexts that all of it belongs to."""
        sets = {kind: set(ids[f"{kind}_ids"]) for kind in KINDS}
        row = store.database.one(
            QUERIES["archive.contexts_of"],
            **{f"{kind}_ids": sorted(members) for kind, members in sets.items()},
        )
        assert row is not None
        sets["context"].update(row["context_ids"])
        return cls(description, sets)

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole store."""
        return self.sets is None

    @property
    def size(self) -> int | None:
        """How many nodes it has, but for types; None if it is the whole store."""
        return None if self.sets is None else sum(map(len, self.sets.values()))

    def ids(self, kind: str) -> set[int] | None:
        """Those of a kind; None for all."""
        return None if self.sets is None else self.sets[kind]

    def has(self, kind: str, id_: int) -> bool:
        """Whether a node is in it; types are, that something in it is of."""
        return self.sets is None or kind not in self.sets or id_ in self.sets[kind]
