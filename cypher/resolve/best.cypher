// The artifacts of a type with the largest or smallest metric, the best first; of equals the newest.
//
// The candidates are those of resolve.latest. The metric is the first of $metric_keys that holds a
// number; what has none, or NaN, is no candidate.
//
// access:  read
// returns: artifact (node), value
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $as_of AND artifact.id IS NOT NULL
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
WITH artifact, head([key IN $metric_keys WHERE artifact[key] IS :: INTEGER NOT NULL OR artifact[key] IS :: FLOAT NOT NULL | artifact[key]]) AS value
WHERE value IS NOT NULL AND NOT isNaN(value)
RETURN artifact, value
ORDER BY CASE WHEN $smallest THEN value END, CASE WHEN NOT $smallest THEN value END DESC,
  artifact.create_time DESC, artifact.id DESC
LIMIT $limit;
