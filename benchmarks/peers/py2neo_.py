"""py2neo, the client that reached its end of life: a Subgraph a publish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count as counting
from threading import Lock
from typing import Any

from py2neo import Graph, Node, Relationship, Subgraph
from py2neo.errors import Neo4jError

from benchmarks.histories import Record
from benchmarks.peers import Counts
from benchmarks.servers import Address

__all__ = ["Py2neo"]


class Py2neo:
    """A Graph, which the threads of a process share; a transaction a publish."""

    name = "py2neo"
    _uids = counting(1)
    _lock = Lock()

    def __init__(self, address: Address) -> None:
        self.graph = Graph(address.uri, auth=address.auth, name=address.database)
        for label, key in (("P2Artifact", "uid"), ("P2Execution", "uid"), ("P2Context", "key")):
            self.graph.run(
                f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:{label}) REQUIRE n.{key} IS UNIQUE"
            )

    @contextmanager
    def session(self) -> Iterator[Py2neo]:
        yield self

    def uid(self) -> int:
        with self._lock:
            return next(self._uids)

    def publish(self, record: Record, inputs: Sequence[int]) -> Sequence[int]:
        while True:
            transaction = self.graph.begin()
            try:
                uids = self._publish(transaction, record, inputs)
                self.graph.commit(transaction)
                return uids
            except Neo4jError as error:
                if not transaction.closed:
                    self.graph.rollback(transaction)
                if error.classification != "TransientError":
                    raise

    def _publish(self, transaction: Any, record: Record, inputs: Sequence[int]) -> Sequence[int]:
        execution = Node(
            "P2Execution",
            record.type,
            uid=self.uid(),
            type=record.type,
            name=record.name,
            state="COMPLETE",
            **record.properties,
        )
        relationships, artifacts = [], []
        for (role, _), uid in zip(record.inputs, inputs, strict=True):
            artifact = transaction.evaluate("MATCH (n:P2Artifact {uid: $uid}) RETURN n", uid=uid)
            relationships.append(Relationship(artifact, "P2_INPUT", execution, path=f"{role}/0"))
            artifacts.append(artifact)
        uids = []
        for one in record.outputs:
            artifact = Node(
                "P2Artifact",
                one.type,
                uid=self.uid(),
                type=one.type,
                uri=one.uri,
                state="LIVE",
                **one.properties,
            )
            relationships.append(
                Relationship(execution, "P2_OUTPUT", artifact, path=f"{one.role}/0")
            )
            artifacts.append(artifact)
            uids.append(artifact["uid"])
        for type_, name in sorted(record.contexts):
            context = transaction.evaluate(
                "MERGE (n:P2Context {key: $key}) ON CREATE SET n.type = $type, n.name = $name"
                " RETURN n",
                key=f"{type_}/{name}",
                type=type_,
                name=name,
            )
            relationships.append(Relationship(execution, "P2_ASSOCIATED_WITH", context))
            relationships += [Relationship(a, "P2_ATTRIBUTED_TO", context) for a in artifacts]
        transaction.create(Subgraph([execution, *artifacts], relationships))
        return uids

    def counts(self) -> Counts:
        def one(text: str) -> int:
            return int(self.graph.evaluate(text))

        return {
            "executions": one("MATCH (n:P2Execution) RETURN count(n)"),
            "artifacts": one("MATCH (n:P2Artifact) RETURN count(n)"),
            "contexts": one("MATCH (n:P2Context) RETURN count(n)"),
            "events": one("MATCH ()-[r:P2_INPUT|P2_OUTPUT]->() RETURN count(r)"),
            "attributions": one("MATCH ()-[r:P2_ATTRIBUTED_TO]->() RETURN count(r)"),
            "associations": one("MATCH ()-[r:P2_ASSOCIATED_WITH]->() RETURN count(r)"),
            "duplicates": one(
                "MATCH (n)-[r:P2_INPUT|P2_OUTPUT|P2_ATTRIBUTED_TO|P2_ASSOCIATED_WITH]->(m)"
                " WITH n, m, type(r) AS type, r.path AS path, count(*) AS times WHERE times > 1"
                " RETURN count(*)"
            ),
        }

    def close(self) -> None:
        self.graph.service.connector.close()
