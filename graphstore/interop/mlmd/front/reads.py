"""The calls that read nodes and events: every Get… but those of types and of lineage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from graphstore.errors import InvalidArgument, NotFound
from graphstore.interop.mlmd.front.convert import event_to_proto, node_to_proto, type_to_proto
from graphstore.interop.mlmd.front.protos import Handler, service_pb2, store_pb2
from graphstore.interop.mlmd.front.types import check_external_ids
from graphstore.model.edges import Event
from graphstore.model.nodes import Node
from graphstore.model.types import Kind
from graphstore.storage.nodes import Nodes
from graphstore.store import Store

__all__ = ["HANDLERS", "no_context_of"]

LARGEST_PAGE = 100
"""Nodes on a page at most, whatever is asked for."""

# By the numbers of ListOperationOptions.OrderByField.Field; unspecified is by id.
_ORDERS = {0: "id", 1: "create_time", 2: "last_update_time", 3: "id"}


def _repository(store: Store, kind: Kind) -> Nodes[Any]:
    repository: Nodes[Any] = getattr(store, f"{kind}s")
    return repository


def _answer(call: str, **fields: Any) -> Any:
    return getattr(service_pb2, f"{call}Response")(**fields)


def _protos(nodes: Iterable[Node]) -> list[Any]:
    return [node_to_proto(node) for node in nodes]


def _options(request: Any) -> dict[str, Any]:
    """A request's list options, as `Nodes.list` has them.

    A request without options asks for all that there are, in one answer. The size of the page may
    change from page to page (ML Metadata's own client changes it); the rest may not.

    Raises:
        InvalidArgument: If the size of the page is none.
    """
    if not request.HasField("options"):
        return {"limit": None}
    options = request.options
    if options.max_result_size <= 0:
        raise InvalidArgument(
            "max_result_size field value is required to be greater than 0 and less than or equal"
            f" to {LARGEST_PAGE}. Set value: {options.max_result_size}"
        )
    parameters = {
        "limit": min(options.max_result_size, LARGEST_PAGE),
        "order_by": _ORDERS[options.order_by_field.field],
        "descending": not options.order_by_field.is_asc,
        "after": options.next_page_token or None,
    }
    if options.filter_query:
        parameters["filter"] = options.filter_query
    return parameters


def _handlers(kind: Kind) -> Iterable[tuple[str, Handler]]:
    """The calls that there are for each kind of node."""
    name, nodes = kind.capitalize(), f"{kind}s"

    def page(store: Store, call: str, request: Any, **criteria: Any) -> Any:
        result = _repository(store, kind).list(**criteria, **_options(request))
        fields = {nodes: _protos(result), "next_page_token": result.next_page}
        return _answer(call, **{k: value for k, value in fields.items() if value is not None})

    def list_all(store: Store, request: Any) -> Any:
        return page(store, f"Get{name}s", request)

    def by_type(store: Store, request: Any) -> Any:
        return page(
            store,
            f"Get{name}sByType",
            request,
            type=request.type_name,
            type_version=request.type_version,
        )

    def by_context(store: Store, request: Any) -> Any:
        return page(store, f"Get{name}sByContext", request, context=request.context_id)

    def by_id(store: Store, request: Any) -> Any:
        ids = sorted(set(getattr(request, f"{kind}_ids")))
        results = _repository(store, kind).get_many(ids, missing_ok=True) if ids else []
        fields = {nodes: _protos(results)}
        if kind == "artifact" and request.populate_artifact_types and results:
            type_ids = sorted({node.type_id for node in results})
            fields["artifact_types"] = [type_to_proto(t) for t in store.types.get_many(type_ids)]
        return _answer(f"Get{name}sByID", **fields)

    def by_type_and_name(store: Store, request: Any) -> Any:
        try:
            node = _repository(store, kind).get_by_name(
                request.type_name,
                getattr(request, f"{kind}_name"),
                type_version=request.type_version or None,
            )
        except NotFound:
            return _answer(f"Get{name}ByTypeAndName")
        return _answer(f"Get{name}ByTypeAndName", **{kind: node_to_proto(node)})

    def by_external_ids(store: Store, request: Any) -> Any:
        external_ids = check_external_ids(request.external_ids)
        results = _repository(store, kind).list_by_external_id(external_ids) if external_ids else []
        if external_ids and not results:
            raise NotFound(kind, "an external id in", external_ids)
        return _answer(f"Get{name}sByExternalIds", **{nodes: _protos(results)})

    yield f"Get{name}s", list_all
    yield f"Get{name}sByType", by_type
    yield f"Get{name}sByID", by_id
    yield f"Get{name}ByTypeAndName", by_type_and_name
    yield f"Get{name}sByExternalIds", by_external_ids
    if kind != "context":
        yield f"Get{name}sByContext", by_context


def _artifacts_by_uri(store: Store, request: Any) -> Any:
    uris = list(dict.fromkeys(request.uris))
    nonempty = [uri for uri in uris if uri]
    artifacts = list(store.artifacts.list_by_uri(nonempty, exact=True)) if nonempty else []
    if "" in uris:
        # To ML Metadata an artifact without a uri has the uri ''. No index has what is not there:
        # this looks at every artifact.
        artifacts += store.artifacts.list(filter="uri = ''", limit=None)
    return _answer("GetArtifactsByURI", artifacts=_protos(artifacts))


def no_context_of(kind: Kind, id_: int) -> NotFound:
    """What is said of an artifact or an execution that belongs to no context, or is not there."""
    edge = "attribution" if kind == "artifact" else "association"
    return NotFound("context", f"an {edge} of {kind}", id_)


def _contexts_by_artifact(store: Store, request: Any) -> Any:
    contexts = store.contexts.of_artifact(request.artifact_id)
    if not contexts:
        raise no_context_of("artifact", request.artifact_id)
    return _answer("GetContextsByArtifact", contexts=_protos(contexts))


def _contexts_by_execution(store: Store, request: Any) -> Any:
    contexts = store.contexts.of_execution(request.execution_id)
    if not contexts:
        raise no_context_of("execution", request.execution_id)
    return _answer("GetContextsByExecution", contexts=_protos(contexts))


def _parents(store: Store, request: Any) -> Any:
    contexts = store.contexts.parents(request.context_id)
    return _answer("GetParentContextsByContext", contexts=_protos(contexts))


def _children(store: Store, request: Any) -> Any:
    contexts = store.contexts.children(request.context_id)
    return _answer("GetChildrenContextsByContext", contexts=_protos(contexts))


def _parents_of(store: Store, request: Any) -> Any:
    response = service_pb2.GetParentContextsByContextsResponse()
    for id_, contexts in store.contexts.parents_of(request.context_ids).items():
        response.contexts[id_].parent_contexts.extend(_protos(contexts))
    return response


def _children_of(store: Store, request: Any) -> Any:
    response = service_pb2.GetChildrenContextsByContextsResponse()
    for id_, contexts in store.contexts.children_of(request.context_ids).items():
        response.contexts[id_].children_contexts.extend(_protos(contexts))
    return response


def _events_by_executions(store: Store, request: Any) -> Any:
    events = store.events.of_executions(request.execution_ids) if request.execution_ids else []
    return _answer("GetEventsByExecutionIDs", events=[event_to_proto(event) for event in events])


def _events_by_artifacts(store: Store, request: Any) -> Any:
    events = store.events.of_artifacts(request.artifact_ids) if request.artifact_ids else []
    in_order = sorted(events, key=_event_order)
    return _answer("GetEventsByArtifactIDs", events=[event_to_proto(event) for event in in_order])


def _event_order(event: Event) -> tuple[int, int, int]:
    """ML Metadata's order, in which types of events have numbers."""
    number = store_pb2.Event.Type.Value(event.type.value)
    return event.artifact_id or 0, event.execution_id or 0, number


HANDLERS: Mapping[str, Handler] = {
    "GetArtifactsByURI": _artifacts_by_uri,
    "GetContextsByArtifact": _contexts_by_artifact,
    "GetContextsByExecution": _contexts_by_execution,
    "GetParentContextsByContext": _parents,
    "GetChildrenContextsByContext": _children,
    "GetParentContextsByContexts": _parents_of,
    "GetChildrenContextsByContexts": _children_of,
    "GetEventsByExecutionIDs": _events_by_executions,
    "GetEventsByArtifactIDs": _events_by_artifacts,
    **{name: handler for kind in get_args(Kind) for name, handler in _handlers(kind)},
}
"""What answers each of them."""
