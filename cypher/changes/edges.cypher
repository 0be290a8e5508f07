// Edges between what was there already that were recorded from one time on and before another.
//
// A row has a thousand at most. One is [time in milliseconds since the epoch, who recorded it, kind and id
// of the node that it begins at, its type, kind and id of the one that it ends at, path, whether it has a
// time of its own].
//
// access:  read
// returns: edges (lists)
// written: from scripts/queries/changes/edges.cypher
CALL () {
  MATCH (one)-[edge:INPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:OUTPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:DECLARED_INPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:DECLARED_OUTPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:INTERNAL_INPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:INTERNAL_OUTPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:PENDING_OUTPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:ATTRIBUTED_TO]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:ASSOCIATED_WITH]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:CHILD_OF]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:RETRACTED_INPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
  UNION ALL
  MATCH (one)-[edge:RETRACTED_OUTPUT]->(other) WHERE $since <= edge._recorded < $until
  RETURN one, edge, other
}
WITH one, edge, other, edge._recorded AS time, edge._by AS by, true AS noted
WITH collect([
  time.epochMillis, by,
  CASE WHEN one:Artifact THEN 'artifact' WHEN one:Execution THEN 'execution' WHEN one:Context THEN 'context' ELSE 'type' END,
  one.id, replace(type(edge), 'RETRACTED_', ''),
  CASE WHEN other:Artifact THEN 'artifact' WHEN other:Execution THEN 'execution' WHEN other:Context THEN 'context' ELSE 'type' END,
  other.id, edge.path, noted
]) AS edges
UNWIND range(0, size(edges) - 1, 1000) AS first
RETURN edges[first..first + 1000] AS edges;
