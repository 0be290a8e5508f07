// Nodes and types that were changed from one time on and before another, as seals have them.
//
// Each has what it said before, back to the first of these changes.
//
// access:  read
// returns: labels, properties, kind, revisions (lists of a map, and whether it was made in that time)
// written: from scripts/queries/seal/changed.cypher
MATCH (revision:Revision) WHERE $since <= revision._until < $until
MATCH (revision)-[:REVISION_OF]->(node)
WITH DISTINCT node
WITH node, labels(node) AS labels, node {.*, last_update_time: null} AS properties
RETURN labels, properties,
  CASE WHEN node:Artifact THEN 'artifact' WHEN node:Execution THEN 'execution' WHEN node:Context THEN 'context' ELSE 'type' END AS kind,
  COLLECT {
    MATCH (node)<-[:REVISION_OF]-(revision:Revision)
    WHERE revision._until >= $since
    RETURN [properties(revision), revision._until < $until]
  } AS revisions;
