"""The calls that write nodes and edges: each is one batch, and so all or nothing.

What ML Metadata's clients cannot see of a node - a digest, a fingerprint, when it began and ended,
where it was imported from - their updates leave alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphstore.errors import InvalidArgument, NotFound, OutOfRange
from graphstore.interop.mlmd.front.convert import event_from_proto, node_from_proto, value_to_proto
from graphstore.interop.mlmd.front.protos import Handler, service_pb2
from graphstore.model.base import copy_with
from graphstore.model.edges import Event, EventType
from graphstore.model.nodes import Artifact, Context, Execution
from graphstore.model.types import Kind, Type
from graphstore.model.values import PropertyKind
from graphstore.storage.writing.batch import At, Batch, Put, PutOptions
from graphstore.store import Store

__all__ = ["HANDLERS"]

Node = Artifact | Execution | Context

_PROPERTIES = frozenset(["properties", "custom_properties"])
_FIELDS: Mapping[Kind, Mapping[str, str]] = {
    "artifact": {"uri": "uri", "external_id": "external_id", "state": "state"},
    "execution": {"external_id": "external_id", "last_known_state": "state"},
    "context": {"name": "name", "external_id": "external_id"},
}
"""What an update may change beside properties, and its name in the store. The name of an artifact
or an execution never changes, and ML Metadata does not say so."""

_KINDS = {
    "int_value": PropertyKind.INT,
    "double_value": PropertyKind.DOUBLE,
    "string_value": PropertyKind.STRING,
    "struct_value": PropertyKind.STRUCT,
    "proto_value": PropertyKind.PROTO,
    "bool_value": PropertyKind.BOOLEAN,
}


def _mask(kind: Kind, paths: Iterable[str] = ()) -> frozenset[str]:
    """The fields that an update with this mask may change; of all without one.

    Paths that name nothing that can change are ignored.
    """
    distinct_paths = frozenset(paths)
    if not distinct_paths:
        return _PROPERTIES | frozenset(_FIELDS[kind].values())
    fields = {field for path, field in _FIELDS[kind].items() if path in distinct_paths}
    for path in distinct_paths:
        name, _, _ = path.partition(".")
        if name in _PROPERTIES:
            fields.add(path)
    return frozenset(fields)


def _check_properties(store: Store, type_: Type, proto: Any, mask: frozenset[str] | None) -> None:
    """Refuse properties that the type does not declare, or declares to be of another kind.

    Raises:
        InvalidArgument: If there is one; ML Metadata's words.
    """
    fresh = False
    for name, value in proto.properties.items():
        if mask is not None and not mask & {"properties", f"properties.{name}"}:
            continue
        kind = _KINDS.get(value.WhichOneof("value") or "")
        if type_.properties.get(name) is not kind and not fresh:
            # Somebody may have let the type grow since it was read.
            type_, fresh = store.types.find(type_.kind, type_.name, type_.version, fresh=True), True
        if name not in type_.properties:
            raise InvalidArgument(f"Found unknown property: {name}")
        if type_.properties[name] is not kind:
            raise InvalidArgument(f"Found unmatched property type: {name}")


def _meaning(current: Any, new: Any) -> Any:
    """What a message that updates a node means: what it says, where ML Metadata can tell that from
    what is stored. A list and a Struct that holds it are one to it, and so are '' and no uri."""
    changes: dict[str, Any] = {}
    if isinstance(current, Artifact) and current.uri is None and not new.uri:
        changes["uri"] = None
    for name in _PROPERTIES:
        before, after = getattr(current, name), getattr(new, name)
        same = {
            key: before[key]
            for key, value in after.items()
            if isinstance(value, dict) and key in before and _looks_like(before[key], value)
        }
        if same:
            changes[name] = {**after, **same}
    return copy_with(new, **changes) if changes else new


def _looks_like(current: Any, new: Any) -> bool:
    one, other = (
        value_to_proto(value).SerializeToString(deterministic=True) for value in (current, new)
    )
    return bool(one == other)


@dataclass
class _Call:
    """One call under way: what it is to put."""

    store: Store
    options: PutOptions
    needs_type: bool = False
    """Whether every node needs a type, also one that is updated."""
    protos: dict[Kind, list[Any]] = field(
        default_factory=lambda: {"artifact": [], "execution": [], "context": []}
    )
    """The nodes, as messages."""
    events: list[tuple[int | At, int | At, Event]] = field(default_factory=list)
    attributions: list[tuple[int | At, int | At]] = field(default_factory=list)
    associations: list[tuple[int | At, int | At]] = field(default_factory=list)
    parents: list[tuple[int | At, int | At]] = field(default_factory=list)
    ends: set[int] = field(default_factory=set)
    """Contexts that are only referred to: NOT_FOUND if they are not there."""

    def add(self, kind: Kind, proto: Any) -> At:
        """Have a node put."""
        self.protos[kind].append(proto)
        return At(len(self.protos[kind]) - 1)

    def put(self) -> Put:
        """Put everything.

        Raises:
            NotFound: If a type, or a context that is only referred to, is not there.
            InvalidArgument: If something else is not there, or cannot be stored.
        """
        nodes = self._nodes()
        batch = Batch(
            nodes["artifact"],
            nodes["execution"],
            nodes["context"],
            self.events,
            self.attributions,
            self.associations,
            self.parents,
        )
        try:
            return self.store.put(batch, **vars(self.options))
        except NotFound as error:
            if error.by == "id" and error.kind in self.protos:
                if error.kind == "context" and error.key in self.ends:
                    raise
                raise InvalidArgument(f"Cannot find the given id: {error}") from error
            raise

    def _nodes(self) -> dict[Kind, list[Any]]:
        type_ids = {kind: self._type_ids(kind, protos) for kind, protos in self.protos.items()}
        types = self.store.types.find_many(id_ for ids in type_ids.values() for id_ in ids)
        nodes: dict[Kind, list[Any]] = {}
        for kind, protos in self.protos.items():
            nodes[kind] = []
            for proto, type_id in zip(protos, type_ids[kind], strict=True):
                type_ = types.get(type_id)
                if type_ is None or type_.kind != kind:
                    if proto.HasField("id") and not self.needs_type:
                        raise InvalidArgument(
                            f"Given type_id {type_id} is not that of {kind} {proto.id}"
                        )
                    raise NotFound(f"{kind} type", "id", type_id)
                mask = None
                if proto.HasField("id"):
                    mask = frozenset(self.options.fields[kind])
                if kind == "context" and not proto.name and (mask is None or "name" in mask):
                    raise InvalidArgument("Context name should not be empty")
                _check_properties(self.store, type_, proto, mask)
                nodes[kind].append(node_from_proto(proto, type_))
        return nodes

    def _type_ids(self, kind: Kind, protos: Sequence[Any]) -> list[int]:
        """The type's id of each node; of a stored one it need not be given."""
        without_type = [proto for proto in protos if not proto.HasField("type_id")]
        by_identity = {} if self.needs_type else self._current(kind, without_type)
        ids = []
        for proto in protos:
            if proto.HasField("type_id"):
                ids.append(proto.type_id)
            elif (node := by_identity.get(_identity(proto))) is not None:
                assert node.type_id is not None
                ids.append(node.type_id)
            elif proto.HasField("id") and not self.needs_type:
                raise InvalidArgument(f"Cannot find the given id {proto.id}")
            else:
                raise InvalidArgument("Type id is missing.")
        return ids

    def _current(self, kind: Kind, protos: Sequence[Any]) -> dict[int | str | None, Node]:
        """What is stored of these nodes, by their id, or by their external id if they have none."""
        by_identity: dict[int | str | None, Node] = {}
        ids = {proto.id for proto in protos if proto.HasField("id")}
        if ids:
            nodes: Any = getattr(self.store, f"{kind}s")
            by_identity.update((node.id, node) for node in nodes.get_many(ids, missing_ok=True))
        if kind == "artifact" and self.options.reuse_artifacts:
            by_identity.update(
                self.known_artifacts(
                    proto.external_id for proto in protos if not proto.HasField("id")
                )
            )
        return by_identity

    def known_artifacts(self, external_ids: Iterable[str]) -> dict[int | str | None, Node]:
        """The stored artifacts with these external ids; '' is none."""
        distinct_ids = {*external_ids} - {""}
        artifacts = self.store.artifacts.list_by_external_id(distinct_ids) if distinct_ids else ()
        return {artifact.external_id: artifact for artifact in artifacts}


