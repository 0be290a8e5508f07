// The ids of all that belongs to one context; no row if there is no such context.
//
// With $known_at it is what belonged to it then.
//
// access:  read
// as_of:   yes
// returns: artifact_ids, execution_ids
MATCH (context:Context {id: $context_id})
WHERE true
  <<revisions.known('context')>>
RETURN
  COLLECT {
    MATCH (context)<-[edge:ATTRIBUTED_TO]-(artifact:Artifact)
    <<revisions.where_known('edge', 'artifact')>>
    RETURN artifact.id
  } AS artifact_ids,
  COLLECT {
    MATCH (context)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
    <<revisions.where_known('edge', 'execution')>>
    RETURN execution.id
  } AS execution_ids;
