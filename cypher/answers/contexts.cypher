// The contexts of some types that nodes belong to: which runs and pipelines some artifacts are of.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $execution_ids
// returns: is_artifact, id, contexts (list of nodes)
// written: from scripts/queries/answers/contexts.cypher
//
// One row a node that belongs to any, its contexts ordered by id: those that came first, first.
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (:Artifact {id: id})-[edge:ATTRIBUTED_TO]->(context:Context)
  WHERE context.type IN $types
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  RETURN true AS is_artifact, id, context
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (:Execution {id: id})-[edge:ASSOCIATED_WITH]->(context:Context)
  WHERE context.type IN $types
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  RETURN false AS is_artifact, id, context
}
WITH is_artifact, id, context
ORDER BY context.id
RETURN is_artifact, id, collect(context {
  _past: [(context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
}) AS contexts;
