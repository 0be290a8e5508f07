// Executions by their ids in somebody else's system, ordered by id.
//
// access:  read
// returns: execution (node)
UNWIND $external_ids AS external_id
MATCH (execution:Execution {external_id: external_id})
RETURN execution
ORDER BY execution.id;
