// The metrics that runs and steps logged, as they are now: of each what it was last, and within which bounds.
//
// access:  read
// returns: is_execution, id, metric, key, count, first, last, min, max, time
// written: from scripts/queries/series/last.cypher
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})-[:LOGGED]->(series:GraphstoreSeries)
RETURN true AS is_execution, id, series.metric AS metric, series.key AS key, series.count AS count, series.first AS first,
  series.last AS last, series.min AS min, series.max AS max, series.times[-1] AS time
UNION ALL
UNWIND $context_ids AS id
MATCH (run:Context {id: id})-[:LOGGED]->(series:GraphstoreSeries)
RETURN false AS is_execution, id, series.metric AS metric, series.key AS key, series.count AS count, series.first AS first,
  series.last AS last, series.min AS min, series.max AS max, series.times[-1] AS time;
