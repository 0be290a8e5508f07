// The events of some executions, by execution, in the order in which they were recorded.
//
// What an import brought before it brought that order comes first: by time, artifact and type. They are
// columns in one row, which drivers read many times faster than a row each.
//
// Times are milliseconds since the epoch, 0 if there is none; what somebody wrote by hand in their
// place stays as it is.
//
// access:  read
// as_of:   yes
// returns: artifact_ids, execution_ids, types, paths, times
<<nodes.by_id('execution')>>
MATCH (execution)-[event:<<revisions.events_then('INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT')>>-(artifact:Artifact)
<<revisions.where_stood('event', 'artifact')>>
  <<revisions.known('execution')>>
WITH artifact.id AS artifact_id, execution.id AS execution_id, event,
  <<revisions.was_then('event')>>
  AS type,
  CASE WHEN event.time IS :: ZONED DATETIME THEN event.time.epochMillis ELSE event.time END AS time
ORDER BY execution_id, coalesce(event.ordinal, 0), time, artifact_id, type, event.path
SKIP $skip // optional
LIMIT $limit // optional
RETURN collect(artifact_id) AS artifact_ids, collect(execution_id) AS execution_ids,
  collect(type) AS types,
  <<events.named_columns()>>;
