"""What something was made from, with those who only passed it on seen through.

The maker of an artifact is whoever made it. A CACHED execution and a resolver's INTERNAL_OUTPUT
pass on; they count only where nobody is known to have made the artifact, and then only if they did
not read it themselves: a Trainer that read a model, and was CACHED with that model as its output,
says nothing of where it came from.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from graphstore.graph.answer import LineageGraph
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import ExecutionState, NodeRef
from graphstore.storage.rows import EPOCH, path_order

__all__ = ["Ancestry", "Read"]


class Read(NamedTuple):
    """That an execution read an artifact."""

    role: str
    """The part that it played, without indexes."""
    artifact: NodeRef
    """Which."""


class Ancestry:
    """The ancestries in an answer of `Lineage.upstream`, those who passed on seen through."""

    def __init__(self, graph: LineageGraph) -> None:
        self.graph = graph
        reads: dict[int, list[Event]] = defaultdict(list)
        outputs: dict[int, list[Event]] = defaultdict(list)
        for event in graph.events:
            assert event.artifact_id is not None and event.execution_id is not None
            if event.type.is_input:
                reads[event.execution_id].append(event)
            else:
                outputs[event.artifact_id].append(event)
        self._input_pairs = {(e.artifact_id, e.execution_id) for es in reads.values() for e in es}
        self._reads = {id_: _reads(events) for id_, events in reads.items()}
        self._makers = {id_: self._makers_of(id_, events) for id_, events in outputs.items()}

    def makers(self, artifact: NodeRef) -> Sequence[NodeRef]:
        """Who made an artifact, the first first."""
        return self._makers.get(artifact.id, ())

    def reads(self, execution: NodeRef) -> Sequence[Read]:
        """What an execution read: by role, in each by the index in the path, then by time."""
        return self._reads.get(execution.id, ())

    def before(self, ref: NodeRef) -> Sequence[NodeRef]:
        """What comes right before a node: an artifact's makers, what an execution read."""
        if ref.kind == "artifact":
            return self.makers(ref)
        return list(dict.fromkeys(one.artifact for one in self.reads(ref)))

    def distances(self, starts: Iterable[NodeRef]) -> Mapping[NodeRef, int]:
        """All that some nodes were made from, these included, nearest first, with the events to
        there."""
        hops = dict.fromkeys(starts, 0)
        queue = deque(hops)
        while queue:
            here = queue.popleft()
            for ref in self.before(here):
                if ref not in hops:
                    hops[ref] = hops[here] + 1
                    queue.append(ref)
        return hops

    def is_cut(self, refs: Iterable[NodeRef]) -> bool:
        """Whether more lies behind some of these nodes, beyond the bound on nodes."""
        frontier = set(self.graph.frontier)
        return any(ref in frontier for ref in refs)

    def _makers_of(self, artifact_id: int, events: Sequence[Event]) -> Sequence[NodeRef]:
        makers, passed_on = [], []
        for event in sorted(events, key=lambda e: (_time(e.time), e.execution_id)):
            assert event.execution_id is not None
            state = self.graph.executions[event.execution_id].state
            by = NodeRef("execution", event.execution_id)
            if state is ExecutionState.CACHED or event.type is EventType.INTERNAL_OUTPUT:
                passed_on.append(by)
            else:
                makers.append(by)
        if not makers:
            makers = [by for by in passed_on if (artifact_id, by.id) not in self._input_pairs]
        return list(dict.fromkeys(makers))


def _reads(events: Sequence[Event]) -> Sequence[Read]:
    # That it asked for something (DECLARED_INPUT) and that it read it are one and the same here.
    events_by_path = {(event.path, event.artifact_id): event for event in events}
    in_order = sorted(
        events_by_path.values(),
        key=lambda e: (e.role, path_order(e.path), _time(e.time), e.artifact_id),
    )
    return [Read(e.role, NodeRef("artifact", e.artifact_id or 0)) for e in in_order]


def _time(time: datetime | None) -> datetime:
    return time or EPOCH
