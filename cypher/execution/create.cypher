// Create executions, all or none.
//
// The ids were leased beforehand, so that a client that lost the answer can ask again: what is
// there already stays as it is.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: executions (list of maps)
// written: from scripts/queries/{kind}/create.cypher
// planned: once
UNWIND $executions AS row
MERGE (execution:Execution {id: row.id})
  ON CREATE SET execution:$(row.label), execution += row.properties,
    execution.create_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    execution.last_update_time = datetime({epochMillis: datetime.transaction().epochMillis}),
    execution._by = $by
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
