// Executions by id, ordered by id; ids that nothing has are left out.
//
// access:  read
// returns: execution (node)
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
RETURN execution
ORDER BY execution.id;
