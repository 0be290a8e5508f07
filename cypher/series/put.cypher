// Store what steps logged that are stored already, by their external ids.
//
// access:  write
// returns: count
// written: from scripts/queries/series/put.cypher
// planned: once
UNWIND $series_of AS one
MATCH (execution:Execution {external_id: one.external_id})
SET execution.id = execution.id
WITH execution, one.series AS rows
CALL (execution, rows) {
  WITH * WHERE size(rows) > 0
  CALL (execution, rows) {
    UNWIND rows AS row
    RETURN row.metric AS metric, row.key AS key, row, null AS stored
    UNION ALL
    MATCH (execution)-[:LOGGED]->(stored:GraphstoreSeries)
    RETURN stored.metric AS metric, stored.key AS key, null AS row, stored
  }
  WITH execution, metric, key, last(collect(row)) AS row, head(collect(stored)) AS stored
  WHERE row IS NOT NULL
  FOREACH (_ IN CASE WHEN stored IS NULL THEN [1] ELSE [] END |
    CREATE (execution)-[:LOGGED]->(series:GraphstoreSeries)
    SET series = row
  )
  SET stored = row
  RETURN count(*) AS logged
}
RETURN sum(logged) AS count;
