// The contexts that some contexts are part of, ordered by their id, then by the parent's.
//
<<times.said()>>
//
// access:  read
// returns: context_id, contexts (list of maps)
UNWIND $context_ids AS id
MATCH (:Context {id: id})-[:CHILD_OF]->(context:Context)
WITH id AS context_id, context
ORDER BY context_id, context.id
RETURN context_id, <<nodes.list('context')>> AS contexts
ORDER BY context_id;
