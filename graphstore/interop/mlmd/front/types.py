"""The calls about types: PutArtifactType and its like, PutTypes, and every Get…Type…."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from graphstore.errors import InvalidArgument, NotFound, Unimplemented
from graphstore.interop.mlmd.front.convert import type_from_proto, type_to_proto
from graphstore.interop.mlmd.front.protos import Handler, service_pb2
from graphstore.model.types import Kind, Type
from graphstore.storage.rows import TYPES
from graphstore.store import Store

__all__ = ["HANDLERS", "check_external_ids"]


def check_external_ids(external_ids: Iterable[str]) -> list[str]:
    """The external ids that a request asks for.

    Raises:
        InvalidArgument: If one of them is ''.
    """
    id_list = list(external_ids)
    if not all(id_list):
        raise InvalidArgument("Invalid argument because at least one empty external_id exists.")
    return id_list


def _put(store: Store, request: Any, types: Iterable[Any]) -> list[Type]:
    if not request.all_fields_match:
        raise Unimplemented("Must match all fields.")
    return list(
        store.types.put_many(
            [type_from_proto(type_) for type_ in types],
            can_add_fields=request.can_add_fields,
            can_omit_fields=request.can_omit_fields,
        )
    )


def _put_types(store: Store, request: Any) -> Any:
    kinds = get_args(Kind)
    fields = {kind: getattr(request, f"{kind}_types") for kind in kinds}
    results = iter(_put(store, request, (type_ for kind in kinds for type_ in fields[kind])))
    return service_pb2.PutTypesResponse(
        **{f"{kind}_type_ids": [next(results).id for _ in fields[kind]] for kind in kinds}
    )


def _handlers(kind: Kind) -> Iterable[tuple[str, Handler]]:
    """The calls about types of one kind."""
    name, model, types = kind.capitalize(), TYPES[kind], f"{kind}_types"

    def put(store: Store, request: Any) -> Any:
        (type_,) = _put(store, request, [getattr(request, f"{kind}_type")])
        return getattr(service_pb2, f"Put{name}TypeResponse")(type_id=type_.id)

    def get(store: Store, request: Any) -> Any:
        type_: Type = store.types.get(model, request.type_name, request.type_version or None)
        response = getattr(service_pb2, f"Get{name}TypeResponse")
        return response(**{f"{kind}_type": type_to_proto(type_)})

    def answer(call: str, results: Iterable[Type]) -> Any:
        response = getattr(service_pb2, f"{call}Response")
        return response(**{types: [type_to_proto(type_) for type_ in results]})

    def list_all(store: Store, request: Any) -> Any:
        return answer(f"Get{name}Types", store.types.list(model))

    def by_id(store: Store, request: Any) -> Any:
        ids = request.type_ids
        results = store.types.get_many(ids, missing_ok=True) if ids else []
        return answer(f"Get{name}TypesByID", [type_ for type_ in results if type_.kind == kind])

    def by_external_ids(store: Store, request: Any) -> Any:
        external_ids = check_external_ids(request.external_ids)
        results = store.types.list_by_external_id(model, external_ids) if external_ids else []
        if external_ids and not results:
            raise NotFound(f"{kind} type", "an external id in", external_ids)
        return answer(f"Get{name}TypesByExternalIds", results)

    yield f"Put{name}Type", put
    yield f"Get{name}Type", get
    yield f"Get{name}Types", list_all
    yield f"Get{name}TypesByID", by_id
    yield f"Get{name}TypesByExternalIds", by_external_ids


HANDLERS: Mapping[str, Handler] = {
    "PutTypes": _put_types,
    **{name: handler for kind in get_args(Kind) for name, handler in _handlers(kind)},
}
"""What answers each of them."""
