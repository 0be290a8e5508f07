"""A provenance store for machine learning on Neo4j.

Open a store with `Store.open`; see the README for a first tour.
"""

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
from graphstore.repository.filters import Page
from graphstore.repository.publish import Publication
from graphstore.store import Store

__all__ = [
    "Artifact",
    "ArtifactState",
    "ArtifactType",
    "Association",
    "Attribution",
    "BaseType",
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
    "Stop",
    "Store",
    "StoreError",
    "Within",
]
