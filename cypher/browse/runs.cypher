// The runs of every pipeline, oldest first, and how each ended.
//
// A run is a context of one of the types $types; in TFX that is pipeline_run, and run in older
// releases. It ended as the last execution to begin in it did: a run can survive the failure of a
// step that nothing waits for. error is what was recorded of a failure, if anything was.
//
// access:  read
// returns: id, name, began, ended, outcome, steps, cached, failures
MATCH (run:Context)
WHERE run.type IN $types
MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
WITH run, execution
ORDER BY execution.create_time, execution.id
WITH run, collect(execution) AS executions, max(execution.last_update_time) AS ended
RETURN run.id AS id, run.name AS name, executions[0].create_time AS began, ended,
  executions[-1].state AS outcome, size(executions) AS steps,
  size([execution IN executions WHERE execution.state = 'CACHED']) AS cached,
  [execution IN executions WHERE execution.state = 'FAILED' | {
    id: execution.id,
    type: execution.type,
    error: coalesce(execution.custom_error, execution.custom___execution_result__)
  }] AS failures
ORDER BY began, id;
