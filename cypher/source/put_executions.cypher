// Write executions just as their source has them, times and all; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
MERGE (execution:Execution {id: row.id})
SET execution = row.properties, execution:$(row.label)
RETURN count(*) AS written;
