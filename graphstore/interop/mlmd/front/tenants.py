"""What a token that is bound to a namespace may ask of the service.

It is a closed table, `RULES`: the calls that Kubeflow Pipelines' client makes, each with the fields
of its request that may be set and with what is asked and answered. Any other call and any other
field is refused.

To a namespace belongs

- a context whose custom property ``namespace`` says so, as a run of Kubeflow Pipelines has it;
- an execution or an artifact that is in such a context;
- an artifact in no context, if such a token recorded it.

Whoever else writes to the store finds contexts by type and name, and nodes by external ids. What is
put here before, by a name that can be guessed, would get what they say: so the contexts that may be
made are those of Kubeflow Pipelines alone, whose runs have random names, and nothing gets an
external id.

Contexts `system.Pipeline` that say no namespace are everybody's: they are seen by all, have runs of
all, and are changed by none. Types are everybody's, too. What belongs to others answers as what is
not there, since both are found out by one question, and told by the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphstore.database.queries import QUERIES
from graphstore.errors import InvalidArgument, NotFound, OutsideNamespace, brief
from graphstore.filters import asks_neighbours
from graphstore.interop.mlmd.front.convert import context_to_proto
from graphstore.interop.mlmd.front.protos import store_pb2
from graphstore.interop.mlmd.front.reads import no_context_of
from graphstore.interop.mlmd.front.service import METHODS, Service
from graphstore.model.types import Kind

__all__ = ["RULES", "Rule", "Tenant"]

_PIPELINE, _RUN = "system.Pipeline", "system.PipelineRun"
_NAMESPACE = "namespace"


class Tenant:
    """The service as those see it who are bound to one namespace. As safe to share between threads
    as the service is."""

    def __init__(self, service: Service, namespace: str, names: Sequence[str]) -> None:
        """
        Args:
            service: The service.
            namespace: The namespace.
            names: In whose names those write who are bound to it.
        """
        self._service, self.namespace, self._names = service, namespace, list(names)

    def call(self, method_name: str, request: Any) -> Any:
        """Answer a call; see `Service.call`.

        Raises:
            OutsideNamespace: If the call is not in the table, or asks for what it may not.
            StoreError: If it cannot be answered.
        """
        rule = RULES.get(method_name)
        if rule is None:
            raise self.refusal(f"may not call {method_name}")
        for field, value in request.ListFields():
            if field.name not in rule.fields and not _is_default(field, value):
                raise self.refusal(f"may not set {field.name} of {method_name}")
        return rule.answer(self, method_name, request)

    def refusal(self, why: str) -> OutsideNamespace:
        """What is said of what it may not."""
        return OutsideNamespace(
            f"a token that is bound to a namespace, here {self.namespace!r}, {why}"
        )

    def ask(self, method_name: str, request: Any) -> Any:
        """Ask the service itself."""
        return self._service.call(method_name, request)

    def belonging(
        self, artifact_ids: Iterable[int] = (), execution_ids: Iterable[int] = ()
    ) -> dict[tuple[Kind, int], bool]:
        """Which of these belong to it, and whether to another one, too. One query for all; none for
        no ids."""
        ids = {
            "artifact_ids": sorted(set(artifact_ids)),
            "execution_ids": sorted(set(execution_ids)),
        }
        if not any(ids.values()):
            return {}
        rows = self._service.store.database.rows(
            QUERIES["namespace.belonging"], **ids, namespace=self.namespace, names=self._names
        )
        return {(row["kind"], row["id"]): row["elsewhere"] for row in rows}

    def contexts(self, ids: Iterable[int]) -> dict[int, Any]:
        """Those of these contexts that it sees, as messages, by id. One query for all."""
        distinct_ids = sorted(set(ids))
        if not distinct_ids:
            return {}
        contexts = self._service.store.contexts.get_many(distinct_ids, missing_ok=True)
        protos = (context_to_proto(context) for context in contexts)
        return {proto.id: proto for proto in protos if self.sees(proto)}

    def sees(self, context: Any) -> bool:
        """Whether it sees a context, a message of what is stored."""
        return self.owns(context) or _is_shared(context)

    def owns(self, context: Any) -> bool:
        """Whether a context, a message, belongs to it."""
        said = context.custom_properties
        return _NAMESPACE in said and said[_NAMESPACE] == _text(self.namespace)

    def type_name(self, kind: Kind, id_: int) -> str:
        """The name of a type.

        Raises:
            NotFound: If there is no such type.
        """
        type_ = self._service.store.types.find_many([id_]).get(id_)
        if type_ is None or type_.kind != kind:
            raise NotFound(f"{kind} type", "id", id_)
        return type_.name


@dataclass(frozen=True)
class Rule:
    """What a call may ask, and what it is answered."""

    fields: frozenset[str]
    """The fields of the request that may be set."""
    answer: Callable[[Tenant, str, Any], Any]
    """Answers the call of this name."""


def _is_default(field: Any, value: Any) -> bool:
    return field.message_type is None and bool(value == field.default_value)


def _text(text: str) -> Any:
    return store_pb2.Value(string_value=text)


def _is_shared(context: Any) -> bool:
    return context.type == _PIPELINE and _NAMESPACE not in context.custom_properties


def _nothing(call: str) -> Any:
    return METHODS[call].response()


def _not_there(kind: Kind, id_: int) -> InvalidArgument:
    """What is said of what a write names, and what is not there or of others."""
    return InvalidArgument(f"Cannot find the given id: no {kind} that you see has id {id_}")


def _keep(repeated: Any, keeps: Callable[[Any], bool]) -> None:
    kept = [one for one in repeated if keeps(one)]
    if len(kept) < len(repeated):
        del repeated[:]
        repeated.extend(kept)


# Types


def _shared(tenant: Tenant, call: str, request: Any) -> Any:
    """Types are everybody's."""
    return tenant.ask(call, request)


