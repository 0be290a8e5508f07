// The contexts that nodes of a lineage belong to, each once, with its members among these and what it is part of.
//
// With $context_ids these are there too: so one asks for those that contexts are part of, level by level.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $context_ids, $execution_ids
// returns: context (node), artifact_ids, execution_ids, parent_ids
// written: from scripts/queries/lineage/contexts.cypher
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (:Artifact {id: id})-[edge:ATTRIBUTED_TO]->(context:Context)
  WHERE true
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  RETURN context, id AS artifact_id, null AS execution_id
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (:Execution {id: id})-[edge:ASSOCIATED_WITH]->(context:Context)
  WHERE true
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
    AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  RETURN context, null AS artifact_id, id AS execution_id
  UNION ALL
  UNWIND $context_ids AS id
  MATCH (context:Context {id: id})
  WHERE true
    AND coalesce(context._recorded, context.create_time) <= $known_at // optional
  RETURN context, null AS artifact_id, null AS execution_id
}
WITH context, collect(DISTINCT artifact_id) AS artifact_ids, collect(DISTINCT execution_id) AS execution_ids
ORDER BY context.id
RETURN context {
  _past: [(context)<-[:REVISION_OF]-(r) WHERE r._until > $known_at | r {.*}], // optional
  .*
} AS context, artifact_ids, execution_ids,
  COLLECT {
    MATCH (context)-[edge:CHILD_OF]->(parent:Context)
    WHERE true
      AND coalesce(parent._recorded, parent.create_time) <= $known_at // optional
      AND coalesce(edge._recorded, $known_at) <= $known_at // optional
    RETURN parent.id ORDER BY parent.id
  } AS parent_ids;
