// One of the events that were known at a time and have been taken back since; no answer if there is none.
//
// access:  read
// as_of:   yes
// returns: artifact_id, execution_id
// written: from scripts/queries/event/retracted.cypher
CALL () {
  MATCH (artifact:Artifact)-[event:RETRACTED_INPUT]-(execution:Execution)
  WHERE event._until > $known_at
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  RETURN artifact.id AS artifact_id, execution.id AS execution_id
  LIMIT 1
  UNION ALL
  MATCH (artifact:Artifact)-[event:RETRACTED_OUTPUT]-(execution:Execution)
  WHERE event._until > $known_at
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
    AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  RETURN artifact.id AS artifact_id, execution.id AS execution_id
  LIMIT 1
}
RETURN artifact_id, execution_id
LIMIT 1;
