// Why a model was preferred: every decision that it had a part in, with all that were looked at.
//
// Ask of a model: `:param artifact_id => 45`. One row a model that the decision looked at, the
// preferred one first, then the other candidates and what they were measured against. A decision is
// one that was recorded (`store.decisions`), or TFX's blessing by an Evaluator.
//
// After `:param known_at => datetime('2026-03-01T10:00:00Z')` it is what the store said then: the lines that are
// marked optional are for that, and the sample in params.cypher, which is yet to come, stands for now.
//
// access:  read
// as_of:   yes
// returns: decision, at, model, verdict, metrics, criterion, threshold, reason, by
// written: from scripts/queries/questions/why_was_it_preferred.cypher
MATCH (asked:Artifact {id: $artifact_id})
WHERE true
  AND coalesce(asked._recorded, asked.create_time) <= $known_at // optional
MATCH (asked)-[looked_at:INPUT
  |RETRACTED_INPUT // as of $known_at // optional
]->(decision:Execution)
WHERE coalesce(
  COLLECT { MATCH (decision)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL // optional
    RETURN r.state ORDER BY r._until LIMIT 1 }[0], // as of $known_at // optional
  decision.state, '') <> 'CACHED'
  AND coalesce(decision._recorded, decision.create_time) <= $known_at // optional
  AND coalesce(looked_at._recorded, $known_at) <= $known_at // optional
  AND coalesce(looked_at._until > $known_at, true) // optional
WITH DISTINCT decision
WITH decision, []
  + COLLECT { MATCH (decision)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
  + [properties(decision)] AS past, COLLECT {
  MATCH (decision)-[event:OUTPUT
    |RETRACTED_OUTPUT // as of $known_at // optional
  ]->(made:Artifact)
  WHERE made.type CONTAINS 'Blessing'
    AND coalesce(made._recorded, made.create_time) <= $known_at // optional
    AND coalesce(event._recorded, $known_at) <= $known_at // optional
    AND coalesce(event._until > $known_at, true) // optional
  WITH made, []
    + COLLECT { MATCH (made)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(made)] AS of_made
  RETURN {
    custom_blessed: [r IN of_made WHERE r.custom_blessed IS NOT NULL | nullIf(r.custom_blessed, [false])][0],
    blessed: [r IN of_made WHERE r.blessed IS NOT NULL | nullIf(r.blessed, [false])][0],
    _deleted: [r IN of_made WHERE r._deleted IS NOT NULL | nullIf(r._deleted, [false])][0],
    id: of_made[-1].id, type: of_made[-1].type, create_time: of_made[-1].create_time
  }
}[0] AS blessing
WHERE decision.type = 'Decision' OR blessing IS NOT NULL
WITH decision, blessing, {
  end_time: [r IN past WHERE r.end_time IS NOT NULL | nullIf(r.end_time, [false])][0],
  criterion: [r IN past WHERE r.criterion IS NOT NULL | nullIf(r.criterion, [false])][0],
  metric: [r IN past WHERE r.metric IS NOT NULL | nullIf(r.metric, [false])][0],
  custom_eval_config: [r IN past WHERE r.custom_eval_config IS NOT NULL | nullIf(r.custom_eval_config, [false])][0],
  threshold: [r IN past WHERE r.threshold IS NOT NULL | nullIf(r.threshold, [false])][0],
  custom_threshold: [r IN past WHERE r.custom_threshold IS NOT NULL | nullIf(r.custom_threshold, [false])][0],
  reason: [r IN past WHERE r.reason IS NOT NULL | nullIf(r.reason, [false])][0],
  actor: [r IN past WHERE r.actor IS NOT NULL | nullIf(r.actor, [false])][0],
  id: past[-1].id, type: past[-1].type, create_time: past[-1].create_time
} AS said
MATCH (model:Artifact)-[read:INPUT
  |RETRACTED_INPUT // as of $known_at // optional
]->(decision)
WHERE read.path[0] IN ['candidates', 'winner', 'baseline', 'baseline_model', 'model']
  AND coalesce(model._recorded, model.create_time) <= $known_at // optional
  AND coalesce(read._recorded, $known_at) <= $known_at // optional
  AND coalesce(read._until > $known_at, true) // optional
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
    MATCH (model)-[read:INPUT
      |RETRACTED_INPUT // as of $known_at // optional
    ]->(reader:Execution)
    WHERE true
      AND coalesce(reader._recorded, reader.create_time) <= $known_at // optional
      AND coalesce(read._recorded, $known_at) <= $known_at // optional
      AND coalesce(read._until > $known_at, true) // optional
    MATCH (reader)-[event:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]->(evaluation:Artifact)
    WHERE true
      AND coalesce(evaluation._recorded, evaluation.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
    WITH model, read, reader, event, evaluation, last(split(evaluation.type, '.')) AS type
    WHERE (type IN ['Evaluation', 'ModelEvaluation', 'Metrics', 'ClassificationMetrics', 'SlicedClassificationMetrics']
        OR any(ending IN ['evaluation', 'evaluations', 'metrics', 'report', 'scores']
          WHERE rtrim(toLower(type), '0123456789') ENDS WITH ending))
      AND (read.path[0] IN ['model', 'model_export'] OR COUNT {
        MATCH (another:Artifact)-[beside:INPUT
          |RETRACTED_INPUT // as of $known_at // optional
        ]->(reader)
        WHERE another.type = model.type
          AND coalesce(another._recorded, another.create_time) <= $known_at // optional
          AND coalesce(beside._recorded, $known_at) <= $known_at // optional
          AND coalesce(beside._until > $known_at, true) // optional
        RETURN DISTINCT another
      } = 1)
    RETURN evaluation, false AS own, coalesce(event.ordinal, 0) AS ordinal
  }
  WITH evaluation, own, min(ordinal) AS ordinal
  ORDER BY own DESC, coalesce(evaluation.create_time, datetime({epochMillis: 0})) DESC, ordinal DESC, evaluation.id DESC
  WITH evaluation, []
    + COLLECT { MATCH (evaluation)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
    + [properties(evaluation)] AS of_evaluation
  UNWIND keys(of_evaluation[-1])
    + COLLECT { UNWIND of_evaluation[..-1] AS r UNWIND keys(r) AS key WITH key WHERE NOT key IN ['_by', '_until'] + keys(of_evaluation[-1]) RETURN DISTINCT key } // as of $known_at // optional
    AS key
  WITH evaluation, key, coalesce(
    [r IN of_evaluation WHERE r[key] IS NOT NULL | r[key]][0], // as of $known_at // optional
    of_evaluation[-1][key]) AS value
  WHERE (value IS :: INTEGER NOT NULL OR value IS :: FLOAT NOT NULL) AND NOT key IN ['id', 'type_id',
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
  coalesce(said.actor, COLLECT {
    MATCH (decision)-[edge:ASSOCIATED_WITH]->(run:Context)
    WHERE true
      AND coalesce(run._recorded, run.create_time) <= $known_at // optional
      AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    WITH run, []
      + COLLECT { MATCH (run)<-[:REVISION_OF]-(r) WHERE r._until > $known_at RETURN properties(r) ORDER BY r._until } // optional
      AS of_run
    RETURN nullIf(coalesce(
      head([r IN of_run WHERE r.user IS NOT NULL | r.user]),
      properties(run).user), [false]) AS user ORDER BY user
  }[0]) AS by
ORDER BY at DESC, decision, verdict = 'measured against', verdict IN ['not preferred', 'not blessed'], model;
