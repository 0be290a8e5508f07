// A page of types as an archive has them: in the order of ids, each with its edges and what hangs on it.
//
// An edge goes with the end that is exported first (artifacts, executions, contexts, types); of two ends of
// one kind, with the one that it leads from. It is [type, whether it leads away, properties, kind of the
// other end, id of the other end]; without a kind the other end is no node of the model, has no other edge,
// and is all there: [labels, properties].
// With $known_at it is what was recorded by then; what was changed since is in the revisions that hang on nodes.
//
// access:  read
// returns: labels, properties, many, edges
// written: from scripts/queries/archive/page_{part}s.cypher
MATCH (node:Type)
WHERE node.id > $after_id
  AND node.id IN $ids // optional
  AND coalesce(node._recorded, node.create_time) <= $known_at // optional
WITH node ORDER BY node.id LIMIT $limit
WITH node, false AS many
RETURN labels(node) AS labels, properties(node) AS properties, many,
  COLLECT {
    MATCH (node)-[edges*1..1]-(other)
    WHERE (NOT other:Type OR startNode(head(edges)) = node)
      AND NOT other:Artifact|Execution|Context
      AND NOT many
    WITH node, head(edges) AS edge, other,
      CASE WHEN other:Execution THEN 'execution' WHEN other:Context THEN 'context'
        WHEN other:Artifact THEN 'artifact' WHEN other:Type THEN 'type' END AS kind
    WHERE (kind IS NOT NULL OR NOT EXISTS { MATCH (other)-[more*1..1]-() WHERE head(more) <> edge })
      AND coalesce(edge._recorded, $known_at) <= $known_at // optional
      AND (kind IS NULL OR coalesce(other._recorded, other.create_time) <= $known_at) // optional
    RETURN [
      type(edge), startNode(edge) = node, properties(edge), kind,
      CASE WHEN kind IS NULL THEN [labels(other), properties(other)] ELSE other.id END
    ]
  } AS edges
ORDER BY node.id;
