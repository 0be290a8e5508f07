// Lock a source until the transaction ends, so that two imports of it take turns.
//
// access:  write
// returns: name
<<sources.locked()>>
RETURN source.name AS name;
