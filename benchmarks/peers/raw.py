"""The raw driver: the floor. The best queries by hand that we know, for the same work.

It writes the same nodes and relationships, with the same properties, into the same database, with
ids of its own range, and is as safe: inputs are locked in the order of their ids before anything
about them is tested, contexts are created once, and every write bears a retry. What it leaves out
is what a library is for: it checks nothing, and reads back ids only. It asks by
`Driver.execute_query`, the quickest of the driver's ways that it retries by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count as counting
from itertools import islice
from threading import Lock
from time import time_ns
from typing import Any, ClassVar, Literal

import neo4j

from benchmarks.histories import Record
from benchmarks.peers import TYPES, Counts
from benchmarks.servers import Address

__all__ = ["FIRST_RAW_ID", "Direction", "Raw", "count", "payload", "row_of", "run_whole"]

Direction = Literal["upstream", "downstream"]

BY = "raw"
"""Who is noted to have written it."""

FIRST_RAW_ID = 10**9
"""The ids of what the raw driver writes begin here; graphstore's stay below."""

PUBLISH = """
OPTIONAL MATCH (done:Execution {id: $execution.id})
WITH done IS NULL AS go, datetime({epochMillis: timestamp()}) AS now
CALL () {
  UNWIND $inputs AS row
  WITH DISTINCT row.id AS id ORDER BY id
  MATCH (artifact:Artifact {id: id})
  SET artifact.id = artifact.id
  RETURN collect(artifact) AS existing
}
CALL (now) {
  UNWIND $contexts AS row
  MERGE (context:Context {type_id: row.type_id, name: row.name})
    ON CREATE SET context:$(row.type), context.id = row.id, context.type = row.type,
      context.create_time = now, context.last_update_time = now,
      context._by = $by
  RETURN collect(context) AS contexts
}
WITH * WHERE go
CREATE (execution:Execution:$($execution.type))
SET execution = $execution, execution.create_time = now, execution.last_update_time = now,
  execution._by = $by
WITH now, existing, contexts, execution
CALL (now, execution) {
  UNWIND $outputs AS row
  CREATE (artifact:Artifact:$(row.properties.type))
  SET artifact = row.properties, artifact.create_time = now, artifact.last_update_time = now,
      artifact._by = $by
  CREATE (execution)-[:OUTPUT {path: row.path, time: now, ordinal: row.ordinal}]->(artifact)
  RETURN collect(artifact) AS new
}
CALL (now, execution, existing) {
  UNWIND $inputs AS row
  UNWIND [artifact IN existing WHERE artifact.id = row.id] AS artifact
  CREATE (artifact)-[:INPUT {path: row.path, time: now, ordinal: row.ordinal}]->(execution)
  RETURN count(*) AS inputs
}
UNWIND contexts AS context
CREATE (execution)-[:ASSOCIATED_WITH]->(context)
WITH now, new, existing, context
CALL (new, context) {
  UNWIND new AS artifact
  CREATE (artifact)-[:ATTRIBUTED_TO]->(context)
}
UNWIND existing AS artifact
WITH now, artifact, context WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) }
CREATE (artifact)-[attribution:ATTRIBUTED_TO]->(context)
SET attribution += CASE WHEN context.create_time < now THEN {_recorded: now, _by: $by} ELSE {} END
RETURN count(*) AS attributions
"""