def _put_type(kind: Kind) -> Callable[[Tenant, str, Any], Any]:
    def put(tenant: Tenant, call: str, request: Any) -> Any:
        """A type that is a name and no more: so nobody can make one that bars others from theirs,
        nor change one."""
        for field, _ in getattr(request, f"{kind}_type").ListFields():
            if field.name != "name":
                raise tenant.refusal(
                    f"may put a type that is a name and no more, and this one has {field.name}:"
                    " types are shared by all namespaces"
                )
        if kind == "context" and request.context_type.name not in (_PIPELINE, _RUN):
            raise tenant.refusal(f"may put the context types {_PIPELINE} and {_RUN} alone")
        return tenant.ask(call, request)

    return put


# What is read by ids


def _by_ids(kind: Kind) -> Callable[[Tenant, str, Any], Any]:
    def get(tenant: Tenant, call: str, request: Any) -> Any:
        """Artifacts or executions, or their events: of those ids that belong to the namespace."""
        ids = getattr(request, f"{kind}_ids")
        belonging = tenant.belonging(**{f"{kind}_ids": ids})
        _keep(ids, lambda id_: (kind, id_) in belonging)
        return tenant.ask(call, request) if ids else _nothing(call)

    return get


def _events(kind: Kind, other: Kind) -> Callable[[Tenant, str, Any], Any]:
    by_ids = _by_ids(kind)

    def get(tenant: Tenant, call: str, request: Any) -> Any:
        """Events of which both ends belong to the namespace."""
        answer = by_ids(tenant, call, request)
        ids = [getattr(event, f"{other}_id") for event in answer.events]
        belonging = tenant.belonging(**{f"{other}_ids": ids})
        _keep(answer.events, lambda event: (other, getattr(event, f"{other}_id")) in belonging)
        return answer

    return get


def _contexts_by_id(tenant: Tenant, call: str, request: Any) -> Any:
    """Those that it sees."""
    answer = tenant.ask(call, request)
    _keep(answer.contexts, tenant.sees)
    return answer


def _contexts_of(kind: Kind) -> Callable[[Tenant, str, Any], Any]:
    def get(tenant: Tenant, call: str, request: Any) -> Any:
        """The contexts that it sees of an artifact or an execution that belongs to it."""
        id_ = getattr(request, f"{kind}_id")
        if (kind, id_) not in tenant.belonging(**{f"{kind}_ids": [id_]}):
            raise no_context_of(kind, id_)
        answer = tenant.ask(call, request)
        _keep(answer.contexts, tenant.sees)
        if not answer.contexts:
            raise no_context_of(kind, id_)
        return answer

    return get


def _parents(tenant: Tenant, call: str, request: Any) -> Any:
    """The parents that it sees of a context that belongs to it."""
    if not _owned(tenant, [request.context_id]):
        return _nothing(call)
    answer = tenant.ask(call, request)
    _keep(answer.contexts, tenant.sees)
    return answer


