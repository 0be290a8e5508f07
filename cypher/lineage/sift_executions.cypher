// The ids of those of some executions that a filter lets through.
//
// The line marked filter is replaced by what the user wrote (graphstore/filters). The
// executions are collected before it is asked, and about them only: else the planner may look up all
// that it lets through.
//
// access:  read
// returns: ids
// written: from scripts/queries/lineage/sift_{member}s.cypher
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
WITH collect(execution) AS executions
UNWIND executions AS execution
WITH execution
WHERE true
  AND true // filter
RETURN collect(execution.id) AS ids;