BULK = """
WITH datetime({epochMillis: timestamp()}) AS now
CALL (now) {
  UNWIND $contexts AS row
  MERGE (context:Context {type_id: row.type_id, name: row.name})
    ON CREATE SET context:$(row.type), context.id = row.id, context.type = row.type,
      context.create_time = now, context.last_update_time = now,
      context._by = $by
  RETURN collect(context) AS contexts
}
CALL (now) {
  UNWIND $artifacts AS row
  CREATE (artifact:Artifact:$(row.type))
  SET artifact = row, artifact.create_time = now, artifact.last_update_time = now,
      artifact._by = $by
  RETURN count(*) AS artifacts
}
CALL (now) {
  UNWIND $executions AS row
  CREATE (execution:Execution:$(row.type))
  SET execution = row, execution.create_time = now, execution.last_update_time = now,
      execution._by = $by
  RETURN collect(execution) AS executions
}
WITH now, contexts, executions
CALL (now, executions) {
  UNWIND $outputs AS row
  WITH now, row, executions[row.execution] AS execution
  MATCH (artifact:Artifact {id: row.artifact_id})
  CREATE (execution)-[:OUTPUT {path: row.path, time: now, ordinal: row.ordinal}]->(artifact)
  RETURN count(*) AS outputs
}
CALL (now, executions) {
  UNWIND $inputs AS row
  WITH now, row, executions[row.execution] AS execution
  MATCH (artifact:Artifact {id: row.artifact_id})
  CREATE (artifact)-[:INPUT {path: row.path, time: now, ordinal: row.ordinal}]->(execution)
  RETURN count(*) AS inputs
}
CALL (contexts, executions) {
  UNWIND $associations AS row
  WITH executions[row.execution] AS execution, contexts[row.context] AS context
  CREATE (execution)-[:ASSOCIATED_WITH]->(context)
  RETURN count(*) AS associations
}
UNWIND $attributions AS row
WITH now, row, contexts[row.context] AS context
MATCH (artifact:Artifact {id: row.artifact_id})
WHERE NOT EXISTS { (artifact)-[:ATTRIBUTED_TO]->(context) }
CREATE (artifact)-[attribution:ATTRIBUTED_TO]->(context)
SET attribution += CASE WHEN artifact.create_time < now AND context.create_time < now
  THEN {_recorded: now, _by: $by} ELSE {} END
RETURN count(*) AS attributions
"""

# Upstream; `_in_direction` turns them round.
LINEAGE_IDS = """
MATCH (:Artifact {id: $id})((a)<-[:INPUT|OUTPUT]-(b)){0,HOPS}(node)
WITH DISTINCT node
RETURN collect(CASE WHEN node:Artifact THEN node.id END) AS artifact_ids,
  collect(CASE WHEN node:Execution THEN node.id END) AS execution_ids
"""
# Columns travel faster than maps. A node's own properties are those that the history has.
LINEAGE_COLUMNS = """
MATCH path = (:Artifact {id: $id})((a)<-[:INPUT|OUTPUT]-(b)){0,HOPS}(node)
WITH node, min(length(path)) AS depth
WITH collect(node) AS nodes, collect(depth) AS depths
CALL (nodes, depths) {
  UNWIND range(0, size(nodes) - 1) AS place
  WITH nodes[place] AS node, depths[place] AS depth
  WHERE depth < $bound
  MATCH (node)<-[event:INPUT|OUTPUT]-(other)
  RETURN [collect(node.id), collect(other.id), collect(type(event)), collect(event.path),
    collect(event.time.epochMillis)] AS events
}
RETURN
  [[n IN nodes | n.id], [n IN nodes | n:Artifact], [n IN nodes | n.type], [n IN nodes | n.type_id],
   [n IN nodes | n.name], [n IN nodes | n.uri], [n IN nodes | n.state], [n IN nodes | n.size],
   [n IN nodes | n.score], [n IN nodes | n.learning_rate], [n IN nodes | n.steps],
   [n IN nodes | n.user], [n IN nodes | n.create_time.epochMillis],
   [n IN nodes | n.last_update_time.epochMillis]] AS nodes,
  events
"""

COUNT = """
RETURN
  COUNT { MATCH (n:Execution) WHERE $low <= n.id < $high } AS executions,
  COUNT { MATCH (n:Artifact) WHERE $low <= n.id < $high } AS artifacts,
  COUNT { MATCH (n:Context) WHERE $low <= n.id < $high } AS contexts,
  COUNT { MATCH (n:Artifact)-[:INPUT]->() WHERE $low <= n.id < $high }
    + COUNT { MATCH (n:Execution)-[:OUTPUT]->() WHERE $low <= n.id < $high } AS events,
  COUNT { MATCH (n:Artifact)-[:ATTRIBUTED_TO]->() WHERE $low <= n.id < $high } AS attributions,
  COUNT { MATCH (n:Execution)-[:ASSOCIATED_WITH]->() WHERE $low <= n.id < $high } AS associations
"""
DUPLICATES = """
MATCH (n:Artifact|Execution)-[r]->(m)
WHERE $low <= n.id < $high
WITH n, m, type(r) AS type, r.path AS path, count(*) AS times
WHERE times > 1
RETURN count(*) AS duplicates
"""
PAYLOAD = """
MATCH (n:Artifact|Execution|Context) WHERE $low <= n.id < $high
WITH DISTINCT n.type AS what, COLLECT { UNWIND keys(n) AS key RETURN key ORDER BY key } AS keys
RETURN what, keys
UNION
MATCH (n:Artifact|Execution)-[r]->() WHERE $low <= n.id < $high
WITH DISTINCT type(r) AS what, COLLECT { UNWIND keys(r) AS key RETURN key ORDER BY key } AS keys
RETURN what, keys
"""


