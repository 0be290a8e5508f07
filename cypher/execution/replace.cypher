// Replace all that executions say; when they were created stays.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: executions (list of maps)
// written: from scripts/queries/{kind}/replace.cypher
UNWIND $executions AS row
MATCH (execution:Execution {id: row.id})
WITH execution, row, execution.create_time AS created,
  execution.last_update_time AS updated,
  datetime({epochMillis: timestamp()}) AS now
SET execution = row.properties,
  execution.create_time = created,
  execution.last_update_time = CASE WHEN updated >= now
    THEN updated + duration({milliseconds: 1}) ELSE now END
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
