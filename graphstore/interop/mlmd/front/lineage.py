"""The calls about lineage: GetLineageSubgraph; GetLineageGraph, which nobody implements.

ML Metadata's answer to GetLineageSubgraph has no more than the ids of nodes; its Python client
fetches the rest in up to five further calls. `lineage_subgraph` has all of it in one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from graphstore.database.spelling import from_key
from graphstore.errors import InvalidArgument, Unimplemented
from graphstore.interop.mlmd.front.convert import event_to_proto, fill_value, type_to_proto
from graphstore.interop.mlmd.front.protos import Handler, service_pb2, store_pb2
from graphstore.lineage import subgraph
from graphstore.lineage.subgraph import Direction, Ending, Subgraph
from graphstore.model.edges import Event
from graphstore.model.types import Kind, Type
from graphstore.storage.rows import from_native
from graphstore.store import Store

__all__ = ["HANDLERS", "lineage_subgraph"]

_PARTS = frozenset(field.name for field in store_pb2.LineageGraph.DESCRIPTOR.fields)
_OF_CONTEXTS = frozenset(["contexts", "context_types", "attributions", "associations"])
_TYPES: Mapping[str, Kind] = {
    "artifact_types": "artifact",
    "execution_types": "execution",
    "context_types": "context",
}
_OF_DETAILS = frozenset(["artifacts", "executions", "contexts", *_TYPES])

_Options = store_pb2.LineageSubgraphQueryOptions
_DIRECTIONS: Mapping[int, Direction] = {
    _Options.DIRECTION_UNSPECIFIED: "connected",
    _Options.BIDIRECTIONAL: "connected",
    _Options.UPSTREAM: "upstream",
    _Options.DOWNSTREAM: "downstream",
}


def lineage_subgraph(
    store: Store, options: Any, paths: Collection[str] | None = None, graph: Any = None
) -> Any:
    """What the Python client's `get_lineage_subgraph` answers, in one call.

    Args:
        store: The store.
        options: A `LineageSubgraphQueryOptions`.
        paths: The fields of `LineageGraph` to fill; None or none for all. Unknown ones are ignored.
        graph: The `LineageGraph` to fill, empty, ours or the wheel's; None for a new one.

    Returns:
        The graph, with whole nodes in the order of their ids, and the types that they have.

    Raises:
        InvalidArgument: If the options are none.
        NotFound: If there is nothing to start from.
    """
    part_names = frozenset(paths or _PARTS)
    result = _find(store, options, part_names, details=bool(part_names & _OF_DETAILS))
    graph = store_pb2.LineageGraph() if graph is None else graph
    for part, rows, fill in (
        ("artifacts", result.artifacts, _fill_artifact),
        ("executions", result.executions, _fill_execution),
        ("contexts", result.contexts, _fill_node),
    ):
        if part in part_names:
            nodes = getattr(graph, part)
            for row in rows:
                fill(nodes.add(), row)
    _fill_types(graph, part_names, result.types)
    _fill_edges(graph, part_names, result)
    return graph


def _get_lineage_subgraph(store: Store, request: Any) -> Any:
    part_names = frozenset(request.read_mask.paths or _PARTS)
    result = _find(store, request.lineage_subgraph_query_options, part_names, details=False)
    response = service_pb2.GetLineageSubgraphResponse()
    graph = response.lineage_subgraph
    graph.SetInParent()
    for part, ids in (
        ("artifacts", result.artifact_ids),
        ("executions", result.execution_ids),
        ("contexts", [members.context_id for members in result.members]),
    ):
        if part in part_names:
            nodes = getattr(graph, part)
            for id_ in ids:
                nodes.add(id=id_)
    if part_names & _TYPES.keys():  # here ML Metadata gives all that there are, the system's too
        _fill_types(graph, part_names, store.types.all())
    _fill_edges(graph, part_names, result)
    return response


def _get_lineage_graph(store: Store, request: Any) -> Any:
    raise Unimplemented("GetLineageGraph is not implemented; GetLineageSubgraph takes its place")


HANDLERS: Mapping[str, Handler] = {
    "GetLineageSubgraph": _get_lineage_subgraph,
    "GetLineageGraph": _get_lineage_graph,
}
"""What answers each of them."""


def _find(store: Store, options: Any, part_names: frozenset[str], *, details: bool) -> Subgraph:
    start = options.WhichOneof("starting_nodes")
    if start is None:
        raise InvalidArgument("Missing arguments for listing starting nodes.")
    beginning = getattr(options, start).filter_query
    if not beginning:
        raise InvalidArgument("Cannot list starting nodes if `filter_query` is unspecified.")
    return subgraph.find(
        store.database,
        "artifact" if start == "starting_artifacts" else "execution",
        beginning,
        direction=_DIRECTIONS[options.direction],
        max_hops=options.max_num_hops if options.HasField("max_num_hops") else subgraph.MAX_HOPS,
        ending_artifacts=_ending(options.ending_artifacts),
        ending_executions=_ending(options.ending_executions),
        events="events" in part_names,
        contexts=bool(part_names & _OF_CONTEXTS),
        details=details,
    )


def _ending(nodes: Any) -> Ending | None:
    """Which nodes end the walk; a filter that is set to '' is one, and lets all through."""
    if not nodes.HasField("filter_query"):
        return None
    return Ending(nodes.filter_query, include=nodes.include_ending_nodes)


def _fill_types(graph: Any, part_names: frozenset[str], types: Iterable[Type]) -> None:
    for type_ in types:
        if (part := f"{type_.kind}_types") in part_names:
            getattr(graph, part).add().MergeFromString(type_to_proto(type_).SerializeToString())


def _fill_edges(graph: Any, part_names: frozenset[str], result: Subgraph) -> None:
    if "events" in part_names:
        add = graph.events.add
        for events in result.events:
            alike = event_to_proto(Event.model_construct(type=events.type, path=events.path))
            common = alike.SerializeToString()
            for artifact_id, execution_id, time in zip(
                events.artifact_ids, events.execution_ids, events.times, strict=True
            ):
                event = add()
                event.MergeFromString(common)
                event.artifact_id, event.execution_id = artifact_id, execution_id
                event.milliseconds_since_epoch = time
    for members in result.members:
        if "attributions" in part_names:
            for id_ in members.artifact_ids:
                graph.attributions.add(artifact_id=id_, context_id=members.context_id)
        if "associations" in part_names:
            for id_ in members.execution_ids:
                graph.associations.add(execution_id=id_, context_id=members.context_id)


# Rows become messages without becoming models in between, which would take most of the time.
# What comes out is what interop.mlmd.front.convert makes of the models; a test compares them.

_FIELDS = frozenset(["id", "type", "type_id", "name", "external_id"])


def _fill_artifact(proto: Any, row: Mapping[str, Any]) -> None:
    _fill_node(proto, row)
    proto.uri = row.get("uri") or ""
    if (state := row.get("state")) is not None:
        proto.state = state  # by its name


def _fill_execution(proto: Any, row: Mapping[str, Any]) -> None:
    _fill_node(proto, row)
    if (state := row.get("state")) is not None:
        proto.last_known_state = state


def _fill_node(proto: Any, row: Mapping[str, Any]) -> None:
    properties, custom_properties = proto.properties, proto.custom_properties
    for key, native in row.items():
        name = from_key(key)
        if name is None:
            if key in _FIELDS and native is not None:
                setattr(proto, key, native)
            continue
        value = (custom_properties if name[1] else properties)[name[0]]
        if (fill := _FILL.get(type(native))) is not None:
            setattr(value, fill, native)
        else:
            fill_value(value, from_native(native))
    proto.create_time_since_epoch = row["create_time"] or 0
    proto.last_update_time_since_epoch = row["last_update_time"] or 0


_FILL: Mapping[type, str] = {
    str: "string_value",
    int: "int_value",
    float: "double_value",
    bool: "bool_value",
}
