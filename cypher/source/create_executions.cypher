// Create executions just as their source has them, times and all; rows have all of their properties.
//
// access:  write
// returns: written
UNWIND $rows AS row
CREATE (execution:Execution:$(row.label))
SET execution = row.properties,
  execution.create_time = datetime({epochMillis: row.create_time}),
  execution.last_update_time = datetime({epochMillis: row.last_update_time})
RETURN count(*) AS written;
