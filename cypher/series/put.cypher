// Store what steps logged that are stored already, by their external ids.
//
// access:  write
// returns: count
UNWIND $series_of AS row
MATCH (execution:Execution {external_id: row.external_id})
SET execution.id = execution.id
WITH execution, row
UNWIND row.series AS one
MERGE (execution)-[:LOGGED]->(series:GraphstoreSeries {metric: one.metric, key: one.key})
SET series = one
RETURN count(*) AS count;
