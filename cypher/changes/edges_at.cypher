// Edges of some nodes that were recorded from one time on and before another.
//
// Without a time of its own an edge was recorded when the later of its ends was, by who recorded that.
// Lines marked optional leave only such edges, each at the end that it came with: at the execution or what
// belongs to the other, if both came at once.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who recorded it, kind and id
// of the node that it begins at, its type, kind and id of the one that it ends at, path, whether it has a
// time of its own].
//
// access:  read
// returns: edges (lists)
// written: from scripts/queries/changes/edges_at.cypher
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
MATCH (node)
  -[edge:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT|ATTRIBUTED_TO|ASSOCIATED_WITH|CHILD_OF
    |RETRACTED_INPUT|RETRACTED_OUTPUT]-(end)
WITH node, edge, end,
  coalesce(node._recorded, node.create_time) AS own,
  coalesce(end._recorded, end.create_time) AS others,
  CASE WHEN end:Context OR node:Context THEN startNode(edge) = node ELSE node:Execution END AS first
WITH node, edge, end, own, others, own > others OR own = others AND first AS is_later
WHERE true
  AND edge._recorded IS NULL AND is_later AND $with_an_end // optional
WITH DISTINCT startNode(edge) AS one, edge, endNode(edge) AS other,
  edge._recorded IS NOT NULL AS noted,
  coalesce(edge._recorded, CASE WHEN is_later THEN own ELSE others END) AS time,
  CASE WHEN edge._recorded IS NOT NULL THEN edge._by WHEN is_later THEN node._by ELSE end._by END AS by
WHERE $since <= time < $until
WITH collect([
  time.epochMillis, by,
  CASE WHEN one:Artifact THEN 'artifact' WHEN one:Execution THEN 'execution' WHEN one:Context THEN 'context' ELSE 'type' END,
  one.id, replace(type(edge), 'RETRACTED_', ''),
  CASE WHEN other:Artifact THEN 'artifact' WHEN other:Execution THEN 'execution' WHEN other:Context THEN 'context' ELSE 'type' END,
  other.id, edge.path, noted
]) AS edges
UNWIND range(0, size(edges) - 1, 1000) AS first
RETURN edges[first..first + 1000] AS edges;
