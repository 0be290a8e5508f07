// How the runs of a pipeline went over time, the newest first, with what was measured in each.
//
// Ask of a pipeline: `:param context_id => 1`; without its id, browse.runs lists all runs. Metrics
// are the numbers of what the run's steps made, also of those that were CACHED and passed it on.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: run, began, seconds, outcome, metrics, steps, cached, failed, pushed, triggered_by
MATCH (asked:Context {id: $context_id})
WHERE true
  <<revisions.known('asked')>>
CALL (asked) {
  MATCH (asked)<-[part:CHILD_OF]-(run:Context)
  <<revisions.where_known('part', 'run')>>
  RETURN run
  UNION
  MATCH (asked)<-[of:ASSOCIATED_WITH]-(step:Execution)-[of_run:ASSOCIATED_WITH]->(run:Context)
  <<revisions.where_known('of', 'step')>>
    <<revisions.known('run')>>
    <<revisions.edge_known('of_run')>>
  RETURN run
}
WITH run
WHERE run.type IN <<history.run_types>>
WITH run, <<revisions.states_of('run')>>
WITH run, <<revisions.as_map('run', 'name start_time end_time status user')>> AS said,
  <<history.steps_of('run', then='state start_time end_time last_update_time error_type error_message parameter_names custom_error custom___execution_result__')>> AS steps
WITH run, said, steps,
  coalesce(said.start_time, steps[0].start_time,
    <<history.learnt('steps[0].create_time', 'steps[0].end_time')>>,
    said.create_time) AS began,
  CASE WHEN coalesce(said.status, '') IN ['RUNNING', 'ABANDONED'] THEN said.end_time
    ELSE coalesce(said.end_time, steps[-1].end_time, steps[-1].last_update_time) END AS ended
ORDER BY began DESC, run.id DESC
LIMIT 100
// A model's own value of a metric goes first, else the last recorded counts, logged ones too; several are told as such.
CALL (run) {
  CALL (run) {
    MATCH (run)<-[of:ASSOCIATED_WITH]-(step:Execution)-[event:<<revisions.events_then('OUTPUT')>>->(made:Artifact)
    WHERE true
      <<revisions.known('step')>>
      <<revisions.edge_known('of')>>
      <<revisions.stood('event', 'made')>>
    WITH made, last(split(made.type, '.')) AS type, rtrim(toLower(made.type), '0123456789') AS plain,
      event.path[0] AS role, coalesce(event.ordinal, 0) AS ordinal,
      COLLECT { MATCH (kind:Type {id: made.type_id}) RETURN <<revisions.then('kind', '.base_type', long=true)>> }[0] AS base
    WITH made, min(ordinal) AS ordinal, max(coalesce((type = 'Model'
      OR NOT type IN ['Examples', 'Dataset', 'Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics',
        'SlicedClassificationMetrics', 'ModelBlessing', 'InfraBlessing', 'ModelInfraBlessingPath', 'PushedModel',
        'ModelPushPath', 'Deployment', 'Endpoint'] AND (base = 'mlmd.Model'
        OR NOT coalesce(base, '') IN ['mlmd.Dataset', 'mlmd.Model', 'mlmd.Metrics']
        AND (any(ending IN ['model', 'checkpoint'] WHERE plain ENDS WITH ending)
          OR role = 'model' AND none(ending IN ['evaluation', 'evaluations', 'metrics', 'report', 'scores', 'dataset',
            'deployment', 'endpoint'] WHERE plain ENDS WITH ending)))), false)) AS own
    WITH made, ordinal, own, <<revisions.states_of('made')>>
    <<revisions.each_key('made, ordinal, own', 'past', 'value')>>
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
      <<revisions.where_known('of', 'subject')>>
      RETURN subject
    }
    MATCH (subject)-[:LOGGED]->(node:GraphstoreSeries)
    // What went on and was thinned since is left out: nobody knows the last point of then.
    WITH properties(node) AS series
    WHERE true
      <<metrics.logged_then()>>
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
  MATCH (run)<-[of:ASSOCIATED_WITH]-(step:Execution)-[event:<<revisions.events_then('OUTPUT')>>->(made:Artifact)
  WHERE last(split(made.type, '.')) = 'PushedModel'
    <<revisions.known('step')>>
    <<revisions.edge_known('of')>>
    <<revisions.stood('event', 'made')>>
  WITH made, <<revisions.changes_of('made')>>
  RETURN max(coalesce(<<revisions.by('past', 'made', 'pushed')>>,
    <<revisions.by('past', 'made', 'custom_pushed')>>)) AS pushed
}
WITH *, began AS at, run.id AS number
RETURN 'c' + run.id + ' ' + said.name AS run,
  replace(left(toString(began), 19), 'T', ' ') AS began, duration.inSeconds(began, ended).seconds AS seconds,
  coalesce(said.status, steps[-1].state) AS outcome, metrics, size(steps) AS steps,
  size([step IN steps WHERE step.state = 'CACHED']) AS cached,
  [step IN steps WHERE step.state = 'FAILED' | 'e' + step.id + ' ' + last(split(step.type, '.')) + coalesce(': '
    + left(<<history.error('step')>>, 200), '')] AS failed,
  CASE pushed WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS pushed, said.user AS triggered_by
ORDER BY at DESC, number DESC;
