// The events of a stretch of executions, in the order of their ids and as they were recorded.
//
// A row has a thousand at most. One is [artifact's id, execution's id, type, path, ordinal, time, when it was
// recorded, by whom]. Times are milliseconds since the epoch; what somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: edges (list of lists)
<<tables.stretch('execution')>>
MATCH (execution)-[edge:<<events.every>>]-(artifact:Artifact)
<<tables.edges('execution', 'artifact', "artifact.id, execution.id, type(edge), coalesce(edge.path, []), edge.ordinal,\n" + times.guarded('edge.time'),
  'execution.id, coalesce(edge.ordinal, 0), artifact.id, type(edge)')>>
