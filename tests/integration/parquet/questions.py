"""A random history, a thousand questions about it, and what the store answers to them."""

from __future__ import annotations

import random
from collections.abc import Iterable

from graphstore import (
    Artifact,
    ArtifactType,
    Event,
    EventType,
    Execution,
    ExecutionType,
    NodeRef,
    Store,
)

__all__ = ["record", "told_by"]

QUESTIONS = 1_000


def record(store: Store) -> list[NodeRef]:
    """Record a history with circles, of all types of events, and nodes that nothing leads to;
    answers nodes to ask about."""
    chance = random.Random(11)
    store.types.put(ArtifactType(name="Data"))
    store.types.put(ExecutionType(name="Step"))
    artifacts = store.artifacts.put_many(Artifact(type="Data", uri=f"u{n}") for n in range(400))
    executions = store.executions.put_many(Execution(type="Step") for _ in range(300))
    types = [one for one in EventType if one is not EventType.UNKNOWN]
    store.events.put(
        Event(
            type=chance.choice(types),
            artifact_id=chance.choice(artifacts),
            execution_id=chance.choice(executions),
        )
        for _ in range(700)
    )
    nodes = [one.ref for one in (*artifacts, *executions)]
    return [chance.choice(nodes) for _ in range(QUESTIONS)]


def told_by(
    store: Store, starts: Iterable[NodeRef], downstream: bool = False
) -> set[tuple[str, str]]:
    """What the store answers, question by question."""
    reached = set()
    for start in set(starts):
        direction = "downstream" if downstream else "upstream"
        ids = store.lineage.ids(direction, start, max_hops=None, passed_on=True)
        reached |= {(start.short, NodeRef("artifact", id_).short) for id_ in ids.artifacts}
        reached |= {(start.short, NodeRef("execution", id_).short) for id_ in ids.executions}
    return reached
