// The latest artifacts of a type: those created last first; of equal times the last id.
//
// The candidates have a type and a state, belong to all of some contexts - the smallest is the way
// in -, were created by $on, have each of some values as a declared or as a custom property, and,
// if they have to be produced, came out of an execution that belongs to these contexts too. What
// costs little is tested first, then they are ordered (without contexts the index does that), and
// the rest is tested of one after the other until there are enough. The text that they begin with
// is the same in every query of this folder.
//
// access:  read
// as_of:   yes
// returns: artifact (node)
// written: from scripts/queries/resolve/latest.cypher
MATCH (context:Context) WHERE context.id IN $context_ids WITH context ORDER BY COUNT { (context)<-[:ATTRIBUTED_TO]-() } LIMIT 1 // optional
MATCH (context WHERE context.id IN $context_ids)<-[:ATTRIBUTED_TO]-(artifact:Artifact) // optional
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact.create_time <= $on AND artifact.id IS NOT NULL
  AND artifact._deleted IS NULL
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND artifact.state IN $states // optional
  AND coalesce(COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r.state IS NOT NULL RETURN r.state ORDER BY r._until LIMIT 1 }[0], artifact.state) IN $known_states // optional
WITH artifact
ORDER BY artifact.type DESC, artifact.create_time DESC, artifact.id DESC
WHERE true
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[edge:ATTRIBUTED_TO]->({id: id}) WHERE coalesce(edge._recorded, $known_at) <= $known_at }) // optional
  AND all(wanted IN $either_values WHERE any(key IN wanted.keys WHERE artifact[key] = wanted.value)) // optional
  AND all(one IN $known_values WHERE one.value IN [k IN one.keys | coalesce(COLLECT { MATCH (artifact)<-[:REVISION_OF]-(r) WHERE r._until > $known_at AND r[k] IS NOT NULL RETURN r[k] ORDER BY r._until LIMIT 1 }[0], artifact[k])]) // optional
  AND (NOT $produced OR EXISTS {
    MATCH (artifact)<-[event:OUTPUT
      |RETRACTED_OUTPUT // as of $known_at // optional
    ]-(producer:Execution)
    WHERE producer.create_time <= $on
      AND coalesce(producer._recorded, producer.create_time) <= $known_at // optional
      AND coalesce(event._recorded, $known_at) <= $known_at // optional
      AND coalesce(event._until > $known_at, true) // optional
      AND producer.type = $producer // optional
      AND all(id IN $context_ids WHERE EXISTS { (producer)-[:ASSOCIATED_WITH]->(:Context {id: id}) }) // optional
      AND all(id IN $context_ids WHERE EXISTS { (producer)-[edge:ASSOCIATED_WITH]->({id: id}) WHERE coalesce(edge._recorded, $known_at) <= $known_at }) // optional
  })
WITH artifact AS node
ORDER BY node.type DESC, node.create_time DESC, node.id DESC
LIMIT $limit
RETURN node {
  _past: [(node)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS artifact
ORDER BY node.type DESC, node.create_time DESC, node.id DESC;
