// How many executions in the store came from a source.
//
// access:  read
// returns: count
// written: from scripts/queries/source/count_{member}s.cypher
//
// That source_id is there lets the index serve, which has both.
MATCH (execution:Execution {source: $source})
WHERE execution.source_id IS NOT NULL
RETURN count(*) AS count;
