// The events of some artifacts, by artifact, execution and type.
//
// They are columns in one row, which drivers read many times faster than a row each.
//
// Times are milliseconds since the epoch, 0 if there is none; what somebody wrote by hand in their
// place stays as it is.
//
// access:  read
// as_of:   yes
// returns: artifact_ids, execution_ids, types, paths, times
// written: from scripts/queries/event/list_by_artifact.cypher
UNWIND $artifact_ids AS id
MATCH (artifact:Artifact {id: id})
MATCH (artifact)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT
  |RETRACTED_INPUT|RETRACTED_OUTPUT // as of $known_at // optional
]-(execution:Execution)
WHERE true
  AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
  AND coalesce(event._recorded, $known_at) <= $known_at // optional
  AND coalesce(event._until > $known_at, true) // optional
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
WITH artifact.id AS artifact_id, execution.id AS execution_id, event,
  replace( // as of $known_at // optional
  type(event)
  , 'RETRACTED_', '') // as of $known_at // optional
  AS type
ORDER BY artifact_id, execution_id, type, event.path
SKIP $skip // optional
LIMIT $limit // optional
RETURN collect(artifact_id) AS artifact_ids, collect(execution_id) AS execution_ids,
  collect(type) AS types,
  collect(coalesce(event.path, [])) AS paths,
  collect(coalesce(CASE WHEN event.time IS :: ZONED DATETIME
    THEN event.time.epochMillis ELSE event.time END, 0)) AS times;
