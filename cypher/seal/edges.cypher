// Edges between what was there already that were recorded from one time on and before another.
//
// access:  read
// returns: type, start_kind, start_id, end_kind, end_id, properties
// written: from scripts/queries/seal/edges.cypher
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
RETURN type(edge) AS type,
  CASE WHEN one:Artifact THEN 'artifact' WHEN one:Execution THEN 'execution' WHEN one:Context THEN 'context' ELSE 'type' END AS start_kind,
  one.id AS start_id,
  CASE WHEN other:Artifact THEN 'artifact' WHEN other:Execution THEN 'execution' WHEN other:Context THEN 'context' ELSE 'type' END AS end_kind,
  other.id AS end_id,
  properties(edge) AS properties;
