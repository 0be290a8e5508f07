// The associations of a stretch of executions: which contexts they belong to.
//
// A row has a thousand at most. One is [execution's id, context's id, when it was recorded, by whom], the time in
// milliseconds since the epoch.
//
// access:  read
// returns: edges (list of lists)
// written: from scripts/queries/parquet/{belonging}.cypher
MATCH (execution:Execution)
WHERE $first_id <= execution.id <= $last_id
MATCH (execution)-[edge:ASSOCIATED_WITH]->(context:Context)
WITH execution, edge, context, CASE
    WHEN coalesce(execution._recorded, execution.create_time) > coalesce(context._recorded, context.create_time)
    THEN execution ELSE context END AS later
WITH *, coalesce(edge._recorded, later._recorded, later.create_time) AS recorded
ORDER BY execution.id, context.id
WITH collect([
  execution.id, context.id,
  CASE WHEN recorded IS :: ZONED DATETIME
    THEN recorded.epochMillis ELSE recorded END,
  CASE WHEN edge._recorded IS NULL THEN later._by ELSE edge._by END
]) AS edges
UNWIND range(0, size(edges) - 1, 1000) AS first
RETURN edges[first..first + 1000] AS edges;
