// The edges of one artifact as archive.page_artifacts has them, one a row: of those that have very many.
//
// With $known_at it is what was recorded by then.
//
// access:  read
// returns: edge
// written: from scripts/queries/archive/edges_of_artifact.cypher
MATCH (node:Artifact {id: $id})
MATCH (node)-[edges*1..1]-(other)
WHERE (NOT other:Artifact OR startNode(head(edges)) = node)
WITH node, head(edges) AS edge, other,
  CASE WHEN other:Execution THEN 'execution' WHEN other:Context THEN 'context'
    WHEN other:Artifact THEN 'artifact' WHEN other:Type THEN 'type' END AS kind
WHERE (kind IS NOT NULL OR NOT EXISTS { MATCH (other)-[more*1..1]-() WHERE head(more) <> edge })
  AND coalesce(edge._recorded, $known_at) <= $known_at // optional
  AND (kind IS NULL OR coalesce(other._recorded, other.create_time) <= $known_at) // optional
RETURN [
  type(edge), startNode(edge) = node, properties(edge), kind,
  CASE WHEN kind IS NULL THEN [labels(other), properties(other)] ELSE other.id END
] AS edge;
