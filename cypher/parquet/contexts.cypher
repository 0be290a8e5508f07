// A stretch of contexts in the order of ids: what they say, when that was recorded and changed, and when they were deleted.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: contexts (list of maps)
// written: from scripts/queries/parquet/{kind}s.cypher
MATCH (context:Context)
WHERE $first_id <= context.id <= $last_id
WITH context ORDER BY context.id
RETURN collect(
  context {
    .*,
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END,
    start_time: CASE WHEN context.start_time IS :: ZONED DATETIME
      THEN context.start_time.epochMillis ELSE context.start_time END,
    end_time: CASE WHEN context.end_time IS :: ZONED DATETIME
      THEN context.end_time.epochMillis ELSE context.end_time END,
    _recorded: CASE WHEN context._recorded IS :: ZONED DATETIME
      THEN context._recorded.epochMillis ELSE context._recorded END,
    _since: CASE WHEN context._since IS :: ZONED DATETIME
      THEN context._since.epochMillis ELSE context._since END,
    _deleted: CASE WHEN context._deleted IS :: ZONED DATETIME
      THEN context._deleted.epochMillis ELSE context._deleted END
  }
) AS contexts;