class Raw:
    """Neo4j's driver, shared by the threads of a process."""

    name = "raw driver"
    _ids: ClassVar = {kind: counting(FIRST_RAW_ID) for kind in ("artifact", "execution", "context")}
    _ordinals = counting(time_ns())
    _lock = Lock()

    def __init__(self, address: Address, first_id: int = FIRST_RAW_ID) -> None:
        self.address = address
        self.driver = neo4j.GraphDatabase.driver(address.uri, auth=address.auth)
        self._type_ids = {
            name: FIRST_RAW_ID + number
            for number, name in enumerate(name for names in TYPES.values() for name in names)
        }

    @classmethod
    def ids(cls, kind: str, number: int) -> list[int]:
        """So many new ids of a kind; of this process alone."""
        with cls._lock:
            return [next(cls._ids[kind]) for _ in range(number)]

    @classmethod
    def begin_at(cls, first_id: int) -> None:
        """Let the ids of this process begin elsewhere, so that processes do not share any."""
        cls._ids = {kind: counting(first_id) for kind in cls._ids}

    @contextmanager
    def session(self) -> Iterator[Raw]:
        yield self

    def publish(self, record: Record, inputs: Sequence[int]) -> Sequence[int]:
        parameters = self.parameters(record, inputs)
        self.execute(PUBLISH, parameters)
        return [row["properties"]["id"] for row in parameters["outputs"]]

    def counts(self) -> Counts:
        return count(self.driver, self.address, range(FIRST_RAW_ID, 2**53))

    def lineage_ids(
        self, artifact: int, hops: int | None, direction: Direction = "upstream"
    ) -> tuple[Sequence[int], Sequence[int]]:
        """The ids of the artifacts and executions that a walk from an artifact meets, unordered."""
        row = self._read(_in_direction(LINEAGE_IDS, direction), hops, id=artifact)
        return row["artifact_ids"], row["execution_ids"]

    def lineage_columns(
        self, artifact: int, hops: int | None, direction: Direction = "upstream"
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """All that a walk from an artifact meets: the columns of its nodes and of its events."""
        bound = 2**31 if hops is None else hops
        row = self._read(_in_direction(LINEAGE_COLUMNS, direction), hops, id=artifact, bound=bound)
        return row["nodes"], row["events"]

    def read(self, text: str, **parameters: Any) -> Any:
        """The column ``answer`` of a query's one row, retried."""
        return self._read(text, None, **parameters)["answer"]

    def write(self, text: str, **parameters: Any) -> Any:
        """The column ``answer`` of the one row of a query that writes, retried."""
        return self.execute(text, parameters)[0]["answer"]

    def execute(
        self, text: str, parameters: dict[str, Any], routing: Literal["r", "w"] = "w"
    ) -> Sequence[neo4j.Record]:
        """The rows of a query."""
        database = self.address.database
        return self.driver.execute_query(
            text, parameters, database_=database, routing_=routing
        ).records

    def row(self, type_: str, id_: int) -> dict[str, Any]:
        """What every node has."""
        return row_of(type_, id_, self._type_ids)

    def _read(self, text: str, hops: int | None, **parameters: Any) -> neo4j.Record:
        text = text.replace("HOPS", "" if hops is None else str(hops))
        (record,) = self.execute(text, parameters, "r")
        return record

    def load(self, records: Iterable[Record], *, batch: int = 1_000, first_id: int = 0) -> int:
        """Create a whole history in batches of one query each; answers how many records.

        The id of a node is `first_id` and its key. It is not safe to do twice, nor beside others.
        """
        number = 0
        with self.driver.session(database=self.address.database) as session:
            records = iter(records)
            while some := list(islice(records, batch)):
                parameters = self._batch(some, first_id)
                session.execute_write(run_whole, BULK, parameters)
                number += len(some)
        return number

    def _batch(self, records: Sequence[Record], first_id: int) -> dict[str, Any]:
        contexts: dict[tuple[str, str], int] = {}
        rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("artifacts", "executions", "inputs", "outputs", "associations")
        }
        attributions: dict[tuple[int, int], None] = {}
        for place, record in enumerate(records):
            rows["executions"].append(
                row_of(record.type, first_id + record.key, self._type_ids)
                | {"name": record.name, "state": "COMPLETE", **record.properties}
            )
            artifact_ids = []
            for role, key in record.inputs:
                artifact_ids.append(first_id + key)
                event = {"execution": place, "artifact_id": artifact_ids[-1], **self._event(role)}
                rows["inputs"].append(event)
            for output in record.outputs:
                artifact_ids.append(first_id + output.key)
                event = {
                    "execution": place,
                    "artifact_id": artifact_ids[-1],
                    **self._event(output.role),
                }
                rows["outputs"].append(event)
                rows["artifacts"].append(
                    row_of(output.type, artifact_ids[-1], self._type_ids)
                    | {"uri": output.uri, "state": "LIVE", **output.properties}
                )
            for context in record.contexts:
                number = contexts.setdefault(context, len(contexts))
                rows["associations"].append({"execution": place, "context": number})
                attributions.update(dict.fromkeys((id_, number) for id_ in artifact_ids))
        ids = self.ids("context", len(contexts))
        return {
            **rows,
            "by": BY,
            "attributions": [
                {"artifact_id": id_, "context": number} for id_, number in attributions
            ],
            "contexts": [
                row_of(type_, id_, self._type_ids) | {"name": name}
                for (type_, name), id_ in zip(contexts, ids, strict=True)
            ],
        }

    def _event(self, role: str) -> dict[str, Any]:
        """What every event has, but for its time."""
        return {"path": [role, "[0]"], "ordinal": next(self._ordinals)}

    def close(self) -> None:
        self.driver.close()

    def parameters(self, record: Record, inputs: Sequence[int]) -> dict[str, Any]:
        """The parameters of the query that publishes a record."""
        (execution_id,) = self.ids("execution", 1)
        artifact_ids = self.ids("artifact", len(record.outputs))
        context_ids = self.ids("context", len(record.contexts))
        return {
            "execution": row_of(record.type, execution_id, self._type_ids)
            | {"name": record.name, "state": "COMPLETE", **record.properties},
            "inputs": [
                {"id": id_, **self._event(role)}
                for (role, _), id_ in zip(record.inputs, inputs, strict=True)
            ],
            "outputs": [
                {
                    **self._event(output.role),
                    "properties": row_of(output.type, id_, self._type_ids)
                    | {"uri": output.uri, "state": "LIVE", **output.properties},
                }
                for output, id_ in zip(record.outputs, artifact_ids, strict=True)
            ],
            "contexts": sorted(
                (
                    row_of(type_, id_, self._type_ids) | {"name": name}
                    for (type_, name), id_ in zip(record.contexts, context_ids, strict=True)
                ),
                key=lambda row: (row["type_id"], row["name"]),
            ),
            "by": BY,
        }


