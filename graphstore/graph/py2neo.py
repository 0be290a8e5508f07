"""Nodes and events as py2neo has them, in Neo4j's own form.

A node carries the labels and keys that it has in the database, so that what was written for a graph
that py2neo read works on this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphstore.database.spelling import FIELDS, to_key
from graphstore.errors import MissingExtra
from graphstore.model.edges import Event
from graphstore.model.nodes import Artifact, Execution, NodeRef
from graphstore.model.types import type_label
from graphstore.storage.contents import place_and_contents
from graphstore.storage.rows import EPOCH, encode_path, to_native

if TYPE_CHECKING:
    from py2neo import Subgraph

__all__ = ["subgraph"]


def subgraph(
    nodes: Sequence[Artifact | Execution], events: Iterable[tuple[NodeRef, Event, NodeRef]]
) -> Subgraph:
    """Nodes, and events with the nodes that they lead from and to, as a `py2neo.Subgraph`.

    Raises:
        MissingExtra: If py2neo is not installed (extra ``py2neo``).
    """
    try:
        from py2neo import Node, Relationship, Subgraph
    except ImportError:
        raise MissingExtra("to_py2neo", "py2neo", "py2neo") from None
    by_ref = {}
    for node in nodes:
        kind = type(node).__name__
        by_ref[node.ref] = Node(kind, type_label(node.type), **_keys(node))
        # By what `Graph.merge` finds it, if it is there already.
        by_ref[node.ref].__primarylabel__, by_ref[node.ref].__primarykey__ = kind, "id"
    relations = []
    for source, event, target in events:
        keys = {"path": encode_path(event.path), "time": _time(event.time or EPOCH)}
        relations.append(Relationship(by_ref[source], event.type.value, by_ref[target], **keys))
    return Subgraph(by_ref.values(), relations)


def _keys(node: Artifact | Execution) -> dict[str, Any]:
    """The keys of a node in Neo4j."""
    keys: dict[str, Any] = {}
    for custom, properties in ((False, node.properties), (True, node.custom_properties)):
        keys.update((to_key(name, custom=custom), to_native(v)) for name, v in properties.items())
    if isinstance(node, Artifact):
        keys.update(place_and_contents(node))
    for field in FIELDS & type(node).model_fields.keys():
        value = getattr(node, field)
        if value is None and field in ("create_time", "last_update_time"):
            value = EPOCH
        if isinstance(value, datetime):
            value = _time(value)
        if value is not None:
            keys[field] = getattr(value, "value", value)
    return keys


def _time(time: datetime) -> Any:
    """A time as py2neo reads it; it writes those of pytz only."""
    from interchange.time import DateTime
    from pytz import utc

    return DateTime.from_native(time.astimezone(utc))
