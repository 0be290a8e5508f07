// The ids of all that belongs to one context; no row if there is no such context.
//
// access:  read
// returns: artifact_ids, execution_ids
MATCH (context:Context {id: $context_id})
RETURN COLLECT { MATCH (context)<-[:ATTRIBUTED_TO]-(artifact:Artifact) RETURN artifact.id }
    AS artifact_ids,
  COLLECT { MATCH (context)<-[:ASSOCIATED_WITH]-(execution:Execution) RETURN execution.id }
    AS execution_ids;
