// The events of a stretch of executions, in the order of their ids and as they were recorded.
//
// A row has a thousand at most. One is [artifact's id, execution's id, type, path, ordinal, time, when it was
// recorded, by whom]. Times are milliseconds since the epoch; what somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: edges (list of lists)
// written: from scripts/queries/parquet/events.cypher
MATCH (execution:Execution)
WHERE $first_id <= execution.id <= $last_id
MATCH (execution)-[edge:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(artifact:Artifact)
WITH execution, edge, artifact, CASE
    WHEN coalesce(execution._recorded, execution.create_time) > coalesce(artifact._recorded, artifact.create_time)
    THEN execution ELSE artifact END AS later
WITH *, coalesce(edge._recorded, later._recorded, later.create_time) AS recorded
ORDER BY execution.id, coalesce(edge.ordinal, 0), artifact.id, type(edge)
WITH collect([
  artifact.id, execution.id, type(edge), coalesce(edge.path, []), edge.ordinal,
  CASE WHEN edge.time IS :: ZONED DATETIME
    THEN edge.time.epochMillis ELSE edge.time END,
  CASE WHEN recorded IS :: ZONED DATETIME
    THEN recorded.epochMillis ELSE recorded END,
  CASE WHEN edge._recorded IS NULL THEN later._by ELSE edge._by END
]) AS edges
UNWIND range(0, size(edges) - 1, 1000) AS first
RETURN edges[first..first + 1000] AS edges;
