// Contexts by their ids in somebody else's system, ordered by id.
//
// access:  read
// returns: context (node)
UNWIND $external_ids AS external_id
MATCH (context:Context {external_id: external_id})
RETURN context
ORDER BY context.id;
