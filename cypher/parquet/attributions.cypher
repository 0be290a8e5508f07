// The attributions of a stretch of artifacts: which contexts they belong to.
//
// A row has a thousand at most. One is [artifact's id, context's id, when it was recorded, by whom], the time in
// milliseconds since the epoch.
//
// access:  read
// returns: edges (list of lists)
// written: from scripts/queries/parquet/{belonging}.cypher
MATCH (artifact:Artifact)
WHERE $first_id <= artifact.id <= $last_id
MATCH (artifact)-[edge:ATTRIBUTED_TO]->(context:Context)
WITH artifact, edge, context, CASE
    WHEN coalesce(artifact._recorded, artifact.create_time) > coalesce(context._recorded, context.create_time)
    THEN artifact ELSE context END AS later
WITH *, coalesce(edge._recorded, later._recorded, later.create_time) AS recorded
ORDER BY artifact.id, context.id
WITH collect([
  artifact.id, context.id,
  CASE WHEN recorded IS :: ZONED DATETIME
    THEN recorded.epochMillis ELSE recorded END,
  CASE WHEN edge._recorded IS NULL THEN later._by ELSE edge._by END
]) AS edges
UNWIND range(0, size(edges) - 1, 1000) AS first
RETURN edges[first..first + 1000] AS edges;
