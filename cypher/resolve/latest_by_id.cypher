// The artifacts of a type with the last ids, the last first.
//
// The candidates are those of resolve.latest. Ids are given in the order of recording, which after an
// import is not the order of time.
//
// access:  read
// returns: artifact (node)
// written: from scripts/queries/resolve/latest_by_id.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $as_of AND artifact.id > 0
  AND artifact._deleted IS NULL
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
WITH artifact
ORDER BY artifact.type DESC, artifact.id DESC
WHERE true
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
  AND all(wanted IN $either_values WHERE any(key IN wanted.keys WHERE artifact[key] = wanted.value)) // optional
  AND (NOT $produced OR EXISTS {
    MATCH (artifact)<-[:OUTPUT]-(producer:Execution)
    WHERE producer.create_time <= $as_of
      AND producer.type = $producer // optional
      AND all(id IN $context_ids WHERE EXISTS { (producer)-[:ASSOCIATED_WITH]->(:Context {id: id}) }) // optional
  })
RETURN artifact
ORDER BY artifact.type DESC, artifact.id DESC
LIMIT $limit;
