// The contexts that are part of some contexts, ordered by the id of those, then by the child's.
//
<<times.said()>>
//
// access:  read
// as_of:   yes
// returns: context_id, contexts (list of maps)
UNWIND $context_ids AS id
MATCH (:Context {id: id})<-[edge:CHILD_OF]-(context:Context)
<<revisions.where_known('edge', 'context')>>
WITH id AS context_id, context
ORDER BY context_id, context.id
RETURN context_id, <<nodes.list('context', past=true)>> AS contexts
ORDER BY context_id;
