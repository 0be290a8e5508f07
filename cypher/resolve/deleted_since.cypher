// How many artifacts of a type were there at a time and were deleted since, and the first of these.
//
// Those of resolve.latest, of which nobody knows any more in which state they were or what they said.
//
// access:  read
// as_of:   yes
// returns: count, first_id
// written: from scripts/queries/resolve/deleted_since.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact._deleted > $known_at
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  AND artifact.create_time <= $on
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
RETURN count(DISTINCT artifact) AS count, min(artifact.id) AS first_id;
