// What some artifacts and executions came from, by events.
//
// Of artifacts these are the executions that made them, of executions the artifacts that they read. A row has a
// thousand at most. One is [kind, id, kind of these, their ids].
//
// access:  read
// returns: next (lists)
// written: from scripts/queries/deletion/next_{direction}.cypher
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (:Artifact {id: id})<-[:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next:Execution)
  RETURN 'artifact' AS kind, id, 'execution' AS next_kind, collect(DISTINCT next.id) AS next_ids
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (:Execution {id: id})<-[:INPUT|DECLARED_INPUT|INTERNAL_INPUT]-(next:Artifact)
  RETURN 'execution' AS kind, id, 'artifact' AS next_kind, collect(DISTINCT next.id) AS next_ids
}
WITH collect([kind, id, next_kind, next_ids]) AS next
UNWIND range(0, size(next) - 1, 1000) AS first
RETURN next[first..first + 1000] AS next;