def _identity(proto: Any) -> int | str | None:
    if proto.HasField("id"):
        id_: int = proto.id
        return id_
    return proto.external_id or None


def _options(fields: Mapping[Kind, frozenset[str]] | None = None, **options: Any) -> PutOptions:
    every = {kind: _mask(kind) for kind in _FIELDS}
    return PutOptions(fields={**every, **(fields or {})}, meaning=_meaning, **options)


def _put_nodes(kind: Kind) -> Handler:
    """PutArtifacts, PutExecutions or PutContexts."""
    name = f"Put{kind.capitalize()}s"

    def handler(store: Store, request: Any) -> Any:
        abort = kind == "artifact" and request.options.abort_if_latest_updated_time_changed
        mask = _mask(kind, request.update_mask.paths)
        call = _Call(store, _options({kind: mask}, if_unchanged=abort))
        for proto in getattr(request, f"{kind}s"):
            call.add(kind, proto)
        ids = getattr(call.put(), f"{kind}_ids")
        return getattr(service_pb2, f"{name}Response")(**{f"{kind}_ids": ids})

    return handler


def _event(proto: Any) -> Event:
    """The event.

    Raises:
        InvalidArgument: If it has no type.
    """
    event = event_from_proto(proto)
    if event.type is EventType.UNKNOWN:
        raise InvalidArgument("No event type is specified.")
    return event


