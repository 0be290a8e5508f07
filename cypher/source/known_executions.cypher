// What was imported from a source as its executions of the ids from one to another.
//
// access:  read
// returns: known
//
// Each is [source_id, id, true, create_time, last_update_time, properties]: times in milliseconds,
// properties only of those whose last update is at 0, which nobody knows.
MATCH (execution:Execution {source: $source})
WHERE $first_id <= execution.source_id <= $last_id
WITH execution, coalesce(execution.last_update_time.epochMillis, 0) AS time
RETURN collect([
  execution.source_id, execution.id, true, execution.create_time.epochMillis, time,
  CASE time WHEN 0 THEN properties(execution) END
]) AS known;
