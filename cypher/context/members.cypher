// The ids of all that belongs to one context; no row if there is no such context.
//
// With $known_at it is what belonged to it then.
//
// access:  read
// as_of:   yes
// returns: artifact_ids, execution_ids
// written: from scripts/queries/context/members.cypher
MATCH (context:Context {id: $context_id})
WHERE true
  AND coalesce(context._recorded, context.create_time) <= $known_at // optional
RETURN
  COLLECT {
    MATCH (context)<-[edge:ATTRIBUTED_TO]-(artifact:Artifact)
    WHERE true
      AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
      AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    RETURN artifact.id
  } AS artifact_ids,
  COLLECT {
    MATCH (context)<-[edge:ASSOCIATED_WITH]-(execution:Execution)
    WHERE true
      AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
      AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    RETURN execution.id
  } AS execution_ids;
