// Executions by id, ordered by id; ids that nothing has are left out.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is. A row has a thousand executions at most: a
// row costs drivers more than a node does.
//
// access:  read
// returns: executions (lists of maps)
// written: from scripts/queries/{kind}/get.cypher
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
WITH execution
ORDER BY execution.id
WITH collect(execution) AS executions
UNWIND range(0, size(executions) - 1, 1000) AS first
RETURN [execution IN executions[first..first + 1000] |
  execution {
    .*,
    create_time: CASE WHEN execution.create_time IS :: ZONED DATETIME
      THEN execution.create_time.epochMillis ELSE execution.create_time END,
    last_update_time: CASE WHEN execution.last_update_time IS :: ZONED DATETIME
      THEN execution.last_update_time.epochMillis ELSE execution.last_update_time END,
    start_time: CASE WHEN execution.start_time IS :: ZONED DATETIME
      THEN execution.start_time.epochMillis ELSE execution.start_time END,
    end_time: CASE WHEN execution.end_time IS :: ZONED DATETIME
      THEN execution.end_time.epochMillis ELSE execution.end_time END
  }
] AS executions;
