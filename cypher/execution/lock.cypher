// Executions by id, locked until the transaction ends.
//
// So nobody changes them between this read and the write that depends on it.
//
// access:  write
// returns: execution (node)
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
SET execution.id = execution.id
RETURN execution
ORDER BY execution.id;
