// The runs of every pipeline, oldest first, and how each ended.
//
// A run is a context of one of the types $types; of the recorder that is PipelineRun, in TFX
// pipeline_run, and run in older releases. It ended as it says itself, or else as the last execution
// to begin in it did: a run can survive the failure of a step that nothing waits for. RUNNING is what
// did not say that it ended; `graphstore doctor` tells what is gone, and marks it as ABANDONED: when
// that ended is not known.
// error is what was recorded of a failure, if anything was, of the run and of its steps.
//
// access:  read
// returns: id, name, began, ended, outcome, steps, cached, failures, error
MATCH (run:Context)
WHERE run.type IN $types AND run.id IS NOT NULL
OPTIONAL MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
WITH run, execution,
  coalesce(execution.start_time, <<history.learnt('execution.create_time', 'execution.end_time')>>,
    datetime({epochMillis: 0})) AS start
ORDER BY start, execution.id
WITH run, properties(run) AS said, collect(properties(execution)) AS executions,
  max(coalesce(execution.end_time, execution.last_update_time)) AS last
WITH run, said, executions, coalesce(said.status, executions[-1].state, 'UNKNOWN') AS outcome, last
RETURN run.id AS id, run.name AS name,
  coalesce(said.start_time, executions[0].start_time,
    <<history.learnt('executions[0].create_time', 'executions[0].end_time')>>,
    said.create_time) AS began,
  CASE outcome WHEN 'RUNNING' THEN null WHEN 'ABANDONED' THEN said.end_time ELSE coalesce(said.end_time, last) END AS ended,
  outcome, size(executions) AS steps,
  size([one IN executions WHERE one.state = 'CACHED']) AS cached,
  [one IN executions WHERE one.state = 'FAILED' | {
    id: one.id,
    type: one.type,
    error: <<history.error('one')>>
  }] AS failures,
  said.error_type + coalesce(': ' + said.error_message, '') AS error
ORDER BY began, id;
