// Contexts by id, locked until the transaction ends.
//
// So nobody changes them between this read and the write that depends on it.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: contexts (list of maps)
// written: from scripts/queries/{kind}/lock.cypher
// planned: once
UNWIND $context_ids AS id
MATCH (context:Context {id: id})
SET context.id = context.id
RETURN collect(
  context {
    .*,
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  }
) AS contexts;
