// The latest artifacts of a type: those created last first; of equal times the last id.
//
// The candidates have a type and a state, belong to all of some contexts - the smallest is the way
// in -, were created by $as_of, have each of some values as a declared or as a custom property, and,
// if they have to be produced, came out of an execution that belongs to these contexts too. What
// costs little is tested first, then they are ordered (without contexts the index does that), and
// the rest is tested of one after the other until there are enough. The text that they begin with
// is the same in every query of this folder.
//
// access:  read
// returns: artifact (node)
// written: from scripts/queries/resolve/latest.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $as_of AND artifact.id IS NOT NULL
  AND artifact._deleted IS NULL
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
WITH artifact
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC
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
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC
LIMIT $limit;
