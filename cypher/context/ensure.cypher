// The contexts of some types and names, created unless they are there; what is there stays as it is.
//
// In one order for everybody, lest two writers of the same wait for each other.
//
// access:  write
// returns: type_id, name, id
// written: from scripts/queries/context/ensure.cypher
UNWIND $contexts AS row
MERGE (context:Context {type_id: row.type_id, name: row.name})
  ON CREATE SET context:$(row.label), context += row.properties,
    context.create_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    context.last_update_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    context._by = $by
RETURN context.type_id AS type_id, context.name AS name, context.id AS id;
