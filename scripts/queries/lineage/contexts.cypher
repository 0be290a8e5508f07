{% import 'fragments/revisions.cypher' as revisions %}
// The contexts that nodes of a lineage belong to, each once, with its members among these and what it is part of.
//
// With $context_ids these are there too: so one asks for those that contexts are part of, level by level.
//
// access:  read
// as_of:   yes
// planned: once for $artifact_ids, $context_ids, $execution_ids
// returns: context (node), artifact_ids, execution_ids, parent_ids
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (:Artifact {id: id})-[edge:ATTRIBUTED_TO]->(context:Context)
  <<revisions.where_known('edge', 'context')>>
  RETURN context, id AS artifact_id, null AS execution_id
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (:Execution {id: id})-[edge:ASSOCIATED_WITH]->(context:Context)
  <<revisions.where_known('edge', 'context')>>
  RETURN context, null AS artifact_id, id AS execution_id
  UNION ALL
  UNWIND $context_ids AS id
  MATCH (context:Context {id: id})
  WHERE true
    <<revisions.known('context')>>
  RETURN context, null AS artifact_id, null AS execution_id
}
WITH context, collect(DISTINCT artifact_id) AS artifact_ids, collect(DISTINCT execution_id) AS execution_ids
ORDER BY context.id
RETURN <<revisions.node('context')>> AS context, artifact_ids, execution_ids,
  COLLECT {
    MATCH (context)-[edge:CHILD_OF]->(parent:Context)
    <<revisions.where_known('edge', 'parent')>>
    RETURN parent.id ORDER BY parent.id
  } AS parent_ids;
