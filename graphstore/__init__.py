"""A provenance store for machine learning on Neo4j.

Open a store with `Store.open`, or record with `run`; see the README for a first tour.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphstore.errors import StoreError
from graphstore.graph import LineageGraph
from graphstore.lineage import Producer, Stop, Within
from graphstore.model.edges import Association, Attribution, Event, EventType, ParentContext
from graphstore.model.nodes import (
    Artifact,
    ArtifactState,
    Context,
    Execution,
    ExecutionState,
    NodeRef,
)
from graphstore.model.types import ArtifactType, BaseType, ContextType, ExecutionType
from graphstore.model.values import PropertyKind, Proto
from graphstore.repository.batch import At, Batch, Put, PutOptions
from graphstore.repository.bulk import ToPublish
from graphstore.repository.filters import Page
from graphstore.repository.publish import Publication
from graphstore.resolve import Approved, Scored
from graphstore.store import Store, run

if TYPE_CHECKING:
    from graphstore.recorder import Run, Step, current_run, current_step, step

__all__ = [
    "Approved",
    "Artifact",
    "ArtifactState",
    "ArtifactType",
    "Association",
    "At",
    "Attribution",
    "BaseType",
    "Batch",
    "Context",
    "ContextType",
    "Event",
    "EventType",
    "Execution",
    "ExecutionState",
    "ExecutionType",
    "LineageGraph",
    "NodeRef",
    "Page",
    "ParentContext",
    "Producer",
    "PropertyKind",
    "Proto",
    "Publication",
    "Put",
    "PutOptions",
    "Run",
    "Scored",
    "Step",
    "Stop",
    "Store",
    "StoreError",
    "ToPublish",
    "Within",
    "current_run",
    "current_step",
    "run",
    "step",
]


def __getattr__(name: str) -> Any:
    # Late: whoever only asks questions needs nothing that records.
    if name in ("Run", "Step", "current_run", "current_step", "step"):
        return getattr(import_module("graphstore.recorder"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
