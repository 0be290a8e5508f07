// Lock what a batch refers to, until the transaction ends: artifacts, then executions, by id.
//
// Who creates an event, an attribution or an association holds the lock of its artifact or
// execution; all of them are taken first, in the order given, so that no two writers wait for each
// other. Contexts are only looked for: everybody writes into the same ones.
//
// access:  write
// returns: artifact_ids, execution_ids, context_ids
// written: from scripts/queries/batch/lock.cypher
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (artifact:Artifact {id: id})
  SET artifact.id = artifact.id
  RETURN collect(id) AS artifact_ids
}
CALL () {
  UNWIND $execution_ids AS id
  MATCH (execution:Execution {id: id})
  SET execution.id = execution.id
  RETURN collect(id) AS execution_ids
}
CALL () {
  UNWIND $context_ids AS id
  MATCH (context:Context {id: id})
  RETURN collect(id) AS context_ids
}
RETURN artifact_ids, execution_ids, context_ids;
