"""How each peer answers the same plain questions, and what its answers say.

Every reader asks by the peer's own ids and gives the peer's own objects; `content` makes of them
what all peers should agree on. Its cost is no part of any figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.peers.raw import Raw
from graphstore import Event, Store

__all__ = ["Content", "GraphstoreReader", "MlmdReader", "RawReader"]

Content = list[tuple[Any, ...]]
Keys = Mapping[str, Mapping[int, int]]
"""By kind and by the peer's id, which of the history's nodes it is."""


class GraphstoreReader:
    """By graphstore's repositories: validated models."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self.store, self.keys = store, keys

    def artifact(self, id_: int) -> Any:
        return [self.store.artifacts.get(id_)]

    def artifacts(self, ids: Sequence[int]) -> Any:
        return self.store.artifacts.get_many(ids)

    def execution_named(self, type_and_name: tuple[str, str]) -> Any:
        return [self.store.executions.get_by_name(*type_and_name)]

    def artifacts_at(self, uri: str) -> Any:
        return self.store.artifacts.get_by_uri(uri)

    def first_of_type(self, type_: str) -> Any:
        return self.store.artifacts.list(type=type_, limit=100)

    def all_of_type(self, type_: str) -> Any:
        return self.store.artifacts.list(type=type_, limit=None)

    def artifacts_in(self, context: int) -> Any:
        return self.store.artifacts.list(context=context, limit=None)

    def executions_in(self, context: int) -> Any:
        return self.store.executions.list(context=context, limit=None)

    def contexts_of(self, artifact: int) -> Any:
        return self.store.contexts.of_artifact(artifact)

    def events_of_artifacts(self, ids: Sequence[int]) -> Any:
        return self.store.events.of_artifacts(ids)

    def events_of_executions(self, ids: Sequence[int]) -> Any:
        return self.store.events.of_executions(ids)

    def content(self, answer: Iterable[Any]) -> Content:
        return sorted(
            (
                one.type.value,
                "/".join(str(step) for step in one.path),
                self.keys["artifact"][one.artifact_id or 0],
                self.keys["execution"][one.execution_id or 0],
            )
            if isinstance(one, Event)
            else _node(one.type, getattr(one, "uri", None), one.name, one.properties)
            for one in answer
        )


# Whole nodes, their times as numbers, collected in one row: what travels fastest for a few nodes.
NODE = """collect(n {.*, create_time: n.create_time.epochMillis,
  last_update_time: n.last_update_time.epochMillis}) AS answer"""
GET = f"UNWIND $ids AS id MATCH (n:Artifact {{id: id}}) RETURN {NODE}"
BY_NAME = f"MATCH (n:Execution {{type_id: $type_id, name: $name}}) RETURN {NODE}"
AT = f"MATCH (n:Artifact {{uri: $uri}}) RETURN {NODE}"
FIRST = f"""
MATCH (n:Artifact) WHERE n.type = $type AND n.id > -1
WITH n ORDER BY n.type, n.id LIMIT 100 RETURN {NODE}
"""
# Columns travel faster than maps.
ALL = """
MATCH (n:Artifact) WHERE n.type = $type AND n.id > -1
WITH n ORDER BY n.type, n.id
WITH collect(n) AS nodes
RETURN [[n IN nodes | n.id], [n IN nodes | n.type], [n IN nodes | n.type_id],
  [n IN nodes | n.uri], [n IN nodes | n.state], [n IN nodes | n.size], [n IN nodes | n.score],
  [n IN nodes | n.create_time.epochMillis], [n IN nodes | n.last_update_time.epochMillis]] AS answer
"""
ARTIFACTS_IN = f"MATCH (:Context {{id: $id}})<-[:ATTRIBUTED_TO]-(n:Artifact) RETURN {NODE}"
EXECUTIONS_IN = f"MATCH (:Context {{id: $id}})<-[:ASSOCIATED_WITH]-(n:Execution) RETURN {NODE}"
CONTEXTS_OF = f"MATCH (:Artifact {{id: $id}})-[:ATTRIBUTED_TO]->(n:Context) RETURN {NODE}"
EVENTS_OF_ARTIFACTS = """
UNWIND $ids AS id
MATCH (a:Artifact {id: id})-[event:INPUT|OUTPUT]-(e:Execution)
RETURN [collect(type(event)), collect(event.path), collect(a.id), collect(e.id),
  collect(event.time.epochMillis)] AS answer
"""
EVENTS_OF_EXECUTIONS = """
UNWIND $ids AS id
MATCH (e:Execution {id: id})-[event:INPUT|OUTPUT]-(a:Artifact)
RETURN [collect(type(event)), collect(event.path), collect(a.id), collect(e.id),
  collect(event.time.epochMillis)] AS answer
"""


