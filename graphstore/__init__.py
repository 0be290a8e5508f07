"""A provenance store for machine learning on Neo4j.

Open a store with `Store.open`, or record with `run`; see the README for a first tour.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphstore.errors import StoreError
    from graphstore.graph import LineageGraph
    from graphstore.lineage import Found, NodeIds, Producer, Stop, Within
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
    from graphstore.recorder import Run, Step, current_run, current_step
    from graphstore.recorder.decorator import step
    from graphstore.repository.assembly import Published, ToPublish
    from graphstore.repository.batch import At, Batch, Put, PutOptions
    from graphstore.repository.filters import Page
    from graphstore.repository.publish import Publication
    from graphstore.resolve import Approved, Scored
    from graphstore.store import Store, run

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
    "Found",
    "LineageGraph",
    "NodeIds",
    "NodeRef",
    "Page",
    "ParentContext",
    "Producer",
    "PropertyKind",
    "Proto",
    "Publication",
    "Published",
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

_MODULES = {
    "errors": ("StoreError",),
    "graph": ("LineageGraph",),
    "lineage": ("Found", "NodeIds", "Producer", "Stop", "Within"),
    "model.edges": ("Association", "Attribution", "Event", "EventType", "ParentContext"),
    "model.nodes": (
        "Artifact",
        "ArtifactState",
        "Context",
        "Execution",
        "ExecutionState",
        "NodeRef",
    ),
    "model.types": ("ArtifactType", "BaseType", "ContextType", "ExecutionType"),
    "model.values": ("PropertyKind", "Proto"),
    "recorder": ("Run", "Step", "current_run", "current_step", "step"),
    "repository.batch": ("At", "Batch", "Put", "PutOptions"),
    "repository.assembly": ("Published", "ToPublish"),
    "repository.filters": ("Page",),
    "repository.publish": ("Publication",),
    "resolve": ("Approved", "Scored"),
    "store": ("Store", "run"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # Late: the driver and the models take most of the time of an import, and whoever asks for
    # `graphstore --help`, or imports this beside much else, may need neither.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
