// The events of some artifacts, by artifact, execution and type.
//
// access:  read
// returns: artifact_id, execution_id, type, path, time
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
MATCH (artifact)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(execution:Execution)
RETURN artifact.id AS artifact_id, execution.id AS execution_id, type(event) AS type,
  event.path AS path, event.time AS time
ORDER BY artifact_id, execution_id, type;
