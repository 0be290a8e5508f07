// Note that something is imported from a source.
//
// access:  write
// returns: source (node)
MERGE (source:GraphstoreSource {name: $source})
  ON CREATE SET source.create_time = datetime({epochMillis: timestamp()})
SET source += $properties,
  source.last_update_time = datetime({epochMillis: timestamp()})
RETURN source;
