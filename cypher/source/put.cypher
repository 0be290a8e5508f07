// Note that something is imported from a source.
//
// access:  write
// returns: source (node)
// written: from scripts/queries/source/put.cypher
MERGE (source:GraphstoreSource {name: $source})
  ON CREATE SET source.create_time = datetime({epochMillis: datetime.transaction().epochMillis})
WITH source, source.last_update_time AS updated, datetime({epochMillis: datetime.transaction().epochMillis}) AS now
SET source += $properties,
  source.last_update_time = CASE WHEN updated >= now
    THEN updated + duration({milliseconds: 1}) ELSE now END
RETURN source;
