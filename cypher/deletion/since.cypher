// How many artifacts of some types were there at a time and were deleted since, and the first of these.
//
// Those that resolve.latest, or answers.production, may have answered then: nobody knows any more in which state
// they were, or what they said.
//
// access:  read
// as_of:   yes
// returns: count, first_id
// written: from scripts/queries/deletion/since.cypher
MATCH (artifact:Artifact)
WHERE artifact.type IN $artifact_types AND artifact._deleted > $deleted_after
  AND coalesce(artifact._recorded, artifact.create_time) <= $known_at // optional
  AND artifact.create_time <= $on // optional
  AND EXISTS { (artifact)<-[:OUTPUT]-(step:Execution) WHERE coalesce(step.end_time, step.start_time, artifact.create_time) <= $pushed_by } // optional
  AND coalesce(artifact.type_version, '') = $type_version // optional
  AND all(id IN $context_ids WHERE EXISTS { (artifact)-[:ATTRIBUTED_TO]->(:Context {id: id}) }) // optional
  AND EXISTS { (artifact)<-[:OUTPUT]-()<-[:INPUT]-(model:Artifact) WHERE model.id IN $model_ids } // optional
RETURN count(artifact) AS count, min(artifact.id) AS first_id;
