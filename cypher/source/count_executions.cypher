// How many executions in the store came from a source.
//
// access:  read
// returns: count
MATCH (execution:Execution {source: $source})
RETURN count(*) AS count;
