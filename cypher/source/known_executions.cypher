// What was imported from a source as its executions of some ids.
//
// access:  read
// returns: execution (node)
UNWIND $source_ids AS source_id
MATCH (execution:Execution {source: $source, source_id: source_id})
RETURN execution;
