// How the runs of a pipeline went over time, the newest first, with what was measured in each.
//
// Ask of a pipeline: `:param context_id => 1`; without its id, browse.runs lists all runs. Metrics
// are the numbers of what the run's steps made, also of those that were CACHED and passed it on.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: run, began, seconds, outcome, metrics, steps, cached, failed, pushed, triggered_by
// written: from scripts/queries/questions/how_did_the_runs_go.cypher
MATCH (asked:Context {id: $context_id})
WHERE true
  AND coalesce(asked._recorded, asked.create_time) <= $known_at // optional
CALL (asked) {
  MATCH (asked)<-[part:CHILD_OF]-(run:Context)
  WHERE true
    AND coalesce(run._recorded, run.create_time) <= $known_at // optional
    AND coalesce(part._recorded, $known_at) <= $known_at // optional
  RETURN run
  UNION
  MATCH (asked)<-[of:ASSOCIATED_WITH]-(step:Execution)-[of_run:ASSOCIATED_WITH]->(run:Context)
  WHERE true
    AND coalesce(step._recorded, step.create_time) <= $known_at // optional
    AND coalesce(of._recorded, $known_at) <= $known_at // optional
    AND coalesce(run._recorded, run.create_time) <= $known_at // optional
    AND coalesce(of_run._recorded, $known_at) <= $known_at // optional
  RETURN run
}
WITH run
WHERE run.type IN ['PipelineRun', 'pipeline_run', 'run', 'system.PipelineRun', 'mlflow.Run', 'openlineage.Run']
WITH run, []
  + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(run)] AS past
