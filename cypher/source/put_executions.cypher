// Write executions over what the store has of them; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
MATCH (execution:Execution {id: row.id})
SET execution = row.properties, execution:$(row.label),
  execution.create_time = datetime({epochMillis: row.create_time}),
  execution.last_update_time = datetime({epochMillis: row.last_update_time})
RETURN count(*) AS written;
