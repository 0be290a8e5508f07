// Which contexts a stretch of contexts is part of.
//
// A row has a thousand at most. One is [context's id, id of what it is part of, when that was recorded, by whom], the
// time in milliseconds since the epoch.
//
// access:  read
// returns: edges (list of lists)
// written: from scripts/queries/parquet/parents.cypher
MATCH (context:Context)
WHERE $first_id <= context.id <= $last_id
MATCH (context)-[edge:CHILD_OF]->(parent:Context)
WITH context, edge, parent, CASE
    WHEN coalesce(context._recorded, context.create_time) > coalesce(parent._recorded, parent.create_time)
    THEN context ELSE parent END AS later
WITH *, coalesce(edge._recorded, later._recorded, later.create_time) AS recorded
ORDER BY context.id, parent.id
WITH collect([
  context.id, parent.id,
  CASE WHEN recorded IS :: ZONED DATETIME
    THEN recorded.epochMillis ELSE recorded END,
  CASE WHEN edge._recorded IS NULL THEN later._by ELSE edge._by END
]) AS edges
UNWIND range(0, size(edges) - 1, 1000) AS first
RETURN edges[first..first + 1000] AS edges;
