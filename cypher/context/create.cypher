// Create contexts, all or none.
//
// The ids were leased beforehand, so that a client that lost the answer can ask again: what is
// there already stays as it is.
//
// access:  write
// returns: context (node)
UNWIND $contexts AS row
MERGE (context:Context {id: row.id})
  ON CREATE SET context:$(row.label), context += row.properties,
    context.create_time = datetime({epochMillis: timestamp()}),
    context.last_update_time = datetime({epochMillis: timestamp()})
RETURN context
ORDER BY context.id;
