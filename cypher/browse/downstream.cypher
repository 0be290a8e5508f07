// A picture of what an artifact reached.
//
// The nearest 300 nodes; the walk visits each node once, however many paths lead to it. Who only passed
// something on is left out: CACHED executions, and what resolvers chose (INTERNAL_OUTPUT).
//
// access:  read
// returns: node (node), event (relationship), next (node)
// written: from scripts/queries/browse/{direction}.cypher
MATCH path = (:Artifact {id: $artifact_id})
  ((here)-[:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|PENDING_OUTPUT]->(beyond)
    WHERE (beyond:Artifact OR coalesce(beyond.state, '') <> 'CACHED')){0,40} (node)
WITH node, min(length(path)) AS depth
ORDER BY depth
LIMIT 300
WITH collect(node) AS nodes
UNWIND nodes AS node
OPTIONAL MATCH (node)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|PENDING_OUTPUT]->(next)
WHERE next IN nodes AND (next:Artifact OR coalesce(next.state, '') <> 'CACHED')
RETURN node, event, next;
