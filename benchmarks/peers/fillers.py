"""How each peer puts plain things: types, artifacts, what belongs where, events; some in a call.

Ids are each peer's own. All is as safe as each peer has it: graphstore and the raw driver bear a
retry, and test and create under the lock of the artifact.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time_ns
from typing import Any

from benchmarks.peers import PROPERTIES
from benchmarks.peers.raw import FIRST_RAW_ID, Raw
from graphstore import (
    Artifact,
    ArtifactType,
    Attribution,
    Context,
    Event,
    EventType,
    Execution,
    Store,
)

__all__ = ["GraphstoreFiller", "MlmdFiller", "RawFiller"]

Pairs = Sequence[tuple[int, int]]


class GraphstoreFiller:
    """By graphstore's repositories."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def types(self, names: Sequence[str]) -> None:
        properties = dict(PROPERTIES["artifact"])
        self.store.types.put_many(ArtifactType(name=one, properties=properties) for one in names)

    def artifacts(self, uris: Sequence[str]) -> list[int]:
        artifacts = self.store.artifacts.put_many(
            Artifact(type="Model", uri=uri, state="LIVE", properties={"size": 1000, "score": 0.5})
            for uri in uris
        )
        return [one.id or 0 for one in artifacts]

    def executions(self, names: Sequence[str]) -> list[int]:
        executions = self.store.executions.put_many(
            Execution(type="Trainer", name=one) for one in names
        )
        return [one.id or 0 for one in executions]

    def contexts(self, names: Sequence[str]) -> list[int]:
        contexts = self.store.contexts.put_many(Context(type="Pipeline", name=one) for one in names)
        return [one.id or 0 for one in contexts]

    def attributions(self, pairs: Pairs) -> None:
        self.store.contexts.put_attributions(
            Attribution(artifact_id=artifact, context_id=context) for artifact, context in pairs
        )

    def events(self, pairs: Pairs) -> None:
        self.store.events.put(
            Event(type=EventType.INPUT, artifact_id=a, execution_id=e, path=("data", 0))
            for a, e in pairs
        )

    def number_of_types(self) -> int:
        return sum(one.name.startswith("Filled") for one in self.store.types.all("artifact"))


TYPES = """
UNWIND $rows AS row
MERGE (type:Type {kind: 'artifact', name: row.name, version: ''})
  ON CREATE SET type:ArtifactType, type.id = row.id, type.property_names = row.names,
    type.property_kinds = row.kinds, type.create_time = datetime({epochMillis: timestamp()})
RETURN count(*) AS answer
"""
NODES = """
UNWIND $rows AS row
MERGE (n:KIND {id: row.id})
  ON CREATE SET n:$(row.type), n += row, n.create_time = datetime({epochMillis: timestamp()}),
    n.last_update_time = datetime({epochMillis: timestamp()})
RETURN collect(n.id) AS answer
"""
ATTRIBUTIONS = """
UNWIND $pairs AS pair
MATCH (artifact:Artifact {id: pair[0]})
MATCH (context:Context {id: pair[1]})
SET artifact.id = artifact.id
WITH collect([artifact, context]) AS pairs
UNWIND pairs AS pair
WITH pair[0] AS artifact, pair[1] AS context
WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) }
CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
RETURN count(*) AS answer
"""
EVENTS = """
UNWIND $pairs AS pair
MATCH (artifact:Artifact {id: pair[0]})
MATCH (execution:Execution {id: pair[1]})
SET artifact.id = artifact.id
WITH collect([artifact, execution, pair[2]]) AS pairs
UNWIND pairs AS pair
WITH pair[0] AS artifact, pair[1] AS execution, pair[2] AS ordinal
WHERE NOT EXISTS {
  MATCH (artifact)-[event:INPUT]->(execution) WHERE event.path = ['data', '[0]']
}
CREATE (artifact)-[:INPUT {path: ['data', '[0]'],
  time: datetime({epochMillis: timestamp()}), ordinal: ordinal}]->(execution)
RETURN count(*) AS answer
"""


