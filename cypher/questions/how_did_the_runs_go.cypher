// How the runs of a pipeline went over time, the newest first, with what was measured in each.
//
// Ask of a pipeline: `:param context_id => 1`; without its id, browse.runs lists all runs. Metrics
// are the numbers of what the run's steps made, also of those that were CACHED and passed it on.
//
// access:  read
// returns: run, began, seconds, outcome, metrics, steps, cached, failed, pushed, triggered_by
// written: from scripts/queries/questions/how_did_the_runs_go.cypher
CALL () {
  MATCH (:Context {id: $context_id})<-[:CHILD_OF]-(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
  RETURN run
  UNION
  MATCH (:Context {id: $context_id})<-[:ASSOCIATED_WITH]-(:Execution)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
  RETURN run
}
WITH run, properties(run) AS said, COLLECT {
  MATCH (run)<-[:ASSOCIATED_WITH]-(execution:Execution)
  RETURN properties(execution) AS step
  ORDER BY coalesce(step.start_time, CASE WHEN step.end_time < step.create_time THEN step.end_time ELSE step.create_time END), step.id
} AS steps
WITH run, said, steps,
  coalesce(said.start_time, steps[0].start_time,
    CASE WHEN steps[0].end_time < steps[0].create_time THEN steps[0].end_time ELSE steps[0].create_time END,
    said.create_time) AS began,
  CASE WHEN coalesce(said.status, '') IN ['RUNNING', 'ABANDONED'] THEN said.end_time
    ELSE coalesce(said.end_time, steps[-1].end_time, steps[-1].last_update_time) END AS ended
ORDER BY began DESC, run.id DESC
LIMIT 100
// A model's own value of a metric goes first, else the last recorded counts, logged ones too; several are told as such.
CALL (run) {
  CALL (run) {
    MATCH (run)<-[:ASSOCIATED_WITH]-(:Execution)-[event:OUTPUT]->(made:Artifact)
    WITH made, last(split(made.type, '.')) AS type, event.path[0] AS role, coalesce(event.ordinal, 0) AS ordinal,
      COLLECT { MATCH (kind:Type {id: made.type_id}) RETURN properties(kind).base_type }[0] AS base
    WITH made, min(ordinal) AS ordinal, max(coalesce((type = 'Model'
      OR base = 'mlmd.Model' AND NOT type IN ['Examples', 'Dataset',
        'Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics', 'SlicedClassificationMetrics',
        'ModelBlessing', 'InfraBlessing', 'ModelInfraBlessingPath', 'PushedModel', 'ModelPushPath', 'Deployment', 'Endpoint']
      OR NOT type IN ['Examples', 'Dataset', 'Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics',
        'SlicedClassificationMetrics', 'ModelBlessing', 'InfraBlessing', 'ModelInfraBlessingPath', 'PushedModel',
        'ModelPushPath', 'Deployment', 'Endpoint'] AND NOT coalesce(base, '') IN ['mlmd.Dataset', 'mlmd.Model', 'mlmd.Metrics']
        AND (any(ending IN ['model', 'checkpoint'] WHERE rtrim(toLower(type), '0123456789') ENDS WITH ending)
          OR role = 'model' AND none(ending IN ['evaluation', 'evaluations', 'metrics', 'report', 'scores', 'dataset',
            'deployment', 'endpoint'] WHERE rtrim(toLower(type), '0123456789') ENDS WITH ending))), false)) AS own
    UNWIND keys(made) AS key
    WITH made, ordinal, own, key, made[key] AS value
    WHERE (value IS :: INTEGER NOT NULL OR value IS :: FLOAT NOT NULL) AND NOT key IN ['id', 'type_id',
        'source_id', 'span', 'version', 'custom_span', 'custom_version', 'custom_is_external',
        'is_external', 'custom_baseline_model_id', 'baseline_model_id', 'custom_current_model_id', 'current_model_id',
        'custom_blessed', 'blessed', 'custom_pushed', 'pushed', 'custom_pushed_version', 'pushed_version',
        'create_time', 'custom_create_time']
    RETURN own, CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7) ELSE key END AS key, value, 1 AS count,
      value AS least, value AS most, ordinal, made.id AS id, coalesce(made.create_time, datetime({epochMillis: 0})) AS time
    UNION ALL
    MATCH (run)-[:LOGGED]->(node:GraphstoreSeries)
    WITH properties(node) AS series
    RETURN false AS own, series.metric AS key, series.last AS value, series.count AS count,
      coalesce(series.min, series.last) AS least, coalesce(series.max, series.last) AS most, 0 AS ordinal, 0 AS id,
      datetime({epochMillis: series.times[-1]}) AS time
    UNION ALL
    MATCH (run)<-[:ASSOCIATED_WITH]-(:Execution)-[:LOGGED]->(node:GraphstoreSeries)
    WITH properties(node) AS series
    RETURN false AS own, series.metric AS key, series.last AS value, series.count AS count,
      coalesce(series.min, series.last) AS least, coalesce(series.max, series.last) AS most, 0 AS ordinal, 0 AS id,
      datetime({epochMillis: series.times[-1]}) AS time
  }
  WITH * ORDER BY time, ordinal, id
  WITH key, collect(CASE WHEN own THEN {value: value, count: count, least: least, most: most} END) AS owned,
    collect(CASE WHEN NOT own THEN {value: value, count: count, least: least, most: most} END) AS others
  WITH key, CASE owned WHEN [] THEN others ELSE owned END AS all
  WITH key, all[-1].value AS value, reduce(sum = 0, one IN all | sum + one.count) AS count,
    reduce(values = [], one IN all | values + [one.least, one.most]) AS values
  WITH key, value, count, [one IN values WHERE NOT isNaN(one)] AS known,
    reduce(low = null, one IN values | CASE WHEN isNaN(one) OR one >= low THEN low ELSE one END) AS low,
    reduce(high = null, one IN values | CASE WHEN isNaN(one) OR one <= high THEN high ELSE one END) AS high
  ORDER BY key
  RETURN collect(key + ' ' + CASE WHEN value IS :: INTEGER NOT NULL OR isNaN(value) OR abs(value) = Infinity
      THEN toString(value) ELSE toString(round(value, 4)) END
    + CASE WHEN count > 1 AND (low <> high OR isNaN(value) AND known <> []) THEN ' (' + toString(low) + '..'
      + toString(high) + ', ' + count + ')' ELSE '' END) AS metrics
}
CALL (run) {
  MATCH (run)<-[:ASSOCIATED_WITH]-(:Execution)-[:OUTPUT]->(made:Artifact)
  WITH DISTINCT properties(made) AS push
  WHERE last(split(push.type, '.')) = 'PushedModel'
  RETURN max(coalesce(push.pushed, push.custom_pushed)) AS pushed
}
WITH *, began AS at, run.id AS number
RETURN 'c' + run.id + ' ' + run.name AS run,
  replace(left(toString(began), 19), 'T', ' ') AS began, duration.inSeconds(began, ended).seconds AS seconds,
  coalesce(said.status, steps[-1].state) AS outcome, metrics, size(steps) AS steps,
  size([step IN steps WHERE step.state = 'CACHED']) AS cached,
  [step IN steps WHERE step.state = 'FAILED' | 'e' + step.id + ' ' + last(split(step.type, '.')) + coalesce(': '
    + left(coalesce(step.error_type + coalesce(': ' + step.error_message, ''), step.error_message,
      CASE WHEN step.parameter_names IS NULL THEN step.custom_error END, step.custom___execution_result__), 200), '')] AS failed,
  CASE pushed WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS pushed, said.user AS triggered_by
ORDER BY at DESC, number DESC;
