// Replace all that contexts say; when they were created stays.
//
// The time of the last update always grows, so that a reader can tell that there was one.
//
// Times are milliseconds since the epoch, which drivers read many times faster than datetimes; what
// somebody wrote by hand in their place stays as it is.
//
// access:  write
// returns: contexts (list of maps)
// written: from scripts/queries/{kind}/replace.cypher
UNWIND $contexts AS row
MATCH (context:Context {id: row.id})
WITH context, row, context.create_time AS created,
  context.last_update_time AS updated,
  datetime({epochMillis: timestamp()}) AS now
SET context = row.properties,
  context.create_time = created,
  context.last_update_time = CASE WHEN updated >= now
    THEN updated + duration({milliseconds: 1}) ELSE now END
RETURN collect(
  context {
    .*,
    create_time: CASE WHEN context.create_time IS :: ZONED DATETIME
      THEN context.create_time.epochMillis ELSE context.create_time END,
    last_update_time: CASE WHEN context.last_update_time IS :: ZONED DATETIME
      THEN context.last_update_time.epochMillis ELSE context.last_update_time END
  }
) AS contexts;
