// A model, who made it, and all that was done with it: what its passport is written from.
//
// Makers are executions that it came out of; uses are executions that read it, the newest first,
// each with all that it read and made and what it belongs to.
//
// access:  read
// returns: model (node), makers (list of {execution, contexts}), uses (list of {execution,
//          contexts, events (list of {artifact, type, path})})
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
    MATCH (artifact:Artifact)-[event]-(execution)
    RETURN {artifact: artifact, type: type(event), path: event.path}
  }}
} AS uses;
