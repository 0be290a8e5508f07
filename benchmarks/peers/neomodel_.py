"""neomodel, the object mapper of Neo4j Labs: nodes and relationships as Python classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count as counting
from threading import Lock
from typing import Any

from neomodel import (
    FloatProperty,
    IntegerProperty,
    RelationshipFrom,
    RelationshipTo,
    StringProperty,
    StructuredNode,
    StructuredRel,
    config,
    db,
)

from benchmarks.histories import Record
from benchmarks.peers import Counts
from benchmarks.servers import Address

__all__ = ["Neomodel"]


class EventRel(StructuredRel):
    path = StringProperty()


class NmContext(StructuredNode):
    key = StringProperty(unique_index=True)
    type = StringProperty()
    name = StringProperty()


class NmArtifact(StructuredNode):
    uid = IntegerProperty(unique_index=True)
    type = StringProperty()
    uri = StringProperty(index=True)
    state = StringProperty()
    size = IntegerProperty()
    score = FloatProperty()
    attributions = RelationshipTo("NmContext", "NM_ATTRIBUTED_TO")
    makers = RelationshipFrom("NmExecution", "NM_OUTPUT", model=EventRel)


class NmExecution(StructuredNode):
    uid = IntegerProperty(unique_index=True)
    type = StringProperty()
    name = StringProperty(index=True)
    state = StringProperty()
    learning_rate = FloatProperty()
    steps = IntegerProperty()
    user = StringProperty()
    inputs = RelationshipFrom("NmArtifact", "NM_INPUT", model=EventRel)
    outputs = RelationshipTo("NmArtifact", "NM_OUTPUT", model=EventRel)
    associations = RelationshipTo("NmContext", "NM_ASSOCIATED_WITH")


class Neomodel:
    """Its global connection; a transaction a publish, retried by hand when the server asks."""

    name = "neomodel"
    _uids = counting(1)
    _lock = Lock()

    def __init__(self, address: Address) -> None:
        scheme, _, rest = address.uri.partition("://")
        config.DATABASE_URL = f"{scheme}://{address.user}:{address.password}@{rest}"
        db.install_all_labels(stdout=_Silent())

    @contextmanager
    def session(self) -> Iterator[Neomodel]:
        yield self

    @classmethod
    def uid(cls) -> int:
        with cls._lock:
            return next(cls._uids)

    def publish(self, record: Record, inputs: Sequence[int]) -> Sequence[int]:
        from neo4j.exceptions import TransientError

        while True:
            try:
                with db.transaction:
                    return self._publish(record, inputs)
            except TransientError:
                continue

    def _publish(self, record: Record, inputs: Sequence[int]) -> Sequence[int]:
        execution = NmExecution(
            uid=self.uid(),
            type=record.type,
            name=record.name,
            state="COMPLETE",
            **record.properties,
        ).save()
        artifacts = []
        for (role, _), uid in zip(record.inputs, inputs, strict=True):
            artifact = NmArtifact.nodes.get(uid=uid)
            execution.inputs.connect(artifact, {"path": f"{role}/0"})
            artifacts.append(artifact)
        uids = []
        for one in record.outputs:
            artifact = NmArtifact(
                uid=self.uid(), type=one.type, uri=one.uri, state="LIVE", **one.properties
            ).save()
            execution.outputs.connect(artifact, {"path": f"{one.role}/0"})
            uids.append(artifact.uid)
            artifacts.append(artifact)
        for type_, name in record.contexts:
            (context,) = NmContext.get_or_create(
                {"key": f"{type_}/{name}", "type": type_, "name": name}
            )
            execution.associations.connect(context)
            for artifact in artifacts:
                artifact.attributions.connect(context)
        return uids

    def counts(self) -> Counts:
        def one(text: str) -> int:
            rows, _ = db.cypher_query(text)
            return int(rows[0][0])

        return {
            "executions": one("MATCH (n:NmExecution) RETURN count(n)"),
            "artifacts": one("MATCH (n:NmArtifact) RETURN count(n)"),
            "contexts": one("MATCH (n:NmContext) RETURN count(n)"),
            "events": one("MATCH ()-[r:NM_INPUT|NM_OUTPUT]->() RETURN count(r)"),
            "attributions": one("MATCH ()-[r:NM_ATTRIBUTED_TO]->() RETURN count(r)"),
            "associations": one("MATCH ()-[r:NM_ASSOCIATED_WITH]->() RETURN count(r)"),
            "duplicates": one(
                "MATCH (n)-[r:NM_INPUT|NM_OUTPUT|NM_ATTRIBUTED_TO|NM_ASSOCIATED_WITH]->(m)"
                " WITH n, m, type(r) AS type, r.path AS path, count(*) AS times WHERE times > 1"
                " RETURN count(*)"
            ),
        }

    def close(self) -> None:
        db.close_connection()


class _Silent:
    def write(self, text: str) -> Any: ...
