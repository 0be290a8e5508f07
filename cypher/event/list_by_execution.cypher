// The events of some executions, by execution, in the order in which they were recorded.
//
// What an import brought has no such order, and comes last: by time, artifact and type.
//
// Times are milliseconds since the epoch; what somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: artifact_id, execution_id, type, path, time
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
MATCH (execution)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(artifact:Artifact)
RETURN artifact.id AS artifact_id, execution.id AS execution_id, type(event) AS type,
  event.path AS path, CASE WHEN event.time IS :: ZONED DATETIME
    THEN event.time.epochMillis ELSE event.time END AS time
ORDER BY execution_id, event.ordinal, time, artifact_id, type;
