// Replace all that executions say; when they were created stays.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// access:  write
// returns: execution (node)
UNWIND $executions AS row
MATCH (execution:Execution {id: row.id})
WITH execution, row, execution.create_time AS created,
  execution.last_update_time + duration({milliseconds: 1}) AS next,
  datetime({epochMillis: timestamp()}) AS now
SET execution = row.properties,
  execution.create_time = created,
  execution.last_update_time = CASE WHEN now > next THEN now ELSE next END
RETURN execution
ORDER BY execution.id;
