// Mark steps and runs as given up, whose processes are gone: unless they have ended meanwhile.
//
// access:  write
// returns: executions (count), runs (count)
CALL () {
  UNWIND $abandoned_executions AS row
  MATCH (execution:Execution {id: row.id})
  SET execution.id = execution.id
  WITH row, execution
  WHERE execution.state = 'RUNNING'
  SET execution.state = 'FAILED',
    execution.error_type = 'Abandoned',
    execution.error_message = row.reason,
    execution.last_update_time = datetime({epochMillis: timestamp()})
  RETURN count(*) AS executions
}
CALL () {
  UNWIND $abandoned_runs AS row
  MATCH (run:Context {id: row.id})
  SET run.id = run.id
  WITH row, run
  WHERE run.status = 'RUNNING'
  SET run.status = 'ABANDONED',
    run.error_type = 'Abandoned',
    run.error_message = row.reason,
    run.last_update_time = datetime({epochMillis: timestamp()})
  RETURN count(*) AS runs
}
RETURN executions, runs;
