// When things were recorded, changed, taken back, deleted or erased from one time on and before another: the earliest so many times.
//
// Edges that were recorded with one of their ends are not counted.
//
// access:  read
// returns: last (of them in that order, milliseconds since the epoch), count
// written: from scripts/queries/changes/{end}.cypher
CALL () {
  MATCH (node:Artifact)
  WHERE $since <= node.create_time < $until AND node.id IS NOT NULL AND node._recorded IS NULL
  RETURN node.create_time AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (node:Artifact) WHERE $since <= node._recorded < $until
  RETURN node._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (node:Artifact) WHERE $since <= node._deleted < $until
  RETURN node._deleted AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (node:Execution)
  WHERE $since <= node.create_time < $until AND node.id IS NOT NULL AND node._recorded IS NULL
  RETURN node.create_time AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (node:Execution) WHERE $since <= node._recorded < $until
  RETURN node._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (node:Execution) WHERE $since <= node._deleted < $until
  RETURN node._deleted AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (node:Context)
  WHERE $since <= node.create_time < $until AND node.id IS NOT NULL AND node._recorded IS NULL
  RETURN node.create_time AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (node:Context) WHERE $since <= node._recorded < $until
  RETURN node._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (node:Context) WHERE $since <= node._deleted < $until
  RETURN node._deleted AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (type:Type) WHERE $since <= type.create_time < $until
  RETURN type.create_time AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (deletion:GraphstoreDeletion) WHERE $since <= deletion._deleted < $until
  RETURN deletion._deleted AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (erasure:GraphstoreErasure) WHERE $since <= erasure._recorded < $until AND $with_erasures
  UNWIND erasure.ids AS id
  RETURN erasure._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH (revision:Revision) WHERE $since <= revision._until < $until
  RETURN revision._until AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:INPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:OUTPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:DECLARED_INPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:DECLARED_OUTPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:INTERNAL_INPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:INTERNAL_OUTPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:PENDING_OUTPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:ATTRIBUTED_TO]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:ASSOCIATED_WITH]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:CHILD_OF]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:RETRACTED_INPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:RETRACTED_OUTPUT]->() WHERE $since <= edge._recorded < $until
  RETURN edge._recorded AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:RETRACTED_INPUT]->() WHERE $since <= edge._until < $until
  RETURN edge._until AS time ORDER BY time LIMIT $limit
  UNION ALL
  MATCH ()-[edge:RETRACTED_OUTPUT]->() WHERE $since <= edge._until < $until
  RETURN edge._until AS time ORDER BY time LIMIT $limit
}
WITH time ORDER BY time LIMIT $limit
RETURN max(time).epochMillis AS last, count(*) AS count;
