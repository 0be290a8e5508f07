// The artifacts of a type with the largest or smallest metric, the best first; of equals the newest.
//
// The candidates are those of resolve.latest. The metric is the first of $metric_keys that holds a
// number: the artifact's own, or else that of the evaluation which was recorded last, and which came
// out of an execution that read the candidate in one of $roles or, if $alone, read no other of its
// type. An evaluation is one by the name of its type ($evaluation_names), by its base type, or by how
// its name ends. What has no metric, or NaN, is no candidate.
//
// access:  read
// as_of:   yes
// returns: artifact (node), value, evaluation (node)
<<candidates.enter()>>
<<candidates.cheap()>>
  <<candidates.dear()>>
WITH artifact, <<metrics.value('artifact')>> AS own
CALL (artifact, own) {
  WITH artifact, own
  WHERE own IS NULL
  <<candidates.reader()>>
  MATCH (reader)-[event:<<revisions.events_then('OUTPUT')>>->(evaluation:Artifact)
  WHERE evaluation.create_time <= $on
    <<candidates.counts('evaluation')>>
    <<revisions.event_known('event')>>
  MATCH (kind:Type {id: evaluation.type_id})
  WITH evaluation, event, kind.base_type AS base, last(split(kind.name, '.')) AS name
  WHERE name IN $evaluation_names OR NOT name IN $known_names AND (base = 'mlmd.Metrics'
    OR NOT coalesce(base, '') IN ['mlmd.Dataset', 'mlmd.Model']
    AND any(ending IN $evaluation_endings WHERE rtrim(toLower(name), '0123456789') ENDS WITH ending))
  WITH evaluation, min(coalesce(event.ordinal, 0)) AS ordinal
  WITH evaluation, ordinal,
    <<metrics.value('evaluation')>> AS value
  WHERE value IS NOT NULL
  ORDER BY coalesce(evaluation.create_time, datetime({epochMillis: 0})) DESC, ordinal DESC, evaluation.id DESC
  LIMIT 1
  RETURN collect({value: value, evaluation: evaluation})[0] AS last
}
WITH artifact, coalesce(own, last.value) AS value, last.evaluation AS evaluation
WHERE value IS NOT NULL AND NOT isNaN(value)
WITH artifact, value, evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC
LIMIT $limit
RETURN <<candidates.answer('artifact')>> AS artifact, value, CASE WHEN evaluation IS NOT NULL THEN
  <<candidates.answer('evaluation')>>
END AS evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC;
