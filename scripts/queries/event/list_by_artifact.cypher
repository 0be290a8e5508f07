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
<<nodes.by_id('artifact')>>
MATCH (artifact)-[event:<<revisions.events_then('INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT')>>-(execution:Execution)
<<revisions.where_stood('event', 'execution')>>
  <<revisions.known('artifact')>>
WITH artifact.id AS artifact_id, execution.id AS execution_id, event,
  <<revisions.was_then('event')>>
  AS type
ORDER BY artifact_id, execution_id, type, event.path
SKIP $skip // optional
LIMIT $limit // optional
RETURN collect(artifact_id) AS artifact_ids, collect(execution_id) AS execution_ids,
  collect(type) AS types,
  <<events.named_columns()>>;
