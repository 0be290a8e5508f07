"""Deletes what a plan says, by transactions of a bounded size.

It may break off anywhere, and be begun again: of tombstones none is made twice, and what is purged
goes before what it was made from, so that what is left has all of its history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from graphstore.database import Database, Row, Transaction
from graphstore.database.queries import QUERIES
from graphstore.deletion import rules
from graphstore.deletion.lease import LEASE_SECONDS, lost
from graphstore.deletion.plan import KINDS, Plan
from graphstore.errors import FailedPrecondition
from graphstore.model.nodes import NodeRef
from graphstore.model.types import Kind
from graphstore.system.batched import batched
from graphstore.system.progress import Progress

__all__ = ["BATCH", "Writing"]

BATCH = 2_500
"""Nodes a transaction: each may have a long history, which goes with it."""


class Writing:
    """A deletion under way."""

    def __init__(
        self,
        database: Database,
        holder: str,
        reason: str | None,
        on_progress: Callable[[Progress], None],
        on_gone: Callable[[Collection[NodeRef]], None],
    ) -> None:
        """
        Args:
            database: Where to delete.
            holder: Who holds the lease.
            reason: Why.
            on_progress: Is told how many nodes are gone.
            on_gone: Is told of every batch which nodes went in it.
        """
        self._database, self._on_progress, self._on_gone = database, on_progress, on_gone
        self._parameters = {"holder": holder, "lease_seconds": LEASE_SECONDS, "reason": reason}
        self._done = 0

    def bury(self, plan: Plan) -> set[NodeRef]:
        """Make tombstones; returns those that went."""
        gone: set[NodeRef] = set()
        alone = set(plan.ids("artifact", rule=rules.MADE))
        total = len(plan.going)
        for kind in KINDS:
            for ids in batched(plan.ids(kind), BATCH):
                guard = {"alone_ids": [*alone.intersection(ids)], "planned": plan.planned}
                row = self._database.one(
                    QUERIES[f"deletion.bury_{kind}s"],
                    ids=ids,
                    **(guard if kind == "artifact" else {}),
                    **self._parameters,
                )
                if row is None:
                    raise lost()
                some = {NodeRef(kind, id_) for id_ in row["ids"]}
                gone |= some
                self._tell(some, len(ids), total)
        return gone

    def purge(self, plan: Plan) -> set[NodeRef]:
        """Remove from the graph; returns those that went.

        Raises:
            FailedPrecondition: If somebody has begun to use one of them since they were looked at.
        """
        gone: set[NodeRef] = set()
        going = plan.going
        contexts = {ref for ref in going if ref.kind == "context"}
        for refs in (going - contexts, contexts):
            for some in _batches(refs, plan.followers):
                went = self._database.transact("deletion.purge", self._purging(some))
                gone |= went
                self._tell(went, len(some), len(going))
        return gone

    def _purging(self, some: Sequence[NodeRef]) -> Callable[[Transaction], set[NodeRef]]:
        ids: Mapping[Kind, list[int]] = {
            # In the order in which everybody locks them.
            kind: sorted(ref.id for ref in some if ref.kind == kind)
            for kind in KINDS
        }

        def work(transaction: Transaction) -> set[NodeRef]:
            went: set[NodeRef] = set()
            for kind in KINDS:
                if not ids[kind]:
                    continue
                # Artifacts go first: those that read them in this batch go with them, or nothing
                # does. What the executions made is gone by then.
                beside = {"artifact": ids["execution"], "execution": []}
                row = transaction.one(
                    QUERIES[f"deletion.purge_{kind}s"],
                    ids=ids[kind],
                    **({"beside_ids": beside[kind]} if kind in beside else {}),
                    **self._parameters,
                )
                if row is None:
                    raise lost()
                _refuse_what_is_used(kind, row)
                went |= {NodeRef(kind, id_) for id_ in row["ids"]}
            return went

        return work

    def _tell(self, gone: Collection[NodeRef], count: int, total: int) -> None:
        self._done += count
        self._on_gone(gone)
        self._on_progress(Progress("deleting", self._done, total, "rows", "nodes"))


def _refuse_what_is_used(kind: Kind, row: Row) -> None:
    if row["left"]:
        ref = NodeRef(kind, min(row["left"]))
        raise FailedPrecondition(
            f"somebody has begun to use {ref.short} since it was looked at, and it stays: begin"
            " again, to see what can go now"
        )


def _batches(
    refs: set[NodeRef], followers: Mapping[NodeRef, Collection[NodeRef]]
) -> Iterator[list[NodeRef]]:
    """The nodes by the batch, what was made from others before these; what was made from itself in
    a batch of its own, at the end."""
    waits_for = {
        ref: len([one for one in followers.get(ref, ()) if one in refs and one != ref])
        for ref in sorted(refs)
    }
    precedes: dict[NodeRef, list[NodeRef]] = {}
    for ref in waits_for:
        for one in followers.get(ref, ()):
            if one in waits_for and one != ref:
                precedes.setdefault(one, []).append(ref)
    free = deque(ref for ref, count in waits_for.items() if not count)
    batch: list[NodeRef] = []
    while free:
        ref = free.popleft()
        del waits_for[ref]
        batch.append(ref)
        if len(batch) == BATCH:
            yield batch
            batch = []
        for one in precedes.get(ref, ()):
            waits_for[one] -= 1
            if not waits_for[one]:
                free.append(one)
    if batch:
        yield batch
    if waits_for:
        yield list(waits_for)
