// A picture of what an artifact <<{"upstream": "was made from", "downstream": "reached"}[direction]>>.
//
// The nearest 300 nodes; the walk visits each node once, however many paths lead to it. Who only passed
// something on is left out: CACHED executions, and what resolvers chose (INTERNAL_OUTPUT).
//
// access:  read
// returns: node (node), event (relationship), next (node)
MATCH path = (:Artifact {id: $artifact_id})
  ((here)<<events.along(direction, ':' + events.drawn)>>(beyond)
    WHERE (<<'here:Execution' if direction == 'upstream' else 'beyond:Artifact'>> OR coalesce(beyond.state, '') <> 'CACHED')){0,40} (node)
WITH node, min(length(path)) AS depth
ORDER BY depth
LIMIT 300
WITH collect(node) AS nodes
UNWIND nodes AS node
OPTIONAL MATCH (node)<<events.along(direction, 'event:' + events.drawn)>>(next)
WHERE next IN nodes AND (<<'node:Execution' if direction == 'upstream' else 'next:Artifact'>> OR coalesce(next.state, '') <> 'CACHED')
RETURN node, event, next;
