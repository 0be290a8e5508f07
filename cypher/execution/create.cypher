// Create executions, all or none.
//
// The ids were leased beforehand, so that a client that lost the answer can ask again: what is
// there already stays as it is.
//
// access:  write
// returns: execution (node)
UNWIND $executions AS row
MERGE (execution:Execution {id: row.id})
  ON CREATE SET execution:$(row.label), execution += row.properties,
    execution.create_time = datetime({epochMillis: timestamp()}),
    execution.last_update_time = datetime({epochMillis: timestamp()})
RETURN execution
ORDER BY execution.id;
