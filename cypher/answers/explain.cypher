// A model, who made it, and all that was done with it: what its passport is written from.
//
// Makers are executions that it came out of; uses are executions that read it, the newest first,
// each with its contexts, and as events all that it read and made: artifact, type and path.
//
// access:  read
// returns: model (node), makers (list of maps), uses (list of maps)
MATCH (model:Artifact {id: $artifact_id})
RETURN model, COLLECT {
  MATCH (execution:Execution)-[made:OUTPUT]->(model)
  WITH DISTINCT execution
  RETURN {execution: execution, contexts: COLLECT {
    MATCH (execution)-[:ASSOCIATED_WITH]->(context:Context)
    RETURN context
  }}
  ORDER BY execution.id
} AS makers, COLLECT {
  MATCH (model)-[read:INPUT]->(execution:Execution)
  WITH DISTINCT execution
  ORDER BY execution.id DESC
  LIMIT $limit
  RETURN {execution: execution, contexts: COLLECT {
    MATCH (execution)-[:ASSOCIATED_WITH]->(context:Context)
    RETURN context
  }, events: COLLECT {
    MATCH (artifact:Artifact)-[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT|OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(execution)
    RETURN {artifact: artifact, type: type(event), path: event.path}
  }}
} AS uses;
