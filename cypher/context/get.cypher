// Contexts by id, ordered by id; ids that nothing has are left out.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  read
// returns: context (map)
UNWIND $context_ids AS id
MATCH (context:Context {id: id})
WITH context
ORDER BY context.id
RETURN
  context {
    .*,
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  } AS context;
