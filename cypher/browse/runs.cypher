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
// written: from scripts/queries/browse/runs.cypher
MATCH (run:Context)
WHERE run.type IN $types AND run.id IS NOT NULL
OPTIONAL MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
WITH run, execution,
  coalesce(execution.start_time, CASE WHEN execution.end_time < execution.create_time THEN execution.end_time ELSE execution.create_time END,
    datetime({epochMillis: 0})) AS start
ORDER BY start, execution.id
WITH run, properties(run) AS said, collect(properties(execution)) AS executions,
  max(coalesce(execution.end_time, execution.last_update_time)) AS last
WITH run, said, executions, coalesce(said.status, executions[-1].state, 'UNKNOWN') AS outcome, last
RETURN run.id AS id, run.name AS name,
  coalesce(said.start_time, executions[0].start_time,
    CASE WHEN executions[0].end_time < executions[0].create_time THEN executions[0].end_time ELSE executions[0].create_time END,
    said.create_time) AS began,
  CASE outcome WHEN 'RUNNING' THEN null WHEN 'ABANDONED' THEN said.end_time ELSE coalesce(said.end_time, last) END AS ended,
  outcome, size(executions) AS steps,
  size([one IN executions WHERE one.state = 'CACHED']) AS cached,
  [one IN executions WHERE one.state = 'FAILED' | {
    id: one.id,
    type: one.type,
    error: coalesce(one.error_type + coalesce(': ' + one.error_message, ''), one.error_message,
      CASE WHEN one.parameter_names IS NULL THEN one.custom_error END, one.custom___execution_result__)
  }] AS failures,
  said.error_type + coalesce(': ' + said.error_message, '') AS error
ORDER BY began, id;
