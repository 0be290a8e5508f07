// Lock what a batch refers to, until the transaction ends: artifacts, then executions, by id.
//
// Who creates an event, an attribution or an association holds the lock of its artifact or
// execution; all of them are taken first, in the order given, so that no two writers wait for each
// other. Contexts are only looked for: everybody writes into the same ones.
//
// access:  write
// returns: artifacts, executions, contexts (lists of [id, type, create_time in milliseconds])
// written: from scripts/queries/batch/lock.cypher
// planned: once
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (artifact:Artifact {id: id})
  SET artifact.id = artifact.id
  RETURN collect([
    artifact.id, artifact.type,
    CASE WHEN artifact.create_time IS :: ZONED DATETIME THEN artifact.create_time.epochMillis END
  ]) AS artifacts
}
CALL () {
  UNWIND $execution_ids AS id
  MATCH (execution:Execution {id: id})
  SET execution.id = execution.id
  RETURN collect([
    execution.id, execution.type,
    CASE WHEN execution.create_time IS :: ZONED DATETIME THEN execution.create_time.epochMillis END
  ]) AS executions
}
CALL () {
  UNWIND $context_ids AS id
  MATCH (context:Context {id: id})
  RETURN collect([
    context.id, context.type,
    CASE WHEN context.create_time IS :: ZONED DATETIME THEN context.create_time.epochMillis END
  ]) AS contexts
}
RETURN artifacts, executions, contexts;