def _put_events(store: Store, request: Any) -> Any:
    call = _Call(store, _options(once=True))
    for proto in request.events:
        event = _event(proto)
        if event.artifact_id is None:
            raise InvalidArgument("No artifact id is specified.")
        if event.execution_id is None:
            raise InvalidArgument("No execution id is specified.")
        call.events.append((event.artifact_id, event.execution_id, event))
    call.put()
    return service_pb2.PutEventsResponse()


def _pair(proto: Any, one: str, other: str) -> tuple[int, int]:
    """The ids of an edge's ends.

    Raises:
        InvalidArgument: If one is not set.
    """
    for name in (one, other):
        if not proto.HasField(name):
            raise InvalidArgument(f"No {name.replace('_', ' ')} is specified.")
    return getattr(proto, one), getattr(proto, other)


def _put_attributions_and_associations(store: Store, request: Any) -> Any:
    call = _Call(store, _options())
    for proto in request.attributions:
        call.attributions.append(_pair(proto, "artifact_id", "context_id"))
    for proto in request.associations:
        call.associations.append(_pair(proto, "execution_id", "context_id"))
    call.put()
    return service_pb2.PutAttributionsAndAssociationsResponse()


def _put_parent_contexts(store: Store, request: Any) -> Any:
    call = _Call(store, _options(once=True))
    for proto in request.parent_contexts:
        call.parents.append(_pair(proto, "child_id", "parent_id"))
    call.put()
    return service_pb2.PutParentContextsResponse()


def _require_context(proto: Any) -> None:
    """Refuse a context without type or name.

    Raises:
        InvalidArgument: If it is one.
    """
    for name in ("type_id", "name"):
        if not proto.HasField(name):
            raise InvalidArgument(f"Context is missing a {name}: {proto}")


def _put_execution(store: Store, request: Any) -> Any:
    if not request.HasField("execution"):
        raise InvalidArgument("No execution is found in the request")
    options = request.options
    call = _Call(
        store,
        _options(
            once=True,
            touch=options.force_update_time,
            reuse_artifacts=options.reuse_artifact_if_already_exist_by_external_id,
            reuse_contexts=options.reuse_context_if_already_exist,
        ),
    )
    execution = call.add("execution", request.execution)
    pairs = request.artifact_event_pairs
    ends = [_artifact_of(call, pair) for pair in pairs]
    _check_agreement(call, request)
    for pair, end in zip(pairs, ends, strict=True):
        if pair.HasField("event") and end is not None:
            call.events.append((end, execution, _event(pair.event)))
    contexts: list[int | At] = []
    for proto in request.contexts:
        if proto.HasField("id") and options.force_reuse_context:
            call.ends.add(proto.id)
            contexts.append(proto.id)
        else:
            _require_context(proto)
            contexts.append(call.add("context", proto))
    for context in contexts:
        call.associations.append((execution, context))
        call.attributions += [(end, context) for end in ends if end is not None]
    result = call.put()

    def id_of(end: int | At | None, ids: Sequence[int]) -> int:
        if end is None:
            return -1  # a pair of nothing
        return ids[end.place] if isinstance(end, At) else end

    return service_pb2.PutExecutionResponse(
        execution_id=result.execution_ids[0],
        artifact_ids=[id_of(end, result.artifact_ids) for end in ends],
        context_ids=[id_of(end, result.context_ids) for end in contexts],
    )


def _artifact_of(call: _Call, pair: Any) -> int | At | None:
    """The artifact of a pair; None if the pair is empty.

    Raises:
        InvalidArgument: If there is an event, but nothing that says of which artifact.
    """
    if pair.HasField("artifact"):
        return call.add("artifact", pair.artifact)
    if not pair.HasField("event"):
        return None
    if not pair.event.HasField("artifact_id"):
        raise InvalidArgument("If no artifact is present, given event must have an artifact_id")
    id_: int = pair.event.artifact_id
    return id_


