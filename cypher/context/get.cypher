// Contexts by id, ordered by id; ids that nothing has are left out.
//
// access:  read
// returns: context (node)
UNWIND $context_ids AS id
MATCH (context:Context {id: id})
RETURN context
ORDER BY context.id;
