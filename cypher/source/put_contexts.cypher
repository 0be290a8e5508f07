// Write contexts over what the store has of them; rows have all of their properties.
//
// access:  write
// returns: written
// written: from scripts/queries/source/put_{kind}s.cypher
UNWIND $rows AS row
MATCH (context:Context {id: row.id})
WITH context, row, context.last_update_time AS before,
  datetime({epochMillis: row.last_update_time}) AS updated
SET context = row.properties, context:$(row.label),
  context.create_time = datetime({epochMillis: row.create_time}),
  context.last_update_time = CASE WHEN before > updated THEN before ELSE updated END
RETURN count(*) AS written;
