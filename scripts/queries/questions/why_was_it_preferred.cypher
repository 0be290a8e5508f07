// Why a model was preferred: every decision that it had a part in, with all that were looked at.
//
// Ask of a model: `:param artifact_id => 45`. One row a model that the decision looked at, the
// preferred one first, then the other candidates and what they were measured against. A decision is
// one that was recorded (`store.decisions`), or TFX's blessing by an Evaluator.
<<revisions.said_then_of_question()>>
//
// access:  read
// as_of:   yes
// returns: decision, at, model, verdict, metrics, criterion, threshold, reason, by
<<revisions.artifact_asked('asked')>>
MATCH (asked)-[looked_at:<<revisions.events_then('INPUT')>>->(decision:Execution)
WHERE <<revisions.then('decision', '.state', "''", long=true)>> <> 'CACHED'
  <<revisions.stood('looked_at', 'decision')>>
WITH DISTINCT decision
WITH decision, <<revisions.states_of('decision')>>, COLLECT {
  MATCH (decision)-[event:<<revisions.events_then('OUTPUT')>>->(made:Artifact)
  WHERE made.type CONTAINS 'Blessing'
    <<revisions.stood('event', 'made')>>
  WITH made, <<revisions.states_of('made', 'of_made')>>
  RETURN <<revisions.as_map('made', 'custom_blessed blessed _deleted', 'of_made')>>
}[0] AS blessing
WHERE decision.type = 'Decision' OR blessing IS NOT NULL
WITH decision, blessing, <<revisions.as_map('decision', 'end_time criterion metric custom_eval_config threshold custom_threshold reason actor')>> AS said
MATCH (model:Artifact)-[read:<<revisions.events_then('INPUT')>>->(decision)
WHERE read.path[0] IN ['candidates', 'winner', 'baseline', 'baseline_model', 'model']
  <<revisions.stood('read', 'model')>>
WITH decision, said, blessing, model, collect(read.path[0]) AS parts
WITH decision, said, blessing, model, CASE
    WHEN 'winner' IN parts THEN 'preferred'
    WHEN 'candidates' IN parts THEN 'not preferred'
    WHEN NOT 'model' IN parts THEN 'measured against'
    WHEN blessing._deleted IS NOT NULL THEN 'not known: the verdict was deleted'
    WHEN coalesce(blessing.custom_blessed, blessing.blessed) IN [1, true] THEN 'blessed'
    ELSE 'not blessed' END AS verdict
// Of each metric its own value, else what evaluations found of it last.
CALL (model) {
  CALL (model) {
    RETURN model AS evaluation, true AS own, 0 AS ordinal
    UNION
    MATCH (model)-[read:<<revisions.events_then('INPUT')>>->(reader:Execution)
    WHERE true
      <<revisions.stood('read', 'reader')>>
    MATCH (reader)-[event:<<revisions.events_then('OUTPUT')>>->(evaluation:Artifact)
    WHERE true
      <<revisions.stood('event', 'evaluation')>>
    WITH model, read, reader, event, evaluation, last(split(evaluation.type, '.')) AS type
    WHERE (type IN ['Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics', 'SlicedClassificationMetrics']
        OR any(ending IN ['evaluation', 'evaluations', 'metrics', 'report', 'scores']
          WHERE rtrim(toLower(type), '0123456789') ENDS WITH ending))
      AND (read.path[0] IN ['model', 'model_export'] OR COUNT {
        MATCH (another:Artifact)-[beside:<<revisions.events_then('INPUT')>>->(reader)
        WHERE another.type = model.type
          <<revisions.stood('beside', 'another')>>
        RETURN DISTINCT another
      } = 1)
    RETURN evaluation, false AS own, coalesce(event.ordinal, 0) AS ordinal
  }
  WITH evaluation, own, min(ordinal) AS ordinal
  ORDER BY own DESC, coalesce(evaluation.create_time, datetime({epochMillis: 0})) DESC, ordinal DESC, evaluation.id DESC
  WITH evaluation, <<revisions.states_of('evaluation', 'of_evaluation')>>
  <<revisions.each_key('evaluation', 'of_evaluation', 'value')>>
  WHERE (<<metrics.number('value')>>) AND NOT key IN ['id', 'type_id',
    'source_id', 'span', 'version', 'custom_span', 'custom_version', 'custom_is_external', 'is_external',
    'custom_baseline_model_id', 'custom_current_model_id']
  WITH CASE WHEN key STARTS WITH 'custom_' THEN substring(key, 7) ELSE key END AS key, head(collect(value)) AS value
  ORDER BY key
  RETURN collect(key + ' ' + CASE WHEN value IS :: INTEGER NOT NULL OR isNaN(value) OR abs(value) = Infinity
    THEN toString(value) ELSE toString(round(value, 4)) END) AS metrics
}
RETURN 'e' + decision.id + ' ' + last(split(decision.type, '.')) AS decision,
  replace(left(toString(coalesce(said.end_time, said.create_time)), 19), 'T', ' ') AS at,
  'a' + model.id + ' ' + last(split(model.type, '.')) AS model, verdict, metrics,
  coalesce(said.criterion, said.metric, said.custom_eval_config) AS criterion,
  coalesce(said.threshold, said.custom_threshold) AS threshold, said.reason AS reason,
  coalesce(said.actor, <<history.user_of('decision', past=true)>>) AS by
ORDER BY at DESC, decision, verdict = 'measured against', verdict IN ['not preferred', 'not blessed'], model;
