// What was imported from a source as its executions of the ids from one to another.
//
// access:  read
// returns: known
// written: from scripts/queries/source/known_{kind}s.cypher
//
// Each is [source_id, id, whether it may be updated, create_time, last_update_time, properties]: what was
// deleted may not; times in milliseconds, properties only of those whose last update is at 0, which nobody knows,
// or of all if the source is $untimed: if it does not know when what it has was updated.
MATCH (execution:Execution {source: $source})
WHERE $first_id <= execution.source_id <= $last_id
WITH execution, coalesce(CASE WHEN execution.last_update_time IS :: ZONED DATETIME
  THEN execution.last_update_time.epochMillis ELSE execution.last_update_time END, 0) AS time
RETURN collect([
  execution.source_id, execution.id, execution._deleted IS NULL, CASE WHEN execution.create_time IS :: ZONED DATETIME
    THEN execution.create_time.epochMillis ELSE execution.create_time END, time,
  CASE WHEN time = 0 OR $untimed THEN properties(execution) END
]) AS known;
