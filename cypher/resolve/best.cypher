// The artifacts of a type with the largest or smallest metric, the best first; of equals the newest.
//
// The candidates are those of resolve.latest. The metric is the first of $metric_keys that holds a
// number: the artifact's own, or else that of the evaluation which was recorded last, and which came
// out of an execution that read the candidate in one of $roles or, if $alone, read no other of its
// type. An evaluation is one by the name of its type ($evaluation_names), by its base type, or by how
// its name ends. What has no metric, or NaN, is no candidate.
//
// access:  read
// returns: artifact (node), value, evaluation (node)
// written: from scripts/queries/resolve/best.cypher
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
WITH artifact, head([key IN $metric_keys WHERE artifact[key] IS :: INTEGER NOT NULL OR artifact[key] IS :: FLOAT NOT NULL | artifact[key]]) AS own
CALL (artifact, own) {
  WITH artifact, own
  WHERE own IS NULL
  MATCH (artifact)-[read:INPUT]->(reader:Execution)
  WHERE reader.create_time <= $as_of AND (read.path[0] IN $roles
    OR $alone AND COUNT { MATCH (other:Artifact)-[:INPUT]->(reader) WHERE other.type = $type RETURN DISTINCT other } = 1)
  MATCH (reader)-[event:OUTPUT]->(evaluation:Artifact)
  WHERE evaluation.create_time <= $as_of
    AND evaluation.state IN $evidence_states // optional
  MATCH (kind:Type {id: evaluation.type_id})
  WITH evaluation, event, kind.base_type AS base, last(split(kind.name, '.')) AS name
  WHERE name IN $evaluation_names OR NOT name IN $known_names AND (base = 'mlmd.Metrics'
    OR NOT coalesce(base, '') IN ['mlmd.Dataset', 'mlmd.Model']
    AND any(ending IN $evaluation_endings WHERE rtrim(toLower(name), '0123456789') ENDS WITH ending))
  WITH evaluation, min(coalesce(event.ordinal, 0)) AS ordinal
  WITH evaluation, ordinal,
    head([key IN $metric_keys WHERE evaluation[key] IS :: INTEGER NOT NULL OR evaluation[key] IS :: FLOAT NOT NULL | evaluation[key]]) AS value
  WHERE value IS NOT NULL
  ORDER BY coalesce(evaluation.create_time, datetime({epochMillis: 0})) DESC, ordinal DESC, evaluation.id DESC
  LIMIT 1
  RETURN collect({value: value, evaluation: evaluation})[0] AS last
}
WITH artifact, coalesce(own, last.value) AS value, last.evaluation AS evaluation
WHERE value IS NOT NULL AND NOT isNaN(value)
RETURN artifact, value, evaluation
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC
LIMIT $limit;
