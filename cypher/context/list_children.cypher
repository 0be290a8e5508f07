// The contexts that are part of a context, ordered by id.
//
// access:  read
// returns: context (node)
MATCH (:Context {id: $context_id})<-[:CHILD_OF]-(context:Context)
RETURN context
ORDER BY context.id;
