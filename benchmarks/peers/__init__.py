"""What the benchmark compares: each peer does the same work with the same payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from benchmarks.histories import Record

__all__ = ["TYPES", "Counts", "Peer", "Session"]

Counts = Mapping[str, int]
"""What a peer's store holds: executions, artifacts, contexts, events, attributions, associations;
and ``duplicates``, relationships that are there more than once."""

TYPES: Mapping[str, Sequence[str]] = {
    "artifact": (
        "Blessing",
        "Evaluation",
        "Examples",
        "Model",
        "PushedModel",
        "Report",
        "Schema",
        "Statistics",
        "TransformGraph",
    ),
    "execution": (
        "DataCheck",
        "Evaluator",
        "ExampleGen",
        "Pusher",
        "SchemaGen",
        "StatisticsGen",
        "Trainer",
        "Transform",
    ),
    "context": ("Node", "Pipeline", "PipelineRun"),
}
PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "artifact": {"size": "INT", "score": "DOUBLE"},
    "execution": {"learning_rate": "DOUBLE", "steps": "INT", "user": "STRING"},
    "context": {},
}
"""What each type of a kind declares."""


class Session(Protocol):
    """What one writer holds; never shared between threads."""

    def publish(self, record: Record, inputs: Sequence[Any]) -> Sequence[Any]:
        """Record an execution, all or nothing.

        Args:
            record: What to record.
            inputs: The peer's own ids of the record's inputs, in its order.

        Returns:
            The peer's own ids of the outputs, in the record's order.
        """


class Peer(Protocol):
    """A store that is compared."""

    name: str

    def session(self) -> AbstractContextManager[Session]:
        """What one writer, thread or process, writes through."""

    def counts(self) -> Counts:
        """Count every row that the peer wrote."""

    def close(self) -> None:
        """Give everything back."""
