// The contexts that are part of some contexts, ordered by the id of those, then by the child's.
//
// access:  read
// returns: context_id, context (node)
UNWIND $context_ids AS id
MATCH (:Context {id: id})<-[:CHILD_OF]-(context:Context)
RETURN id AS context_id, context
ORDER BY context_id, context.id;
