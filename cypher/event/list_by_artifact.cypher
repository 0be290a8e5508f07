// The events of some artifacts, by artifact, execution and type.
//
// Times are milliseconds since the epoch; what somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: artifact_id, execution_id, type, path, time
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
MATCH (artifact)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(execution:Execution)
RETURN artifact.id AS artifact_id, execution.id AS execution_id, type(event) AS type,
  event.path AS path, CASE WHEN event.time IS :: ZONED DATETIME
    THEN event.time.epochMillis ELSE event.time END AS time
ORDER BY artifact_id, execution_id, type;
