// How many events in the store are between what came from a source.
//
// access:  read
// returns: count
//
// That source_id is there lets the index serve, which has both.
MATCH (execution:Execution {source: $source})
WHERE execution.source_id IS NOT NULL
MATCH (execution)-[event:INPUT|OUTPUT|DECLARED_INPUT|DECLARED_OUTPUT|INTERNAL_INPUT|INTERNAL_OUTPUT|PENDING_OUTPUT]-(:Artifact {source: $source})
RETURN count(event) AS count;
