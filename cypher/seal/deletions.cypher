// What was deleted from one time on and before another: tombstones, and notes of what is gone.
//
// access:  read
// returns: kind, labels, properties
// written: from scripts/queries/seal/deletions.cypher
CALL () {
  MATCH (node:Artifact) WHERE $since <= node._deleted < $until AND node.id IS :: INTEGER NOT NULL
  RETURN node, 'artifact' AS kind
  UNION ALL
  MATCH (node:Execution) WHERE $since <= node._deleted < $until AND node.id IS :: INTEGER NOT NULL
  RETURN node, 'execution' AS kind
  UNION ALL
  MATCH (node:Context) WHERE $since <= node._deleted < $until AND node.id IS :: INTEGER NOT NULL
  RETURN node, 'context' AS kind
  UNION ALL
  MATCH (node:GraphstoreDeletion) WHERE $since <= node._deleted < $until
  RETURN node, node.kind AS kind
}
RETURN kind, labels(node) AS labels, properties(node) AS properties;
