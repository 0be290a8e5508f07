// Executions by id, locked until the transaction ends.
//
// So nobody changes them between this read and the write that depends on it.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: executions (list of maps)
// written: from scripts/queries/{kind}/lock.cypher
// planned: once
UNWIND $execution_ids AS id
MATCH (execution:Execution {id: id})
SET execution.id = execution.id
RETURN collect(
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
) AS executions;