def _executions_by_context(tenant: Tenant, call: str, request: Any) -> Any:
    """The executions of a context that belongs to the namespace, as they all do then; by a filter
    that asks nothing but what they say themselves."""
    if not _owned(tenant, [request.context_id]):
        return _nothing(call)
    text = request.options.filter_query
    if text and asks_neighbours("execution", text):
        raise tenant.refusal(
            "may filter executions by what they say themselves, and this filter asks for their"
            " contexts or events"
        )
    return tenant.ask(call, request)


def _owned(tenant: Tenant, ids: Iterable[int]) -> set[int]:
    return {id_ for id_, proto in tenant.contexts(ids).items() if tenant.owns(proto)}


# What is read by what it is called


def _context_by_name(tenant: Tenant, call: str, request: Any) -> Any:
    """The context, if it sees it."""
    answer = tenant.ask(call, request)
    return answer if tenant.sees(answer.context) else _nothing(call)


def _execution_by_name(tenant: Tenant, call: str, request: Any) -> Any:
    """The execution, if it belongs to the namespace."""
    answer = tenant.ask(call, request)
    ids = [answer.execution.id] if answer.HasField("execution") else []
    return answer if tenant.belonging(execution_ids=ids) else _nothing(call)


def _artifacts_by_uri(tenant: Tenant, call: str, request: Any) -> Any:
    """Those artifacts that belong to the namespace."""
    if "" in request.uris:
        raise tenant.refusal("may not ask for all artifacts that have no uri: that reads every one")
    answer = tenant.ask(call, request)
    belonging = tenant.belonging(artifact_ids=[one.id for one in answer.artifacts])
    _keep(answer.artifacts, lambda one: ("artifact", one.id) in belonging)
    return answer


# What is written


def _put_artifacts(tenant: Tenant, call: str, request: Any) -> Any:
    """New ones, which belong to the namespace since its token records them; changes of what belongs
    to it alone."""
    _check_said(tenant, request.artifacts)
    ids = {one.id for one in request.artifacts if one.HasField("id")}
    _check_alone(tenant, "artifact", ids, tenant.belonging(artifact_ids=ids))
    return tenant.ask(call, request)


def _put_contexts(tenant: Tenant, call: str, request: Any) -> Any:
    """New ones: of the namespace, or pipelines that are a name and no more. What is there is not
    changed."""
    _check_plain(tenant, request.contexts)
    for context in request.contexts:
        if context.HasField("id"):
            raise tenant.refusal("may create contexts, and change none: leave the id out")
        if (type_name := tenant.type_name("context", context.type_id)) == _PIPELINE:
            if context.custom_properties:
                raise tenant.refusal(
                    f"may create a {_PIPELINE} that is a name and no more: all namespaces share it"
                )
        elif type_name != _RUN:
            raise tenant.refusal(
                f"may create contexts of the types {_PIPELINE} and {_RUN}, and this one is of type"
                f" {brief(type_name)}"
            )
        elif not tenant.owns(context):
            raise tenant.refusal(
                f"may create contexts of that namespace, and the custom property {_NAMESPACE!r} of"
                f" context {brief(context.name)} does not say it"
            )
    return tenant.ask(call, request)


def _put_parents(tenant: Tenant, call: str, request: Any) -> Any:
    """A context that belongs to the namespace becomes part of another one, or of a pipeline."""
    pairs = request.parent_contexts
    seen = tenant.contexts(id_ for pair in pairs for id_ in (pair.child_id, pair.parent_id))
    for pair in pairs:
        if pair.HasField("child_id") and pair.HasField("parent_id"):  # else the service says so
            if pair.child_id not in seen or not tenant.owns(seen[pair.child_id]):
                raise _not_there("context", pair.child_id)
            if pair.parent_id not in seen:
                raise _not_there("context", pair.parent_id)
    return tenant.ask(call, request)


def _put_execution(tenant: Tenant, call: str, request: Any) -> Any:
    """A new execution in a context of the namespace, or a change of one that belongs to it alone;
    with contexts that it sees, as they are; with artifacts that belong to it."""
    execution, pairs = request.execution, request.artifact_event_pairs
    artifacts = [pair.artifact for pair in pairs if pair.HasField("artifact")]
    _check_said(tenant, [execution, *artifacts])
    changed = {one.id for one in artifacts if one.HasField("id")}
    joined = {pair.event.artifact_id for pair in pairs if pair.event.HasField("artifact_id")}
    execution_ids = [execution.id] if execution.HasField("id") else []
    belonging = tenant.belonging(changed | joined, execution_ids)
    for id_ in joined:
        if ("artifact", id_) not in belonging:
            raise _not_there("artifact", id_)
    _check_alone(tenant, "artifact", changed, belonging)
    _check_alone(tenant, "execution", execution_ids, belonging)
    seen = tenant.contexts(context.id for context in request.contexts)
    for context in request.contexts:
        if not context.HasField("id"):
            raise tenant.refusal("names the contexts of an execution by their ids: put them first")
        if context.id not in seen:
            raise _not_there("context", context.id)
        if _content(context) != _content(seen[context.id]):
            raise tenant.refusal(
                f"changes no context, and context {context.id} is not said here as it is stored:"
                " read it again"
            )
    if not execution_ids and not any(map(tenant.owns, seen.values())):
        raise tenant.refusal("puts a new execution into a context of that namespace")
    request.options.force_reuse_context = True  # it is not written, whoever changes it meanwhile
    return tenant.ask(call, request)