WITH run, {
  name: [r IN past WHERE r.name IS NOT NULL | nullIf(r.name, [false])][0],
  start_time: [r IN past WHERE r.start_time IS NOT NULL | nullIf(r.start_time, [false])][0],
  end_time: [r IN past WHERE r.end_time IS NOT NULL | nullIf(r.end_time, [false])][0],
  status: [r IN past WHERE r.status IS NOT NULL | nullIf(r.status, [false])][0],
  user: [r IN past WHERE r.user IS NOT NULL | nullIf(r.user, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said,
  COLLECT {
    MATCH (run)<-[of:ASSOCIATED_WITH]-(execution:Execution)
    WHERE true
      AND coalesce(execution._recorded, execution.create_time) <= $known_at // optional
      AND coalesce(of._recorded, $known_at) <= $known_at // optional
    WITH execution, []
      + COLLECT { MATCH (execution)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
      + [properties(execution)] AS was
    RETURN {
      state: [r IN was WHERE r.state IS NOT NULL | nullIf(r.state, [false])][0],
      start_time: [r IN was WHERE r.start_time IS NOT NULL | nullIf(r.start_time, [false])][0],
      end_time: [r IN was WHERE r.end_time IS NOT NULL | nullIf(r.end_time, [false])][0],
      last_update_time: [r IN was WHERE r.last_update_time IS NOT NULL | nullIf(r.last_update_time, [false])][0],
      error_type: [r IN was WHERE r.error_type IS NOT NULL | nullIf(r.error_type, [false])][0],
      error_message: [r IN was WHERE r.error_message IS NOT NULL | nullIf(r.error_message, [false])][0],
      parameter_names: [r IN was WHERE r.parameter_names IS NOT NULL | nullIf(r.parameter_names, [false])][0],
      custom_error: [r IN was WHERE r.custom_error IS NOT NULL | nullIf(r.custom_error, [false])][0],
      custom___execution_result__: [r IN was WHERE r.custom___execution_result__ IS NOT NULL | nullIf(r.custom___execution_result__, [false])][0],
      id: was[-1].id, type: was[-1].type, create_time: was[-1].create_time
    } AS step
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
    MATCH (run)<-[of:ASSOCIATED_WITH]-(step:Execution)-[event:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(made:Artifact)
    WHERE true
      AND coalesce(step._recorded, step.create_time) <= $known_at // optional
      AND coalesce(of._recorded, $known_at) <= $known_at // optional
      AND coalesce(made._recorded, made.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
    WITH made, last(split(made.type, '.')) AS type, rtrim(toLower(made.type), '0123456789') AS plain,
      event.path[0] AS role, coalesce(event.ordinal, 0) AS ordinal,
      COLLECT { MATCH (kind:Type {id: made.type_id}) RETURN coalesce(
        COLLECT { MATCH (kind)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.base_type IS NOT NULL // optional
          RETURN r.base_type ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
        kind.base_type) }[0] AS base
    WITH made, min(ordinal) AS ordinal, max(coalesce((type = 'Model'
      OR NOT type IN ['Examples', 'Dataset', 'Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics',
        'SlicedClassificationMetrics', 'ModelBlessing', 'InfraBlessing', 'ModelInfraBlessingPath', 'PushedModel',
        'ModelPushPath', 'Deployment', 'Endpoint'] AND (base = 'mlmd.Model'
        OR NOT coalesce(base, '') IN ['mlmd.Dataset', 'mlmd.Model', 'mlmd.Metrics']
        AND (any(ending IN ['model', 'checkpoint'] WHERE plain ENDS WITH ending)
          OR role = 'model' AND none(ending IN ['evaluation', 'evaluations', 'metrics', 'report', 'scores', 'dataset',
            'deployment', 'endpoint'] WHERE plain ENDS WITH ending)))), false)) AS own
    WITH made, ordinal, own, []
      + COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
      + [properties(made)] AS past
    UNWIND keys(past[-1])
      + COLLECT { UNWIND past[..-1] AS r UNWIND keys(r) AS key WITH key WHERE NOT key IN ['_by', '_until'] + keys(past[-1]) RETURN DISTINCT key } // as of $known_at // optional
      AS key
    WITH made, ordinal, own, key, coalesce(
      [r IN past WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
      past[-1][key]) AS value
    WHERE (value IS :: INTEGER NOT NULL OR value IS :: FLOAT NOT NULL) AND NOT key IN ['id', 'type_id',
        'source_id', 'span', 'version', 'custom_span', 'custom_version', 'custom_is_external',
        'is_external', 'custom_baseline_model_id', 'baseline_model_id', 'custom_current_model_id', 'current_model_id',
        'custom_blessed', 'blessed', 'custom_pushed', 'pushed', 'custom_pushed_version', 'pushed_version',
        'create_time', 'custom_create_time']
    RETURN own, CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7) ELSE key END AS key, value, 1 AS count,
      [value] AS values, ordinal, made.id AS id, coalesce(made.create_time, datetime({epochMillis: 0})) AS time
    UNION ALL
    CALL (run) {
      RETURN run AS subject
      UNION ALL
      MATCH (run)<-[of:ASSOCIATED_WITH]-(subject:Execution)
      WHERE true
        AND coalesce(subject._recorded, subject.create_time) <= $known_at // optional
        AND coalesce(of._recorded, $known_at) <= $known_at // optional
      RETURN subject
    }
    MATCH (subject)-[:LOGGED]->(node:GraphstoreSeries)
    // What went on and was thinned since is left out: nobody knows the last point of then.
    WITH properties(node) AS series
    WHERE true
      AND series.times[0] <= $known_at.epochMillis // optional
      AND (series.count = size(series.times) OR series.times[-1] <= $known_at.epochMillis) // optional
    WITH series, coalesce(
      [i IN range(size(series.times) - 1, 0, -1) WHERE series.times[i] <= $known_at.epochMillis | i + 1][0], // optional
      size(series.times)) AS number
    RETURN false AS own, series.metric AS key, series.values[number - 1] AS value,
      series.count - size(series.times) + number AS count,
      CASE number WHEN size(series.times) THEN [coalesce(series.min, series.last), coalesce(series.max, series.last)]
        ELSE series.values[..number] END AS values,
      0 AS ordinal, 0 AS id, datetime({epochMillis: series.times[number - 1]}) AS time
  }
  WITH key, own, {value: value, count: count, values: values} AS one, time, ordinal, id
  ORDER BY time, ordinal, id
  WITH key, collect(CASE WHEN own THEN one END) AS owned, collect(CASE WHEN NOT own THEN one END) AS others
  WITH key, CASE owned WHEN [] THEN others ELSE owned END AS all
  WITH key, all[-1].value AS value, reduce(sum = 0, one IN all | sum + one.count) AS count,
    reduce(values = [], one IN all | values + one.values) AS values
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
  MATCH (run)<-[of:ASSOCIATED_WITH]-(step:Execution)-[event:OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]->(made:Artifact)
  WHERE last(split(made.type, '.')) = 'PushedModel'
    AND coalesce(step._recorded, step.create_time) <= $known_at // optional
    AND coalesce(of._recorded, $known_at) <= $known_at // optional
    AND coalesce(made._recorded, made.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH made, []
    + COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    AS past
  RETURN max(coalesce(nullIf(coalesce(
    head([r IN past WHERE r.pushed IS NOT NULL | r.pushed]),
    properties(made).pushed), [false]),
    nullIf(coalesce(
      head([r IN past WHERE r.custom_pushed IS NOT NULL | r.custom_pushed]),
      properties(made).custom_pushed), [false]))) AS pushed
}
WITH *, began AS at, run.id AS number
RETURN 'c' + run.id + ' ' + said.name AS run,
  replace(left(toString(began), 19), 'T', ' ') AS began, duration.inSeconds(began, ended).seconds AS seconds,
  coalesce(said.status, steps[-1].state) AS outcome, metrics, size(steps) AS steps,
  size([step IN steps WHERE step.state = 'CACHED']) AS cached,
  [step IN steps WHERE step.state = 'FAILED' | 'e' + step.id + ' ' + last(split(step.type, '.')) + coalesce(': '
    + left(coalesce(step.error_type + coalesce(': ' + step.error_message, ''), step.error_message,
      CASE WHEN step.parameter_names IS NULL THEN step.custom_error END, step.custom___execution_result__), 200), '')] AS failed,
  CASE pushed WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS pushed, said.user AS triggered_by
ORDER BY at DESC, number DESC;