class RawReader:
    """The raw driver, of the graph that graphstore wrote: maps, and columns of many."""

    def __init__(self, raw: Raw, keys: Keys, type_ids: Mapping[str, int]) -> None:
        self.raw, self.keys, self.type_ids = raw, keys, type_ids

    def artifact(self, id_: int) -> Any:
        return self._nodes(GET, ids=[id_])

    def artifacts(self, ids: Sequence[int]) -> Any:
        return self._nodes(GET, ids=ids)

    def execution_named(self, type_and_name: tuple[str, str]) -> Any:
        type_, name = type_and_name
        return self._nodes(BY_NAME, type_id=self.type_ids[type_], name=name)

    def artifacts_at(self, uri: str) -> Any:
        return self._nodes(AT, uri=uri)

    def first_of_type(self, type_: str) -> Any:
        return self._nodes(FIRST, type=type_)

    def all_of_type(self, type_: str) -> Any:
        return "columns", self.raw.read(ALL, type=type_)

    def artifacts_in(self, context: int) -> Any:
        return self._nodes(ARTIFACTS_IN, id=context)

    def executions_in(self, context: int) -> Any:
        return self._nodes(EXECUTIONS_IN, id=context)

    def contexts_of(self, artifact: int) -> Any:
        return self._nodes(CONTEXTS_OF, id=artifact)

    def events_of_artifacts(self, ids: Sequence[int]) -> Any:
        return "events", self.raw.read(EVENTS_OF_ARTIFACTS, ids=ids)

    def events_of_executions(self, ids: Sequence[int]) -> Any:
        return "events", self.raw.read(EVENTS_OF_EXECUTIONS, ids=ids)

    def _nodes(self, text: str, **parameters: Any) -> Any:
        return "nodes", self.raw.read(text, **parameters)

    def content(self, answer: tuple[str, Sequence[Any]]) -> Content:
        form, payload = answer
        if form == "events":
            return sorted(
                (type_, _steps(path), self.keys["artifact"][a], self.keys["execution"][e])
                for type_, path, a, e, _ in zip(*payload, strict=True)
            )
        if form == "columns":
            columns = zip(*payload, strict=True)
            return sorted(
                _node(type_, uri, None, {"size": size, "score": score})
                for _, type_, _, uri, _, size, score, _, _ in columns
            )
        fields = {"id", "type", "type_id", "uri", "name", "state"}
        fields |= {"create_time", "last_update_time", "_by"}
        return sorted(
            _node(
                one["type"],
                one.get("uri"),
                one.get("name"),
                {key: value for key, value in one.items() if key not in fields},
            )
            for one in payload
        )


class MlmdReader:
    """ML Metadata's client, of ML Metadata or of what stands in for it."""

    def __init__(self, store: Any, keys: Keys, type_ids: Mapping[str, int]) -> None:
        self.store, self.keys = store, keys
        self.types = {id_: name for name, id_ in type_ids.items()}

    def artifact(self, id_: int) -> Any:
        return self.store.get_artifacts_by_id([id_])

    def artifacts(self, ids: Sequence[int]) -> Any:
        return self.store.get_artifacts_by_id(ids)

    def execution_named(self, type_and_name: tuple[str, str]) -> Any:
        return [self.store.get_execution_by_type_and_name(*type_and_name)]

    def artifacts_at(self, uri: str) -> Any:
        return self.store.get_artifacts_by_uri(uri)

    def first_of_type(self, type_: str) -> Any:
        from ml_metadata import ListOptions, OrderByField

        return self.store.get_artifacts(
            ListOptions(limit=100, order_by=OrderByField.ID, filter_query=f"type = '{type_}'")
        )

    def all_of_type(self, type_: str) -> Any:
        return self.store.get_artifacts_by_type(type_)

    def artifacts_in(self, context: int) -> Any:
        return self.store.get_artifacts_by_context(context)

    def executions_in(self, context: int) -> Any:
        return self.store.get_executions_by_context(context)

    def contexts_of(self, artifact: int) -> Any:
        return self.store.get_contexts_by_artifact(artifact)

    def events_of_artifacts(self, ids: Sequence[int]) -> Any:
        return self.store.get_events_by_artifact_ids(ids)

    def events_of_executions(self, ids: Sequence[int]) -> Any:
        return self.store.get_events_by_execution_ids(ids)

    def content(self, answer: Iterable[Any]) -> Content:
        content: Content = []
        for one in answer:
            kind = type(one).__name__.lower()
            if kind == "event":
                steps = [
                    str(step.key if step.HasField("key") else step.index) for step in one.path.steps
                ]
                ids = (self.keys["artifact"][one.artifact_id], one.execution_id)
                key = self.keys["execution"][ids[1]]
                content.append((type(one).Type.Name(one.type), "/".join(steps), ids[0], key))
            else:
                values = {
                    name: getattr(value, value.WhichOneof("value"))
                    for name, value in one.properties.items()
                }
                uri = one.uri if kind == "artifact" else None
                content.append(_node(self.types[one.type_id], uri, one.name or None, values))
        return sorted(content)


def _node(
    type_: str, uri: str | None, name: str | None, properties: Mapping[str, Any]
) -> tuple[Any, ...]:
    # ML Metadata on SQLite keeps six decimals of a DOUBLE.
    values = {key: round(v, 6) if isinstance(v, float) else v for key, v in properties.items()}
    return type_, uri or "", name or "", sorted(values.items())


def _steps(path: Sequence[str]) -> str:
    return "/".join(step.strip("[]") for step in path)
