// The contexts of some types and names, wherever they came from.
//
// access:  read
// returns: context (node)
UNWIND $names AS row
MATCH (context:Context {type_id: row.type_id, name: row.name})
RETURN context;
