// Store what steps logged that are stored already, by their external ids.
//
// access:  write
// returns: count
// planned: once
UNWIND $series_of AS one
MATCH (execution:Execution {external_id: one.external_id})
SET execution.id = execution.id
WITH execution, one.series AS rows
<<series.put('execution', 'rows')>>
RETURN sum(logged) AS count;
