// How many artifacts of a type were there at a time and were deleted since, and the first of these.
//
// Those that resolve.latest may have answered then: nobody knows any more in which state they were, or what
// they said.
//
// access:  read
// as_of:   yes
// returns: count, first_id
MATCH (artifact:Artifact)
WHERE artifact.type = $type AND artifact._deleted > $known_at
  <<revisions.known('artifact')>>
  AND artifact.create_time <= $on
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
RETURN count(artifact) AS count, min(artifact.id) AS first_id;
