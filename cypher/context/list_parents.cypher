// The contexts that some contexts are part of, ordered by their id, then by the parent's.
//
// access:  read
// returns: context_id, context (node)
UNWIND $context_ids AS id
MATCH (:Context {id: id})-[:CHILD_OF]->(context:Context)
RETURN id AS context_id, context
ORDER BY context_id, context.id;
