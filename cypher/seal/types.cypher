// Types that were recorded from one time on and before another, with what they said before.
//
// access:  read
// returns: kind, labels, properties, revisions (maps), edges (empty)
// written: from scripts/queries/seal/types.cypher
MATCH (node:Type)
WHERE $since <= node.create_time < $until AND node.id IS :: INTEGER NOT NULL
WITH node, labels(node) AS labels, node {.*, last_update_time: null} AS properties
RETURN 'type' AS kind, labels, properties,
  COLLECT { MATCH (node)<-[:REVISION_OF]-(revision:Revision) RETURN properties(revision) } AS revisions,
  [] AS edges;