def _in_direction(text: str, direction: Direction) -> str:
    """A query of lineage upstream, or turned round."""
    if direction == "downstream":
        for before, after in (("(a)<-[", "(a)-["), ("]-(b)", "]->(b)")):
            text = text.replace(before, after)
        text = text.replace("(node)<-[event:INPUT|OUTPUT]-", "(node)-[event:INPUT|OUTPUT]->")
    return text


def run_whole(transaction: neo4j.ManagedTransaction, text: str, parameters: Any) -> None:
    """A managed transaction of one query, of which no answer is wanted."""
    transaction.run(text, parameters).consume()


def row_of(type_: str, id_: int, type_ids: dict[str, int]) -> dict[str, Any]:
    return {"id": id_, "type": type_, "type_id": type_ids[type_]}


def count(driver: neo4j.Driver, address: Address, ids: range) -> Counts:
    """Count the rows of the nodes with ids in a range."""
    counts: dict[str, int] = {}
    for text in (COUNT, DUPLICATES):
        records, _, _ = driver.execute_query(
            text, low=ids.start, high=ids.stop, database_=address.database, routing_="r"
        )
        counts.update(records[0].data())
    return counts


def payload(driver: neo4j.Driver, address: Address, ids: range) -> set[tuple[str, ...]]:
    """Which properties the nodes with ids in a range have, and their relationships: of each type
    of both, its name and the keys, in order."""
    records, _, _ = driver.execute_query(
        PAYLOAD, low=ids.start, high=ids.stop, database_=address.database, routing_="r"
    )
    return {(record["what"], *record["keys"]) for record in records}
