"""A document of PROV that came in, given back as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphstore.database.queries import QUERIES
from graphstore.interop.prov.history import RECORDS, SCOPE
from graphstore.interop.prov.records import Parts, Record, Scope
from graphstore.model.nodes import Context, Node
from graphstore.model.times import KnownAt
from graphstore.store import Store

__all__ = ["Original", "original"]


@dataclass(frozen=True)
class Original:
    """What the store has of a document that came in."""

    nodes: Sequence[Node]
    """What stands for its parts, the document itself last."""
    scopes: dict[str | None, Scope]
    records: Sequence[Record]

    @property
    def counts(self) -> dict[str, Any]:
        """How much there is of it, as `graphstore.interop.exporting.report.Exported` says it."""
        kinds = Counter(node.ref.kind for node in self.nodes)
        deleted = sum(node.deletion is not None for node in self.nodes)
        nodes = f"{deleted:,} node{'s' * (deleted != 1)}"
        return {
            "artifacts": kinds["artifact"],
            "executions": kinds["execution"],
            "contexts": kinds["context"],
            "deleted": deleted,
            "missing": f"not in it: what {nodes} said, deleted since" if deleted else "",
        }

    @property
    def parts(self) -> Parts:
        """It, in parts."""
        return Parts(self.scopes, self.records)


def original(store: Store, context: Context, as_of: KnownAt | None = None) -> Original:
    """What the store has of a document.

    Args:
        store: Whom to ask.
        context: The document's own, which was not deleted.
        as_of: What the store said at this time; None for now.
    """
    members = store.lineage.at(as_of).database.one(
        QUERIES["context.members"], context_id=context.ref.id
    )
    assert members is not None  # the context was read just now
    nodes: list[Node] = [
        *store.artifacts.get_many(sorted(members["artifact_ids"]), as_of=as_of),
        *store.executions.get_many(sorted(members["execution_ids"]), as_of=as_of),
        *store.contexts.children(context, as_of=as_of),
        context,
    ]
    scopes: dict[str | None, Scope] = {}
    records: list[Record] = []
    for node in nodes:
        scope: Any = node.properties.get(SCOPE)
        if scope is not None:
            uri: Any = node.properties.get("identifier")
            scopes[uri] = Scope(scope.get("name"), scope["prefixes"])
        kept: Any = node.properties.get(RECORDS, [])
        records += map(Record.of, kept)
    # What was said in a bundle that was deleted since has no place any more.
    return Original(nodes, scopes, [one for one in records if one.bundle in scopes])
