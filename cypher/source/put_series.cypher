// Store what executions of a source logged: of each metric all of it, as it is there now.
//
// A metric that the store has as it is - as many values, at the same times - is not written again;
// what was deleted stays as it is.
//
// access:  write
// returns: matched (the numbers of the rows whose execution exists), created, updated
// written: from scripts/queries/source/put_series.cypher
// planned: once for $rows
UNWIND $rows AS row
MATCH (execution:Execution {source: $source, source_id: row.execution_id})
WITH execution, collect(row) AS rows
CALL (execution, rows) {
  CALL (execution, rows) {
    UNWIND rows AS row
    RETURN row.series.metric AS metric, row.series.key AS key, row, null AS stored
    UNION ALL
    MATCH (execution)-[:LOGGED]->(stored:GraphstoreSeries)
    RETURN stored.metric AS metric, stored.key AS key, null AS row, stored
  }
  WITH execution, metric, key, last(collect(row)) AS row, head(collect(stored)) AS stored
  WHERE row IS NOT NULL
  WITH execution, row, stored, execution._deleted IS NULL AND stored IS NULL AS is_new,
    execution._deleted IS NULL AND (stored.count <> row.series.count OR stored.times <> row.series.times) AS is_newer
  FOREACH (_ IN CASE WHEN is_new THEN [1] ELSE [] END |
    CREATE (execution)-[:LOGGED]->(series:GraphstoreSeries)
    SET series = row.series
  )
  FOREACH (_ IN CASE WHEN is_newer THEN [1] ELSE [] END | SET stored = row.series)
  RETURN sum(toInteger(is_new)) AS created, sum(toInteger(coalesce(is_newer, false))) AS updated
}
RETURN
  reduce(all = [], some IN collect([row IN rows | row.number]) | all + some) AS matched,
  sum(created) AS created, sum(updated) AS updated;
