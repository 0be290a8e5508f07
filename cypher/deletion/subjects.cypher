// What there is of some nodes, for a deletion: of each its kind, id, type, state, and whether it was deleted.
//
// The state of a run is its status. A row has a thousand at most.
//
// access:  read
// returns: nodes (lists), now (the server's time)
// written: from scripts/queries/deletion/subjects.cypher
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
}
WITH collect([
  CASE WHEN node:Artifact THEN 'artifact' WHEN node:Execution THEN 'execution' WHEN node:Context THEN 'context' ELSE 'type' END,
  node.id, node.type, coalesce(node.state, properties(node).status), node._deleted IS NOT NULL
]) AS nodes
UNWIND range(0, size(nodes) - 1, 1000) AS first
RETURN nodes[first..first + 1000] AS nodes, datetime.transaction() AS now;
