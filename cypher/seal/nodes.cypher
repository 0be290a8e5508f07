// Nodes of a lineage, each with what it said before.
//
// access:  read
// returns: kind, labels, properties, revisions (maps)
// written: from scripts/queries/seal/nodes.cypher
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (node:Artifact {id: id})
  RETURN node, 'artifact' AS kind
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (node:Execution {id: id})
  RETURN node, 'execution' AS kind
}
WITH node, labels(node) AS labels, node {.*, last_update_time: null} AS properties, kind
RETURN kind, labels, properties,
  COLLECT { MATCH (node)<-[:REVISION_OF]-(revision:Revision) RETURN properties(revision) } AS revisions;
