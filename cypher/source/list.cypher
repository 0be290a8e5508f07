// The sources that something was imported from, by name.
//
// access:  read
// returns: source (node)
MATCH (source:GraphstoreSource)
RETURN source
ORDER BY source.name;
