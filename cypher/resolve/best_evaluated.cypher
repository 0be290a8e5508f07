// The artifacts of a type whose evaluation has the largest or smallest metric, the best first.
//
// The candidates are those of resolve.latest. An evaluation came out of an execution that read the
// artifact in one of $roles or, if $alone, read no other of its type. Its metric is the first of
// $metric_keys that holds a number. Of several evaluations of an artifact the one that was recorded
// last counts; if that says NaN, the artifact is no candidate. Of equals the newest is first.
//
// access:  read
// returns: artifact (node), value, evaluation (node)
// written: from scripts/queries/resolve/best_evaluated.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $as_of AND artifact.id IS NOT NULL
  AND artifact._deleted IS NULL
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
  AND all(wanted IN $either_values WHERE any(key IN wanted.keys WHERE artifact[key] = wanted.value)) // optional
  AND (NOT $produced OR EXISTS {
    MATCH (artifact)<-[:OUTPUT]-(producer:Execution)
    WHERE producer.create_time <= $as_of
      AND producer.type = $producer // optional
      AND all(id IN $context_ids WHERE EXISTS { (producer)-[:ASSOCIATED_WITH]->(:Context {id: id}) }) // optional
  })
MATCH (artifact)-[read:INPUT]->(reader:Execution)
WHERE reader.create_time <= $as_of AND (read.path[0] IN $roles
  OR $alone AND COUNT { MATCH (other:Artifact)-[:INPUT]->(reader) WHERE other.type = $type RETURN DISTINCT other } = 1)
MATCH (reader)-[event:OUTPUT]->(evaluation:Artifact)
WHERE evaluation.type = $evaluation_type AND evaluation.create_time <= $as_of
  AND evaluation.state IN $evidence_states // optional
WITH artifact, evaluation, min(coalesce(event.ordinal, 0)) AS ordinal
WITH artifact, evaluation, ordinal,
  head([key IN $metric_keys WHERE evaluation[key] IS :: INTEGER NOT NULL OR evaluation[key] IS :: FLOAT NOT NULL | evaluation[key]]) AS value
WHERE value IS NOT NULL
WITH artifact, evaluation, value
ORDER BY coalesce(evaluation.create_time, datetime({epochMillis: 0})) DESC, ordinal DESC, evaluation.id DESC
WITH artifact, head(collect({value: value, evaluation: evaluation})) AS one
WITH artifact, one.value AS value, one.evaluation AS evaluation
WHERE NOT isNaN(value)
RETURN artifact, value, evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC
LIMIT $limit;
