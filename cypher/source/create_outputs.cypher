// Record what imported executions made, of those that have no such events yet.
//
// Rows are [execution, events], events [artifact, type, path, time in milliseconds, number], with the
// ids of the source. The execution is locked, so that nobody records the same meanwhile; that it has
// no such events spares looking for each of them.
//
// access:  write
// returns: matched (the numbers of the events that were created)
UNWIND $event_rows AS row
MATCH (execution:Execution {source: $source, source_id: row[0]})
SET execution.id = execution.id
WITH row, execution WHERE NOT EXISTS { (execution)-[:OUTPUT|DECLARED_OUTPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]->() }
UNWIND row[1] AS event
MATCH (artifact:Artifact {source: $source, source_id: event[0]})
CREATE (execution)-[:$(event[1]) {path: event[2], time:
  CASE WHEN event[3] IS NOT NULL THEN datetime({epochMillis: event[3]}) END
}]->(artifact)
RETURN collect(event[4]) AS matched;
