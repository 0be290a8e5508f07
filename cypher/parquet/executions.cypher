// A stretch of executions in the order of ids: what they say, when that was recorded and changed, and when they were deleted.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: executions (list of maps)
// written: from scripts/queries/parquet/{kind}s.cypher
MATCH (execution:Execution)
WHERE $first_id <= execution.id <= $last_id
WITH execution ORDER BY execution.id
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
      THEN execution.end_time.epochMillis ELSE execution.end_time END,
    _recorded: CASE WHEN execution._recorded IS :: ZONED DATETIME
      THEN execution._recorded.epochMillis ELSE execution._recorded END,
    _since: CASE WHEN execution._since IS :: ZONED DATETIME
      THEN execution._since.epochMillis ELSE execution._since END,
    _deleted: CASE WHEN execution._deleted IS :: ZONED DATETIME
      THEN execution._deleted.epochMillis ELSE execution._deleted END
  }
) AS executions;
