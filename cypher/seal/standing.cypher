// Which of some nodes are there, and which of them are tombstones.
//
// access:  read
// returns: kind, id, deleted
// written: from scripts/queries/seal/standing.cypher
CALL () {
  UNWIND $artifact_ids AS id
  MATCH (node:Artifact {id: id})
  RETURN node
  UNION ALL
  UNWIND $execution_ids AS id
  MATCH (node:Execution {id: id})
  RETURN node
  UNION ALL
  UNWIND $context_ids AS id
  MATCH (node:Context {id: id})
  RETURN node
  UNION ALL
  UNWIND $type_ids AS id
  MATCH (node:Type {id: id})
  RETURN node
}
RETURN
  CASE WHEN node:Artifact THEN 'artifact' WHEN node:Execution THEN 'execution' WHEN node:Context THEN 'context' ELSE 'type' END AS kind,
  node.id AS id, node._deleted IS NOT NULL AS deleted;
