// Lock a source until the transaction ends, so that two imports of it take turns.
//
// access:  write
// returns: name
// written: from scripts/queries/source/lock.cypher
MATCH (source:GraphstoreSource {name: $source})
SET source.name = source.name
RETURN source.name AS name;
