// The artifacts of a type whose evaluation has the largest or smallest metric, the best first.
//
// The candidates are those of resolve.latest. An evaluation came out of an execution that read the
// artifact in one of $roles or, if $alone, read no other of its type. Its metric is the first of
// $metric_keys that holds a number. Of several evaluations of an artifact the one that was recorded
// last counts; if that says NaN, the artifact is no candidate. Of equals the newest is first.
//
// access:  read
// as_of:   yes
// returns: artifact (node), value, evaluation (node)
<<candidates.enter()>>
<<candidates.cheap()>>
  <<candidates.dear()>>
<<candidates.reader()>>
MATCH (reader)-[event:<<revisions.events_then('OUTPUT')>>->(evaluation:Artifact)
WHERE evaluation.type = $evaluation_type AND evaluation.create_time <= $on
  <<candidates.counts('evaluation')>>
  <<revisions.event_known('event')>>
WITH artifact, evaluation, min(coalesce(event.ordinal, 0)) AS ordinal
WITH artifact, evaluation, ordinal,
  <<metrics.value('evaluation')>> AS value
WHERE value IS NOT NULL
WITH artifact, evaluation, value
ORDER BY coalesce(evaluation.create_time, datetime({epochMillis: 0})) DESC, ordinal DESC, evaluation.id DESC
WITH artifact, head(collect({value: value, evaluation: evaluation})) AS one
WITH artifact, one.value AS value, one.evaluation AS evaluation
WHERE NOT isNaN(value)
WITH artifact, value, evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC
LIMIT $limit
RETURN <<candidates.answer('artifact')>> AS artifact, value,
  <<candidates.answer('evaluation')>> AS evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC;