class RawFiller:
    """By the raw driver: a query a call."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def types(self, names: Sequence[str]) -> None:
        properties = PROPERTIES["artifact"]
        first = FIRST_RAW_ID + 10**6
        rows = [
            {
                "name": f"Raw{name}",
                "id": first + self.raw.ids("artifact", 1)[0],
                "names": list(properties),
                "kinds": list(properties.values()),
            }
            for name in names
        ]
        self.raw.write(TYPES, rows=rows)

    def artifacts(self, uris: Sequence[str]) -> list[int]:
        rows = [
            row | {"uri": uri, "state": "LIVE", "size": 1000, "score": 0.5}
            for row, uri in zip(self._rows("artifact", "Model", len(uris)), uris, strict=True)
        ]
        return self._nodes("Artifact", rows)

    def executions(self, names: Sequence[str]) -> list[int]:
        return self._create("execution", "Trainer", names)

    def contexts(self, names: Sequence[str]) -> list[int]:
        return self._create("context", "Pipeline", names)

    def attributions(self, pairs: Pairs) -> None:
        self.raw.write(ATTRIBUTIONS, pairs=sorted(pairs))

    def events(self, pairs: Pairs) -> None:
        ordinal = time_ns()
        self.raw.write(EVENTS, pairs=[[*pair, ordinal + n] for n, pair in enumerate(sorted(pairs))])

    def number_of_types(self) -> int:
        return int(
            self.raw.read(
                "MATCH (t:Type) WHERE t.name STARTS WITH 'RawFilled' RETURN count(t) AS answer"
            )
        )

    def _create(self, kind: str, type_: str, names: Sequence[str]) -> list[int]:
        rows = self._rows(kind, type_, len(names))
        return self._nodes(
            kind.capitalize(),
            [row | {"name": name} for row, name in zip(rows, names, strict=True)],
        )

    def _rows(self, kind: str, type_: str, number: int) -> list[dict[str, Any]]:
        return [self.raw.row(type_, id_) for id_ in self.raw.ids(kind, number)]

    def _nodes(self, label: str, rows: Sequence[dict[str, Any]]) -> list[int]:
        return list(self.raw.write(NODES.replace("KIND", label), rows=rows))


class MlmdFiller:
    """By ML Metadata's client."""

    def __init__(self, store: Any, type_ids: dict[str, int]) -> None:
        from ml_metadata.proto import metadata_store_pb2 as pb

        self.store, self.type_ids, self.pb = store, type_ids, pb

    def types(self, names: Sequence[str]) -> None:
        for name in names:  # it has no call that takes many
            type_ = self.pb.ArtifactType(name=name)
            for key, kind in PROPERTIES["artifact"].items():
                type_.properties[key] = self.pb.PropertyType.Value(kind)
            self.store.put_artifact_type(type_)

    def artifacts(self, uris: Sequence[str]) -> list[int]:
        protos = []
        for uri in uris:
            proto = self.pb.Artifact(type_id=self.type_ids["Model"], uri=uri)
            proto.state = self.pb.Artifact.LIVE
            proto.properties["size"].int_value = 1000
            proto.properties["score"].double_value = 0.5
            protos.append(proto)
        return list(self.store.put_artifacts(protos))

    def executions(self, names: Sequence[str]) -> list[int]:
        type_id = self.type_ids["Trainer"]
        protos = [self.pb.Execution(type_id=type_id, name=name) for name in names]
        return list(self.store.put_executions(protos))

    def contexts(self, names: Sequence[str]) -> list[int]:
        type_id = self.type_ids["Pipeline"]
        protos = [self.pb.Context(type_id=type_id, name=name) for name in names]
        return list(self.store.put_contexts(protos))

    def attributions(self, pairs: Pairs) -> None:
        self.store.put_attributions_and_associations(
            [self.pb.Attribution(artifact_id=a, context_id=c) for a, c in pairs], []
        )

    def events(self, pairs: Pairs) -> None:
        protos = []
        for artifact, execution in pairs:
            proto = self.pb.Event(
                type=self.pb.Event.INPUT, artifact_id=artifact, execution_id=execution
            )
            proto.path.steps.add().key = "data"
            proto.path.steps.add().index = 0
            protos.append(proto)
        self.store.put_events(protos)

    def number_of_types(self) -> int:
        return sum(one.name.startswith("Filled") for one in self.store.get_artifact_types())
