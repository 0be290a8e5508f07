// Write contexts over what the store has of them; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
MATCH (context:Context {id: row.id})
SET context = row.properties, context:$(row.label),
  context.create_time = datetime({epochMillis: row.create_time}),
  context.last_update_time = datetime({epochMillis: row.last_update_time})
RETURN count(*) AS written;
