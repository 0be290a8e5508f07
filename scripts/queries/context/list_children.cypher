// The contexts that are part of some contexts, ordered by the id of those, then by the child's.
//
<<times.said()>>
//
// access:  read
// returns: context_id, contexts (list of maps)
UNWIND $context_ids AS id
MATCH (:Context {id: id})<-[:CHILD_OF]-(context:Context)
WITH id AS context_id, context
ORDER BY context_id, context.id
RETURN context_id, <<nodes.list('context')>> AS contexts
ORDER BY context_id;
