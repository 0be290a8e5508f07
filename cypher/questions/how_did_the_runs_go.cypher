// How the runs of a pipeline went over time, the newest first, with what was measured in each.
//
// Ask of a pipeline: `:param context_id => 1`; without its id, browse.runs lists all runs. Metrics
// are the numbers of the evaluations that came out of the run's steps, also of those that were CACHED
// and passed them on.
//
// access:  read
// returns: run, began, seconds, outcome, metrics, steps, cached, failed, pushed, triggered_by
CALL () {
  MATCH (:Context {id: $context_id})<-[:CHILD_OF]-(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun']
  RETURN run
  UNION
  MATCH (:Context {id: $context_id})<-[:ASSOCIATED_WITH]-(:Execution)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun']
  RETURN run
}
WITH run, properties(run) AS said, COLLECT {
  MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
  RETURN properties(execution) AS step
  ORDER BY coalesce(step.start_time, step.create_time), step.id
} AS steps
WITH run, said, steps,
  coalesce(said.start_time, steps[0].start_time, steps[0].create_time, said.create_time) AS began,
  coalesce(said.end_time, steps[-1].end_time, steps[-1].last_update_time) AS ended
ORDER BY began DESC, run.id DESC
LIMIT 100
CALL (run) {
  MATCH (run)<-[:ASSOCIATED_WITH]-(:Execution)-[:OUTPUT]->(made:Artifact)
  WITH DISTINCT made, last(split(made.type, '.')) AS type
  ORDER BY made.create_time DESC, made.id DESC
  UNWIND keys(made) AS key
  WITH type, key, made[key] AS value
  WHERE (value IS :: INTEGER NOT NULL OR value IS :: FLOAT NOT NULL) AND NOT key IN ['id', 'type_id',
      'source_id', 'span', 'version', 'custom_span', 'custom_version', 'custom_is_external', 'is_external',
      'custom_baseline_model_id', 'custom_current_model_id']
    AND type IN ['Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics',
      'SlicedClassificationMetrics', 'ModelBlessing', 'PushedModel']
  WITH type, CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7) ELSE key END AS key,
    head(collect(value)) AS value
  ORDER BY key
  RETURN collect(CASE WHEN NOT type IN ['ModelBlessing', 'PushedModel'] THEN
      key + ' ' + CASE WHEN value IS :: INTEGER NOT NULL THEN value ELSE round(value, 4) END END) AS metrics,
    max(CASE WHEN key = 'pushed' THEN value END) AS pushed
}
RETURN 'c' + run.id + ' ' + run.name AS run,
  replace(left(toString(began), 19), 'T', ' ') AS began, duration.inSeconds(began, ended).seconds AS seconds,
  coalesce(said.status, steps[-1].state) AS outcome, metrics, size(steps) AS steps,
  size([step IN steps WHERE step.state = 'CACHED']) AS cached,
  [step IN steps WHERE step.state = 'FAILED' | 'e' + step.id + ' ' + last(split(step.type, '.')) + coalesce(': '
    + left(coalesce(step.error_message, step.custom_error, step.custom___execution_result__), 200), '')] AS failed,
  CASE pushed WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS pushed, said.user AS triggered_by
ORDER BY began DESC, run;
