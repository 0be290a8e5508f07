// Mark steps and runs as given up, whose processes are gone, unless they have ended meanwhile.
//
// Nor is marked what has been gone on with in another process (host, pid, began) meanwhile.
//
// access:  write
// returns: executions (count), runs (count)
CALL () {
  UNWIND $abandoned_executions AS row
  MATCH (execution:Execution {id: row.id})
  SET execution.id = execution.id
  WITH row, execution, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
  WHERE execution.state = 'RUNNING'
    AND [coalesce(execution.host, ''), coalesce(execution.pid, ''), coalesce(execution.began, '')] = row.process
  WITH *, properties(execution) AS before
  SET execution.state = 'FAILED',
    execution.error_type = 'Abandoned',
    execution.error_message = row.reason,
    execution.last_update_time = <<times.growing('execution.last_update_time')>>
  <<revisions.left('execution', 'execution')>>
  RETURN count(*) AS executions
}
CALL () {
  UNWIND $abandoned_runs AS row
  MATCH (run:Context {id: row.id})
  SET run.id = run.id
  WITH row, run, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
  WHERE run.status = 'RUNNING'
    AND [coalesce(run.host, ''), coalesce(run.pid, ''), coalesce(run.began, '')] = row.process
  WITH *, properties(run) AS before
  SET run.status = 'ABANDONED',
    run.error_type = 'Abandoned',
    run.error_message = row.reason,
    run.last_update_time = <<times.growing('run.last_update_time')>>
  <<revisions.left('run', 'context')>>
  RETURN count(*) AS runs
}
RETURN executions, runs;
