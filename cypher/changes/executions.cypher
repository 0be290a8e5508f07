// Executions that were recorded from one time on and before another.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who recorded it, id, type,
// name, whether it was imported].
//
// access:  read
// returns: executions (lists)
// written: from scripts/queries/changes/{kind}s.cypher
CALL () {
  MATCH (execution:Execution)
  WHERE $since <= execution.create_time < $until AND execution.id IS NOT NULL AND execution._recorded IS NULL
    AND execution.id IN $execution_ids // optional
  RETURN execution, execution.create_time AS time
  UNION ALL
  MATCH (execution:Execution)
  WHERE $since <= execution._recorded < $until
    AND execution.id IN $execution_ids // optional
  RETURN execution, execution._recorded AS time
}
WITH collect([
  time.epochMillis, execution._by, execution.id, execution.type, execution.name, execution.source IS NOT NULL
]) AS executions
UNWIND range(0, size(executions) - 1, 1000) AS first
RETURN executions[first..first + 1000] AS executions;
