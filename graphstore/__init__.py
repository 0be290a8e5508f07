"""A provenance store for machine learning on Neo4j.

Open a store with `Store.open`, or record with `run`; see the README for a first tour.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphstore.system import moved

if TYPE_CHECKING:
    from graphstore.deletion import DeletionReport
    from graphstore.errors import (
        Aborted,
        AlreadyExists,
        Conflict,
        DatabaseOffline,
        DeadlineExceeded,
        Deleted,
        DiskFull,
        DownloadFailed,
        FailedPrecondition,
        FixedBaseType,
        ForeignDatabase,
        ForeignNode,
        InvalidArgument,
        InvalidProperty,
        JavaNotFound,
        LocalServerError,
        MissingExtra,
        NewerData,
        NewerDatabase,
        NotFound,
        OutOfRange,
        OutsideNamespace,
        PermissionDenied,
        PortInUse,
        PublicationRefused,
        ResourceExhausted,
        StartFailed,
        StoreError,
        Unauthenticated,
        Unavailable,
        Unimplemented,
        UnsupportedFile,
        UnsupportedServer,
    )
    from graphstore.graph.answer import LineageGraph
    from graphstore.lineage.walks import Found, NodeIds, Producer, Stop, Within
    from graphstore.model.edges import Association, Attribution, Event, EventType, ParentContext
    from graphstore.model.nodes import (
        Artifact,
        ArtifactState,
        Context,
        Deletion,
        Execution,
        ExecutionState,
        NodeRef,
    )
    from graphstore.model.types import ArtifactType, BaseType, ContextType, ExecutionType
    from graphstore.model.values import PropertyKind, Proto
    from graphstore.questions.resolve import Approved, Scored
    from graphstore.recording.decorator import step
    from graphstore.recording.run import Run, current_run
    from graphstore.recording.step import Step, current_step
    from graphstore.storage.lists import Page
    from graphstore.storage.writing.assembly import Published, ToPublish
    from graphstore.storage.writing.batch import At, Batch, Put
    from graphstore.storage.writing.publish import Publication
    from graphstore.store import Store, run

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Approved",
    "Artifact",
    "ArtifactState",
    "ArtifactType",
    "Association",
    "At",
    "Attribution",
    "BaseType",
    "Batch",
    "Conflict",
    "Context",
    "ContextType",
    "DatabaseOffline",
    "DeadlineExceeded",
    "Deleted",
    "Deletion",
    "DeletionReport",
    "DiskFull",
    "DownloadFailed",
    "Event",
    "EventType",
    "Execution",
    "ExecutionState",
    "ExecutionType",
    "FailedPrecondition",
    "FixedBaseType",
    "ForeignDatabase",
    "ForeignNode",
    "Found",
    "InvalidArgument",
    "InvalidProperty",
    "JavaNotFound",
    "LineageGraph",
    "LocalServerError",
    "MissingExtra",
    "NewerData",
    "NewerDatabase",
    "NodeIds",
    "NodeRef",
    "NotFound",
    "OutOfRange",
    "OutsideNamespace",
    "Page",
    "ParentContext",
    "PermissionDenied",
    "PortInUse",
    "Producer",
    "PropertyKind",
    "Proto",
    "Publication",
    "PublicationRefused",
    "Published",
    "Put",
    "ResourceExhausted",
    "Run",
    "Scored",
    "StartFailed",
    "Step",
    "Stop",
    "Store",
    "StoreError",
    "ToPublish",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "UnsupportedFile",
    "UnsupportedServer",
    "Within",
    "current_run",
    "current_step",
    "run",
    "step",
]

_MODULES = {
    "deletion": ("DeletionReport",),
    "errors": (
        "Aborted",
        "AlreadyExists",
        "Conflict",
        "DatabaseOffline",
        "DeadlineExceeded",
        "Deleted",
        "DiskFull",
        "DownloadFailed",
        "FailedPrecondition",
        "FixedBaseType",
        "ForeignDatabase",
        "ForeignNode",
        "InvalidArgument",
        "InvalidProperty",
        "JavaNotFound",
        "LocalServerError",
        "MissingExtra",
        "NewerData",
        "NewerDatabase",
        "NotFound",
        "OutOfRange",
        "OutsideNamespace",
        "PermissionDenied",
        "PortInUse",
        "PublicationRefused",
        "ResourceExhausted",
        "StartFailed",
        "StoreError",
        "Unauthenticated",
        "Unavailable",
        "Unimplemented",
        "UnsupportedFile",
        "UnsupportedServer",
    ),
    "graph.answer": ("LineageGraph",),
    "lineage.walks": ("Found", "NodeIds", "Producer", "Stop", "Within"),
    "model.edges": ("Association", "Attribution", "Event", "EventType", "ParentContext"),
    "model.nodes": (
        "Artifact",
        "ArtifactState",
        "Context",
        "Deletion",
        "Execution",
        "ExecutionState",
        "NodeRef",
    ),
    "model.types": ("ArtifactType", "BaseType", "ContextType", "ExecutionType"),
    "model.values": ("PropertyKind", "Proto"),
    "recording.decorator": ("step",),
    "recording.run": ("Run", "current_run"),
    "recording.step": ("Step", "current_step"),
    "storage.writing.batch": ("At", "Batch", "Put"),
    "storage.writing.assembly": ("Published", "ToPublish"),
    "storage.lists": ("Page",),
    "storage.writing.publish": ("Publication",),
    "questions.resolve": ("Approved", "Scored"),
    "store": ("Store", "run"),
}
moved.install()
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # Late: the driver and the models take most of the time of an import, and whoever asks for
    # `graphstore --help`, or imports this beside much else, may need neither.
    if name == "PutOptions":
        from graphstore.system.renamed import warn_renamed

        warn_renamed("graphstore.PutOptions, an object of options,", "the keywords of Store.put()")
        return import_module(f"{__name__}.storage.writing.batch").PutOptions
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
