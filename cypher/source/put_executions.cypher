// Write executions over what the store has of them; rows have all of their properties.
//
// access:  write
// returns: written
// written: from scripts/queries/source/put_{kind}s.cypher
UNWIND $rows AS row
MATCH (execution:Execution {id: row.id})
WITH execution, row, execution.last_update_time AS before,
  datetime({epochMillis: row.last_update_time}) AS updated
SET execution = row.properties, execution:$(row.label),
  execution.create_time = datetime({epochMillis: row.create_time}),
  execution.last_update_time = CASE WHEN before > updated THEN before ELSE updated END
RETURN count(*) AS written;