def _content(context: Any) -> bytes:
    """What a context says."""
    content = type(context)()
    content.CopyFrom(context)
    for field in ("type", "create_time_since_epoch", "last_update_time_since_epoch"):
        content.ClearField(field)
    data: bytes = content.SerializeToString(deterministic=True)
    return data


def _check_said(tenant: Tenant, nodes: Iterable[Any]) -> None:
    """Refuse nodes that say they are of another namespace, which user interfaces believe, and those
    that `_check_plain` does."""
    nodes = list(nodes)
    _check_plain(tenant, nodes)
    for node in nodes:
        if _NAMESPACE in node.custom_properties and not tenant.owns(node):
            raise tenant.refusal(
                f"may not put what says another one by its custom property {_NAMESPACE!r}"
            )


def _check_plain(tenant: Tenant, nodes: Iterable[Any]) -> None:
    """Refuse nodes with an external id, by which others find theirs, or with declared properties,
    which other types give a meaning that is everybody's."""
    for node in nodes:
        for field in ("external_id", "properties"):
            if getattr(node, field):
                raise tenant.refusal(
                    f"may not put what has {field}: what it says are custom properties"
                )


def _check_alone(
    tenant: Tenant, kind: Kind, ids: Iterable[int], belonging: Mapping[tuple[Kind, int], bool]
) -> None:
    """Refuse to change what does not belong to the namespace, or to others, too."""
    for id_ in ids:
        if (kind, id_) not in belonging:
            raise _not_there(kind, id_)
        if belonging[kind, id_]:
            raise tenant.refusal(
                f"may not change {kind} {id_}, which belongs to another namespace, too"
            )


def _rule(answer: Callable[[Tenant, str, Any], Any], *fields: str) -> Rule:
    return Rule(frozenset(fields), answer)


RULES: Mapping[str, Rule] = {
    "GetArtifactType": _rule(_shared, "type_name", "type_version"),
    "GetContextType": _rule(_shared, "type_name", "type_version"),
    "PutArtifactType": _rule(_put_type("artifact"), "artifact_type"),
    "PutExecutionType": _rule(_put_type("execution"), "execution_type"),
    "PutContextType": _rule(_put_type("context"), "context_type"),
    "GetArtifactsByID": _rule(_by_ids("artifact"), "artifact_ids", "populate_artifact_types"),
    "GetExecutionsByID": _rule(_by_ids("execution"), "execution_ids"),
    "GetContextsByID": _rule(_contexts_by_id, "context_ids"),
    "GetEventsByArtifactIDs": _rule(_events("artifact", "execution"), "artifact_ids"),
    "GetEventsByExecutionIDs": _rule(_events("execution", "artifact"), "execution_ids"),
    "GetContextsByArtifact": _rule(_contexts_of("artifact"), "artifact_id"),
    "GetContextsByExecution": _rule(_contexts_of("execution"), "execution_id"),
    "GetParentContextsByContext": _rule(_parents, "context_id"),
    "GetExecutionsByContext": _rule(_executions_by_context, "context_id", "options"),
    "GetContextByTypeAndName": _rule(_context_by_name, "type_name", "type_version", "context_name"),
    "GetExecutionByTypeAndName": _rule(
        _execution_by_name, "type_name", "type_version", "execution_name"
    ),
    "GetArtifactsByURI": _rule(_artifacts_by_uri, "uris"),
    "PutArtifacts": _rule(_put_artifacts, "artifacts"),
    "PutContexts": _rule(_put_contexts, "contexts"),
    "PutParentContexts": _rule(_put_parents, "parent_contexts"),
    "PutExecution": _rule(_put_execution, "execution", "artifact_event_pairs", "contexts"),
}
"""What may be called. Whatever the protocol has besides, or gets, is refused."""
