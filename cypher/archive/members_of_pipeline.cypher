// The ids of what belongs to a pipeline, and of the artifacts that its executions read or made.
//
// access:  read
// returns: context_ids, artifact_ids, execution_ids
MATCH (:Context {id: $context_id})<-[:CHILD_OF*0..]-(context:Context)
WITH collect(DISTINCT context) AS contexts
CALL (contexts) {
  UNWIND contexts AS context
  MATCH (context)<-[:ASSOCIATED_WITH]-(execution:Execution)
  RETURN collect(DISTINCT execution) AS executions
}
CALL (contexts, executions) {
  UNWIND contexts AS context
  MATCH (context)<-[:ATTRIBUTED_TO]-(artifact:Artifact)
  RETURN artifact
  UNION
  UNWIND executions AS execution
  MATCH (execution)
    -[:INPUT|DECLARED_INPUT|INTERNAL_INPUT|OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(artifact:Artifact)
  RETURN artifact
}
WITH contexts, executions, collect(artifact.id) AS artifact_ids
RETURN [context IN contexts | context.id] AS context_ids, artifact_ids,
  [execution IN executions | execution.id] AS execution_ids;
