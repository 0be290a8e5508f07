// The contexts that an execution belongs to, ordered by id.
//
// access:  read
// returns: context (node)
MATCH (:Execution {id: $execution_id})-[:ASSOCIATED_WITH]->(context:Context)
RETURN context
ORDER BY context.id;
