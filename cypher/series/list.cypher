// The metrics that runs and steps logged: of each its steps, values and times, as lists.
//
// As of a time ($known_at) a series may have more than was logged by then: its times tell which.
//
// To draw one: UNWIND range(0, size(series.values) - 1) AS i RETURN series.steps[i], series.values[i].
//
// access:  read
// as_of:   yes
// returns: is_execution, id, series (node)
// written: from scripts/queries/series/list.cypher
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})-[:LOGGED]->(series:GraphstoreSeries)
WHERE true
  AND series.times[0] <= $known_at.epochMillis // optional
RETURN true AS is_execution, id, series
UNION ALL
UNWIND $context_ids AS id
MATCH (run:Context {id: id})-[:LOGGED]->(series:GraphstoreSeries)
WHERE true
  AND series.times[0] <= $known_at.epochMillis // optional
RETURN false AS is_execution, id, series;
