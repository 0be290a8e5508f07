// Contexts by id, locked until the transaction ends.
//
// So nobody changes them between this read and the write that depends on it.
//
// access:  write
// returns: context (node)
UNWIND $context_ids AS id
MATCH (context:Context {id: id})
SET context.id = context.id
RETURN context
ORDER BY context.id;
