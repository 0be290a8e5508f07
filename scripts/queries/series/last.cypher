// The metrics that runs and steps logged, as they are now: of each what it was last, and within which bounds.
//
// access:  read
// returns: is_execution, id, metric, key, count, first, last, min, max, time
<<nodes.by_id('execution')>>-[:LOGGED]->(series:GraphstoreSeries)
RETURN true AS is_execution, id, <<series.summary()>>
UNION ALL
UNWIND $context_ids AS id
MATCH (run:Context {id: id})-[:LOGGED]->(series:GraphstoreSeries)
RETURN false AS is_execution, id, <<series.summary()>>;
