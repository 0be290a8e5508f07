// A picture of what an artifact was made from.
//
// The nearest 300 nodes; the walk visits each node once, however many paths lead to it.
//
// access:  read
// returns: node (node), event (relationship), next (node)
MATCH path = (:Artifact {id: $artifact_id})
  ((here)<-[:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(beyond)){0,40} (node)
WITH node, min(length(path)) AS depth
ORDER BY depth
LIMIT 300
WITH collect(node) AS nodes
UNWIND nodes AS node
OPTIONAL MATCH (node)<-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(next)
WHERE next IN nodes
RETURN node, event, next;
