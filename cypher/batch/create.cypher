// Create what is new in a batch: artifacts, executions and contexts.
//
// As artifact.create and its like do it, but at once, and with nothing to read: the writer knows
// what it wrote.
//
// access:  write
// returns: artifacts, executions, contexts
// written: from scripts/queries/batch/create.cypher
// planned: once
WITH datetime({epochMillis: datetime.transaction().epochMillis}) AS now
CALL (now) {
  UNWIND $artifacts AS row
  MERGE (artifact:Artifact {id: row.id})
    ON CREATE SET artifact:$(row.label), artifact += row.properties,
      artifact.create_time = now,
      artifact.last_update_time = now,
      artifact._by = $by
  RETURN count(*) AS artifacts
}
CALL (now) {
  UNWIND $executions AS row
  MERGE (execution:Execution {id: row.id})
    ON CREATE SET execution:$(row.label), execution += row.properties,
      execution.create_time = now,
      execution.last_update_time = now,
      execution._by = $by
  RETURN count(*) AS executions
}
CALL (now) {
  UNWIND $contexts AS row
  MERGE (context:Context {id: row.id})
    ON CREATE SET context:$(row.label), context += row.properties,
      context.create_time = now,
      context.last_update_time = now,
      context._by = $by
  RETURN count(*) AS contexts
}
RETURN artifacts, executions, contexts;
