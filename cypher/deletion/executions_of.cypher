// The executions that belong to some contexts, and the runs that each belongs to.
//
// A row has a thousand at most. One is [id, ids of its runs]; of what was deleted only if $with_deleted.
//
// access:  read
// returns: executions (lists)
MATCH (context:Context WHERE context.id IN $context_ids)<-[:ASSOCIATED_WITH]-(execution:Execution)
WITH DISTINCT execution
WITH collect([execution.id, COLLECT {
  MATCH (execution)-[:ASSOCIATED_WITH]->(run:Context)
  WHERE run.type IN $types AND (run._deleted IS NULL OR $with_deleted)
  RETURN run.id
}]) AS executions
UNWIND range(0, size(executions) - 1, 1000) AS first
RETURN executions[first..first + 1000] AS executions;
