// Which of these events are there already, whatever their path.
//
// access:  read
// returns: artifact_id, execution_id, type, ordinal
UNWIND $events AS row
MATCH (artifact:Artifact {id: row.artifact_id})
MATCH (execution:Execution {id: row.execution_id})
CALL (row, artifact, execution) {
  MATCH (artifact)-[event:INPUT|DECLARED_INPUT|INTERNAL_INPUT|OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(execution)
  WHERE type(event) = row.type
  RETURN event
}
RETURN artifact.id AS artifact_id, execution.id AS execution_id, type(event) AS type,
  event.ordinal AS ordinal;