def _check_agreement(call: _Call, request: Any) -> None:
    """Refuse events whose ids are not those of the nodes that they come with.

    Raises:
        InvalidArgument: If there is one.
    """
    both = [
        pair
        for pair in request.artifact_event_pairs
        if pair.HasField("artifact") and pair.event.HasField("artifact_id")
    ]
    by_external_id: dict[int | str | None, Node] = {}
    if call.options.reuse_artifacts:
        by_external_id = call.known_artifacts(
            pair.artifact.external_id for pair in both if not pair.artifact.HasField("id")
        )
    for pair in both:
        artifact = pair.artifact
        id_ = artifact.id if artifact.HasField("id") else None
        if id_ is None and artifact.external_id in by_external_id:
            id_ = by_external_id[artifact.external_id].id
        if id_ != pair.event.artifact_id:
            raise InvalidArgument(
                f"Given event.artifact_id {pair.event.artifact_id} is not aligned with the artifact"
            )
    for pair in request.artifact_event_pairs:
        event, execution = pair.event, request.execution
        if event.HasField("execution_id") and not (
            execution.HasField("id") and execution.id == event.execution_id
        ):
            raise InvalidArgument(
                f"Request's event.execution_id {event.execution_id} does not match with the given"
                " execution"
            )


def _put_lineage_subgraph(store: Store, request: Any) -> Any:
    options = request.options
    call = _Call(
        store,
        _options(
            once=True,
            reuse_artifacts=options.reuse_artifact_if_already_exist_by_external_id,
            reuse_contexts=options.reuse_context_if_already_exist,
        ),
        needs_type=True,
    )
    edges = [
        (
            _end(edge, "artifact", request.artifacts),
            _end(edge, "execution", request.executions),
            edge.event,
        )
        for edge in request.event_edges
    ]
    artifacts = [call.add("artifact", proto) for proto in request.artifacts]
    executions = [call.add("execution", proto) for proto in request.executions]
    for proto in request.contexts:
        if not proto.HasField("type_id"):
            raise InvalidArgument("Type id is missing.")
        _require_context(proto)
        context = call.add("context", proto)
        call.attributions += [(artifact, context) for artifact in artifacts]
        call.associations += [(execution, context) for execution in executions]
    call.events += [(artifact, execution, _event(event)) for artifact, execution, event in edges]
    result = call.put()
    return service_pb2.PutLineageSubgraphResponse(
        execution_ids=result.execution_ids,
        artifact_ids=result.artifact_ids,
        context_ids=result.context_ids,
    )


def _end(edge: Any, kind: Kind, nodes: Sequence[Any]) -> int | At:
    """An end of an event edge: the node at its index, or the one with the event's id.

    Raises:
        InvalidArgument: If it says neither, or both and they disagree.
        OutOfRange: If there is no node at its index.
    """
    if not edge.HasField("event"):
        raise InvalidArgument(f"No event found for event_edge: {edge}")
    index = getattr(edge, f"{kind}_index") if edge.HasField(f"{kind}_index") else None
    id_ = getattr(edge.event, f"{kind}_id") if edge.event.HasField(f"{kind}_id") else None
    if index is None:
        if id_ is None:
            raise InvalidArgument(
                f"Event_edge is missing an {kind}: it has neither an {kind}_index nor an"
                f" event.{kind}_id: {edge}"
            )
        return int(id_)
    if not 0 <= index < len(nodes):
        raise OutOfRange(
            f"The event_edge has an {kind}_index {index} that is outside the bounds of the"
            f" request's {kind}s list, [0, {len(nodes)})"
        )
    if id_ is not None and not (nodes[index].HasField("id") and nodes[index].id == id_):
        raise InvalidArgument(
            f"{kind.capitalize()} ID mismatch: the {kind} at {kind}_index {index} does not have"
            f" the event's {kind}_id {id_}"
        )
    return At(index)


HANDLERS: Mapping[str, Callable[[Store, Any], Any]] = {
    "PutArtifacts": _put_nodes("artifact"),
    "PutExecutions": _put_nodes("execution"),
    "PutContexts": _put_nodes("context"),
    "PutEvents": _put_events,
    "PutAttributionsAndAssociations": _put_attributions_and_associations,
    "PutParentContexts": _put_parent_contexts,
    "PutExecution": _put_execution,
    "PutLineageSubgraph": _put_lineage_subgraph,
}
"""What answers each call."""
