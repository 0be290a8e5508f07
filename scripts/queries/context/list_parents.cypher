// The contexts that some contexts are part of, ordered by their id, then by the parent's.
//
<<times.said()>>
//
// access:  read
// as_of:   yes
// returns: context_id, contexts (list of maps)
UNWIND $context_ids AS id
MATCH (:Context {id: id})-[edge:CHILD_OF]->(context:Context)
<<revisions.where_known('edge', 'context')>>
WITH id AS context_id, context
ORDER BY context_id, context.id
RETURN context_id, <<nodes.list('context', past=true)>> AS contexts
ORDER BY context_id;
