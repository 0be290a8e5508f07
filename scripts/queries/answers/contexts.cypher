// The contexts of some types that nodes belong to: which runs and pipelines some artifacts are of.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $execution_ids
// returns: is_artifact, id, contexts (list of nodes)
//
// One row a node that belongs to any, its contexts ordered by id: those that came first, first.
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (:Artifact {id: id})-[edge:ATTRIBUTED_TO]->(context:Context)
  WHERE context.type IN $types
    <<revisions.known('context')>>
    <<revisions.edge_known('edge')>>
  RETURN true AS is_artifact, id, context
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (:Execution {id: id})-[edge:ASSOCIATED_WITH]->(context:Context)
  WHERE context.type IN $types
    <<revisions.known('context')>>
    <<revisions.edge_known('edge')>>
  RETURN false AS is_artifact, id, context
}
WITH is_artifact, id, context
ORDER BY context.id
RETURN is_artifact, id, collect(<<revisions.node('context')>>) AS contexts;
