// Store what executions of a source logged: of each metric all of it, as it is there now.
//
// A metric that the store has as it is - as many values, at the same times - is not written again;
// what was deleted stays as it is.
//
// access:  write
// returns: matched (the numbers of the rows whose execution exists), created, updated
UNWIND $rows AS row
MATCH (execution:Execution {source: $source, source_id: row.execution_id})
OPTIONAL MATCH (execution)-[:LOGGED]->(before:GraphstoreSeries {metric: row.series.metric, key: row.series.key})
WITH row, execution, before, execution._deleted IS NULL AND before IS NULL AS is_new,
  execution._deleted IS NULL AND before.count <> row.series.count OR before.times <> row.series.times AS is_newer
FOREACH (_ IN CASE WHEN is_new THEN [1] ELSE [] END |
  CREATE (execution)-[:LOGGED]->(series:GraphstoreSeries)
  SET series = row.series
)
FOREACH (_ IN CASE WHEN is_newer THEN [1] ELSE [] END | SET before = row.series)
RETURN collect(row.number) AS matched, sum(toInteger(is_new)) AS created, sum(toInteger(coalesce(is_newer, false))) AS updated;
